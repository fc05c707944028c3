//! Field elements as they lie in memory, one after the other, and vectors of eight.

use core::arch::x86_64::*;

use super::affine::LANES;
use super::field::{Elements, Field, Limbs, from_words};
use crate::field::PastaField;

/// The same limbs in every lane.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn everywhere(limbs: &Limbs) -> Elements {
    Elements(limbs.map(|limb| _mm512_set1_epi64(limb as i64)))
}

/// First limbs of four elements, then second ones, of two vectors of two elements each.
const LOW: [u64; 8] = [0, 4, 8, 12, 1, 5, 9, 13];
/// Third limbs, then fourth ones.
const HIGH: [u64; 8] = [2, 6, 10, 14, 3, 7, 11, 15];

/// Up to eight elements, filled up with zeros.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn load<F: PastaField>(elements: &[F]) -> Elements {
    let mut rows = [[0u64; 4]; LANES];
    for (row, element) in rows.iter_mut().zip(elements) {
        *row = element.to_limbs();
    }
    let [ab, cd, ef, gh]: [__m512i; 4] = bytemuck::cast(rows);
    let pick = |a, index: [u64; 8], b| _mm512_permutex2var_epi64(a, bytemuck::cast(index), b);
    let (low0, low1) = (pick(ab, LOW, cd), pick(ef, LOW, gh));
    let (high0, high1) = (pick(ab, HIGH, cd), pick(ef, HIGH, gh));
    from_words([
        _mm512_shuffle_i64x2::<0x44>(low0, low1),
        _mm512_shuffle_i64x2::<0xee>(low0, low1),
        _mm512_shuffle_i64x2::<0x44>(high0, high1),
        _mm512_shuffle_i64x2::<0xee>(high0, high1),
    ])
}

/// The elements of a reduced vector, as many as there is room for.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn store<F: PastaField>(field: &Field, vector: &Elements, elements: &mut [F]) {
    let [w0, w1, w2, w3] = field.to_words(vector);
    // Of the first four elements, then of the last.
    let (low0, low1) = (_mm512_shuffle_i64x2::<0x44>(w0, w1), _mm512_shuffle_i64x2::<0xee>(w0, w1));
    let (high0, high1) = (_mm512_shuffle_i64x2::<0x44>(w2, w3), _mm512_shuffle_i64x2::<0xee>(w2, w3));
    let pick = |a, index: [u64; 8], b| _mm512_permutex2var_epi64(a, bytemuck::cast(index), b);
    let pairs =
        [pick(low0, LOW, high0), pick(low0, HIGH, high0), pick(low1, LOW, high1), pick(low1, HIGH, high1)];
    let rows: [[u64; 4]; LANES] = bytemuck::cast(pairs);
    for (element, row) in elements.iter_mut().zip(rows) {
        *element = F::from_limbs_unchecked(row);
    }
}
