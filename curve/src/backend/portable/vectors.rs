//! Inner products and linear combinations of field elements.

use rayon::prelude::*;

use crate::field::PastaField;

/// Elements that a task takes at least.
const TASK: usize = 1 << 10;

/// Σ aᵢbᵢ over the shorter of both.
pub(crate) fn inner_product<F: PastaField>(a: &[F], b: &[F]) -> F {
    a.par_iter().zip(b).with_min_len(TASK).map(|(a, b)| *a * b).sum()
}

/// `sums[i] += Σ factor·column[i]` over all columns, which count as zero beyond their end.
pub(crate) fn add_multiples<F: PastaField>(sums: &mut [F], columns: &[(F, &[F])]) {
    sums.par_chunks_mut(TASK).enumerate().for_each(|(task, sums)| {
        for (factor, column) in columns {
            for (sum, c) in sums.iter_mut().zip(column.get(task * TASK..).unwrap_or_default()) {
                *sum += *factor * c;
            }
        }
    });
}
