//! Many independent additions and doublings of affine points, eight in each vector, that share one inversion.
//!
//! Points at infinity are masked. The one case that masks do not cover, the addition of a point to itself or its
//! negative, shows as a denominator of zero; then the batch is left to the portable code.

use ark_ec::AffineRepr;
use ark_ff::AdditiveGroup;
use bytemuck::{Pod, Zeroable};
use quickpickle_srs_data::MontgomeryForm;

use super::field::{Elements, Field, select};
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

/// Eight points, none at infinity.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load<C: KimchiCurve>(field: &Field, points: &[Affine<C>; LANES]) -> Point8 {
    Point8 {
        x: field.load(&points.each_ref().map(|point| point.x.to_limbs())),
        y: field.load(&points.each_ref().map(|point| point.y.to_limbs())),
    }
}

/// Up to eight points, and the lanes at infinity or without a point.
#[target_feature(enable = "avx512f,avx512ifma")]
fn load_some<C: KimchiCurve>(field: &Field, points: &[Affine<C>]) -> (Point8, u8) {
    let mut infinite = u8::MAX;
    let mut lanes = [C::GENERATOR; LANES];
    for (lane, point) in points.iter().enumerate().filter(|(_, point)| !point.is_zero()) {
        lanes[lane] = *point;
        infinite &= !(1 << lane);
    }
    (load(field, &lanes), infinite)
}

/// The reverse of [`load_some`].
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store<C: KimchiCurve>(field: &Field, from: &Point8, infinite: u8, points: &mut [Affine<C>]) {
    let x = field.store::<BaseField<C>>(&from.x);
    let y = field.store::<BaseField<C>>(&from.y);
    for (lane, point) in points.iter_mut().enumerate() {
        let element = BaseField::<C>::from_limbs_unchecked;
        *point = match infinite >> lane & 1 {
            0 => Affine::<C>::new_unchecked(element(x[lane]), element(y[lane])),
            _ => Affine::<C>::identity(),
        };
    }
}

/// a + b, given the inverse of the difference of their x, which is not zero.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn add(field: &Field, a: &Point8, b: &Point8, inverse: &Elements) -> Point8 {
    let slope = field.mul(&field.sub(&b.y, &a.y), inverse);
    let x = field.sub_two(&field.mul(&slope, &slope), &a.x, &b.x);
    let y = field.sub_reduced(&field.mul(&slope, &field.sub(&a.x, &x)), &a.y);
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
    prefixes: Vec<Elements>,
}

impl Inverter {
    /// For about `count` vectors.
    pub(super) fn new(field: Field, count: usize) -> Self {
        Self { field, prefixes: Vec::with_capacity(count) }
    }

    /// Calls `finish` with the inverse of `denominator` for every vector below `count`. `false` where a denominator is
    /// zero in some lane; then `finish` has not been called.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn each<C: KimchiCurve, S>(
        &mut self,
        count: usize,
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
        let mut scalars = products
            .map(|product| field.store::<BaseField<C>>(&product).map(BaseField::<C>::from_limbs_unchecked));
        if scalars.as_flattened().contains(&BaseField::<C>::ZERO) {
            return false;
        }
        ark_ff::batch_inversion(scalars.as_flattened_mut());
        let mut products = scalars.map(|elements| field.load(&elements.map(MontgomeryForm::to_limbs)));
        for (i, prefix) in self.prefixes.iter().enumerate().rev() {
            let product = &mut products[i % CHAINS];
            let inverse = field.mul(product, prefix);
            *product = field.mul(product, &denominator(field, state, i));
            finish(field, state, i, inverse);
        }
        true
    }
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
    /// Adds the addend to the sum in every lane that has one. `false`, with nothing done, where one of them is the sum or
    /// its negative.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add_all<C: KimchiCurve>(&mut self, inverter: &mut Inverter) -> bool {
        inverter.each::<C, _>(
            self.sums.len(),
            self,
            |field, state, i| {
                let difference = field.sub(&state.addends[i].x, &state.sums[i].x);
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

    /// Doubles all sums. Lanes at infinity get other coordinates that mean nothing.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn double_all<C: KimchiCurve>(&mut self, inverter: &mut Inverter) -> bool {
        inverter.each::<C, _>(
            self.sums.len(),
            self,
            |field, state, i| select(state.infinite[i], &field.one, &Field::double(&state.sums[i].y)),
            |field, state, i, inverse| {
                let a = &state.sums[i];
                let slope = field.mul(&Field::triple(&field.mul(&a.x, &a.x)), &inverse);
                let x = field.sub_two(&field.mul(&slope, &slope), &a.x, &a.x);
                let y = field.sub_reduced(&field.mul(&slope, &field.sub(&a.x, &x)), &a.y);
                state.sums[i] = Point8 { x, y };
            },
        )
    }

    /// The points of two slices of one length as sums and addends.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn of<C: KimchiCurve>(field: &Field, sums: &[Affine<C>], addends: &[Affine<C>]) -> Self {
        let split = |points: &[Affine<C>]| -> (Vec<Point8>, Vec<u8>) {
            points.chunks(LANES).map(|points| load_some(field, points)).unzip()
        };
        let ((sums, infinite), (addends, idle)) = (split(sums), split(addends));
        Self { sums, infinite, addends, idle }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add_lanes<C: KimchiCurve>(sums: &mut [Affine<C>], addends: &[Affine<C>]) -> bool {
    let field = Field::new::<BaseField<C>>();
    let mut state = State::of(&field, sums, addends);
    let mut inverter = Inverter::new(field, state.sums.len());
    if !state.add_all::<C>(&mut inverter) {
        return false;
    }
    for (i, sums) in sums.chunks_mut(LANES).enumerate() {
        store(&inverter.field, &state.sums[i], state.infinite[i], sums);
    }
    true
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn butterfly_lanes<C: KimchiCurve>(a: &mut [Affine<C>], b: &mut [Affine<C>]) -> bool {
    let field = Field::new::<BaseField<C>>();
    let mut state = State::of(&field, a, b);
    let mut inverter = Inverter::new(field, state.sums.len());
    // The denominators of a + b and a - b are the same.
    let done = inverter.each::<C, _>(
        state.sums.len(),
        &mut state,
        |field, state, i| {
            let difference = field.sub(&state.addends[i].x, &state.sums[i].x);
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
