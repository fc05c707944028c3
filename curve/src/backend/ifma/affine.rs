//! Many independent additions and doublings of affine points, eight in each vector, that share one inversion.
//!
//! Coordinates are as in tables, with 2^256, while products are with 2^260: they seem to be x/16 and y/16. Then a slope is
//! right as it is; with λ/4 in place of λ, by way of the inverse, its square is λ²/16 as it should be, and four times the
//! difference that is multiplied with it makes y right.
//!
//! Points at infinity are masked. The one case that masks do not cover, the addition of a point to itself or its
//! negative, shows as a denominator of zero; then the batch is left to the portable code.

use bytemuck::{Pod, Zeroable};
use core::arch::x86_64::{
    __m512i, _mm512_maskz_mov_epi64, _mm512_or_si512, _mm512_setzero_si512, _mm512_testn_epi64_mask,
};
use quickpickle_srs_data::PackedPoint;

use super::field::{Elements, Factor, Field, from_words, select, transpose};
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

/// Eight points: x, reduced, then y, loose.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Point8 {
    pub(super) x: Elements,
    pub(super) y: Elements,
}

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
pub(super) fn load_packed(points: [&PackedPoint; LANES]) -> (Point8, u8) {
    let mut rows = [_mm512_setzero_si512(); LANES];
    for (row, point) in rows.iter_mut().zip(points) {
        *row = bytemuck::cast(*point);
    }
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(rows);
    let any = _mm512_or_si512(_mm512_or_si512(x0, x1), _mm512_or_si512(x2, x3));
    let point = Point8 { x: from_words([x0, x1, x2, x3]), y: from_words([y0, y1, y2, y3]) };
    (point, _mm512_testn_epi64_mask(any, any))
}

/// The reverse of [`load_packed`].
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn store_packed(field: &Field, from: &Point8, infinite: u8) -> [PackedPoint; LANES] {
    let [x, y] = [from.x, field.tight(&from.y)];
    let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (field.to_words(&x), field.to_words(&y));
    let mut words = [x0, x1, x2, x3, y0, y1, y2, y3];
    for words in &mut words {
        *words = _mm512_maskz_mov_epi64(!infinite, *words);
    }
    bytemuck::cast(transpose(words))
}

/// Up to eight points, and the lanes at infinity or without a point.
#[target_feature(enable = "avx512f")]
pub(super) fn load_some<C: KimchiCurve>(points: &[Affine<C>]) -> (Point8, u8) {
    let mut packed = [PackedPoint::INFINITY; LANES];
    packed.iter_mut().zip(points).for_each(|(packed, point)| *packed = PackedPoint::pack(point));
    load_packed(packed.each_ref())
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

/// aₙ + bₙ of two pairs in place of aₙ. In place of b's x there is bₓ - aₓ + 3p, which is the denominator of the slope, not zero
/// modulo p; and there is a quarter of its inverse.
///
/// A sum's y is the slope times bₓ - x, less b's: what a's own may have gathered ends there.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn add_two(field: &Field, [a0, a1]: [&mut Point8; 2], [b0, b1]: [&Point8; 2], inverses: &[Factor; 2]) {
    let rises = [field.loose_difference(&b0.y, &a0.y), field.loose_difference(&b1.y, &a1.y)];
    let slopes = field.mul_factors(rises.each_ref(), inverses.each_ref());
    let slopes = slopes.each_ref();
    let [x0, x1] = field.squares_minus(slopes, [&b0.x, &b1.x], [&a0.x, &a1.x]);
    let runs = [Field::four_times_run(&b0.x, &a0.x, &x0), Field::four_times_run(&b1.x, &a1.x, &x1)];
    let [y0, y1] = field.loose_products_minus(slopes, runs.each_ref(), [&b0.y, &b1.y]);
    *a0 = Point8 { x: x0, y: y0 };
    *a1 = Point8 { x: x1, y: y1 };
}

/// Vectors of points, and the lanes of each that are at infinity, whatever their coordinates.
#[derive(Clone, Default)]
pub(super) struct Vectors {
    pub(super) points: Vec<Point8>,
    pub(super) infinite: Vec<u8>,
}

/// The sums so far, and what is added next.
#[derive(Default)]
pub(super) struct State {
    pub(super) sums: Vectors,
    /// In place of x the denominators: bₓ - aₓ, but bₓ where a is at infinity, and one where nothing is added.
    addends: Vec<Point8>,
    /// The lanes of each vector that have nothing to add.
    idle: Vec<u8>,
}

impl State {
    /// Of an even number of vectors.
    pub(super) fn new(sums: Vectors) -> Self {
        let count = sums.points.len();
        Self { sums, addends: vec![Point8::zeroed(); count], idle: vec![0; count] }
    }

    /// Makes it one of `count` vectors, an even number, whose sums are not set yet.
    pub(super) fn resize(&mut self, count: usize) {
        self.sums.points.resize(count, Point8::zeroed());
        self.sums.infinite.resize(count, 0);
        self.addends.resize(count, Point8::zeroed());
        self.idle.resize(count, 0);
    }

    /// Of up to [`LANES`] points a vector.
    #[target_feature(enable = "avx512f")]
    pub(super) fn load<C: KimchiCurve>(points: &[Affine<C>]) -> Self {
        let vector = |i: usize| load_some(points.chunks(LANES).nth(i).unwrap_or_default());
        let (points, infinite) = (0..vectors_for(points.len())).map(vector).unzip();
        Self::new(Vectors { points, infinite })
    }

    /// The denominators of vector `i` and the next.
    #[inline(always)]
    pub(super) fn denominators(&self, i: usize) -> [&Factor; 2] {
        [&self.addends[i].x, &self.addends[i + 1].x]
    }

    /// Adds the point that `next` leaves for each of the first `count` vectors, an even number, but not in the lanes that it
    /// names: points at infinity are to be named. `false`, with nothing done, where a sum is to be added to itself or its negative.
    ///
    /// Of the points that are left x is reduced, and y above -p - 2^216 and below 2p + 2^216, as sums are whose addends come from
    /// tables.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn add<C: KimchiCurve>(
        &mut self,
        inverter: &mut Inverter,
        count: usize,
        next: impl Fn(&Field, &Vectors, usize, &mut Point8) -> u8,
    ) -> bool {
        inverter.each::<C>(
            count,
            Inverter::QUARTER,
            self,
            |field, state, i| {
                let idle = next(field, &state.sums, i, &mut state.addends[i]);
                state.put_denominator(field, i, idle);
            },
            |field, state, i, inverses| state.finish(field, i, inverses),
        )
    }

    /// Puts the denominator of what is added to vector `i` in place of its x, but for the idle lanes.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn put_denominator(&mut self, field: &Field, i: usize, idle: u8) {
        let infinite = self.sums.infinite[i];
        let addend = &mut self.addends[i];
        let mut denominator = field.sub(&addend.x, &self.sums.points[i].x);
        if infinite | idle != 0 {
            denominator = select(idle, &field.one, &select(infinite, &addend.x, &denominator));
        }
        addend.x = denominator;
        self.idle[i] = idle;
    }

    /// The sums of vector `i` and the next.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn finish(&mut self, field: &Field, i: usize, inverses: &[Factor; 2]) {
        let Vectors { points, infinite } = &mut self.sums;
        let ([a0, a1], [b0, b1]) = (&mut points[i..i + 2], &self.addends[i..i + 2]) else { return };
        if (infinite[i] | infinite[i + 1] | self.idle[i] | self.idle[i + 1]) == 0 {
            return add_two(field, [a0, a1], [b0, b1], inverses);
        }
        let before = [*a0, *a1];
        add_two(field, [a0, a1], [b0, b1], inverses);
        for (n, (sum, addend)) in [(a0, b0), (a1, b1)].into_iter().enumerate() {
            let (infinite, idle) = (&mut infinite[i + n], self.idle[i + n]);
            *sum = choose(idle, &before[n], &choose(*infinite, addend, sum));
            *infinite &= idle;
        }
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
        next: impl Fn(&Field, &Vectors, usize, &mut Point8) -> u8,
    ) {
        loop {
            let done = self
                .add::<C>(inverter, count, |field, sums, i, place| next(field, sums, i, place) | failed[i]);
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
        inverter.each::<C>(
            self.sums.points.len(),
            Inverter::FOUR,
            self,
            |field, state, i| {
                let twice = field.double(&state.sums.points[i].y);
                state.addends[i].x = select(state.sums.infinite[i], &field.one, &twice);
            },
            |field, state, i, inverses| {
                let [a0, a1] = &mut state.sums.points[i..i + 2] else { return };
                let ax = [&a0.x, &a1.x];
                // 3(x/16)²/(2y/16) is a sixteenth of the slope; with four times the inverse it is a quarter.
                let squares = field.square_each([ax[0], ax[1]]);
                let rises = [Field::triple(&squares[0]), Field::triple(&squares[1])];
                let slopes = field.mul_factors([&rises[0], &rises[1]], inverses.each_ref());
                let slopes = slopes.each_ref();
                let x = field.squares_minus(slopes, [&zero; 2], ax);
                let runs =
                    [field.four_times_difference(ax[0], &x[0]), field.four_times_difference(ax[1], &x[1])];
                let y = field.products_minus(slopes, [&runs[0], &runs[1]], [&a0.y, &a1.y]);
                let ([x0, x1], [y0, y1]) = (x, y);
                *a0 = Point8 { x: x0, y: y0 };
                *a1 = Point8 { x: x1, y: y1 };
            },
        )
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add_lanes<C: KimchiCurve>(sums: &mut [Affine<C>], addends: &[Affine<C>]) -> bool {
    let mut state = State::load(sums);
    let count = state.sums.points.len();
    let mut inverter = Inverter::new::<C>(count);
    let done = state.add::<C>(&mut inverter, count, |_, _, i, place| {
        let idle;
        (*place, idle) = load_some(addends.chunks(LANES).nth(i).unwrap_or_default());
        idle
    });
    if done {
        for (i, sums) in sums.chunks_mut(LANES).enumerate() {
            store(&inverter.field, &state.sums.points[i], state.sums.infinite[i], sums);
        }
    }
    done
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn butterfly_lanes<C: KimchiCurve>(a: &mut [Affine<C>], b: &mut [Affine<C>]) -> bool {
    let mut state = State::load(a);
    let count = state.sums.points.len();
    let mut inverter = Inverter::new::<C>(count);
    let mut differences = state.sums.clone();
    let lower = &*b;
    // The denominators of a + b and a - b are the same.
    let done = inverter.each::<C>(
        count,
        Inverter::QUARTER,
        &mut state,
        |field, state, i| {
            let idle;
            (state.addends[i], idle) = load_some(lower.chunks(LANES).nth(i).unwrap_or_default());
            state.put_denominator(field, i, idle);
        },
        |field, state, i, inverses| {
            state.finish(field, i, inverses);
            for addend in &mut state.addends[i..i + 2] {
                addend.y = field.negate(u8::MAX, &addend.y);
            }
            core::mem::swap(&mut state.sums, &mut differences);
            state.finish(field, i, inverses);
            core::mem::swap(&mut state.sums, &mut differences);
        },
    );
    if done {
        for (i, (a, b)) in a.chunks_mut(LANES).zip(b.chunks_mut(LANES)).enumerate() {
            store(&inverter.field, &state.sums.points[i], state.sums.infinite[i], a);
            store(&inverter.field, &differences.points[i], differences.infinite[i], b);
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
