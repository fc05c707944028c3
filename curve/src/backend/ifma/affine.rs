//! Many independent additions and doublings of affine points, eight in each vector, that share one inversion.
//!
//! Coordinates are as in tables, with 2^256, while products are with 2^260: they seem to be x/16 and y/16. Then a slope is
//! right as it is; with λ/4 in place of λ, by way of the inverse, its square is λ²/16 as it should be, and four times the
//! difference that is multiplied with it makes y right.
//!
//! Points at infinity are masked. The one case that masks do not cover, the addition of a point to itself or its
//! negative, shows as a denominator of zero; then the batch is left to the portable code.

use bytemuck::{Pod, Zeroable};
use core::arch::x86_64::{__m512i, _mm512_maskz_mov_epi64, _mm512_or_si512, _mm512_testn_epi64_mask};
use quickpickle_srs_data::PackedPoint;

use super::field::{Elements, Field, from_words, select, transpose};
use super::inverter::Inverter;
use crate::backend::portable;
use crate::pasta::{Affine, KimchiCurve};

/// Points in a vector.
pub(super) const LANES: usize = 8;

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

/// Vectors for so many points: an even number, as they are worked on in pairs.
pub(super) fn vectors_for(points: usize) -> usize {
    points.div_ceil(2 * LANES) * 2
}

/// Eight points, each a row of x and y as in [`PackedPoint`].
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn load(rows: [__m512i; LANES]) -> Point8 {
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(rows);
    Point8 { x: from_words([x0, x1, x2, x3]), y: from_words([y0, y1, y2, y3]) }
}

/// Eight points, and the lanes at infinity. No other point has x = 0: then y² would be 5, which is no square in either field.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn load_packed(points: [PackedPoint; LANES]) -> (Point8, u8) {
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(points.map(bytemuck::cast));
    let any = _mm512_or_si512(_mm512_or_si512(x0, x1), _mm512_or_si512(x2, x3));
    let point = Point8 { x: from_words([x0, x1, x2, x3]), y: from_words([y0, y1, y2, y3]) };
    (point, _mm512_testn_epi64_mask(any, any))
}

/// The reverse of [`load_packed`].
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn store_packed(field: &Field, from: &Point8, infinite: u8) -> [PackedPoint; LANES] {
    let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (field.to_words(&from.x), field.to_words(&from.y));
    let words = [x0, x1, x2, x3, y0, y1, y2, y3];
    transpose(words.map(|words| _mm512_maskz_mov_epi64(!infinite, words))).map(bytemuck::cast)
}

/// Up to eight points, and the lanes at infinity or without a point.
#[target_feature(enable = "avx512f")]
pub(super) fn load_some<C: KimchiCurve>(points: &[Affine<C>]) -> (Point8, u8) {
    let mut packed = [PackedPoint::INFINITY; LANES];
    packed.iter_mut().zip(points).for_each(|(packed, point)| *packed = PackedPoint::pack(point));
    load_packed(packed)
}

/// The reverse of [`load_some`].
#[target_feature(enable = "avx512f")]
pub(super) fn store<C: KimchiCurve>(field: &Field, from: &Point8, infinite: u8, points: &mut [Affine<C>]) {
    let packed = store_packed(field, from, infinite);
    points.iter_mut().zip(packed).for_each(|(point, packed)| *point = packed.unpack());
}

/// `a` in the lanes of `mask`, `b` in the others.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn choose(mask: u8, a: &Point8, b: &Point8) -> Point8 {
    Point8 { x: select(mask, &a.x, &b.x), y: select(mask, &a.y, &b.y) }
}

/// aₙ + bₙ of two pairs, where bₙ is given by bₓ - aₓ, not zero, which is the denominator of the slope, and b's y; and a
/// quarter of the denominator's inverse.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn add_two(
    field: &Field,
    a: [&Point8; 2],
    denominators: [&Elements; 2],
    y: [&Elements; 2],
    inverses: [&Elements; 2],
) -> [Point8; 2] {
    let rises: [Elements; 2] = core::array::from_fn(|n| field.sub(y[n], &a[n].y));
    let slopes = field.mul_each(rises.each_ref(), inverses);
    let slopes = slopes.each_ref();
    let x = field.squares_minus(slopes, denominators, [&a[0].x, &a[1].x]);
    let runs: [Elements; 2] = core::array::from_fn(|n| field.four_times_sub(&a[n].x, &x[n]));
    let y = field.products_minus(slopes, runs.each_ref(), [&a[0].y, &a[1].y]);
    core::array::from_fn(|n| Point8 { x: x[n], y: y[n] })
}

/// The sums so far, and what is added next.
pub(super) struct State {
    pub(super) sums: Vec<Point8>,
    /// The lanes of each vector that are at infinity, whatever their coordinates.
    pub(super) infinite: Vec<u8>,
    /// In place of x the denominators: bₓ - aₓ, but bₓ where a is at infinity, and one where nothing is added.
    addends: Vec<Point8>,
    /// The lanes of each vector that have nothing to add.
    idle: Vec<u8>,
}

impl State {
    /// Of vectors of sums with their lanes at infinity; an even number of them.
    pub(super) fn new(sums: Vec<Point8>, infinite: Vec<u8>) -> Self {
        let (addends, idle) = (sums.clone(), infinite.clone());
        Self { sums, infinite, addends, idle }
    }

    /// Of up to [`LANES`] points a vector.
    #[target_feature(enable = "avx512f")]
    pub(super) fn load<C: KimchiCurve>(points: &[Affine<C>]) -> Self {
        let vector = |i: usize| load_some(points.chunks(LANES).nth(i).unwrap_or_default());
        let (sums, infinite) = (0..vectors_for(points.len())).map(vector).unzip();
        Self::new(sums, infinite)
    }

    /// Adds what `next` gives for each of the first `count` vectors, an even number, but not in the lanes that it names:
    /// points at infinity are to be named. `false`, with nothing done, where a sum is to be added to itself or its negative.
    ///
    /// Points that are given are reduced. Limbs of y may be negative, as [`Field::sub`] takes them, but not where a sum is at
    /// infinity and takes the point as it is.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn add<C: KimchiCurve>(
        &mut self,
        inverter: &mut Inverter,
        count: usize,
        next: impl Fn(&Field, &Self, usize) -> (Point8, u8),
    ) -> bool {
        inverter.each::<C, _>(
            count,
            Inverter::QUARTER,
            self,
            |field, state, i| {
                let (point, idle) = next(field, state, i);
                state.denominator(field, i, point, idle)
            },
            |_, state, i| state.addends[i].x,
            |field, state, i, inverses| {
                let [a, b] = [&state.sums, &state.addends].map(|points| [&points[i], &points[i + 1]]);
                let sums = add_two(field, a, [&b[0].x, &b[1].x], [&b[0].y, &b[1].y], inverses.each_ref());
                for (i, sum) in [i, i + 1].into_iter().zip(sums) {
                    state.sums[i] = state.masked(i, sum);
                    state.infinite[i] &= state.idle[i];
                }
            },
        )
    }

    /// Notes what is added to vector `i`; the denominator of that.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn denominator(&mut self, field: &Field, i: usize, point: Point8, idle: u8) -> Elements {
        let infinite = self.infinite[i];
        let mut denominator = field.sub(&point.x, &self.sums[i].x);
        if infinite | idle != 0 {
            denominator = select(idle, &field.one, &select(infinite, &point.x, &denominator));
        }
        self.addends[i] = Point8 { x: denominator, y: point.y };
        self.idle[i] = idle;
        denominator
    }

    /// The sums of vector `i`, given what the formula makes of them.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn masked(&self, i: usize, sum: Point8) -> Point8 {
        let (infinite, idle) = (self.infinite[i], self.idle[i]);
        if infinite | idle == 0 {
            return sum;
        }
        choose(idle, &self.sums[i], &choose(infinite, &self.addends[i], &sum))
    }

    /// The same as [`Self::add`], but lanes that would add a point to itself or its negative have nothing added, and are marked
    /// in `failed`, whose lanes are left alone.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn add_possible<C: KimchiCurve>(
        &mut self,
        inverter: &mut Inverter,
        count: usize,
        failed: &mut [u8],
        next: impl Fn(&Field, &Self, usize) -> (Point8, u8),
    ) {
        loop {
            let done = self.add::<C>(inverter, count, |field, state, i| {
                let (point, idle) = next(field, state, i);
                (point, idle | failed[i])
            });
            if done {
                return;
            }
            for (failed, addend) in failed.iter_mut().zip(&self.addends).take(count) {
                *failed |= inverter.field.zeros(&addend.x);
            }
        }
    }

    /// Doubles all sums. Lanes at infinity get other coordinates that mean nothing.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn double_all<C: KimchiCurve>(&mut self, inverter: &mut Inverter) -> bool {
        let zero = Elements::zeroed();
        let denominator = |field: &Field, state: &Self, i: usize| {
            select(state.infinite[i], &field.one, &Field::double(&state.sums[i].y))
        };
        inverter.each::<C, _>(
            self.sums.len(),
            Inverter::FOUR,
            self,
            |field, state, i| denominator(field, state, i),
            denominator,
            |field, state, i, inverses| {
                let a = [state.sums[i], state.sums[i + 1]];
                let (ax, ay) = ([&a[0].x, &a[1].x], [&a[0].y, &a[1].y]);
                // 3(x/16)²/(2y/16) is a sixteenth of the slope; with four times the inverse it is a quarter.
                let rises = ax.map(|x| Field::triple(&field.square(x)));
                let slopes = field.mul_each(rises.each_ref(), inverses.each_ref());
                let slopes = slopes.each_ref();
                let x = field.squares_minus(slopes, [&zero; 2], ax);
                let runs: [Elements; 2] = core::array::from_fn(|n| field.four_times_sub(ax[n], &x[n]));
                let y = field.products_minus(slopes, runs.each_ref(), ay);
                for n in 0..2 {
                    state.sums[i + n] = Point8 { x: x[n], y: y[n] };
                }
            },
        )
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add_lanes<C: KimchiCurve>(sums: &mut [Affine<C>], addends: &[Affine<C>]) -> bool {
    let mut state = State::load(sums);
    let count = state.sums.len();
    let mut inverter = Inverter::new::<C>(count);
    let addend = |_: &Field, _: &State, i: usize| load_some(addends.chunks(LANES).nth(i).unwrap_or_default());
    if !state.add::<C>(&mut inverter, count, addend) {
        return false;
    }
    for (i, sums) in sums.chunks_mut(LANES).enumerate() {
        store(&inverter.field, &state.sums[i], state.infinite[i], sums);
    }
    true
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn butterfly_lanes<C: KimchiCurve>(a: &mut [Affine<C>], b: &mut [Affine<C>]) -> bool {
    let mut state = State::load(a);
    let count = state.sums.len();
    let mut inverter = Inverter::new::<C>(count);
    let lower = &*b;
    // The denominators of a + b and a - b are the same.
    let done = inverter.each::<C, _>(
        count,
        Inverter::QUARTER,
        &mut state,
        |field, state, i| {
            let (point, idle) = load_some(lower.chunks(LANES).nth(i).unwrap_or_default());
            state.denominator(field, i, point, idle)
        },
        |_, state, i| state.addends[i].x,
        |field, state, i, inverses| {
            for (i, inverse) in [i, i + 1].into_iter().zip(&inverses) {
                let (a, b) = (&state.sums[i], &state.addends[i]);
                let minus_y = field.negate(u8::MAX, &b.y);
                let [sum, difference] = add_two(field, [a; 2], [&b.x; 2], [&b.y, &minus_y], [inverse; 2]);
                let sum = state.masked(i, sum);
                state.addends[i].y = minus_y;
                state.addends[i] = state.masked(i, difference);
                state.sums[i] = sum;
                state.infinite[i] &= state.idle[i];
            }
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
