//! Checks that a proof has the shape that its key asks for: every list as long, every optional part there or not.
//!
//! Behind these checks no length is wrong any more, so that nothing the verifier pairs up is cut short unnoticed.

use super::error::KimchiError;
use super::evaluations::{Chunked, MAX_SORTED};
use super::index::VerifierIndex;
use super::proof::{Commitment, Proof};
use crate::curve::{KimchiCurve, ScalarField};

fn length(part: &'static str, expected: usize, found: usize) -> Result<(), KimchiError> {
    if expected == found { Ok(()) } else { Err(KimchiError::Shape { part, expected, found }) }
}

fn presence(part: &'static str, expected: bool, found: bool) -> Result<(), KimchiError> {
    if expected == found { Ok(()) } else { Err(KimchiError::Mismatch { part, expected }) }
}

/// Compares a proof and its public input with the key.
pub(super) fn check<C: KimchiCurve>(
    index: &VerifierIndex<C>,
    proof: &Proof<C>,
    public_input: &[ScalarField<C>],
) -> Result<(), KimchiError> {
    if public_input.len() != index.public {
        return Err(KimchiError::PublicInput { expected: index.public, found: public_input.len() });
    }
    let rounds = index.max_poly_size.ilog2() as usize;
    length("rounds of the opening", rounds, proof.opening.lr.len())?;
    previous_challenges(index, proof, rounds)?;
    commitments(index, proof)?;
    evaluations(index, proof)
}

fn previous_challenges<C: KimchiCurve>(
    index: &VerifierIndex<C>,
    proof: &Proof<C>,
    rounds: usize,
) -> Result<(), KimchiError> {
    length("previous challenges", index.previous_challenges, proof.previous_challenges.len())?;
    for previous in &proof.previous_challenges {
        // One round more is a claim over an SRS twice as large: two chunks.
        let chunks = if previous.challenges.len() == rounds + 1 { 2 } else { 1 };
        length("a previous challenge's rounds", rounds + chunks - 1, previous.challenges.len())?;
        length("a previous challenge's commitment", chunks, previous.commitment.0.len())?;
    }
    Ok(())
}

fn commitments<C: KimchiCurve>(index: &VerifierIndex<C>, proof: &Proof<C>) -> Result<(), KimchiError> {
    let chunks = index.chunks();
    let chunked = |part, commitment: &Commitment<C>| length(part, chunks, commitment.0.len());
    let commitments = &proof.commitments;
    for w in &commitments.w {
        chunked("a witness commitment's chunks", w)?;
    }
    chunked("the permutation commitment's chunks", &commitments.z)?;
    let quotient = commitments.t.0.len();
    if quotient > 7 * chunks {
        return Err(KimchiError::Shape {
            part: "the quotient commitment's chunks",
            expected: 7 * chunks,
            found: quotient,
        });
    }
    presence("lookup commitments", index.lookup.is_some(), commitments.lookup.is_some())?;
    let Some((key, lookup)) = index.lookup.as_ref().zip(commitments.lookup.as_ref()) else { return Ok(()) };
    length("sorted lookup commitments", key.max_per_row + 1, lookup.sorted.len())?;
    for sorted in &lookup.sorted {
        chunked("a sorted lookup commitment's chunks", sorted)?;
    }
    chunked("the lookup aggregation commitment's chunks", &lookup.aggregation)?;
    presence("runtime table commitment", key.runtime_selector.is_some(), lookup.runtime_table.is_some())?;
    lookup
        .runtime_table
        .iter()
        .try_for_each(|runtime| chunked("the runtime table commitment's chunks", runtime))
}

fn evaluations<C: KimchiCurve>(index: &VerifierIndex<C>, proof: &Proof<C>) -> Result<(), KimchiError> {
    let chunks = index.chunks();
    let evaluations = &proof.evaluations;
    if chunks > 1 {
        // With one chunk the verifier evaluates the public input itself; it has no formula for the chunks.
        presence("public input evaluations", true, evaluations.public.is_some())?;
    }
    for (evaluation, commitment) in evaluations.optional_selectors.iter().zip(&index.optional_selectors) {
        presence("an optional gate's selector evaluation", commitment.is_some(), evaluation.is_some())?;
    }
    let lookup = &evaluations.lookup;
    let key = index.lookup.as_ref();
    presence("lookup aggregation evaluation", key.is_some(), lookup.aggregation.is_some())?;
    presence("lookup table evaluation", key.is_some(), lookup.table.is_some())?;
    let sorted = key.map_or(0, |key| key.max_per_row + 1).min(MAX_SORTED);
    for (i, evaluation) in lookup.sorted.iter().enumerate() {
        presence("a sorted lookup evaluation", i < sorted, evaluation.is_some())?;
    }
    let runtime = key.is_some_and(|key| key.runtime_selector.is_some());
    presence("runtime table evaluation", runtime, lookup.runtime_table.is_some())?;
    presence("runtime table selector evaluation", runtime, lookup.runtime_selector.is_some())?;
    for (i, evaluation) in lookup.pattern_selectors.iter().enumerate() {
        let expected = key.is_some_and(|key| key.pattern_selectors.get(i).is_some_and(Option::is_some));
        presence("a lookup pattern's selector evaluation", expected, evaluation.is_some())?;
    }
    let all = evaluations.public.iter().chain(evaluations.opened());
    all.into_iter().try_for_each(|e: &Chunked<_>| {
        length("an evaluation's chunks at ζ", chunks, e.zeta.len())?;
        length("an evaluation's chunks at ζω", chunks, e.zeta_omega.len())
    })
}
