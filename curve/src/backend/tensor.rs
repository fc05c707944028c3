//! Sums of tensor products in vectors: the order of the work, whatever the vectors.

use rayon::prelude::*;

use crate::field::PastaField;
use crate::tensor::{LOW, Term};

/// Blocks that a task computes.
const BLOCKS: usize = 16;
/// Bytes of the low vectors' part from which a task computes its part of all blocks before the next part's turn: it stays in a core's
/// second-level cache.
const PART: usize = 1 << 19;

/// Vectors that add up products without reducing each.
pub(super) trait Vectors<F: PastaField> {
    /// A factor of whole blocks.
    type High: Send + Sync;
    /// [`Self::AT_ONCE`] factors in a block.
    type Lows: Send + Sync;

    /// Coefficients that are computed together.
    const AT_ONCE: usize;
    /// Terms that are added up at most.
    const TERMS: usize;

    fn high(factor: F) -> Self::High;
    /// At most [`Self::AT_ONCE`] elements, filled up with zeros.
    fn lows(elements: &[F]) -> Self::Lows;
    /// Σ high·low, of at most [`Self::TERMS`] terms, for [`Self::AT_ONCE`] coefficients after the other.
    fn sums_of_products(highs: &[Self::High], lows: &[Vec<Self::Lows>], coefficients: &mut [F]);
}

/// Calls `put` with coefficients of Σ high ⊗ low, at most [`LOW`] at once, and their part of `places`, for all of `places`.
pub(super) fn each_tensor_block<V: Vectors<F>, F: PastaField, T: Send>(
    terms: &[Term<F>],
    places: &mut [T],
    put: impl Fn(&[F], &mut [T]) + Sync,
) {
    let (first, rest) = terms.split_at(terms.len().min(V::TERMS));
    if rest.is_empty() {
        return each_block::<V, F, T>(first, places, put);
    }
    let mut sum = vec![F::ZERO; places.len()];
    for terms in terms.chunks(V::TERMS) {
        each_block::<V, F, F>(terms, &mut sum, |block, sum| {
            sum.iter_mut().zip(block).for_each(|(sum, coefficient)| *sum += coefficient);
        });
    }
    places.par_chunks_mut(LOW).zip(sum.par_chunks(LOW)).for_each(|(places, block)| put(block, places));
}

/// The same of [`Vectors::TERMS`] terms at most.
fn each_block<V: Vectors<F>, F: PastaField, T: Send>(
    terms: &[Term<F>],
    places: &mut [T],
    put: impl Fn(&[F], &mut [T]) + Sync,
) {
    // What is multiplied for the same coefficients lies together, term after term.
    let pack = |from: usize| {
        let of_term = |term: &Term<F>| {
            let elements = term.low.get(from..).unwrap_or_default();
            V::lows(&elements[..elements.len().min(V::AT_ONCE)])
        };
        terms.iter().map(of_term).collect()
    };
    let lows: Vec<Vec<V::Lows>> = (0..LOW).step_by(V::AT_ONCE).map(pack).collect();
    let part = (PART / size_of::<V::Lows>() / terms.len().max(1)).clamp(1, lows.len());
    places.par_chunks_mut(BLOCKS * LOW).enumerate().for_each(|(task, places)| {
        let high = |term: &Term<F>, index: usize| V::high(term.high.get(index).copied().unwrap_or(F::ZERO));
        let highs: Vec<Vec<V::High>> = (task * BLOCKS..)
            .take(places.len().div_ceil(LOW))
            .map(|index| terms.iter().map(|term| high(term, index)).collect())
            .collect();
        let mut block = [F::ZERO; LOW];
        for (lows, start) in lows.chunks(part).zip((0..).step_by(part * V::AT_ONCE)) {
            for (highs, places) in highs.iter().zip(places.chunks_mut(LOW)) {
                let places = places.get_mut(start..).unwrap_or_default();
                let block = &mut block[..places.len().min(lows.len() * V::AT_ONCE)];
                V::sums_of_products(highs, lows, block);
                put(block, &mut places[..block.len()]);
            }
        }
    });
}
