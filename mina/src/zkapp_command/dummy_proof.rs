//! The proof that stands for every proof of a command where its transaction hash is worked out.
//!
//! Facts: Mina, `src/lib/mina_base/proof.ml` (`transaction_dummy`: of no earlier proofs); `src/lib/pickles/proof.ml` (`dummy`),
//! `dummy.ml`, `ro.ml`. What Pickles has no value for it takes from a random oracle, BLAKE2s of a name and a number that counts up. OCaml evaluates
//! vectors, records and arguments from the end, and the numbers follow that order.

use std::sync::OnceLock;

use ark_ff::{MontFp, PrimeField};
use blake2::{Blake2s256, Digest as _};
use quickpickle_runtime::curve::{Affine, Fq, PallasConfig, VestaConfig};
use quickpickle_runtime::kimchi::evaluations::{Chunked, Evaluations};
use quickpickle_runtime::kimchi::proof::Commitment;
use quickpickle_runtime::pickles::dummies::WRAP_PRECHALLENGES;
use quickpickle_runtime::pickles::proof::{
    BranchData, Challenge, Proof, ProofsVerified, STEP_ROUNDS, WRAP_ROUNDS,
};
use quickpickle_runtime::wire::parts::blank_proof;

/// The generator of Pallas in Mina.
const GENERATOR: Affine<PallasConfig> = Affine::<PallasConfig>::new_unchecked(
    MontFp!("1"),
    MontFp!("12418654782883325593414442427049395787963493412651469444558597405572177144507"),
);
/// `Dummy.Ipa.Step.sg`: the commitment to the challenge polynomial of the step side's challenges.
const STEP_COMMITMENT: Affine<VestaConfig> = Affine::<VestaConfig>::new_unchecked(
    MontFp!("7157847628472818669877981787153253278122158060570991904823379281596325861730"),
    MontFp!("9959746677904483136261451107528553963316638248277760417056251351537540061100"),
);
/// log2 of the step circuit's domain.
const DOMAIN_LOG2: u8 = 14;
/// Chunks of a wrap proof's quotient.
const QUOTIENT_CHUNKS: usize = 7;
/// Evaluations of a proof without optional gates: witness, coefficients, permutation, selectors.
const EVALUATIONS: usize = 15 + 15 + 1 + 6 + 6;
/// Answers of the oracle that Mina has used before: the step side of a dummy for blocks (`blockchain_dummy`).
const STEP_BEFORE: usize = 2 * EVALUATIONS + 3;
/// Bits of a field element.
const TOP_BYTE: u8 = 0x7f;

/// The dummy proof, made once in a process.
pub(super) fn dummy_proof() -> &'static Proof {
    static PROOF: OnceLock<Proof> = OnceLock::new();
    PROOF.get_or_init(make)
}

fn make() -> Proof {
    let mut proof = blank_proof();

    let plonk = &mut proof.plonk;
    (plonk.zeta, plonk.gamma, plonk.beta, plonk.alpha) =
        (challenge(36), challenge(37), challenge(38), challenge(39));
    // After the wrap side's challenges, which are numbered first.
    let step: [Challenge; STEP_ROUNDS] = core::array::from_fn(|at| challenge(WRAP_ROUNDS + STEP_ROUNDS - at));
    proof.bulletproof_challenges = step;
    proof.branch_data = BranchData { proofs_verified: ProofsVerified::N0, domain_log2: DOMAIN_LOG2 };
    proof.messages_for_next_wrap_proof.challenge_polynomial_commitment = STEP_COMMITMENT;
    proof.messages_for_next_wrap_proof.old_bulletproof_challenges = vec![WRAP_PRECHALLENGES; 2];

    let step = &mut proof.step_evaluations;
    evaluations(&mut step.evaluations, "fp", STEP_BEFORE);
    let [zeta, zeta_omega] = pair("fp", STEP_BEFORE + 2 * EVALUATIONS + 2);
    step.evaluations.public = Some(Chunked { zeta: vec![zeta], zeta_omega: vec![zeta_omega] });
    step.ft_eval1 = element("fp", STEP_BEFORE + 2 * EVALUATIONS + 3);

    let wrap = &mut proof.wrap;
    let commitment = |chunks| Commitment(vec![GENERATOR; chunks]);
    wrap.commitments.w = core::array::from_fn(|_| commitment(1));
    wrap.commitments.z = commitment(1);
    wrap.commitments.t = commitment(QUOTIENT_CHUNKS);
    evaluations(&mut wrap.evaluations, "fq", 0);
    wrap.ft_eval1 = element("fq", 2 * EVALUATIONS + 3);
    let opening = &mut wrap.opening;
    opening.lr = vec![(GENERATOR, GENERATOR); WRAP_ROUNDS];
    let [z1, z2]: [Fq; 2] = pair("fq", 2 * EVALUATIONS + 7);
    (opening.z1, opening.z2, opening.delta, opening.sg) = (z1, z2, GENERATOR, GENERATOR);
    proof
}

/// Fills the evaluations in, of which the first has the greatest numbers.
fn evaluations<F: PrimeField>(evaluations: &mut Evaluations<Chunked<F>>, name: &str, before: usize) {
    let Evaluations { w, coefficients, z, s, selectors, .. } = evaluations;
    let all = w.iter_mut().chain(coefficients).chain([z]).chain(s).chain(selectors);
    for (at, evaluation) in all.enumerate() {
        let [zeta, zeta_omega] = pair(name, before + 2 * (EVALUATIONS - at));
        *evaluation = Chunked { zeta: vec![zeta], zeta_omega: vec![zeta_omega] };
    }
}

/// Two elements, the second of which was taken first.
fn pair<F: PrimeField>(name: &str, number: usize) -> [F; 2] {
    [element(name, number), element(name, number - 1)]
}

fn oracle(name: &str, number: usize) -> [u8; 32] {
    Blake2s256::digest(format!("{name}_{number}")).into()
}

/// The lowest 255 bits of an answer, as a number.
fn element<F: PrimeField>(name: &str, number: usize) -> F {
    let mut bytes = oracle(name, number);
    bytes[31] &= TOP_BYTE;
    F::from_le_bytes_mod_order(&bytes)
}

/// The lowest 128 bits of an answer.
fn challenge(number: usize) -> Challenge {
    let bytes = oracle("chal", number);
    let limb = |at: usize| bytes[at..at + 8].iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    Challenge([limb(0), limb(8)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oracle_gives_the_challenges_that_are_written_down() {
        let challenges: [Challenge; WRAP_ROUNDS] = core::array::from_fn(|at| challenge(WRAP_ROUNDS - at));
        assert_eq!(challenges, WRAP_PRECHALLENGES);
        assert!(STEP_COMMITMENT.is_on_curve() && GENERATOR.is_on_curve());
    }
}
