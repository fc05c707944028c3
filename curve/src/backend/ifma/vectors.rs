//! Inner products and linear combinations of field elements, eight at a time.

use rayon::prelude::*;

use super::affine::LANES;
use super::elements::{everywhere, load, store};
use super::field::{Elements, Field, Limbs};
use super::lanes::{field, limbs, on_vectors};
use crate::field::PastaField;

/// Vectors of products that are added up before they are reduced.
const TERMS: usize = 4;
/// Elements that a task takes at least.
const TASK: usize = 1 << 10;

/// Σ aᵢbᵢ over the shorter of both.
#[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
pub(crate) fn inner_product<F: PastaField>(a: &[F], b: &[F]) -> F {
    let sum: F = a.par_chunks(TASK).zip(b.par_chunks(TASK)).map(|(a, b)| on_vectors!(products(a, b))).sum();
    // Products of what is held with 2^256 have 2^252.
    sum * F::from(16u64)
}

/// `sums[i] += Σ factor·column[i]` over all columns, which count as zero beyond their end.
#[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
pub(crate) fn add_multiples<F: PastaField>(sums: &mut [F], columns: &[(F, &[F])]) {
    let factors: Vec<Limbs> = columns.iter().map(|(factor, _)| limbs(*factor)).collect();
    sums.par_chunks_mut(TASK).enumerate().for_each(|(task, sums)| {
        let columns: Vec<_> = factors
            .iter()
            .zip(columns)
            .map(|(factor, (_, column))| (factor, column.get(task * TASK..).unwrap_or_default()))
            .collect();
        on_vectors!(add_to(sums, &columns))
    });
}

/// Σ aᵢbᵢ/16 over the shorter of both.
#[target_feature(enable = "avx512f,avx512ifma")]
fn products<F: PastaField>(a: &[F], b: &[F]) -> F {
    let field = field::<F>();
    let mut sum: Elements = bytemuck::Zeroable::zeroed();
    for (a, b) in a.chunks(TERMS * LANES).zip(b.chunks(TERMS * LANES)) {
        let mut pairs: [[Elements; 2]; TERMS] = bytemuck::Zeroable::zeroed();
        for (n, [x, y]) in pairs.iter_mut().enumerate() {
            *x = load(a.get(n * LANES..).unwrap_or_default());
            *y = load(b.get(n * LANES..).unwrap_or_default());
        }
        sum = add(field, &sum, &field.dot(pairs.each_ref().map(|pair| pair.each_ref())));
    }
    let mut lanes = [F::ZERO; LANES];
    store(field, &sum, &mut lanes);
    lanes.iter().sum()
}

/// [`add_multiples`] with the factors' limbs with 2^260.
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_to<F: PastaField>(sums: &mut [F], columns: &[(&Limbs, &[F])]) {
    let field = field::<F>();
    for (place, sums) in sums.chunks_mut(LANES).enumerate() {
        let mut sum = load(sums);
        for columns in columns.chunks(TERMS) {
            let mut pairs: [[Elements; 2]; TERMS] = bytemuck::Zeroable::zeroed();
            for (pair, (factor, column)) in pairs.iter_mut().zip(columns) {
                *pair = [everywhere(factor), load(column.get(place * LANES..).unwrap_or_default())];
            }
            sum = add(field, &sum, &field.dot(pairs.each_ref().map(|pair| pair.each_ref())));
        }
        store(field, &sum, sums);
    }
}

/// The sum of reduced values, reduced: it is below 4p + 2^217 before.
#[target_feature(enable = "avx512f")]
#[inline]
fn add(field: &Field, a: &Elements, b: &Elements) -> Elements {
    let mut sum = a.0;
    for (sum, b) in sum.iter_mut().zip(b.0) {
        *sum = core::arch::x86_64::_mm512_add_epi64(*sum, b);
    }
    field.reduce(sum)
}
