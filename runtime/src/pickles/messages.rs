//! The two messages that a Pickles proof hands on, as the wrap circuit hashes them.
//!
//! Both are plain Poseidon hashes without a prefix. The layouts are `composition_types.ml`'s `to_field_elements`
//! (Mina, `src/lib/pickles`), as `mina-rust`'s `ledger/src/proofs/public_input/messages.rs` also has them.

use super::dummies::WRAP_CHALLENGES;
use super::proof::{
    MessagesForNextStepProof, MessagesForNextWrapProof, STEP_ROUNDS, VerificationKey, WRAP_ROUNDS,
};
use crate::curve::{Affine, Fp, Fq, KimchiCurve, PallasConfig, VestaConfig};
use crate::poseidon::hash;
use ark_ec::AffineRepr;

/// The coordinates of a point that Pickles hashes: infinity, which has none, as (0, 0).
fn coordinates<C: KimchiCurve>(point: &Affine<C>) -> [C::BaseField; 2] {
    point.xy().map_or_else(Default::default, |(x, y)| [x, y])
}

/// The earlier wrap challenges, expanded and padded at the front to two.
///
/// `None` if there are more than two.
pub fn padded_wrap_challenges(message: &MessagesForNextWrapProof) -> Option<[[Fq; WRAP_ROUNDS]; 2]> {
    let expand = |challenges: &[crate::challenge::Challenge; WRAP_ROUNDS]| {
        challenges.map(|c| c.to_field_endo(PallasConfig::ENDO_SCALAR))
    };
    Some(match message.old_bulletproof_challenges.as_slice() {
        [] => [WRAP_CHALLENGES; 2],
        [only] => [WRAP_CHALLENGES, expand(only)],
        [first, second] => [expand(first), expand(second)],
        _ => return None,
    })
}

/// The earlier step challenges, expanded.
pub fn step_challenges(message: &MessagesForNextStepProof) -> Vec<[Fp; STEP_ROUNDS]> {
    message
        .old_bulletproof_challenges
        .iter()
        .map(|challenges| challenges.map(|c| c.to_field_endo(VestaConfig::ENDO_SCALAR)))
        .collect()
}

/// Hash of the message for the next wrap proof: the padded challenges, then the step proof's commitment.
pub fn wrap_message_hash(commitment: &Affine<VestaConfig>, padded_challenges: &[[Fq; WRAP_ROUNDS]; 2]) -> Fq {
    let mut preimage = Vec::with_capacity(2 * WRAP_ROUNDS + 2);
    preimage.extend_from_slice(padded_challenges.as_flattened());
    preimage.extend(coordinates(commitment));
    hash(&preimage)
}

/// Hash of the message for the next step proof: the key's 28 commitments, the application's statement, then for each
/// earlier proof its commitment and its challenges.
pub fn step_message_hash(
    key: &VerificationKey,
    statement: &[Fp],
    commitments: &[Affine<PallasConfig>],
    challenges: &[[Fp; STEP_ROUNDS]],
) -> Fp {
    let mut preimage = Vec::with_capacity(2 * 28 + statement.len() + commitments.len() * (STEP_ROUNDS + 2));
    preimage.extend(key.commitments().flat_map(coordinates));
    preimage.extend_from_slice(statement);
    for (commitment, challenges) in commitments.iter().zip(challenges) {
        preimage.extend(coordinates(commitment));
        preimage.extend_from_slice(challenges);
    }
    hash(&preimage)
}
