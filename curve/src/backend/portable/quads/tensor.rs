//! Sums of tensor products, four coefficients at a time.

use super::field::{LANES, Limbs, Quad, split};
use super::is_available;
use crate::backend::tensor::{self, Vectors};
use crate::field::PastaField;
use crate::tensor::Term;

/// Products that are added up before a reduction.
const TOGETHER: usize = 6;
/// Sums of so many that are added up before the multiples of P are taken away: below 3·1.54P + P < 7P.
const SUMS: usize = 3;

struct Quads;

impl<F: PastaField> Vectors<F> for Quads {
    type High = Limbs;
    type Lows = Quad<F>;

    const AT_ONCE: usize = LANES;
    /// Sums are reduced as they grow.
    const TERMS: usize = usize::MAX;

    fn high(factor: F) -> Limbs {
        split(factor.to_limbs())
    }

    fn lows(elements: &[F]) -> Quad<F> {
        let mut limbs = [[0; 4]; LANES];
        limbs.iter_mut().zip(elements).for_each(|(limbs, element)| *limbs = element.to_limbs());
        // SAFETY: `each_tensor_block` has asked for the instructions, here and below.
        #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
        unsafe {
            Quad::load(limbs.each_ref())
        }
    }

    fn sums_of_products(highs: &[Limbs], lows: &[Vec<Quad<F>>], coefficients: &mut [F]) {
        // SAFETY: as above.
        #[expect(unsafe_code, reason = "as above")]
        unsafe {
            sums_of_products(highs, lows, coefficients);
        }
    }
}

/// As [`tensor::each_tensor_block`]; it panics where the machine does not have the instructions.
pub(in crate::backend::portable) fn each_tensor_block<F: PastaField, T: Send>(
    terms: &[Term<F>],
    places: &mut [T],
    put: impl Fn(&[F], &mut [T]) + Sync,
) {
    assert!(is_available());
    tensor::each_tensor_block::<Quads, F, T>(terms, places, put);
}

#[target_feature(enable = "avx2")]
fn sums_of_products<F: PastaField>(highs: &[Limbs], lows: &[Vec<Quad<F>>], coefficients: &mut [F]) {
    for (coefficients, lows) in coefficients.chunks_mut(LANES).zip(lows) {
        let mut sum = Quad::zero();
        for (highs, lows) in highs.chunks(SUMS * TOGETHER).zip(lows.chunks(SUMS * TOGETHER)) {
            for (highs, lows) in highs.chunks(TOGETHER).zip(lows.chunks(TOGETHER)) {
                sum = Quad::dot6_plus(highs, lows, &sum);
            }
            sum = sum.reduce();
        }
        for (coefficient, limbs) in coefficients.iter_mut().zip(sum.store()) {
            *coefficient = F::from_limbs_unchecked(limbs);
        }
    }
}
