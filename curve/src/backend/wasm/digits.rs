//! Sums of the buckets of many windows, each bucket as often as its digit says: the portable backend's, with additions of this one.

use quickpickle_srs_data::PackedPoint;

use super::affine::{Adder, Pair, Point};
use crate::backend::portable::{SEGMENT, sums_of_windows};
use crate::pasta::{BaseField, KimchiCurve, Projective};

/// Fewer buckets than this are not worth the inversions, of which each bucket of a segment takes two.
const MIN_BUCKETS: usize = 1 << 9;

/// Σ (i + 1)·bᵢ of each window, b its buckets: `per_window` of each, one window after the other.
pub(crate) fn sums_by_digit<C: KimchiCurve>(
    buckets: &[PackedPoint],
    per_window: usize,
) -> Vec<Projective<C>> {
    sums_of_windows(buckets, per_window, MIN_BUCKETS, sum_segments::<C>)
}

/// Σ bⱼ and Σ (j + 1)·bⱼ of each lane's segment of buckets.
fn sum_segments<C: KimchiCurve>(buckets: &[PackedPoint]) -> [Vec<PackedPoint>; 2] {
    let lanes = buckets.len() / SEGMENT;
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
    [0, lanes].map(|part| points[part..][..lanes].iter().map(Point::pack).collect())
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
