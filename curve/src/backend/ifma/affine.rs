//! Many independent additions and doublings of affine points, eight in each vector, that share one inversion.
//!
//! Coordinates are as in tables, with 2^256, while products are with 2^260: they seem to be x/16 and y/16. Then a slope is
//! right as it is; with λ/4 in place of λ, by way of the inverse, its square is λ²/16 as it should be, and four times the
//! difference that is multiplied with it makes y right.
//!
//! Points at infinity are masked. The one case that masks do not cover, the addition of a point to itself or its
//! negative, shows as a denominator of zero; then the batch is left to the portable code.

use ark_ec::AffineRepr;
use ark_ff::AdditiveGroup;
use bytemuck::{Pod, Zeroable};
use core::arch::x86_64::__m512i;
use quickpickle_srs_data::{MontgomeryForm, PackedPoint};

use super::field::{Elements, Field, from_words, select, transpose};
use crate::backend::portable;
use crate::pasta::{Affine, BaseField, KimchiCurve};

/// Points in a vector.
pub(super) const LANES: usize = 8;
/// Running products that are kept apart, so that one multiplication need not wait for the one before it.
const CHAINS: usize = 4;

/// `sums[i] += addends[i]` for each i below the shorter length.
pub(crate) fn add_assign<C: KimchiCurve>(sums: &mut [Affine<C>], addends: &[Affine<C>]) {
    let count = sums.len().min(addends.len());
    let (sums, addends) = (&mut sums[..count], &addends[..count]);
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    let done = unsafe { add_lanes(sums, addends) };
    if !done {
        portable::add_assign(sums, addends);
    }
}

/// `(a[i], b[i]) = (a[i] + b[i], a[i] - b[i])` for each i below the shorter length.
pub(crate) fn butterfly<C: KimchiCurve>(a: &mut [Affine<C>], b: &mut [Affine<C>]) {
    let count = a.len().min(b.len());
    let (a, b) = (&mut a[..count], &mut b[..count]);
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    let done = unsafe { butterfly_lanes(a, b) };
    if !done {
        portable::butterfly(a, b);
    }
}

/// Eight points: x, then y.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Point8 {
    pub(super) x: Elements,
    pub(super) y: Elements,
}

/// Numbers of 64 bits in a [`Point8`].
pub(super) const POINT8_WORDS: usize = size_of::<Point8>() / 8;

/// Eight points, none at infinity, each a row of x and y as in [`PackedPoint`].
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn load(rows: [__m512i; LANES]) -> Point8 {
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(rows);
    Point8 { x: from_words([x0, x1, x2, x3]), y: from_words([y0, y1, y2, y3]) }
}

/// Up to eight points, and the lanes at infinity or without a point.
#[target_feature(enable = "avx512f")]
pub(super) fn load_some<C: KimchiCurve>(points: &[Affine<C>]) -> (Point8, u8) {
    let mut infinite = u8::MAX;
    let mut rows = [PackedPoint::pack(&C::GENERATOR); LANES];
    for (lane, point) in points.iter().enumerate().filter(|(_, point)| !point.is_zero()) {
        rows[lane] = PackedPoint::pack(point);
        infinite &= !(1 << lane);
    }
    (load(rows.map(bytemuck::cast)), infinite)
}

/// The reverse of [`load_some`].
#[target_feature(enable = "avx512f")]
pub(super) fn store<C: KimchiCurve>(field: &Field, from: &Point8, infinite: u8, points: &mut [Affine<C>]) {
    let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (field.to_words(&from.x), field.to_words(&from.y));
    let rows: [PackedPoint; LANES] = transpose([x0, x1, x2, x3, y0, y1, y2, y3]).map(bytemuck::cast);
    for (lane, (point, row)) in points.iter_mut().zip(rows).enumerate() {
        *point = if infinite >> lane & 1 == 0 { row.unpack() } else { Affine::<C>::identity() };
    }
}

/// The denominator of a + b.
#[target_feature(enable = "avx512f")]
#[inline]
fn difference(field: &Field, a: &Point8, b: &Point8) -> Elements {
    field.sub(&b.x, &a.x)
}

/// a + b, given a quarter of the inverse of their [`difference`], which is not zero.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn add(field: &Field, a: &Point8, b: &Point8, inverse: &Elements) -> Point8 {
    let slope = field.mul(&field.sub(&b.y, &a.y), inverse);
    let x = field.sub_two(&field.square(&slope), &a.x, &b.x);
    let y = field.sub_reduced(&field.mul(&slope, &field.four_times_sub(&a.x, &x)), &a.y);
    Point8 { x, y }
}

/// `a` in the lanes of `mask`, `b` in the others.
#[target_feature(enable = "avx512f")]
#[inline]
fn choose(mask: u8, a: &Point8, b: &Point8) -> Point8 {
    Point8 { x: select(mask, &a.x, &b.x), y: select(mask, &a.y, &b.y) }
}

/// The batch inversions, with the constants of the field.
pub(super) struct Inverter {
    pub(super) field: Field,
    /// 2^266: a quarter, for additions.
    quarter: Elements,
    /// 2^270: four, for doublings.
    four: Elements,
    prefixes: Vec<Elements>,
}

impl Inverter {
    /// For about `count` vectors over `C`.
    #[target_feature(enable = "avx512f")]
    pub(super) fn new<C: KimchiCurve>(count: usize) -> Self {
        let power = |exponent: u32| Field::constant(BaseField::<C>::from(1u64 << exponent));
        Self {
            field: Field::new::<BaseField<C>>(),
            quarter: power(266 - 256),
            four: power(270 - 256),
            prefixes: Vec::with_capacity(count),
        }
    }

    /// Calls `finish` with the inverse of `denominator`, times what `factor` stands for, for every vector below `count`.
    /// `false` where a denominator is zero in some lane; then `finish` has not been called.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn each<C: KimchiCurve, S>(
        &mut self,
        count: usize,
        factor: Elements,
        state: &mut S,
        denominator: impl Fn(&Field, &S, usize) -> Elements,
        mut finish: impl FnMut(&Field, &mut S, usize, Elements),
    ) -> bool {
        let field = &self.field;
        let mut products = [field.one; CHAINS];
        self.prefixes.clear();
        for i in 0..count {
            let product = &mut products[i % CHAINS];
            self.prefixes.push(*product);
            *product = field.mul(product, &denominator(field, state, i));
        }
        let Some(mut products) = inverses::<C>(field, &products, &factor) else { return false };
        for (i, prefix) in self.prefixes.iter().enumerate().rev() {
            let product = &mut products[i % CHAINS];
            let inverse = field.mul(product, prefix);
            *product = field.mul(product, &denominator(field, state, i));
            finish(field, state, i, inverse);
        }
        true
    }
}

/// The inverses of reduced elements, times `factor`·2^-268; `None` where one of them is zero.
///
/// As a Montgomery form with 2^256 an integer P has the inverse 2^512/P; in the vectors, with 2^260, it is 2^520/P: that is
/// what a factor of 2^268 makes of it.
#[target_feature(enable = "avx512f,avx512ifma")]
fn inverses<C: KimchiCurve>(
    field: &Field,
    elements: &[Elements; CHAINS],
    factor: &Elements,
) -> Option<[Elements; CHAINS]> {
    let words: [[[u64; LANES]; 4]; CHAINS] =
        core::array::from_fn(|chain| field.to_words(&elements[chain]).map(bytemuck::cast));
    let mut scalars: [[BaseField<C>; LANES]; CHAINS] = words.map(|words| {
        core::array::from_fn(|lane| BaseField::<C>::from_limbs_unchecked(words.map(|word| word[lane])))
    });
    if scalars.as_flattened().contains(&BaseField::<C>::ZERO) {
        return None;
    }
    ark_ff::batch_inversion(scalars.as_flattened_mut());
    let limbs = scalars.map(|scalars| scalars.map(MontgomeryForm::to_limbs));
    Some(core::array::from_fn(|chain| {
        let word = |i: usize| bytemuck::cast(limbs[chain].map(|limbs| limbs[i]));
        field.mul(&from_words(core::array::from_fn(word)), factor)
    }))
}

/// The sums so far, and what is added next.
pub(super) struct State {
    pub(super) sums: Vec<Point8>,
    /// The lanes of each vector that are at infinity, whatever their coordinates.
    pub(super) infinite: Vec<u8>,
    pub(super) addends: Vec<Point8>,
    /// The lanes of each vector that have nothing to add.
    pub(super) idle: Vec<u8>,
}

impl State {
    /// Adds the addend to the sum in every lane of the first `count` vectors that has one. `false`, with nothing done, where
    /// one of them is the sum or its negative.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add_all<C: KimchiCurve>(&mut self, inverter: &mut Inverter, count: usize) -> bool {
        inverter.each::<C, _>(
            count,
            inverter.quarter,
            self,
            |field, state, i| {
                let difference = difference(field, &state.sums[i], &state.addends[i]);
                select(state.infinite[i] | state.idle[i], &field.one, &difference)
            },
            |field, state, i, inverse| {
                let (a, b) = (&state.sums[i], &state.addends[i]);
                let (infinite, idle) = (state.infinite[i], state.idle[i]);
                let sum = add(field, a, b, &inverse);
                state.sums[i] = choose(idle, a, &choose(infinite, b, &sum));
                state.infinite[i] = infinite & idle;
            },
        )
    }

    /// The same, but lanes that would add a point to itself or its negative have nothing added, and are marked in `failed`.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add_possible<C: KimchiCurve>(
        &mut self,
        inverter: &mut Inverter,
        count: usize,
        failed: &mut [u8],
    ) {
        while !self.add_all::<C>(inverter, count) {
            for (i, failed) in failed.iter_mut().enumerate().take(count) {
                let difference = difference(&inverter.field, &self.sums[i], &self.addends[i]);
                let zeros = inverter.field.zeros(&difference) & !(self.infinite[i] | self.idle[i]);
                *failed |= zeros;
                self.idle[i] |= zeros;
            }
        }
    }

    /// Doubles all sums. Lanes at infinity get other coordinates that mean nothing.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn double_all<C: KimchiCurve>(&mut self, inverter: &mut Inverter) -> bool {
        inverter.each::<C, _>(
            self.sums.len(),
            inverter.four,
            self,
            |field, state, i| select(state.infinite[i], &field.one, &Field::double(&state.sums[i].y)),
            |field, state, i, inverse| {
                let a = &state.sums[i];
                // 3(x/16)²/(2y/16) is a sixteenth of the slope; with four times the inverse it is a quarter.
                let slope = field.mul(&Field::triple(&field.square(&a.x)), &inverse);
                let x = field.sub_two(&field.square(&slope), &a.x, &a.x);
                let y = field.sub_reduced(&field.mul(&slope, &field.four_times_sub(&a.x, &x)), &a.y);
                state.sums[i] = Point8 { x, y };
            },
        )
    }

    /// The points of two slices of one length as sums and addends.
    #[target_feature(enable = "avx512f")]
    fn of<C: KimchiCurve>(sums: &[Affine<C>], addends: &[Affine<C>]) -> Self {
        let split = |points: &[Affine<C>]| -> (Vec<Point8>, Vec<u8>) {
            points.chunks(LANES).map(|points| load_some(points)).unzip()
        };
        let ((sums, infinite), (addends, idle)) = (split(sums), split(addends));
        Self { sums, infinite, addends, idle }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add_lanes<C: KimchiCurve>(sums: &mut [Affine<C>], addends: &[Affine<C>]) -> bool {
    let mut state = State::of(sums, addends);
    let count = state.sums.len();
    let mut inverter = Inverter::new::<C>(count);
    if !state.add_all::<C>(&mut inverter, count) {
        return false;
    }
    for (i, sums) in sums.chunks_mut(LANES).enumerate() {
        store(&inverter.field, &state.sums[i], state.infinite[i], sums);
    }
    true
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn butterfly_lanes<C: KimchiCurve>(a: &mut [Affine<C>], b: &mut [Affine<C>]) -> bool {
    let mut state = State::of(a, b);
    let count = state.sums.len();
    let mut inverter = Inverter::new::<C>(count);
    // The denominators of a + b and a - b are the same.
    let done = inverter.each::<C, _>(
        count,
        inverter.quarter,
        &mut state,
        |field, state, i| {
            let difference = difference(field, &state.sums[i], &state.addends[i]);
            select(state.infinite[i] | state.idle[i], &field.one, &difference)
        },
        |field, state, i, inverse| {
            let (a, b) = (state.sums[i], state.addends[i]);
            let minus_b = Point8 { x: b.x, y: field.negate(u8::MAX, &b.y) };
            let (no_a, no_b) = (state.infinite[i], state.idle[i]);
            let result = |b: &Point8| choose(no_b, &a, &choose(no_a, b, &add(field, &a, b, &inverse)));
            state.sums[i] = result(&b);
            state.addends[i] = result(&minus_b);
            state.infinite[i] = no_a & no_b;
        },
    );
    if done {
        for (i, (a, b)) in a.chunks_mut(LANES).zip(b.chunks_mut(LANES)).enumerate() {
            store(&inverter.field, &state.sums[i], state.infinite[i], a);
            store(&inverter.field, &state.addends[i], state.infinite[i], b);
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use crate::tests::check_batches;
    use proptest::prelude::*;

    fn check(pairs: &[(i8, i8)]) {
        if super::super::is_available() {
            check_batches::<PallasConfig>(pairs, add_assign, butterfly);
            check_batches::<VestaConfig>(pairs, add_assign, butterfly);
        }
    }

    proptest! {
        #[test]
        fn sums_agree_with_ark(pairs in prop::collection::vec((-3i8..=3, -3i8..=3), 0..100)) {
            check(&pairs);
        }

        /// No equal and no opposite points, so that all of it is done in the vectors.
        #[test]
        fn sums_of_different_points_agree_with_ark(pairs in prop::collection::vec((-3i8..=0, -8i8..=-4), 0..100)) {
            check(&pairs);
        }
    }
}
