//! The hash by which Mina's ledger and o1js name a side-loaded verification key, and Kimchi's digest of it.

use crate::curve::{Fp, PallasConfig};
use crate::pickles::proof::{ProofsVerified, VerificationKey};
use crate::poseidon;
use crate::sponge::TranscriptSponge;

/// The hash's domain, `Hash_prefix_states.side_loaded_vk` in Mina.
const PREFIX: &[u8; 20] = b"MinaSideLoadedVk****";

impl VerificationKey {
    /// Poseidon over the key: the coordinates of sigma, coefficients and selectors, then one element that packs the two
    /// sizes (`Side_loaded_verification_key.to_input` and `Random_oracle.pack_input` in Mina).
    pub fn hash(&self) -> Fp {
        let mut input: Vec<Fp> = self.commitments().flat_map(|point| [point.x, point.y]).collect();
        let sizes = one_hot(self.max_proofs_verified) << 3 | one_hot(self.actual_wrap_domain_size);
        input.push(Fp::from(sizes));
        poseidon::hash_with_prefix(PREFIX, &input)
    }

    /// Kimchi's digest of the wrap circuit's key, which begins its transcripts and names the networks' keys: the
    /// commitments alone, without the sizes (`VerifierIndex::digest` in `kimchi/src/verifier_index.rs`).
    pub fn digest(&self) -> Fp {
        let mut sponge = TranscriptSponge::<PallasConfig>::new();
        self.commitments().for_each(|point| sponge.absorb_points(&[*point]));
        sponge.digest_base()
    }
}

/// Three bits of which one is set, the first of them the most significant.
fn one_hot(size: ProofsVerified) -> u8 {
    0b100 >> size.count()
}
