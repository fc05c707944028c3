//! Sums of tensor products: eight coefficients at a time, products added up without reduction.

use core::arch::x86_64::*;

use rayon::prelude::*;

use super::affine::LANES;
use super::field::{Field, Limbs, split};
use crate::field::PastaField;
use crate::tensor::{LOW, Term};

/// Vectors of coefficients that are computed side by side, so that one's products fill the gaps of the other's.
const SIDE_BY_SIDE: usize = 2;
/// Coefficients in these.
const AT_ONCE: usize = SIDE_BY_SIDE * LANES;
/// Limbs of a sum of products.
const WIDE: usize = 10;
/// Terms that are added up at most: a limb gains below 9·2^52 from each, and holds 2^64.
const TERMS: usize = 256;
/// Blocks that a task computes.
const BLOCKS: usize = 16;
/// Bytes of the low vectors' part from which a task computes its part of all blocks before the next part's turn: it stays in a core's
/// second-level cache.
const PART: usize = 1 << 19;

/// Eight elements, limb by limb, in each of the vectors.
type Lows = [[[u64; LANES]; 5]; SIDE_BY_SIDE];

/// Calls `put` with coefficients of Σ high ⊗ low, at most [`LOW`] at once, and their part of `places`, for all of `places`.
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
    // What is multiplied for the same coefficients lies together, term after term.
    let pack_all = |from| terms.iter().map(|term| pack(term.low.get(from..).unwrap_or_default())).collect();
    let lows: Vec<Vec<Lows>> = (0..LOW).step_by(AT_ONCE).map(pack_all).collect();
    let part = (PART / size_of::<Lows>() / terms.len().max(1)).clamp(1, lows.len());
    places.par_chunks_mut(BLOCKS * LOW).enumerate().for_each(|(task, places)| {
        let high = |term: &Term<F>, index: usize| {
            term.high.get(index).map_or([0; 5], |high: &F| split(&high.to_limbs()))
        };
        let factors: Vec<Vec<Limbs>> = (task * BLOCKS..)
            .take(places.len().div_ceil(LOW))
            .map(|index| terms.iter().map(|term| high(term, index)).collect())
            .collect();
        let mut block = [F::ZERO; LOW];
        for (lows, start) in lows.chunks(part).zip((0..).step_by(part * AT_ONCE)) {
            for (factors, places) in factors.iter().zip(places.chunks_mut(LOW)) {
                let places = places.get_mut(start..).unwrap_or_default();
                let block = &mut block[..places.len().min(lows.len() * AT_ONCE)];
                // SAFETY: this backend is chosen only where the machine has the instructions.
                #[expect(
                    unsafe_code,
                    reason = "a function that is compiled for instructions not every machine has"
                )]
                unsafe {
                    sums_of_products(factors, lows, block);
                }
                put(block, &mut places[..block.len()]);
            }
        }
    });
}

/// The first elements in vectors, filled up with zeros.
fn pack<F: PastaField>(elements: &[F]) -> Lows {
    let mut lows = Lows::default();
    for (eight, elements) in lows.iter_mut().zip(elements.chunks(LANES)) {
        for (lane, element) in elements.iter().enumerate() {
            for (limbs, limb) in eight.iter_mut().zip(split(&element.to_limbs())) {
                limbs[lane] = limb;
            }
        }
    }
    lows
}

/// Σ factor·low, of at most [`TERMS`] terms, for [`AT_ONCE`] coefficients after the other.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sums_of_products<F: PastaField>(factors: &[Limbs], lows: &[Vec<Lows>], coefficients: &mut [F]) {
    let field = Field::new::<F>();
    // Montgomery forms with 2^256 give 2^252 when their product is divided by 2^260.
    let sixteen = Field::constant(F::from(16u64 << 4));
    for (coefficients, lows) in coefficients.chunks_mut(AT_ONCE).zip(lows) {
        for (coefficients, sum) in coefficients.chunks_mut(LANES).zip(products(factors, lows)) {
            let words = field.to_words(&field.mul(&field.reduced_sum(sum), &sixteen));
            let words: [[u64; LANES]; 4] = words.map(bytemuck::cast);
            for (lane, coefficient) in coefficients.iter_mut().enumerate() {
                *coefficient = F::from_limbs_unchecked(words.map(|words| words[lane]));
            }
        }
    }
}

/// Σ factor·low, in limbs of weight 2^52 below 2^64; those of the factors and of what they are multiplied with are below 2^52.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn products(factors: &[Limbs], lows: &[Lows]) -> [[__m512i; WIDE]; SIDE_BY_SIDE] {
    let mut sums = [[_mm512_setzero_si512(); WIDE]; SIDE_BY_SIDE];
    for (factor, lows) in factors.iter().zip(lows) {
        let lows: [[__m512i; 5]; SIDE_BY_SIDE] = bytemuck::cast(*lows);
        for i in 0..5 {
            let factor = _mm512_set1_epi64(factor[i] as i64);
            for j in 0..5 {
                for n in 0..SIDE_BY_SIDE {
                    sums[n][i + j] = _mm512_madd52lo_epu64(sums[n][i + j], factor, lows[n][j]);
                }
            }
            for j in 0..5 {
                for n in 0..SIDE_BY_SIDE {
                    sums[n][i + j + 1] = _mm512_madd52hi_epu64(sums[n][i + j + 1], factor, lows[n][j]);
                }
            }
        }
    }
    sums
}
