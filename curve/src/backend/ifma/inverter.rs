//! Inverses of many denominators, eight in each vector, that share one inversion.

use core::arch::x86_64::_mm512_alignr_epi64;
use quickpickle_srs_data::MontgomeryForm as _;

use super::affine::{LANES, State};
use super::field::{Elements, Factor, Field};
use crate::backend::portable;
use crate::pasta::{BaseField, KimchiCurve};

/// Vectors are worked on in pairs, and the running products of even and odd ones are kept apart.
type Chains = [Factor; 2];

/// The batch inversions, with the constants of the field.
pub(super) struct Inverter {
    pub(super) field: Field,
    prefixes: Vec<Chains>,
}

impl Inverter {
    /// A quarter, for additions: the inverses are this power of two times as large.
    pub(super) const QUARTER: i32 = -2;
    /// Four, for doublings.
    pub(super) const FOUR: i32 = 2;

    /// For about `count` vectors over `C`.
    #[target_feature(enable = "avx512f")]
    pub(super) fn new<C: KimchiCurve>(count: usize) -> Self {
        Self { field: Field::new::<BaseField<C>>(), prefixes: Vec::with_capacity(count / 2 + 1) }
    }

    /// Inverts the denominators of the first `count` vectors, an even number. `put` leaves those of a vector in its addend, and
    /// `finish` takes the inverses of two vectors' denominators, times 2^`exponent`, the last two first. `false` where one is zero
    /// in some lane; then `finish` has not been called.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn each<C: KimchiCurve>(
        &mut self,
        count: usize,
        exponent: i32,
        state: &mut State,
        mut put: impl FnMut(&Field, &mut State, usize),
        mut finish: impl FnMut(&Field, &mut State, usize, &[Factor; 2]),
    ) -> bool {
        let Self { field, prefixes } = self;
        // Of each pair the products of all before it, and at the end of all.
        prefixes.resize(count / 2 + 1, [*field.one; 2]);
        prefixes[0] = [*field.one; 2];
        for pair in 0..count / 2 {
            // In a loop, so that there is one call, which is inlined.
            for i in 2 * pair..2 * pair + 2 {
                put(field, state, i);
            }
            prefixes[pair + 1] = field.mul_factors(prefixes[pair].each_ref(), state.denominators(2 * pair));
        }
        let Some(mut products) = inverses::<C>(field, &prefixes[count / 2], exponent) else { return false };
        for (pair, prefix) in prefixes[..count / 2].iter().enumerate().rev() {
            let inverses = field.mul_factors(products.each_ref(), prefix.each_ref());
            products = field.mul_factors(products.each_ref(), state.denominators(2 * pair));
            finish(field, state, 2 * pair, &inverses);
        }
        true
    }
}

/// The inverses of reduced elements, times 2^`exponent`; `None` where one of them is zero.
#[target_feature(enable = "avx512f,avx512ifma")]
fn inverses<C: KimchiCurve>(field: &Field, [even, odd]: &Chains, exponent: i32) -> Option<Chains> {
    let inverse = lane_inverses::<C>(field, &field.mul(even, odd), exponent)?;
    Some(field.mul_factors([&inverse; 2], [odd, even]))
}

/// The same for one vector.
///
/// As a Montgomery form with 2^256 an integer P has the inverse 2^512/P; in the vectors, with 2^260, it is 2^520/P, which a
/// factor of 2^8 makes of it, and a product with 2^268.
#[target_feature(enable = "avx512f,avx512ifma")]
fn lane_inverses<C: KimchiCurve>(field: &Field, elements: &Elements, exponent: i32) -> Option<Elements> {
    // Every lane gets the product of itself and another, then of four lanes, then of all.
    let others = turned::<1>(elements);
    let two = field.mul(elements, &others);
    let other_two = turned::<2>(&two);
    let four = field.mul(&two, &other_two);
    let other_four = turned::<4>(&four);
    let eight = field.mul(&four, &other_four);
    let first = field.to_words(&eight).map(|words| bytemuck::cast::<_, [u64; LANES]>(words)[0]);
    let inverse = portable::inverse(BaseField::<C>::from_limbs_unchecked(first))?;
    // The inverse of a product times the one factor is that of the other.
    let factor = Field::constant(BaseField::<C>::from(1u64 << (12 + exponent)));
    let inverses = field.mul(&Field::constant(inverse), &factor);
    let inverses = field.mul(&inverses, &other_four);
    let inverses = field.mul(&inverses, &other_two);
    Some(field.mul(&inverses, &others))
}

/// Each lane's elements in the lane that is `N` before it.
#[target_feature(enable = "avx512f")]
#[inline]
fn turned<const N: i32>(elements: &Elements) -> Elements {
    let mut turned = *elements;
    for limb in &mut turned.0 {
        *limb = _mm512_alignr_epi64::<N>(*limb, *limb);
    }
    turned
}
