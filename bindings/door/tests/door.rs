//! The table of cases, through both faces of this crate, and what a caller in C can do wrong.
#![allow(unsafe_code, reason = "the functions of the C interface are called as C calls them")]

use std::ffi::CStr;
use std::ptr::{null, null_mut};

use quickpickle_door::abi::*;
use quickpickle_door::{Answer, Item, Key, KeyOptions, Known, KnownOptions, Proof, Refusal, Verdict};
use quickpickle_door::{verify, verify_batch};
use quickpickle_vectors::cases::{Case, Source, cases, compare};
use quickpickle_vectors::{read, shipped};
use serde_json::Value;

/// A case with its bytes.
struct Ready {
    case: Case,
    options: Vec<u8>,
    input: Option<Vec<u8>>,
    statement: Option<Vec<u8>>,
}

impl Ready {
    fn new(case: Case) -> Self {
        let said =
            |value: &Option<Value>| value.as_ref().map_or(Vec::new(), |value| value.to_string().into_bytes());
        let bytes = |source: &Option<Source>| source.as_ref().map(Source::bytes);
        let options = if case.key.is_some() { said(&case.options) } else { said(&case.known) };
        let input = bytes(&case.proof).or_else(|| bytes(&case.object));
        let statement = bytes(&case.statement);
        Self { case, options, input, statement }
    }
}

/// What a case is judged by.
enum Judge {
    Key(Key),
    Known(Known),
}

fn judge(ready: &Ready) -> Result<Judge, Refusal> {
    let case = &ready.case;
    if let Some(key) = &case.key {
        return Ok(Judge::Key(Key::read(&key.bytes(), &KeyOptions::read(&ready.options)?)?));
    }
    let mut known = Known::new(&KnownOptions::read(&ready.options)?)?;
    case.networks.iter().try_for_each(|file| known.add_network(&file.bytes()))?;
    case.accounts.iter().try_for_each(|file| known.add_account_keys(&file.bytes()))?;
    Ok(Judge::Known(known))
}

fn item<'a>(judge: &'a Judge, ready: &'a Ready) -> Item<'a> {
    let bytes = ready.input.as_deref().expect("a proof or an object");
    match judge {
        Judge::Key(key) => Item::Proof(key, Proof { bytes, statement: ready.statement.as_deref() }),
        Judge::Known(known) => Item::Object(known, bytes),
    }
}

fn compare_all(case: &Case, answers: &[&Answer]) {
    assert_eq!(answers.len(), case.answers.len(), "{}: {answers:?}", case.what);
    for (expected, answer) in case.answers.iter().zip(answers) {
        compare(&case.what, expected, &answer.json());
    }
}

#[test]
fn every_case_is_answered_alone_and_in_a_batch() {
    let mut accepted = Vec::new();
    for ready in cases().into_iter().map(Ready::new) {
        match (judge(&ready), &ready.case.refused) {
            (Ok(judge), None) => {
                compare_all(&ready.case, &verify(item(&judge, &ready)).iter().collect::<Vec<_>>());
                accepted.push((judge, ready));
            }
            (Err(refusal), Some(expected)) => {
                let word = Verdict::from(&refusal).word();
                assert_eq!(expected["verdict"], word, "{}: {refusal:?}", ready.case.what);
            }
            (judge, _) => panic!("{}: refused {:?}", ready.case.what, judge.err()),
        }
    }
    let items: Vec<Item<'_>> = accepted.iter().map(|(judge, ready)| item(judge, ready)).collect();
    let answers = verify_batch(&items);
    for (place, (_, ready)) in accepted.iter().enumerate() {
        let own: Vec<&Answer> = answers.iter().filter(|answer| answer.item == place).collect();
        compare_all(&ready.case, &own);
    }
}

/// The JSON of all answers, which are freed, and whether they are valid.
unsafe fn taken(answers: *mut QuickpickleAnswers) -> (Vec<String>, bool) {
    // SAFETY: the callers hand over what the library gave them, and do not use it again.
    unsafe {
        let texts = (0..quickpickle_answers_count(answers)).map(|index| {
            let mut length = 0;
            let text = CStr::from_ptr(quickpickle_answers_json(answers, index, &mut length));
            assert_eq!(text.count_bytes(), length);
            let json: Value = serde_json::from_slice(text.to_bytes()).expect("JSON");
            for (field, value) in [
                ("reason", quickpickle_answers_reason(answers, index)),
                ("mina", quickpickle_answers_mina(answers, index)),
            ] {
                let value = (!value.is_null()).then(|| CStr::from_ptr(value).to_str().expect("UTF-8"));
                assert_eq!(json[field].as_str(), value, "{json}");
            }
            text.to_str().expect("UTF-8").to_owned()
        });
        let taken = (texts.collect(), quickpickle_answers_are_valid(answers));
        quickpickle_answers_free(answers);
        taken
    }
}

/// A case's answers through the C interface, or the refusal of its key or of what is known.
unsafe fn through_c(ready: &Ready) -> Result<(Vec<String>, bool), String> {
    let refusal = |error| {
        assert!(!error_is_null(error));
        // SAFETY: the library wrote it.
        let (texts, valid) = unsafe { taken(error) };
        assert!(texts.len() == 1 && !valid);
        texts[0].clone()
    };
    let parts =
        |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or((null(), 0), |bytes| (bytes.as_ptr(), bytes.len()));
    let (case, mut error) = (&ready.case, null_mut());
    let (options, options_length) = (ready.options.as_ptr(), ready.options.len());
    let ((input, input_length), (statement, statement_length)) =
        (parts(&ready.input), parts(&ready.statement));
    // SAFETY: handles come from the library and are freed once; lengths are those of the bytes.
    unsafe {
        if let Some(key) = &case.key {
            let key = key.bytes();
            let key = quickpickle_key_new(key.as_ptr(), key.len(), options, options_length, &mut error);
            if key.is_null() {
                return Err(refusal(error));
            }
            let answers = quickpickle_verify_proof(key, input, input_length, statement, statement_length);
            quickpickle_key_free(key);
            return Ok(taken(answers));
        }
        let known = quickpickle_known_new(options, options_length, &mut error);
        if known.is_null() {
            return Err(refusal(error));
        }
        let add = |source: &Option<Source>, add: unsafe extern "C" fn(_, _, _, _) -> bool, error| {
            let bytes = source.as_ref().map(Source::bytes);
            bytes.is_none_or(|bytes| add(known.cast_const(), bytes.as_ptr(), bytes.len(), error))
        };
        let added = add(&case.networks, quickpickle_known_add_network, &raw mut error)
            && add(&case.accounts, quickpickle_known_add_account_keys, &raw mut error);
        let answers = added.then(|| quickpickle_verify_object(known, input, input_length));
        quickpickle_known_free(known);
        answers.map(|answers| taken(answers)).ok_or_else(|| refusal(error))
    }
}

fn error_is_null(error: *mut QuickpickleAnswers) -> bool {
    error.is_null()
}

#[test]
fn every_case_is_answered_in_c() {
    for ready in cases().into_iter().map(Ready::new) {
        let case = &ready.case;
        // SAFETY: see there.
        match (unsafe { through_c(&ready) }, &case.refused) {
            (Ok((texts, valid)), None) => {
                assert_eq!(texts.len(), case.answers.len(), "{}: {texts:?}", case.what);
                case.answers
                    .iter()
                    .zip(&texts)
                    .for_each(|(expected, text)| compare(&case.what, expected, text));
                assert_eq!(
                    valid,
                    case.answers.iter().all(|answer| answer["verdict"] == "valid"),
                    "{}",
                    case.what
                );
            }
            (Err(text), Some(expected)) => compare(&case.what, expected, &text),
            (found, _) => panic!("{}: {found:?}", case.what),
        }
    }
}

fn counter(file: &str) -> Vec<u8> {
    read(&shipped(&format!("o1js/n1-counter-depth1/{file}")))
}

#[test]
fn null_is_refused_and_never_valid() {
    let (key, proof) = (counter("vk.json"), counter("proof.json"));
    // SAFETY: null pointers are what is tried; the others are those of bytes that live on.
    unsafe {
        let mut error = null_mut();
        assert!(quickpickle_key_new(null(), 1, null(), 0, &mut error).is_null());
        assert!(taken(error).0[0].contains("a null pointer"));
        assert!(quickpickle_key_new(key.as_ptr(), key.len(), null(), 1, null_mut()).is_null());
        assert!(quickpickle_key_new(key.as_ptr(), usize::MAX, null(), 0, null_mut()).is_null());
        assert!(!quickpickle_known_add_network(null(), null(), 0, null_mut()));
        let good = quickpickle_key_new(key.as_ptr(), key.len(), null(), 0, null_mut());
        for answers in [
            quickpickle_verify_proof(null(), proof.as_ptr(), proof.len(), null(), 0),
            quickpickle_verify_proof(good, null(), proof.len(), null(), 0),
            quickpickle_verify_proof(good, proof.as_ptr(), proof.len(), null(), 1),
            quickpickle_verify_object(null(), proof.as_ptr(), proof.len()),
            quickpickle_batch_verify(null()),
        ] {
            assert_eq!(quickpickle_answers_verdict(answers, 0), QuickpickleVerdict::Input);
            assert_eq!(quickpickle_answers_verdict(answers, 1), QuickpickleVerdict::None);
            let (texts, valid) = taken(answers);
            assert_eq!(texts, [r#"{"verdict":"input","reason":"a null pointer"}"#]);
            assert!(!valid);
        }
        quickpickle_key_free(good);
        assert!(!quickpickle_answers_are_valid(null()));
        assert_eq!(quickpickle_answers_count(null()), 0);
        assert_eq!(quickpickle_answers_item(null(), 0), usize::MAX);
        assert!(quickpickle_answers_json(null(), 0, null_mut()).is_null());
        assert!(!quickpickle_batch_add_object(null(), null(), null(), 0));
        quickpickle_key_free(null_mut());
        quickpickle_known_free(null_mut());
        quickpickle_batch_free(null_mut());
        quickpickle_answers_free(null_mut());
    }
}

#[test]
fn a_batch_keeps_what_it_needs_and_names_its_items() {
    let (key, proof) = (counter("vk.json"), counter("proof.json"));
    let payment = read(&shipped("../../examples/files/payment.json"));
    // SAFETY: handles are freed once, those of the batch's items before it is verified; lengths are those of the bytes.
    unsafe {
        let batch = quickpickle_batch_new();
        let empty = quickpickle_batch_verify(batch);
        // Nothing was asked, so that nothing is valid.
        assert!(quickpickle_answers_count(empty) == 0 && !quickpickle_answers_are_valid(empty));
        quickpickle_answers_free(empty);

        let prepared = quickpickle_key_new(key.as_ptr(), key.len(), null(), 0, null_mut());
        let known = quickpickle_known_new(null(), 0, null_mut());
        let add = |key, bytes: &[u8]| {
            assert!(quickpickle_batch_add_proof(batch, key, bytes.as_ptr(), bytes.len(), null(), 0));
        };
        add(prepared, &proof.clone());
        add(null(), &proof);
        assert!(quickpickle_batch_add_object(batch, known, payment.as_ptr(), payment.len()));
        add(prepared, b"garbage");
        add(prepared, &proof);
        quickpickle_key_free(prepared);
        quickpickle_known_free(known);

        let answers = quickpickle_batch_verify(batch);
        use QuickpickleVerdict::{Input, Malformed, Valid};
        for (place, expected) in [Valid, Input, Valid, Malformed, Valid].into_iter().enumerate() {
            assert_eq!(quickpickle_answers_verdict(answers, place), expected, "{place}");
            assert_eq!(quickpickle_answers_item(answers, place), place);
        }
        let (texts, valid) = taken(answers);
        assert!(texts.len() == 5 && !valid, "{texts:?}");
        let rest = quickpickle_batch_verify(batch);
        assert_eq!(taken(rest).0.len(), 0, "it was emptied");
        quickpickle_batch_free(batch);
    }
}

/// A key as a thread may have it.
#[derive(Clone, Copy)]
struct Shared(*mut QuickpickleKey);

// SAFETY: the library's handles may be used by any number of threads, which is what is tried.
unsafe impl Send for Shared {}

#[test]
fn threads_share_a_key() {
    let (key, proof) = (counter("vk.json"), counter("proof.json"));
    let wrong =
        String::from_utf8(proof.clone()).expect("text").replacen("[\"100\"", "[\"7\"", 1).into_bytes();
    // SAFETY: the key lives until all threads have ended.
    unsafe {
        let key = Shared(quickpickle_key_new(key.as_ptr(), key.len(), null(), 0, null_mut()));
        let threads = [&proof, &wrong, &proof, &wrong].map(|bytes| {
            let bytes = bytes.clone();
            std::thread::spawn(move || {
                let Shared(key) = { key };
                taken(quickpickle_verify_proof(key, bytes.as_ptr(), bytes.len(), null(), 0)).1
            })
        });
        assert_eq!(threads.map(|thread| thread.join().expect("no panic")), [true, false, true, false]);
        quickpickle_key_free(key.0);
    }
}

#[test]
fn versions_are_told() {
    // SAFETY: the text is never freed.
    let version = unsafe { CStr::from_ptr(quickpickle_version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
    assert_eq!(quickpickle_abi_version(), QUICKPICKLE_ABI_VERSION);
}
