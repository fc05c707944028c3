//! Poseidon's permutation of many states, eight in the lanes of a vector.
//!
//! States come in Montgomery form with 2^256. The S-box needs them as the vectors' products have them, with 2^260, and so do
//! the constants, which are added.

use std::sync::OnceLock;

use super::affine::LANES;
use super::field::{Elements, Field, Limbs, from_words, split};
use crate::backend::portable;
use crate::field::{Fp, PastaField};
use crate::poseidon::{ROUNDS, SpongeField, WIDTH};

/// Fewer states than this are faster one after the other.
const MIN_STATES: usize = 4;

/// Poseidon's permutation of every state.
pub(crate) fn permute_many<F: SpongeField>(states: &mut [[F; WIDTH]]) {
    let (pairs, rest) = states.as_chunks_mut::<{ 2 * LANES }>();
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "functions that are compiled for instructions not every machine has")]
    unsafe {
        for states in pairs {
            permute_vectors::<F, 2>(states);
        }
        for states in rest.chunks_mut(LANES) {
            if states.len() < MIN_STATES {
                portable::permute_many(states);
            } else {
                permute_vectors::<F, 1>(states);
            }
        }
    }
}

/// The parameters with 2^260.
struct Parameters {
    mds: [[Limbs; WIDTH]; WIDTH],
    rounds: [[Limbs; WIDTH]; ROUNDS],
}

impl Parameters {
    fn of<F: SpongeField>() -> &'static Self {
        // Of Fp, of Fq.
        static ALL: [OnceLock<Parameters>; 2] = [const { OnceLock::new() }; 2];
        let limbs = |element: &F| split(&(*element * F::from(16u64)).to_limbs());
        ALL[usize::from(F::LOW != Fp::LOW)].get_or_init(|| Self {
            mds: F::mds().each_ref().map(|row| row.each_ref().map(limbs)),
            rounds: F::round_constants().each_ref().map(|constants| constants.each_ref().map(limbs)),
        })
    }
}

/// Up to eight states in each of `N` vectors.
#[target_feature(enable = "avx512f,avx512ifma")]
fn permute_vectors<F: SpongeField, const N: usize>(states: &mut [[F; WIDTH]]) {
    let field = Field::new::<F>();
    let Parameters { mds, rounds } = Parameters::of::<F>();
    // Products with it make 2^260 of 2^256; those with 2^256 are the reverse.
    let raise = Field::constant(F::from(1u64 << 8));
    let lower = Field::constant(F::ONE);
    let mut vectors = [[raise; N]; WIDTH];
    for (place, vectors) in vectors.iter_mut().enumerate() {
        for (n, vector) in vectors.iter_mut().enumerate() {
            let mut words = [[0u64; LANES]; 4];
            for (lane, state) in states.iter().skip(n * LANES).take(LANES).enumerate() {
                for (words, limb) in words.iter_mut().zip(state[place].to_limbs()) {
                    words[lane] = limb;
                }
            }
            *vector = field.mul(&from_words(words.map(bytemuck::cast)), &raise);
        }
    }
    for constants in rounds {
        // x⁷ in four multiplications; all are below 2p.
        for x in &mut vectors {
            let squares = field.square_each(x.each_ref());
            let cubes = field.mul_each(squares.each_ref(), x.each_ref());
            let fourths = field.square_each(squares.each_ref());
            *x = field.mul_each(fourths.each_ref(), cubes.each_ref());
        }
        let [a, b, c] = &vectors;
        let s: [[&Elements; WIDTH]; N] = core::array::from_fn(|n| [&a[n], &b[n], &c[n]]);
        let mut next = vectors;
        for ((next, row), constant) in next.iter_mut().zip(mds).zip(constants) {
            *next = field.dots_plus(row, &s, constant);
        }
        vectors = next;
    }
    for (place, vectors) in vectors.iter().enumerate() {
        for (n, vector) in vectors.iter().enumerate() {
            let words: [[u64; LANES]; 4] = field.to_words(&field.mul(vector, &lower)).map(bytemuck::cast);
            for (lane, state) in states.iter_mut().skip(n * LANES).take(LANES).enumerate() {
                state[place] = F::from_limbs_unchecked(words.map(|words| words[lane]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::check_permutations;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn permutations_are_those_of_one_state(count in 0usize..40, seed: u64) {
            if super::super::is_available() {
                check_permutations::<crate::field::Fp>(count, seed, permute_many);
                check_permutations::<crate::field::Fq>(count, seed, permute_many);
            }
        }
    }
}
