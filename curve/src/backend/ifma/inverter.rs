//! Inverses of many denominators, eight in each vector, that share one inversion.

use core::arch::x86_64::__m512i;
use quickpickle_srs_data::MontgomeryForm;

use super::affine::{LANES, State};
use super::field::{Elements, Factor, Field, from_words};
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
        Self { field: Field::new::<BaseField<C>>(), prefixes: Vec::with_capacity(count / 2) }
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
        let field = &self.field;
        let mut products: Chains = [*field.one; 2];
        self.prefixes.resize(count / 2, products);
        for (pair, prefix) in self.prefixes.iter_mut().enumerate() {
            *prefix = products;
            // In a loop, so that there is one call, which is inlined.
            for i in 2 * pair..2 * pair + 2 {
                put(field, state, i);
            }
            products = field.mul_factors(products.each_ref(), state.denominators(2 * pair));
        }
        let Some(mut products) = inverses::<C>(field, &products, exponent) else { return false };
        for (pair, prefix) in self.prefixes.iter().enumerate().rev() {
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
    let words: [[u64; LANES]; 4] = field.to_words(elements).map(bytemuck::cast);
    let mut scalars: [BaseField<C>; LANES] =
        core::array::from_fn(|lane| BaseField::<C>::from_limbs_unchecked(words.map(|word| word[lane])));
    if !portable::invert_all(&mut scalars) {
        return None;
    }
    let limbs = scalars.map(MontgomeryForm::to_limbs);
    let word = |i: usize| -> __m512i { bytemuck::cast(limbs.map(|limbs| limbs[i])) };
    let factor = Field::constant(BaseField::<C>::from(1u64 << (12 + exponent)));
    Some(field.mul(&from_words(core::array::from_fn(word)), &factor))
}
