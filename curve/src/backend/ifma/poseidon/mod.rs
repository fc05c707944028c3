//! Poseidon's permutation. Of many states, each has a lane of the vectors; of few, each of their elements has one.
//!
//! States come in Montgomery form with 2^256. The S-box needs them as the vectors' products have them, with 2^260, and so do
//! the constants, which are added. What is kept are multiples of the elements (`scaled`).

mod few;
mod many;
mod scaled;

use super::affine::LANES;
use super::field::{Limbs, split};
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

/// The limbs of an element with 2^260.
fn limbs<F: PastaField>(element: &F) -> Limbs {
    split(&(*element * F::from(16u64)).to_limbs())
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
