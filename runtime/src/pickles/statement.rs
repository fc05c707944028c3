//! The wrap circuit's public input: what a wrap proof says about the step proof inside it.

use super::deferred::DeferredValues;
use super::proof::{BranchData, FeatureFlags, Proof, ProofsVerified};
use crate::curve::{Fp, Fq};
use ark_ff::{AdditiveGroup, Field, MontFp, PrimeField};

pub use quickpickle_srs_data::PUBLIC_INPUTS;

/// 1/2 in Fp.
const HALF: Fp = MontFp!("14474011154664524427946373126085988481681528240970780357977338382174983815169");

/// (x - (2^255 + 1)) / 2: how Pickles carries an element of Fp through a circuit over Fq, where it is the scalar of
/// a double-and-add that starts from 2^255 + 1 (`shifted_value.ml`, type 1).
fn shifted(x: Fp) -> Fq {
    let shift = Fp::from(2u64).pow([255]) + Fp::ONE;
    embed((x - shift) * HALF)
}

/// An element of Fp as the same integer in Fq, whose modulus is larger.
fn embed(x: Fp) -> Fq {
    Fq::from_bigint(x.into_bigint()).unwrap_or_default()
}

fn bit(b: bool) -> Fq {
    Fq::from(u64::from(b))
}

/// The public input, in the order of `composition_types.ml`'s `Wrap.Statement.In_circuit.to_data`.
pub fn public_input(
    proof: &Proof,
    deferred: &DeferredValues,
    wrap_message_hash: Fq,
    step_message_hash: Fp,
) -> [Fq; PUBLIC_INPUTS] {
    let plonk = &proof.plonk;
    let FeatureFlags { gates, lookup, runtime_tables } = plonk.feature_flags;

    let values = [
        deferred.combined_inner_product,
        deferred.b,
        deferred.zeta_to_srs_length,
        deferred.zeta_to_domain_size,
        deferred.perm,
    ];
    let challenges = [plonk.beta, plonk.gamma, plonk.alpha, plonk.zeta, deferred.xi];
    let digests =
        [embed(proof.sponge_digest_before_evaluations), wrap_message_hash, embed(step_message_hash)];
    let elements = (values.into_iter().map(shifted))
        .chain(challenges.into_iter().map(|c| c.to_field()))
        .chain(digests)
        .chain(proof.bulletproof_challenges.into_iter().map(|c| c.to_field()))
        .chain([Fq::from(packed(proof.branch_data))])
        .chain(gates.into_iter().chain([lookup, runtime_tables]).map(bit))
        .chain([
            bit(plonk.feature_flags.uses_lookups()),
            plonk.joint_combiner.unwrap_or_default().to_field(),
        ]);

    let mut input = [Fq::ZERO; PUBLIC_INPUTS];
    input.iter_mut().zip(elements).for_each(|(slot, element)| *slot = element);
    input
}

/// log2 of the step domain, above two bits that say which of the two earlier proofs are there (`branch_data.ml`).
fn packed(branch: BranchData) -> u64 {
    let mask = match branch.proofs_verified {
        ProofsVerified::N0 => 0b00,
        ProofsVerified::N1 => 0b10,
        ProofsVerified::N2 => 0b11,
    };
    u64::from(branch.domain_log2) << 2 | mask
}
