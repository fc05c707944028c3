//! Sums of the buckets of many windows, each bucket as often as its digit says.
//!
//! The buckets of a window are cut into segments, which are summed side by side in affine additions that share their inversions: b
//! the buckets of one in order, Σ bⱼ and Σ (j + 1)·bⱼ. The first of these sums are then buckets of fewer digits.

use ark_ec::AdditiveGroup;
use ark_ff::Zero;
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use super::affine::{Inverter, LaneByLane, Pairs, add_packed};
use crate::pasta::{KimchiCurve, Projective};

/// Buckets of a segment.
pub(crate) const SEGMENT: usize = 16;

/// Fewer buckets than this are not worth the inversions, of which each bucket of a segment takes two.
const MIN_BUCKETS: usize = 64 * SEGMENT;

/// Σ (i + 1)·bᵢ of each window, b its buckets: `per_window` of each, one window after the other.
pub(crate) fn sums_by_digit<C: KimchiCurve>(
    buckets: &[PackedPoint],
    per_window: usize,
) -> Vec<Projective<C>> {
    let windows = (buckets.len() / per_window).div_ceil(rayon::current_num_threads()).max(1);
    let tasks = buckets.par_chunks(windows * per_window);
    tasks
        .flat_map_iter(|buckets| sums_of_windows::<C>(buckets, per_window, MIN_BUCKETS, sum_segments::<C>))
        .collect()
}

/// The same, in one task. `sum_segments` gives Σ bⱼ and Σ (j + 1)·bⱼ of each segment of [`SEGMENT`] buckets; it is not worth
/// calling for fewer than `min_buckets`.
pub(crate) fn sums_of_windows<C: KimchiCurve>(
    buckets: &[PackedPoint],
    per_window: usize,
    min_buckets: usize,
    sum_segments: impl Fn(&[PackedPoint]) -> [Vec<PackedPoint>; 2] + Copy,
) -> Vec<Projective<C>> {
    if buckets.len() < min_buckets || !per_window.is_multiple_of(SEGMENT) {
        return buckets.chunks(per_window).map(sum_by_digit).collect();
    }
    let [totals, weighted] = sum_segments(buckets);
    // Bucket j of segment k counts k·SEGMENT + j + 1 times: k·SEGMENT of it are still to come, for k from 1.
    let segments = per_window / SEGMENT;
    let without_first = |totals: &[PackedPoint]| {
        totals.iter().skip(1).copied().chain([PackedPoint::INFINITY]).collect::<Vec<_>>()
    };
    let higher: Vec<_> = totals.chunks(segments).flat_map(without_first).collect();
    let higher = sums_of_windows::<C>(&higher, segments, min_buckets, sum_segments);
    let with_weighted = |(mut sum, weighted): (Projective<C>, &[PackedPoint])| {
        for _ in 0..SEGMENT.ilog2() {
            sum.double_in_place();
        }
        weighted.iter().fold(sum, |sum, weighted| sum + weighted.unpack::<C>())
    };
    higher.into_iter().zip(weighted.chunks(segments)).map(with_weighted).collect()
}

/// Σ bⱼ and Σ (j + 1)·bⱼ of each segment.
fn sum_segments<C: KimchiCurve>(buckets: &[PackedPoint]) -> [Vec<PackedPoint>; 2] {
    let mut inverter = Inverter::<C>::default();
    let mut totals: Vec<_> = buckets.iter().skip(SEGMENT - 1).step_by(SEGMENT).copied().collect();
    let mut weighted = totals.clone();
    for j in (0..SEGMENT - 1).rev() {
        add_packed(&mut inverter, totals.len(), WithBuckets { totals: &mut totals, buckets: &buckets[j..] });
        add_packed(&mut inverter, totals.len(), LaneByLane { sums: &mut weighted, addends: &totals });
    }
    [totals, weighted]
}

/// Each segment's total, and one of its buckets.
struct WithBuckets<'a> {
    totals: &'a mut [PackedPoint],
    /// From the first segment's.
    buckets: &'a [PackedPoint],
}

impl<C: KimchiCurve> Pairs<C> for WithBuckets<'_> {
    type Point = PackedPoint;

    #[inline(always)]
    fn operands(&self, number: usize) -> (&PackedPoint, &PackedPoint) {
        (&self.totals[number], &self.buckets[SEGMENT * number])
    }

    #[inline(always)]
    fn store(&mut self, number: usize, sum: PackedPoint) {
        self.totals[number] = sum;
    }
}

/// Σ (i + 1)·bᵢ, as the sum of the running sums from the highest digit down.
pub(crate) fn sum_by_digit<'a, C: KimchiCurve>(
    buckets: impl IntoIterator<Item = &'a PackedPoint, IntoIter: DoubleEndedIterator>,
) -> Projective<C> {
    let mut running = Projective::<C>::zero();
    let mut sum = Projective::<C>::zero();
    for bucket in buckets.into_iter().rev() {
        running += bucket.unpack::<C>();
        sum += running;
    }
    sum
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
        fn sums_by_digit_are_those_of_ark(few in 0usize..=60, many in 0usize..=512, seed: u64) {
            check_sums_by_digit::<PallasConfig>(1, 60, few, seed, sums_by_digit);
            check_sums_by_digit::<VestaConfig>(3, 60, few, seed, sums_by_digit);
            check_sums_by_digit::<PallasConfig>(4, 512, many, seed, sums_by_digit);
            check_sums_by_digit::<VestaConfig>(5, 512, many, seed, sums_by_digit);
        }
    }
}
