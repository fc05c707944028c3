//! o1js: every case decodes and is written again letter by letter, every broken one is refused in its place.

use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::wire::{DecodeError, o1js, statement_from_json};
use serde_json::Value;

use quickpickle_vectors::{entries, fullest, name, text};

/// The alterations that no longer decode, each with the place and a word of the reason.
const MALFORMED_PROOFS: [(&str, &str, &str); 17] = [
    ("delta-offcurve", "proof.proof.bulletproof.delta", "not a point of pallas"),
    ("sg-offcurve", "proof.proof.bulletproof.challenge_polynomial_commitment", "not a point of pallas"),
    ("w-comm-offcurve", "proof.proof.commitments.w_comm[0]", "not a point of pallas"),
    (
        "msg-wrap-cpc-x",
        "proof.statement.proof_state.messages_for_next_wrap_proof.challenge_polynomial_commitment",
        "not a point of vesta",
    ),
    ("w-comm-noncanonical", "proof.proof.commitments.w_comm[1][0]", "not a canonical field element"),
    ("eval-noncanonical", "proof.proof.evaluations.z[0]", "not a canonical field element"),
    ("prev-evals-noncanonical", "proof.prev_evals.ft_eval1", "not a canonical field element"),
    ("z1-noncanonical", "proof.proof.bulletproof.z_1", "not a canonical field element"),
    ("public-input-plus-p", "publicInput[0]", "not a canonical field element"),
    ("empty", "proof", "the input ends here"),
    ("garbage", "proof", "Invalid"),
    ("truncated", "proof", "the input ends here"),
    ("truncated-1", "proof", "the input ends here"),
    ("trailing-sexp", "proof", "bytes too many after the end"),
    ("t-comm-truncated", "proof.proof.commitments.t_comm", "6 elements where there must be 7"),
    ("lr-short", "proof.proof.bulletproof.lr", "14 elements where there must be 15"),
    (
        "maxproofs-",
        "proof.statement.proof_state.messages_for_next_wrap_proof.old_bulletproof_challenges",
        "element",
    ),
];

const MALFORMED_KEYS: [(&str, &str, &str); 4] = [
    ("vk-bitflip", "data.wrap_index", "not a point of pallas"),
    ("vk-max-proofs", "the key's hash is ", "the file claims "),
    ("vk-actual-wrap-domain", "the key's hash is ", "the file claims "),
    ("vk-truncated", "data.wrap_index", "the input ends here"),
];

fn expected<'a>(table: &'a [(&str, &str, &str)], case: &str) -> Option<&'a (&'a str, &'a str, &'a str)> {
    let alteration = case.split_once("--")?.1;
    table
        .iter()
        .find(|(known, ..)| *known == alteration || known.ends_with('-') && alteration.starts_with(known))
}

fn check<T>(case: &str, table: &[(&str, &str, &str)], decoded: Result<T, DecodeError>) -> Option<T> {
    match (expected(table, case), decoded) {
        (None, Ok(value)) => Some(value),
        (None, Err(error)) => panic!("{case}: refused: {error}"),
        (Some(_), Ok(_)) => panic!("{case}: decoded"),
        (Some((_, place, reason)), Err(error)) => {
            let said = error.to_string();
            assert!(said.starts_with(place) && said.contains(reason), "{case}: {said}");
            println!("{case}: {said}");
            None
        }
    }
}

#[test]
fn proofs_and_keys_round_trip_or_are_refused_in_their_place() {
    let (mut whole, mut refused) = (0, 0);
    for folder in entries(&fullest("o1js")).into_iter().filter(|path| path.is_dir()) {
        let case = name(&folder);
        let file = |file: &str| text(&folder.join(file)).trim_end().to_owned();
        let meta: Value = serde_json::from_str(&file("meta.json")).expect("meta.json is JSON");

        let proof_text = file("proof.json");
        match check(&case, &MALFORMED_PROOFS, o1js::proof_from_json(&proof_text)) {
            None => refused += 1,
            Some(proof) => {
                whole += 1;
                let statement: Vec<_> = proof.statement().iter().map(ToString::to_string).collect();
                assert_eq!(meta["app_statement"], serde_json::json!(statement), "{case}");
                assert_eq!(meta["num_public_input_fields"], proof.public_input().len(), "{case}");
                assert_eq!(meta["maxProofsVerified"], proof.max_proofs_verified.count(), "{case}");
                if let Some(log2) = meta["branch_data"]["domain_log2"].as_u64() {
                    assert_eq!(u64::from(proof.proof.branch_data.domain_log2), log2, "{case}");
                    let flags = proof.proof.plonk.feature_flags;
                    let names = [
                        "range_check0",
                        "range_check1",
                        "foreign_field_add",
                        "foreign_field_mul",
                        "xor",
                        "rot",
                    ];
                    for (flag, name) in flags.gates.into_iter().zip(names) {
                        assert_eq!(meta["feature_flags"][name], flag, "{case}: {name}");
                    }
                    assert_eq!(meta["feature_flags"]["lookup"], flags.lookup, "{case}");
                    assert_eq!(meta["feature_flags"]["runtime_tables"], flags.runtime_tables, "{case}");
                    let joint_combiner = proof.proof.plonk.joint_combiner.is_some();
                    assert_eq!(meta["joint_combiner_present"], joint_combiner, "{case}");
                }
                let written = o1js::proof_to_json(&proof);
                if case.ends_with("--whitespace") || case.ends_with("--lowercase-hex") {
                    assert_eq!(o1js::proof_from_json(&written), Ok(proof), "{case}");
                } else {
                    assert_eq!(written, proof_text, "{case}");
                }
            }
        }

        let key_text = file("vk.json");
        match check(&case, &MALFORMED_KEYS, o1js::verification_key_from_json(&key_text)) {
            None => refused += 1,
            Some((key, hash)) => assert_eq!(o1js::verification_key_to_json(&key, hash), key_text, "{case}"),
        }
    }
    println!("{whole} proofs decoded and written again, {refused} proofs and keys refused");
    assert!(whole > 20 && refused > 5);
}

fn shipped(case: &str, file: &str) -> String {
    text(&quickpickle_vectors::shipped("o1js").join(case).join(file))
}

#[test]
fn json_is_read_strictly() {
    let good: Value = serde_json::from_str(&shipped("n0-arith", "proof.json")).expect("JSON");
    let decoded = o1js::proof_from_json(good.to_string()).expect("a good proof");

    let altered = |field: &str, value: Value| {
        let mut proof = good.clone();
        proof[field] = value;
        o1js::proof_from_json(proof.to_string())
    };
    assert_eq!(altered("unknown", "passed over".into()).as_ref(), Ok(&decoded));
    for (field, value) in [
        ("publicInput", serde_json::json!([12])),
        ("publicInput", serde_json::json!(["012"])),
        ("publicInput", serde_json::json!(["0x0c"])),
        ("publicInput", serde_json::json!("12")),
        ("publicOutput", Value::Null),
        ("maxProofsVerified", 3.into()),
        ("maxProofsVerified", (-1).into()),
        ("maxProofsVerified", serde_json::json!(0.0)),
        ("maxProofsVerified", "0".into()),
        ("maxProofsVerified", u64::MAX.into()),
        ("proof", 1.into()),
    ] {
        assert!(altered(field, value.clone()).is_err(), "{field}: {value}");
    }
    let mut twice = good.to_string();
    twice.insert_str(1, "\"maxProofsVerified\":0,");
    assert!(o1js::proof_from_json(&twice).is_err_and(|e| e.to_string().contains("duplicate field")));
    assert!(o1js::proof_from_json(good.to_string() + " {}").is_err());

    // Base64 with its padding, its alphabet, no stray bits.
    let proof = good["proof"].as_str().expect("a string");
    for broken in
        [proof.trim_end_matches('=').to_owned() + "\n", proof.replace('+', "-") + "=", format!("{proof}AAAA")]
    {
        assert!(o1js::proof_from_base64(&broken, ProofsVerified::N0).is_err());
    }
}

#[test]
fn long_inputs_are_refused_unread() {
    let long = " ".repeat(100_000_000);
    let too_long = |error: DecodeError| matches!(error, DecodeError::InputTooLong { len: 100_000_000, .. });
    assert!(o1js::proof_from_json(&long).is_err_and(too_long));
    assert!(o1js::verification_key_from_json(&long).is_err_and(too_long));
    assert!(statement_from_json(&long).is_err_and(too_long));
    assert!(o1js::proof_from_base64(&long, ProofsVerified::N0).is_err_and(too_long));
    assert!(o1js::proof_from_sexp(long.as_bytes(), ProofsVerified::N0).is_err_and(too_long));
    assert!(o1js::verification_key_from_base64(&long).is_err_and(too_long));
}

#[test]
fn nesting_is_bounded() {
    let deep = "(".repeat(500_000);
    assert!(o1js::proof_from_sexp(deep.as_bytes(), ProofsVerified::N0).is_err());
    let deep = "[".repeat(4_000_000);
    assert!(statement_from_json(&deep).is_err());
    let deep = format!("{{\"unknown\":{deep}");
    assert!(o1js::proof_from_json(&deep).is_err());
}

#[test]
fn a_wrong_field_and_a_missing_one_are_told() {
    let proof = o1js::proof_from_json(shipped("n0-arith", "proof.json")).expect("a good proof").proof;
    let sexp = o1js::proof_to_sexp(&proof);
    for (from, to) in [
        ("(alpha", "(beta"),
        ("(range_check0 false)", ""),
        ("(range_check0 false)", "(range_check0 False)"),
        ("(range_check0 false)", "(range_check0 false)(range_check0 false)"),
        ("(app_state())", "(app_state(()))"),
        ("(proofs_verified N0)", "(proofs_verified N3)"),
        ("(domain_log2\"\\t\")", "(domain_log2\"\\t\\t\")"),
        ("(domain_log2\"\\t\")", "(domain_log2\"\\256\")"),
        ("(domain_log2\"\\t\")", "(domain_log2\"\\9\")"),
        ("(domain_log2\"\\t\")", "(domain_log2\"\")"),
        ("(joint_combiner())", "(joint_combiner(()))"),
        ("(z_1 0x", "(z_1 0X"),
        ("(z_1 0x", "(z_1 0x0"),
        ("(z_1 0x", "(z_1 -0x"),
        ("(z_1 0x", "(z_1 ;comment\n0x"),
    ] {
        let altered = sexp.replacen(from, to, 1);
        assert_ne!(altered, sexp, "{from} occurs");
        assert!(o1js::proof_from_sexp(altered.as_bytes(), ProofsVerified::N0).is_err(), "{from} -> {to}");
    }
    for (from, to) in
        [("(alpha", " ( alpha\n\t"), ("(domain_log2\"\\t\")", "(domain_log2 \"\\009\")"), ("N0", "\"N0\"")]
    {
        let altered = sexp.replacen(from, to, 1);
        assert_eq!(
            o1js::proof_from_sexp(altered.as_bytes(), ProofsVerified::N0).as_ref(),
            Ok(&proof),
            "{from} -> {to}"
        );
    }
}

/// The digest is written as four limbs, which can hold more than the modulus.
#[test]
fn a_sponge_digest_is_below_the_modulus() {
    let proof = o1js::proof_from_json(shipped("n0-arith", "proof.json")).expect("a good proof").proof;
    let sexp = o1js::proof_to_sexp(&proof);
    let (before, digest) = sexp.split_once("(sponge_digest_before_evaluations(").expect("a digest");
    let (_, after) = digest.split_once(')').expect("its end");
    let highest = "ffffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffffff";
    let altered = format!("{before}(sponge_digest_before_evaluations({highest}){after}");
    let error = o1js::proof_from_sexp(altered.as_bytes(), ProofsVerified::N0).expect_err("not canonical");
    assert!(error.to_string().contains("not a canonical field element"), "{error}");
}

#[test]
fn a_number_does_not_wrap_around() {
    // 2^256, which is 0 in four limbs, and one more.
    for number in [
        "115792089237316195423570985008687907853269984665640564039457584007913129639936",
        "115792089237316195423570985008687907853269984665640564039457584007913129639937",
    ] {
        let error = statement_from_json(format!("[\"{number}\"]")).expect_err("beyond the modulus");
        assert!(error.to_string().contains("not a canonical field element"), "{error}");
    }
}
