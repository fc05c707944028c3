//! Every byte of a proof and of a key altered in turn, by a random bit each: never a panic, and "valid" only where the
//! altered text stands for the same values.
//!
//! A text that decodes to the values of the original is the original, whose verdict is known. A text that decodes to
//! others must be refused. All of those are brought down to their final sums; the sums, which are the long part, are worked
//! out for a sample, and for all of them by the test that is ignored otherwise.

use quickpickle::internals::{lockstep, pickles};
use quickpickle::wire::{binprot, o1js};
use quickpickle::{ErrorKind, PreparedKey, Verifier, VerifyError, tables};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

/// A proof of a program that verifies an earlier one, so that no part of the proof is empty.
const CASE: &str = "n1-counter-depth1";

fn read(file: &str) -> Vec<u8> {
    quickpickle_vectors::read(&quickpickle_vectors::shipped("o1js").join(CASE).join(file))
}

fn proof() -> o1js::O1jsProof {
    o1js::proof_from_json(read("proof.json")).expect("a proof")
}

fn key() -> PreparedKey {
    let (key, _) = o1js::verification_key_from_json(read("vk.json")).expect("a key");
    PreparedKey::new(key).expect("a consistent key")
}

fn verify(key: &PreparedKey, proof: &o1js::O1jsProof) -> Result<(), VerifyError> {
    Verifier::baked().verify(key, proof.statement(), &proof.proof)
}

/// The input with one bit of the byte at `at` flipped.
fn altered(input: &[u8], at: usize) -> Vec<u8> {
    let mut altered = input.to_vec();
    altered[at] ^= 1 << StdRng::seed_from_u64(at as u64).gen_range(0..8);
    altered
}

/// What an altered proof comes to before its final sums.
#[derive(Debug)]
enum Outcome {
    /// It does not decode.
    Undecodable,
    /// It decodes to the values of the original.
    Same,
    /// It is refused without a sum.
    Refused,
    /// Its final sums decide.
    Open(Box<o1js::O1jsProof>),
}

fn outcome(key: &PreparedKey, original: &o1js::O1jsProof, text: &[u8]) -> Outcome {
    let Ok(proof) = o1js::proof_from_json(text) else { return Outcome::Undecodable };
    if proof == *original {
        return Outcome::Same;
    }
    let reduced = lockstep::alone(async |lanes| {
        pickles::verifier::reduce(key, proof.statement(), &proof.proof, tables::baked(), lanes).await
    });
    match reduced {
        Ok(_) => Outcome::Open(Box::new(proof)),
        Err(error) => {
            let error = VerifyError::from(error);
            // The key is good, and so are the tables: nothing but the proof may be blamed.
            assert!(matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Malformed), "{error}");
            Outcome::Refused
        }
    }
}

/// Alters every byte of the proof's text, and verifies `sample` of those whose final sums decide, or all of them.
fn alter_proof(sample: Option<usize>) {
    let (text, original, key) = (read("proof.json"), proof(), key());
    assert_eq!(verify(&key, &original), Ok(()));

    let outcomes: Vec<(usize, Outcome)> = (0..text.len())
        .into_par_iter()
        .map(|at| (at, outcome(&key, &original, &altered(&text, at))))
        .collect();
    let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|(_, o)| wanted(o)).count();
    let undecodable = count(|outcome| matches!(outcome, Outcome::Undecodable));
    let same = count(|outcome| matches!(outcome, Outcome::Same));
    let refused = count(|outcome| matches!(outcome, Outcome::Refused));

    let mut open: Vec<_> = outcomes
        .into_iter()
        .filter_map(|(at, outcome)| if let Outcome::Open(proof) = outcome { Some((at, proof)) } else { None })
        .collect();
    println!(
        "{} bytes: {undecodable} undecodable, {same} of the same values, {refused} refused before the final sums, {} after",
        text.len(),
        open.len()
    );
    // Most bytes are digits of numbers of which a tenth may change without leaving the format, or the test tries something
    // else than it says.
    assert!(undecodable > 1000 && same > 100 && open.len() > 1000);

    open.shuffle(&mut StdRng::seed_from_u64(1));
    open.truncate(sample.unwrap_or(usize::MAX));
    for (at, proof) in open {
        let error = verify(&key, &proof).expect_err(&format!("byte {at} altered, and still valid"));
        assert!(error.is_rejected(), "byte {at}: {error}");
    }
}

#[test]
fn an_altered_proof_is_refused_unless_its_values_are_the_same() {
    alter_proof(Some(100));
}

#[test]
#[ignore = "some minutes: works out the final sums of every altered proof"]
fn every_altered_proof_is_refused_unless_its_values_are_the_same() {
    alter_proof(None);
}

#[test]
fn an_altered_key_is_refused_unless_its_values_are_the_same() {
    let (text, key, proof) = (read("vk.json"), key(), proof());
    let mut same = 0;
    for at in 0..text.len() {
        // A key's file names its hash, so that hardly anything decodes.
        let Ok((other, _)) = o1js::verification_key_from_json(altered(&text, at)) else { continue };
        if other == *key.key() {
            same += 1;
            continue;
        }
        let Ok(other) = PreparedKey::new(other) else { continue };
        verify(&other, &proof).expect_err(&format!("byte {at} altered, and still valid"));
    }
    println!("{} bytes, {same} alterations change no value", text.len());
    assert!(same > 0, "the field's name `hash` may change: the key is then one without");
}

#[test]
fn an_altered_key_without_a_hash_is_refused_unless_its_points_and_domain_are_the_same() {
    let (key, proof) = (key(), proof());
    let bytes = binprot::verification_key_to_bytes(key.key());
    let mut decoded = 0;
    // The two sizes come first, and all their values are tried; a point with a bit changed is none.
    let sizes = (0..2).flat_map(|at| (0..=255u8).map(move |value| (at, value)));
    let sizes = sizes.filter(|(at, value)| bytes[*at] != *value).map(|(at, value)| {
        let mut altered = bytes.clone();
        altered[at] = value;
        (at, altered)
    });
    for (at, altered) in sizes.chain((2..bytes.len()).map(|at| (at, altered(&bytes, at)))) {
        let Ok(other) = binprot::verification_key_from_bytes(&altered) else { continue };
        decoded += 1;
        // How many proofs a program verifies at most is in its key's hash and nowhere in verification: the reference
        // takes the proof as well (tests/vectors/o1js/neg-n0-arith--vk-max-proofs).
        let same = other.commitments().eq(key.key().commitments())
            && other.actual_wrap_domain_size == key.key().actual_wrap_domain_size;
        let verdict = PreparedKey::new(other).map_err(VerifyError::from).and_then(|key| verify(&key, &proof));
        assert_eq!(verdict.is_ok(), same, "byte {at}");
    }
    assert_eq!(decoded, 4, "two other values of each size");
}
