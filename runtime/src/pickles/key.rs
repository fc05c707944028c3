//! Verification keys, made ready for verifying.

use super::deferred::StepConstants;
use super::proof::{ProofsVerified, VerificationKey, WRAP_ROUNDS};
use super::statement::PUBLIC_INPUTS;
use crate::curve::{Affine, Fp, PallasConfig};
use crate::kimchi::error::KimchiError;
use crate::kimchi::gates::Generation;
use crate::kimchi::index::{PreparedIndex, VerifierIndex};
use crate::kimchi::permutation::WRAP_SHIFTS;
use crate::kimchi::proof::Commitment;
use crate::limits::Limits;
use crate::poseidon::Sponge;

/// log2 of the wrap domain of a program that verifies at most this many proofs (`common.ml`, `wrap_domains`).
pub const fn wrap_domain_log2(size: ProofsVerified) -> u32 {
    match size {
        ProofsVerified::N0 => 13,
        ProofsVerified::N1 => 14,
        ProofsVerified::N2 => 15,
    }
}

/// The gates that Mina's networks and o1js build their circuits with.
pub const GENERATION: Generation = Generation::Berkeley;

/// Rows that hide the witness in a circuit of one chunk.
const ZK_ROWS: u64 = 3;

impl VerificationKey {
    /// The 28 commitments in the order in which Pickles hashes them: permutation, coefficients, selectors.
    pub fn commitments(&self) -> impl Iterator<Item = &Affine<PallasConfig>> {
        self.sigma.iter().chain(&self.coefficients).chain(&self.selectors)
    }

    /// The wrap circuit's verifier index.
    pub fn verifier_index(&self) -> VerifierIndex<PallasConfig> {
        let domain_log2 = wrap_domain_log2(self.actual_wrap_domain_size);
        let commitment = |point: Affine<PallasConfig>| Commitment(vec![point]);
        VerifierIndex {
            domain_log2,
            max_poly_size: 1 << WRAP_ROUNDS,
            zk_rows: ZK_ROWS,
            public: PUBLIC_INPUTS,
            previous_challenges: 2,
            sigma: self.sigma.map(commitment),
            coefficients: self.coefficients.map(commitment),
            selectors: self.selectors.map(commitment),
            optional_selectors: [const { None }; 6],
            shifts: WRAP_SHIFTS,
            lookup: None,
        }
    }
}

/// A verification key with what does not depend on the proof worked out: reuse it for proofs of the same program.
#[derive(Clone, Debug)]
pub struct PreparedKey {
    key: VerificationKey,
    index: PreparedIndex<PallasConfig>,
    step: StepConstants,
    limits: Limits,
}

impl PreparedKey {
    /// Prepares a side-loaded key, within the default limits.
    pub fn new(key: VerificationKey) -> Result<Self, KimchiError> {
        Self::with_limits(key, &Limits::default())
    }

    /// Prepares a side-loaded key. Of the limits that of the statement counts: the sizes of a wrap circuit are Pickles' own,
    /// its 40 public inputs among them.
    pub fn with_limits(key: VerificationKey, limits: &Limits) -> Result<Self, KimchiError> {
        let index = PreparedIndex::new(key.verifier_index(), GENERATION)?;
        Ok(Self { key, index, step: StepConstants::new(), limits: *limits })
    }

    /// The key.
    pub fn key(&self) -> &VerificationKey {
        &self.key
    }

    /// The limits that the key was prepared with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the program's step circuits have in common with all others.
    pub fn step(&self) -> &StepConstants {
        &self.step
    }

    /// The sponge with which the hash of the message for the next step proof begins: it has absorbed the key's 28 commitments. So does
    /// that of the index's digest, in the same order.
    pub fn after_key(&self) -> &Sponge<Fp> {
        self.index.absorbed()
    }

    /// The wrap circuit's verifier index.
    pub fn index(&self) -> &PreparedIndex<PallasConfig> {
        &self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Projective;
    use ark_ec::{AffineRepr as _, CurveGroup as _, PrimeGroup as _};

    /// Two places ask for the order of the commitments, Pickles' hash of messages and the index's digest.
    #[test]
    fn the_hash_of_the_message_begins_with_the_keys_commitments() {
        let generator = Projective::<PallasConfig>::generator();
        let mut multiples = std::iter::successors(Some(generator), |point| Some(*point + generator));
        let mut next = |_| multiples.next().unwrap().into_affine();
        let key = VerificationKey {
            max_proofs_verified: ProofsVerified::N1,
            actual_wrap_domain_size: ProofsVerified::N1,
            sigma: core::array::from_fn(&mut next),
            coefficients: core::array::from_fn(&mut next),
            selectors: core::array::from_fn(&mut next),
        };
        let mut expected = Sponge::new();
        for commitment in key.commitments() {
            let (x, y) = commitment.xy().unwrap();
            expected.absorb(&[x, y]);
        }
        expected.take_in();
        let prepared = PreparedKey::new(key).unwrap();
        assert_eq!(*prepared.after_key(), expected);
        assert_eq!(prepared.index().digest(), expected.squeeze());
    }
}
