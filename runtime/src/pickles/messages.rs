//! The two messages that a Pickles proof hands on, as the wrap circuit hashes them.
//!
//! Both are plain Poseidon hashes without a prefix. The layouts are `composition_types.ml`'s `to_field_elements`
//! (Mina, `src/lib/pickles`), as `mina-rust`'s `ledger/src/proofs/public_input/messages.rs` also has them.

use std::sync::OnceLock;

use super::dummies::WRAP_CHALLENGES;
use super::proof::{MessagesForNextStepProof, MessagesForNextWrapProof, STEP_ROUNDS, WRAP_ROUNDS};
use crate::curve::{Affine, Fp, Fq, KimchiCurve, PallasConfig, VestaConfig};
use crate::lockstep::Lanes;
use crate::poseidon::Sponge;
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
pub async fn wrap_message_hash(
    message: &MessagesForNextWrapProof,
    padded_challenges: &[[Fq; WRAP_ROUNDS]; 2],
    lanes: &Lanes,
) -> Fq {
    let dummies = padded_challenges.len().saturating_sub(message.old_bulletproof_challenges.len());
    let mut sponge = after_dummies(dummies).clone();
    for challenges in padded_challenges.iter().skip(dummies) {
        sponge.absorb(challenges);
    }
    sponge.absorb(&coordinates(&message.challenge_polynomial_commitment));
    sponge.squeeze_among(lanes).await
}

/// The sponge that has absorbed so many dummies, at most two: with the challenges of a program that verifies no proof begins
/// every such hash.
fn after_dummies(count: usize) -> &'static Sponge<Fq> {
    static BEGUN: [OnceLock<Sponge<Fq>>; 3] = [const { OnceLock::new() }; 3];
    let count = count.min(BEGUN.len() - 1);
    BEGUN[count].get_or_init(|| {
        let mut sponge = Sponge::new();
        (0..count).for_each(|_| sponge.absorb(&WRAP_CHALLENGES));
        sponge.take_in();
        sponge
    })
}

/// Hash of the message for the next step proof: the key's commitments, which `after_key` has absorbed, the application's
/// statement, then for each earlier proof its commitment and its challenges.
pub async fn step_message_hash(
    after_key: &Sponge<Fp>,
    statement: &[Fp],
    commitments: &[Affine<PallasConfig>],
    challenges: &[[Fp; STEP_ROUNDS]],
    lanes: &Lanes,
) -> Fp {
    let mut sponge = after_key.clone();
    sponge.absorb(statement);
    for (commitment, challenges) in commitments.iter().zip(challenges) {
        sponge.absorb(&coordinates(commitment));
        sponge.absorb(challenges);
    }
    sponge.squeeze_among(lanes).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockstep;
    use crate::poseidon::hash;
    use ark_ff::AdditiveGroup as _;

    #[test]
    fn a_hash_that_was_begun_is_that_of_all() {
        let own = [Fq::from(5u64); WRAP_ROUNDS];
        for count in 0..=2 {
            let mut sponge = after_dummies(count).clone();
            sponge.absorb(&own);
            let all = [WRAP_CHALLENGES.repeat(count), own.to_vec()].concat();
            assert_eq!(sponge.squeeze(), hash(&all));
        }
        let mut begun = Sponge::new();
        begun.absorb(&[Fp::from(7u64); 3]);
        let statement = [Fp::ZERO, Fp::from(2u64)];
        let challenges = [[Fp::from(9u64); STEP_ROUNDS]];
        let found = lockstep::alone(async |lanes| {
            step_message_hash(&begun, &statement, &[Affine::identity()], &challenges, lanes).await
        });
        let all = [&[Fp::from(7u64); 3][..], &statement, &[Fp::ZERO; 2], &challenges[0]].concat();
        assert_eq!(found, hash(&all));
    }
}
