//! The library's front on the shipped proofs: one at a time, in batches, as a stream.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::Arc;

use quickpickle::wire::{DecodeError, o1js};
use quickpickle::{
    ErrorKind, Network, NetworkProof, OwnedTask, PreparedKey, Task, Verifier, VerifyError, network_key,
};

fn read(case: &str, file: &str) -> Vec<u8> {
    quickpickle_vectors::read(&quickpickle_vectors::shipped("o1js").join(case).join(file))
}

fn key(case: &str) -> Arc<PreparedKey> {
    Arc::new(PreparedKey::from_o1js(read(case, "vk.json")).expect("a consistent key"))
}

fn task(case: &str) -> Result<OwnedTask, DecodeError> {
    Ok(o1js::proof_from_json(read(case, "proof.json"))?.into_task(key(case)))
}

#[derive(Debug, PartialEq)]
enum Failure {
    Decode,
    Verify(ErrorKind),
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        Self::Verify(error.kind())
    }
}

/// Valid, rejected and undecodable proofs of three programs, with what is to come out.
const CASES: [(&str, Result<(), Failure>); 7] = [
    ("n1-counter-depth1", Ok(())),
    ("neg-n0-arith--alpha", Err(Failure::Verify(ErrorKind::Rejected))),
    ("n2-merge-depth1", Ok(())),
    ("neg-n0-arith--garbage", Err(Failure::Decode)),
    ("n0-arith", Ok(())),
    ("neg-n0-arith--domain-log2", Err(Failure::Verify(ErrorKind::Rejected))),
    ("n1-counter-depth1", Ok(())),
];

#[test]
fn a_stream_answers_in_order_and_takes_no_more_than_a_window() {
    for window in [1, 3, 100] {
        let taken = Cell::new(0);
        let inputs = CASES.iter().map(|(case, _)| {
            taken.set(taken.get() + 1);
            *case
        });
        let size = NonZeroUsize::new(window).expect("not zero");
        let results =
            Verifier::baked().verify_stream(inputs, size, |case| task(case).map_err(|_| Failure::Decode));
        for (i, ((case, result), (expected_case, expected))) in results.zip(&CASES).enumerate() {
            assert_eq!((case, &result), (*expected_case, expected));
            assert_eq!(taken.get(), CASES.len().min((i / window + 1) * window), "window {window}, input {i}");
        }
        assert_eq!(taken.get(), CASES.len());
    }
}

#[test]
fn a_batch_answers_as_single_verification_does() {
    let verifier = Verifier::baked();
    let owned: Vec<OwnedTask> = CASES.iter().filter_map(|(case, _)| task(case).ok()).collect();
    let tasks: Vec<Task<'_>> = owned.iter().map(OwnedTask::task).collect();
    let batch = verifier.verify_batch(&tasks);
    let single: Vec<_> = tasks.iter().map(|task| verifier.verify_task(*task)).collect();
    assert_eq!(batch, single);
    let expected: Vec<bool> =
        CASES.iter().filter(|c| c.1 != Err(Failure::Decode)).map(|c| c.1.is_ok()).collect();
    assert_eq!(batch.iter().map(Result::is_ok).collect::<Vec<_>>(), expected);
    assert_eq!(verifier.verify_batch(&[]), []);
}

#[test]
fn the_statement_and_the_key_count() {
    let verifier = Verifier::baked();
    let proof = o1js::proof_from_json(read("n0-arith", "proof.json")).expect("a proof");
    let state = proof.statement();
    assert_eq!(verifier.verify(&key("n0-arith"), state, &proof.proof), Ok(()));
    let swapped: Vec<_> = state.iter().rev().copied().collect();
    assert_ne!(swapped, state);
    for (case, state) in [("n0-arith", &swapped[..]), ("n0-arith", &state[1..]), ("n1-counter-depth1", state)]
    {
        let error = verifier.verify(&key(case), state, &proof.proof).expect_err("another key or statement");
        assert!(error.is_rejected(), "{error}");
    }
}

#[test]
fn network_keys_are_there_where_their_feature_is_on() {
    for (network, on) in
        [(Network::Mainnet, cfg!(feature = "mainnet")), (Network::Devnet, cfg!(feature = "devnet"))]
    {
        for circuit in [NetworkProof::Blockchain, NetworkProof::Transaction] {
            let key = network_key(network, circuit).expect("the pinned key");
            assert_eq!(key.is_some(), on, "{network} {circuit}");
            if let Some(key) = key {
                PreparedKey::new(key).expect("a consistent key");
            }
        }
    }
}

#[test]
fn one_call_tells_what_does_not_decode_from_what_is_wrong() {
    for (case, expected) in CASES {
        let verdict = Verifier::baked().verify_o1js(&key("n0-arith"), read(case, "proof.json"));
        let kind = match (case, expected) {
            // The others are proofs of other programs.
            ("n0-arith", _) => None,
            (_, Err(Failure::Decode)) => Some(ErrorKind::Malformed),
            _ => Some(ErrorKind::Rejected),
        };
        assert_eq!(verdict.err().map(|error| error.kind()), kind, "{case}");
    }
    for text in [&b"{}"[..], b""] {
        let error = PreparedKey::from_o1js(text).expect_err("no key");
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert!(!error.is_rejected());
    }
}

#[test]
fn the_lengths_of_input_and_output_are_compared_where_they_are_told() {
    let proof = o1js::proof_from_json(read("n1-counter-depth1", "proof.json")).expect("a proof");
    let (input, output) = (proof.public_input().len(), proof.public_output().len());
    assert_eq!([proof.public_input(), proof.public_output()].concat(), proof.statement());
    assert_eq!(proof.expect_lengths(input, output), Ok(()));
    for (i, o) in [(input + 1, output), (input, output + 1), (output + 1, input), (0, input + output)] {
        let error = proof.expect_lengths(i, o).expect_err("another length");
        assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    }
}

/// What `expect_lengths` is for: a proof binds neither the border between input and output nor, where it verified no earlier
/// proof and the number of elements is odd, one more zero.
#[test]
fn the_sponge_binds_no_lengths() {
    for (case, odd) in [("n0-void-output", true), ("n0-arith", false)] {
        let proof = o1js::proof_from_json(read(case, "proof.json")).expect("a proof");
        assert_eq!(proof.statement().len() % 2 == 1, odd);
        let longer = [proof.statement(), &[0u64.into()]].concat();
        let verdict = Verifier::baked().verify(&key(case), &longer, &proof.proof);
        assert_eq!(verdict.is_ok(), odd, "{case}: {verdict:?}");

        let (input, output) = (proof.public_input().len(), proof.public_output().len());
        let moved =
            o1js::O1jsProof::new(longer[..1].to_vec(), &longer[1..], proof.max_proofs_verified, proof.proof);
        assert_eq!(Verifier::baked().verify_task(moved.task(&key(case))).is_ok(), odd);
        assert_eq!(moved.expect_lengths(input, output).map_err(|error| error.kind()), Err(ErrorKind::Input));
    }
}
