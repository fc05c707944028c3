//! Sums of tensor products.

use rayon::prelude::*;

use crate::field::PastaField;
use crate::tensor::{LOW, Term};

/// Σ high ⊗ low, the first `size` coefficients.
pub(crate) fn tensor_sum<F: PastaField>(terms: &[Term<F>], size: usize) -> Vec<F> {
    let mut sum = vec![F::ZERO; size];
    sum.par_chunks_mut(LOW).enumerate().for_each(|(index, chunk)| {
        for term in terms {
            if let Some(factor) = term.high.get(index) {
                for (coefficient, low) in chunk.iter_mut().zip(&term.low) {
                    *coefficient += *factor * low;
                }
            }
        }
    });
    sum
}
