//! Poseidon's permutation.

use super::field::Lazy;
use crate::field::Fp;
use crate::poseidon::{SpongeField, WIDTH, legacy};

/// A state, or a row of the matrix.
type Row<F> = [Lazy<F>; WIDTH];

/// The MDS matrix times a vector of elements from -P/8 to P/8, plus constants: from -P/8 to (3/32 + 1/32 + 1)P < 1.2P.
#[inline(always)]
fn mix<F: SpongeField>(mds: &[Row<F>; WIDTH], s: &Row<F>, constants: &[F; WIDTH]) -> Row<F> {
    core::array::from_fn(|i| Lazy::dot3_plus(&mds[i], s, &Lazy::new(constants[i])))
}

/// Poseidon's permutation: in each of the rounds the S-box on every element, the MDS matrix, the round constants.
pub(crate) fn permute<F: SpongeField>(state: &mut [F; WIDTH]) {
    let mds = F::mds().map(|row| row.map(Lazy::new));
    let mut lazy = state.map(Lazy::new);
    for constants in F::round_constants() {
        // x⁷ in four multiplications: for x up to 1.2P in size, x² is up to 0.4P, x³ 0.2P, x⁴ and x⁷ 0.1P.
        let s = lazy.map(|x| {
            let x2 = x.square();
            let x3 = x2.mul(&x);
            x2.square().mul(&x3)
        });
        lazy = mix(&mds, &s, constants);
    }
    *state = lazy.map(Lazy::reduce);
}

/// [`permute`] of every state.
pub(crate) fn permute_many<F: SpongeField>(states: &mut [[F; WIDTH]]) {
    states.iter_mut().for_each(permute);
}

/// Poseidon's permutation with the legacy parameters: constants, then in each of the rounds the S-box x⁵ on every element, the
/// MDS matrix, constants.
pub(crate) fn permute_legacy(state: &mut [Fp; WIDTH]) {
    let [first, rounds @ ..] = &legacy::ROUND_CONSTANTS;
    let mds = legacy::MDS.map(|row| row.map(Lazy::new));
    let mut lazy = core::array::from_fn(|i| Lazy::new(state[i] + first[i]));
    for constants in rounds {
        // For x up to 1.2P in size, x² is up to 0.4P, x⁴ and x⁵ 0.1P.
        let s = lazy.map(|x| x.square().square().mul(&x));
        lazy = mix(&mds, &s, constants);
    }
    *state = lazy.map(Lazy::reduce);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::portable;
    use crate::field::Fq;
    use crate::tests::check_permutations;
    use ark_ff::{AdditiveGroup, Field, UniformRand};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn permutations_are_the_portable_ones() {
        for seed in 0..4 {
            check_permutations::<Fp>(20, seed, permute_many);
            check_permutations::<Fq>(20, seed, permute_many);
        }
    }

    #[test]
    fn legacy_permutations_are_the_portable_ones() {
        let mut rng = StdRng::seed_from_u64(3);
        let mut states = vec![[Fp::ZERO; WIDTH], [-Fp::ONE; WIDTH]];
        states.extend((0..20).map(|_| core::array::from_fn(|_| Fp::rand(&mut rng))));
        for mut state in states {
            let mut expected = state;
            portable::permute_legacy(&mut expected);
            permute_legacy(&mut state);
            assert_eq!(state, expected);
        }
    }
}
