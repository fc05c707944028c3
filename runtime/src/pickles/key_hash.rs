//! The hash by which Mina's ledger and o1js name a side-loaded verification key.

use crate::curve::Fp;
use crate::pickles::proof::{ProofsVerified, VerificationKey};
use crate::poseidon;

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
}

/// Three bits of which one is set, the first of them the most significant.
fn one_hot(size: ProofsVerified) -> u8 {
    0b100 >> size.count()
}
