//! Poseidon's permutation of four states.

use core::array;

use super::field::{LANES, Quad};
use crate::poseidon::{SpongeField, WIDTH};

/// Poseidon's permutation of up to four states.
#[target_feature(enable = "avx2")]
pub(in crate::backend::portable) fn permute_few<F: SpongeField>(states: &mut [[F; WIDTH]]) {
    let mut lanes = [[F::ZERO; WIDTH]; LANES];
    lanes.iter_mut().zip(&*states).for_each(|(lane, state)| *lane = *state);
    let mds = F::mds().each_ref().map(|row| row.map(|element| Quad::splat(element)));
    let mut quads: [Quad<F>; WIDTH] = array::from_fn(|i| {
        let [a, b, c, d] = lanes.map(|lane| lane[i].to_limbs());
        Quad::load([&a, &b, &c, &d])
    });
    for constants in F::round_constants() {
        // x⁷ in four multiplications: for x up to 1.1P, x² is below 0.35P, x³ 0.13P, x⁴ 0.07P, and x⁷ 0.04P.
        let s = [s_box(&quads[0]), s_box(&quads[1]), s_box(&quads[2])];
        // Below (3·0.04/4 + 1/32)P + P < 1.1P.
        for ((quad, row), constant) in quads.iter_mut().zip(&mds).zip(constants) {
            *quad = Quad::dot3_plus(row, &s, &Quad::splat(*constant));
        }
    }
    let elements = quads.map(|quad| quad.reduce().store());
    for (lane, state) in states.iter_mut().enumerate() {
        *state = array::from_fn(|i| F::from_limbs_unchecked(elements[i][lane]));
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn s_box<F: SpongeField>(x: &Quad<F>) -> Quad<F> {
    let x2 = x.square();
    let x3 = x2.mul(x);
    x2.square().mul(&x3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::portable::quads::is_available;
    use crate::field::{Fp, Fq};
    use crate::tests::check_permutations;

    fn permute<F: SpongeField>(states: &mut [[F; WIDTH]]) {
        for states in states.chunks_mut(LANES) {
            // SAFETY: the test has asked whether the machine has the instructions.
            #[expect(unsafe_code, reason = "as in the code")]
            unsafe {
                permute_few(states);
            }
        }
    }

    #[test]
    fn permutations_are_those_of_64_bit_code() {
        if is_available() {
            for seed in 0..4 {
                check_permutations::<Fp>(19, seed, permute);
                check_permutations::<Fq>(18, seed, permute);
            }
        }
    }
}
