//! From a Pickles proof to the two claims that settle it.

use core::pin::Pin;

use super::deferred;
use super::dummies::WRAP_COMMITMENT;
use super::error::PicklesError;
use super::key::PreparedKey;
use super::messages::{padded_wrap_challenges, step_challenges, step_message_hash, wrap_message_hash};
use super::proof::Proof;
use super::statement::public_input;
use crate::curve::{Affine, Fp, KimchiCurve, PallasConfig, VestaConfig};
use crate::ipa::{AccumulatorClaim, OpeningClaim};
use crate::kimchi;
use crate::kimchi::proof::{Commitment, RecursionChallenge};
use crate::lockstep::Lanes;
use crate::tables::TableSource;

/// What is left to check of a Pickles proof. It is valid if and only if both claims hold.
#[derive(Clone, Debug)]
pub struct Claims {
    /// That the wrap proof's opening is right, over the wrap SRS.
    pub opening: OpeningClaim<PallasConfig>,
    /// That the step proof's folded generators are what its challenges say, over the step SRS.
    pub accumulator: AccumulatorClaim<VestaConfig>,
}

/// Checks everything about a proof but its two claims, which it returns.
///
/// `statement` is the statement of the application as field elements: input, then output, for an o1js program.
///
/// The steps are those of `verify_heterogenous` in Mina's `pickles/verify.ml`.
pub async fn reduce(
    key: &PreparedKey,
    statement: &[Fp],
    proof: &Proof,
    tables: &dyn TableSource,
    lanes: &Lanes,
) -> Result<Claims, PicklesError> {
    key.limits().check_statement(statement.len()).map_err(PicklesError::Limit)?;
    let for_step = &proof.messages_for_next_step_proof;
    let for_wrap = &proof.messages_for_next_wrap_proof;

    let commitments = for_step.challenge_polynomial_commitments.as_slice();
    let found = commitments.len();
    if found > 2 || found != for_step.old_bulletproof_challenges.len() {
        return Err(PicklesError::PreviousProofs { part: "message for the next step proof", found });
    }
    let wrap_challenges = padded_wrap_challenges(for_wrap).ok_or(PicklesError::PreviousProofs {
        part: "message for the next wrap proof",
        found: for_wrap.old_bulletproof_challenges.len(),
    })?;
    let step_challenges = step_challenges(for_step);

    // Behind a pointer, or it would be compiled as a part of this: engines of WebAssembly optimise large functions in much memory.
    let expanding = deferred::expand(key.step(), proof, &step_challenges, lanes);
    let expanding: Pin<Box<dyn Future<Output = _>>> = Box::pin(expanding);
    let deferred = expanding.await?;
    let public_input = public_input(
        proof,
        &deferred,
        wrap_message_hash(for_wrap, &wrap_challenges, lanes).await,
        step_message_hash(key.after_key(), statement, commitments, &step_challenges, lanes).await,
    );

    // The wrap proof carries the openings of the wrap proofs that the step circuit verified: their challenges are in
    // one message and their commitments in the other, and both lists are padded to two at the front.
    let padding = std::iter::repeat_n(WRAP_COMMITMENT, 2 - found);
    let wrap = kimchi::proof::Proof {
        commitments: proof.wrap.commitments.clone(),
        evaluations: proof.wrap.evaluations.clone(),
        ft_eval1: proof.wrap.ft_eval1,
        opening: proof.wrap.opening.clone(),
        previous_challenges: padding
            .chain(commitments.iter().copied())
            .zip(wrap_challenges)
            .map(|(commitment, challenges): (Affine<PallasConfig>, _)| RecursionChallenge {
                challenges: challenges.to_vec(),
                commitment: Commitment(vec![commitment]),
            })
            .collect(),
    };
    let opening = kimchi::verifier::reduce(key.index(), &wrap, &public_input, tables, lanes).await?;

    let accumulator = AccumulatorClaim {
        commitment: for_wrap.challenge_polynomial_commitment,
        challenges: proof.bulletproof_challenges.map(|c| c.to_field_endo(VestaConfig::ENDO_SCALAR)).to_vec(),
    };
    Ok(Claims { opening, accumulator })
}
