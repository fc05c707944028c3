//! Sums of the buckets of many windows, each bucket as often as its digit says.
//!
//! The buckets of a window are cut into segments, which are summed side by side in affine additions that share their inversions: b
//! the buckets of one in order, Σ bⱼ and Σ (j + 1)·bⱼ. The first of these sums are then buckets of fewer digits.

use ark_ec::AdditiveGroup;
use quickpickle_srs_data::PackedPoint;

use super::affine::{Adder, Pair, Point};
use crate::backend::portable;
use crate::pasta::{BaseField, KimchiCurve, Projective};

/// Buckets of a segment.
const SEGMENT: usize = 16;

/// Fewer buckets than this are not worth the inversions, of which each bucket of a segment takes two.
const MIN_BUCKETS: usize = 1 << 9;

/// Σ (i + 1)·bᵢ of each window, b its buckets: `per_window` of each, one window after the other.
pub(crate) fn sums_by_digit<C: KimchiCurve>(
    buckets: &[PackedPoint],
    per_window: usize,
) -> Vec<Projective<C>> {
    if buckets.len() < MIN_BUCKETS || !per_window.is_multiple_of(SEGMENT) {
        return portable::sums_by_digit(buckets, per_window);
    }
    let lanes = buckets.len() / SEGMENT;
    let [totals, weighted] = sum_segments::<C>(buckets, lanes);
    // Bucket j of segment k counts k·SEGMENT + j + 1 times: k·SEGMENT of it are still to come, for k from 1.
    let segments = per_window / SEGMENT;
    let without_first = |totals: &[Point<BaseField<C>>]| {
        let later: Vec<_> = totals.iter().skip(1).chain([&Point::INFINITY]).map(Point::pack).collect();
        later
    };
    let higher: Vec<_> = totals.chunks(segments).flat_map(without_first).collect();
    let higher = sums_by_digit::<C>(&higher, segments);
    let with_weighted = |(mut sum, weighted): (Projective<C>, &[Point<BaseField<C>>])| {
        for _ in 0..SEGMENT.ilog2() {
            sum.double_in_place();
        }
        weighted.iter().fold(sum, |sum, weighted| sum + weighted.pack().unpack::<C>())
    };
    higher.into_iter().zip(weighted.chunks(segments)).map(with_weighted).collect()
}

/// Σ bⱼ and Σ (j + 1)·bⱼ of each lane's segment of buckets.
fn sum_segments<C: KimchiCurve>(buckets: &[PackedPoint], lanes: usize) -> [Vec<Point<BaseField<C>>>; 2] {
    // The running sums, the sums of these, and what is added next.
    let mut points = vec![Point::<BaseField<C>>::INFINITY; 3 * lanes];
    let pairs = |to: usize, from: usize| -> Vec<Pair> {
        let place = |part: usize, lane: usize| (part * lanes + lane) as u32;
        (0..lanes)
            .map(|lane| Pair { augend: place(to, lane), addend: place(from, lane), sum: place(to, lane) })
            .collect()
    };
    let (run, weigh) = (pairs(0, 2), pairs(1, 0));
    let mut adder = Adder::default();
    let (mut next, mut loaded) = (Vec::with_capacity(lanes), Vec::with_capacity(lanes));
    for j in (0..SEGMENT).rev() {
        next.clear();
        next.extend(buckets.iter().skip(j).step_by(SEGMENT));
        loaded.clear();
        Point::append(&mut loaded, &next, |_| false);
        for ((place, point), packed) in points[2 * lanes..].iter_mut().zip(&loaded).zip(&next) {
            *place = if packed.is_infinity() { Point::INFINITY } else { *point };
        }
        adder.add(&mut points, &run);
        adder.add(&mut points, &weigh);
    }
    points.truncate(2 * lanes);
    let weighted = points.split_off(lanes);
    [points, weighted]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use crate::tests::check_sums_by_digit;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn sums_by_digit_are_those_of_ark(filled in 0usize..=512, seed: u64) {
            check_sums_by_digit::<PallasConfig>(1, 512, filled, seed, sums_by_digit);
            check_sums_by_digit::<VestaConfig>(8, 64, filled % 65, seed, sums_by_digit);
            check_sums_by_digit::<VestaConfig>(6, 100, filled % 101, seed, sums_by_digit);
        }
    }
}
