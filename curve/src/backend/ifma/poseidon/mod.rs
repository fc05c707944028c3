//! Poseidon's permutation. Of many states, each has a lane of the vectors; of few, each of their elements has one.
//!
//! States come in Montgomery form with 2^256. The S-box needs them as the vectors' products have them, with 2^260, and so do
//! the constants, which are added.

mod few;
mod many;

use core::arch::x86_64::__m512i;

use super::affine::LANES;
use super::field::{Elements, Field, from_words};
use crate::field::PastaField;
use crate::poseidon::{SpongeField, WIDTH};

/// More states than this take longer two by two.
const FEW: usize = 4;

/// Poseidon's permutation.
pub(crate) fn permute<F: SpongeField>(state: &mut [F; WIDTH]) {
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    unsafe {
        few::permute(core::array::from_mut(state));
    }
}

/// Poseidon's permutation of every state.
pub(crate) fn permute_many<F: SpongeField>(states: &mut [[F; WIDTH]]) {
    let (pairs, rest) = states.as_chunks_mut::<{ 2 * LANES }>();
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "functions that are compiled for instructions not every machine has")]
    unsafe {
        for states in pairs {
            many::permute::<F, 2>(states);
        }
        for states in rest.chunks_mut(LANES) {
            if states.len() > FEW {
                many::permute::<F, 1>(states);
            } else {
                let (pairs, rest) = states.as_chunks_mut::<2>();
                pairs.iter_mut().for_each(|states| few::permute(states));
                rest.iter_mut().for_each(|state| few::permute(core::array::from_mut(state)));
            }
        }
    }
}

/// The four words of eight elements, in vectors; lanes that no word is put into are zero.
#[target_feature(enable = "avx512f,avx512ifma")]
fn raised<F: PastaField>(field: &Field, words: &[[u64; LANES]; 4]) -> Elements {
    // Products with it make 2^260 of 2^256.
    field.mul(&from_words(words.map(bytemuck::cast::<_, __m512i>)), &Field::constant(F::from(1u64 << 8)))
}

/// The reverse: the words below p of elements below 3p.
#[target_feature(enable = "avx512f,avx512ifma")]
fn lowered<F: PastaField>(field: &Field, elements: &Elements) -> [[u64; LANES]; 4] {
    field.to_words(&field.mul(elements, &Field::constant(F::ONE))).map(bytemuck::cast)
}

/// The limbs of an element with 2^260.
fn limbs<F: PastaField>(element: &F) -> super::field::Limbs {
    super::field::split(&(*element * F::from(16u64)).to_limbs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::check_permutations;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn permutations_are_the_portable_ones(count in 0usize..40, seed: u64) {
            if super::super::is_available() {
                check_permutations::<crate::field::Fp>(count, seed, permute_many);
                check_permutations::<crate::field::Fq>(count, seed, permute_many);
            }
        }
    }
}
