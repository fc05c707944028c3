//! Poseidon's permutation.

use super::Lazy;
use crate::poseidon::{SpongeField, WIDTH};

/// x⁷ in four multiplications: for x below 2p, so are x², x³, x⁴ and x⁷, but for 2^-124 of it.
#[inline(always)]
fn s_box<F: SpongeField>(x: Lazy<F>) -> Lazy<F> {
    let x2 = x.square();
    let x3 = x2.mul(x);
    x2.square().mul(x3)
}

/// Poseidon's permutation: in each of the rounds the S-box on every element, the MDS matrix, the round constants.
pub fn permute<F: SpongeField>(state: &mut [F; WIDTH]) {
    let mds = F::mds();
    let mut lazy = state.map(Lazy::new);
    for constants in F::round_constants() {
        let s = lazy.map(s_box);
        lazy = core::array::from_fn(|i| Lazy::dot3_plus(&mds[i], &s, constants[i]));
    }
    *state = lazy.map(Lazy::reduce);
}
