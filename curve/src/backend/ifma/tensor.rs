//! Sums of tensor products: eight coefficients at a time, products added up without reduction.

use core::arch::x86_64::*;

use rayon::prelude::*;

use super::field::split;
use crate::backend::portable::Lazy;
use crate::field::PastaField;
use crate::tensor::{LOW, Term};

/// Coefficients in a vector.
const LANES: usize = 8;
/// Vectors of coefficients that are computed side by side, so that one's products fill the gaps of the other's.
const SIDE_BY_SIDE: usize = 2;
/// Limbs of a sum of products.
const WIDE: usize = 10;
/// Terms that are added up at most: a limb gains below 9·2^52 from each, and holds 2^64.
const TERMS: usize = 256;

/// Eight elements, limb by limb.
type Eight = [[u64; LANES]; 5];

/// Calls `put` with [`LOW`] coefficients of Σ high ⊗ low, fewer at the end, and their part of `places`, for all of `places`.
pub(crate) fn each_tensor_block<F: PastaField, T: Send>(
    terms: &[Term<F>],
    places: &mut [T],
    put: impl Fn(&[F], &mut [T]) + Sync,
) {
    let (first, rest) = terms.split_at(terms.len().min(TERMS));
    if rest.is_empty() {
        return each_block(first, places, put);
    }
    let mut sum = vec![F::ZERO; places.len()];
    for terms in terms.chunks(TERMS) {
        each_block(terms, &mut sum, |block, sum| {
            sum.iter_mut().zip(block).for_each(|(sum, coefficient)| *sum += coefficient);
        });
    }
    places.par_chunks_mut(LOW).zip(sum.par_chunks(LOW)).for_each(|(places, block)| put(block, places));
}

/// The same of [`TERMS`] terms at most.
fn each_block<F: PastaField, T: Send>(
    terms: &[Term<F>],
    places: &mut [T],
    put: impl Fn(&[F], &mut [T]) + Sync,
) {
    let lows: Vec<Vec<Eight>> = terms.iter().map(|term| pack(&term.low)).collect();
    places.par_chunks_mut(LOW).enumerate().for_each(|(index, places)| {
        let factors: Vec<_> = terms
            .iter()
            .zip(&lows)
            .filter_map(|(term, low)| Some((split(&term.high.get(index)?.to_limbs()), low.as_slice())))
            .collect();
        let mut block = [F::ZERO; LOW];
        let block = &mut block[..places.len()];
        for (place, coefficients) in block.chunks_mut(SIDE_BY_SIDE * LANES).enumerate() {
            // SAFETY: this backend is chosen only where the machine has the instructions.
            #[expect(
                unsafe_code,
                reason = "a function that is compiled for instructions not every machine has"
            )]
            let wide = unsafe { products(&factors, place * SIDE_BY_SIDE) };
            for (coefficient, wide) in coefficients.iter_mut().zip(wide.iter().flat_map(sums)) {
                *coefficient = Lazy::<F>::from_wide(wide);
            }
        }
        put(block, places);
    });
}

/// Elements in vectors, filled up with zeros.
fn pack<F: PastaField>(elements: &[F]) -> Vec<Eight> {
    let pack = |elements: &[F]| {
        let mut eight = Eight::default();
        for (lane, element) in elements.iter().enumerate() {
            for (limbs, limb) in eight.iter_mut().zip(split(&element.to_limbs())) {
                limbs[lane] = limb;
            }
        }
        eight
    };
    elements.chunks(LANES).map(pack).collect()
}

/// Σ factor·low for the vectors from `first` on, in limbs of weight 2^52 below 2^64. There are at most [`TERMS`] factors, and
/// limbs are below 2^52.
#[target_feature(enable = "avx512f,avx512ifma")]
fn products(factors: &[([u64; 5], &[Eight])], first: usize) -> [[[u64; LANES]; WIDE]; SIDE_BY_SIDE] {
    let mut sums = [[_mm512_setzero_si512(); WIDE]; SIDE_BY_SIDE];
    for (factor, low) in factors {
        let factor = factor.map(|limb| _mm512_set1_epi64(limb as i64));
        for (sums, eight) in sums.iter_mut().zip(low.iter().skip(first)) {
            let eight: [__m512i; 5] = bytemuck::cast(*eight);
            for i in 0..5 {
                for j in 0..5 {
                    sums[i + j] = _mm512_madd52lo_epu64(sums[i + j], factor[i], eight[j]);
                    sums[i + j + 1] = _mm512_madd52hi_epu64(sums[i + j + 1], factor[i], eight[j]);
                }
            }
        }
    }
    bytemuck::cast(sums)
}

/// The sums of the lanes, each in limbs of 64 bits.
fn sums(limbs: &[[u64; LANES]; WIDE]) -> [[u64; 9]; LANES] {
    core::array::from_fn(|lane| {
        let mut words = [0u64; 9];
        // Below 2^64 before a limb comes, shifted by less than 64 bits.
        let mut rest: u128 = 0;
        let (mut word, mut bits) = (0, 0);
        for limb in limbs {
            rest += u128::from(limb[lane]) << bits;
            bits += 52;
            if bits >= 64 {
                words[word] = rest as u64;
                rest >>= 64;
                bits -= 64;
                word += 1;
            }
        }
        // The whole is below 256·p² < 2^517.
        words[word] = rest as u64;
        words
    })
}
