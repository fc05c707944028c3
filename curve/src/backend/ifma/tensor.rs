//! Sums of tensor products: eight coefficients at a time, products added up without reduction.

use core::arch::x86_64::*;

use super::affine::LANES;
use super::field::{Field, Limbs, split};
use crate::backend::tensor::{self, Vectors};
use crate::field::PastaField;
use crate::tensor::Term;

/// Vectors of coefficients that are computed side by side, so that one's products fill the gaps of the other's.
const SIDE_BY_SIDE: usize = 2;
/// Limbs of a sum of products.
const WIDE: usize = 10;

/// Eight elements, limb by limb, in each of the vectors.
type Lows = [[[u64; LANES]; 5]; SIDE_BY_SIDE];

struct Eights;

impl<F: PastaField> Vectors<F> for Eights {
    type High = Limbs;
    type Lows = Lows;

    const AT_ONCE: usize = SIDE_BY_SIDE * LANES;
    /// A limb gains below 9·2^52 from each, and holds 2^64.
    const TERMS: usize = 256;

    fn high(factor: F) -> Limbs {
        split(&factor.to_limbs())
    }

    fn lows(elements: &[F]) -> Lows {
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

    fn sums_of_products(highs: &[Limbs], lows: &[Vec<Lows>], coefficients: &mut [F]) {
        // SAFETY: this backend is chosen only where the machine has the instructions.
        #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
        unsafe {
            sums_of_products(highs, lows, coefficients);
        }
    }
}

/// Calls `put` with coefficients of Σ high ⊗ low, at most [`LOW`](crate::tensor::LOW) at once, and their part of `places`, for all of `places`.
pub(crate) fn each_tensor_block<F: PastaField, T: Send>(
    terms: &[Term<F>],
    places: &mut [T],
    put: impl Fn(&[F], &mut [T]) + Sync,
) {
    tensor::each_tensor_block::<Eights, F, T>(terms, places, put);
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn sums_of_products<F: PastaField>(highs: &[Limbs], lows: &[Vec<Lows>], coefficients: &mut [F]) {
    let field = Field::new::<F>();
    // Montgomery forms with 2^256 give 2^252 when their product is divided by 2^260.
    let sixteen = Field::constant(F::from(16u64 << 4));
    for (coefficients, lows) in coefficients.chunks_mut(SIDE_BY_SIDE * LANES).zip(lows) {
        for (coefficients, sum) in coefficients.chunks_mut(LANES).zip(products(highs, lows)) {
            let words = field.to_words(&field.mul(&field.reduced_sum(sum), &sixteen));
            let words: [[u64; LANES]; 4] = words.map(bytemuck::cast);
            for (lane, coefficient) in coefficients.iter_mut().enumerate() {
                *coefficient = F::from_limbs_unchecked(words.map(|words| words[lane]));
            }
        }
    }
}

/// Σ high·low, in limbs of weight 2^52 below 2^64; those of the factors and of what they are multiplied with are below 2^52.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn products(highs: &[Limbs], lows: &[Lows]) -> [[__m512i; WIDE]; SIDE_BY_SIDE] {
    let mut sums = [[_mm512_setzero_si512(); WIDE]; SIDE_BY_SIDE];
    for (high, lows) in highs.iter().zip(lows) {
        let lows: [[__m512i; 5]; SIDE_BY_SIDE] = bytemuck::cast(*lows);
        for i in 0..5 {
            let high = _mm512_set1_epi64(high[i] as i64);
            for j in 0..5 {
                for n in 0..SIDE_BY_SIDE {
                    sums[n][i + j] = _mm512_madd52lo_epu64(sums[n][i + j], high, lows[n][j]);
                }
            }
            for j in 0..5 {
                for n in 0..SIDE_BY_SIDE {
                    sums[n][i + j + 1] = _mm512_madd52hi_epu64(sums[n][i + j + 1], high, lows[n][j]);
                }
            }
        }
    }
    sums
}
