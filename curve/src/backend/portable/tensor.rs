//! Sums of tensor products.

use rayon::prelude::*;

#[cfg(target_arch = "x86_64")]
use super::quads;
use crate::field::PastaField;
use crate::tensor::{LOW, Term};

/// Calls `put` with [`LOW`] coefficients of Σ high ⊗ low, fewer at the end, and their part of `places`, for all of `places`.
pub(crate) fn each_tensor_block<F: PastaField, T: Send>(
    terms: &[Term<F>],
    places: &mut [T],
    put: impl Fn(&[F], &mut [T]) + Sync,
) {
    #[cfg(target_arch = "x86_64")]
    if quads::is_available() {
        return quads::each_tensor_block(terms, places, put);
    }
    places.par_chunks_mut(LOW).enumerate().for_each(|(index, places)| {
        let mut block = [F::ZERO; LOW];
        for term in terms {
            if let Some(factor) = term.high.get(index) {
                for (coefficient, low) in block.iter_mut().zip(&term.low) {
                    *coefficient += *factor * low;
                }
            }
        }
        put(&block[..places.len()], places);
    });
}
