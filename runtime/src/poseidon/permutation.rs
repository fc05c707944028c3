//! The permutation.

use super::{SpongeField, WIDTH};

/// x⁷ in four multiplications.
#[inline(always)]
fn s_box<F: SpongeField>(x: F) -> F {
    let x2 = x.square();
    let x3 = x2 * x;
    x2.square() * x3
}

/// Poseidon's permutation: in each of the rounds the S-box on every element, the MDS matrix, the round constants.
pub fn permute<F: SpongeField>(state: &mut [F; WIDTH]) {
    let mds = F::mds();
    for constants in F::round_constants() {
        let s = state.map(s_box);
        for ((out, row), &constant) in state.iter_mut().zip(mds).zip(constants) {
            *out = F::sum_of_products(row, &s) + constant;
        }
    }
}
