//! Sums of the buckets of many windows, each bucket as often as its digit says.
//!
//! The buckets of a window are cut into segments, each of which has a lane: b its buckets in order, a lane sums Σ bⱼ and
//! Σ (j + 1)·bⱼ. The first of these sums are then buckets of fewer digits.

use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::Zero;
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use super::affine::{LANES, State, Vectors, load_packed, store_packed, vectors_for};
use super::inverter::Inverter;
use crate::backend::portable;
use crate::pasta::{Affine, KimchiCurve, Projective};

/// Buckets of a segment.
const SEGMENT: usize = 16;

/// Segments that share an inversion in each round.
const BLOCK: usize = 1024;

/// Fewer buckets than this are not worth the rounds' inversions.
const MIN_BUCKETS: usize = 1 << 8;

/// Σ (i + 1)·bᵢ of each window, b its buckets: `per_window` of each, one window after the other.
pub(crate) fn sums_by_digit<C: KimchiCurve>(
    buckets: &[PackedPoint],
    per_window: usize,
) -> Vec<Projective<C>> {
    let windows = buckets.len() / per_window;
    sums(buckets, per_window, windows, Strides { digit: 1, window: per_window })
}

/// How far apart the buckets of neighbouring digits, and of neighbouring windows, are.
#[derive(Clone, Copy)]
struct Strides {
    digit: usize,
    window: usize,
}

/// The same of buckets so far apart.
fn sums<C: KimchiCurve>(
    buckets: &[PackedPoint],
    digits: usize,
    windows: usize,
    strides: Strides,
) -> Vec<Projective<C>> {
    if buckets.len() < MIN_BUCKETS || !digits.is_multiple_of(SEGMENT) {
        let bucket = |digit: usize, window: usize| &buckets[digit * strides.digit + window * strides.window];
        return (0..windows)
            .map(|window| portable::sum_by_digit((0..digits).map(|digit| bucket(digit, window))))
            .collect();
    }
    let segments = digits / SEGMENT;
    // Where each segment begins: segment k of window w is lane k·windows + w.
    let starts: Vec<_> = (0..segments)
        .flat_map(|segment| {
            (0..windows).map(move |window| segment * SEGMENT * strides.digit + window * strides.window)
        })
        .collect();
    let sums_of_lanes: Vec<_> = starts
        .par_chunks(BLOCK)
        .flat_map_iter(|starts| {
            // SAFETY: this backend is chosen only where the machine has the instructions.
            #[expect(
                unsafe_code,
                reason = "a function that is compiled for instructions not every machine has"
            )]
            unsafe {
                sum_segments::<C>(buckets, starts, strides.digit)
            }
        })
        .collect();
    let (mut totals, weighted): (Vec<_>, Vec<_>) = sums_of_lanes.into_iter().unzip();
    // Bucket j of segment k counts k·SEGMENT + j + 1 times: k·SEGMENT of it are still to come, for k from 1.
    let mut results = vec![Projective::<C>::zero(); windows];
    if segments > 1 {
        totals.drain(..windows);
        totals.resize(segments * windows, PackedPoint::INFINITY);
        results = sums(&totals, segments, windows, Strides { digit: windows, window: 1 });
        for result in &mut results {
            for _ in 0..SEGMENT.ilog2() {
                result.double_in_place();
            }
        }
    }
    for (result, sum) in results.iter_mut().zip(sum_columns::<C>(weighted, windows)) {
        *result += sum;
    }
    results
}

/// Of rows of `width` points the sum of each column.
fn sum_columns<C: KimchiCurve>(points: Vec<PackedPoint>, width: usize) -> Vec<Affine<C>> {
    let mut points: Vec<Affine<C>> = points.iter().map(PackedPoint::unpack).collect();
    while points.len() > width {
        let kept = (points.len() / width).div_ceil(2) * width;
        let (sums, addends) = points.split_at_mut(kept);
        super::add_assign(sums, addends);
        points.truncate(kept);
    }
    points
}

/// Σ bⱼ and Σ (j + 1)·bⱼ of segments that begin at `starts`, their buckets `stride` apart.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sum_segments<C: KimchiCurve>(
    buckets: &[PackedPoint],
    starts: &[usize],
    stride: usize,
) -> Vec<(PackedPoint, PackedPoint)> {
    let count = vectors_for(starts.len());
    let load = |i: usize, j: usize| {
        let mut points = [&PackedPoint::INFINITY; LANES];
        for (point, start) in points.iter_mut().zip(&starts[starts.len().min(i * LANES)..]) {
            *point = &buckets[start + j * stride];
        }
        load_packed(points)
    };
    // Running sums, then the sums of these. The latter are a round behind, so that both share an inversion.
    let mut inverter = Inverter::new::<C>(2 * count);
    let (last, infinite): (Vec<_>, Vec<_>) = (0..count).map(|i| load(i, SEGMENT - 1)).unzip();
    let mut state = State::new(Vectors {
        points: [last.clone(), last].concat(),
        infinite: [infinite, vec![u8::MAX; count]].concat(),
    });
    let mut failed = vec![0u8; 2 * count];
    for j in (0..SEGMENT).rev() {
        state.add_possible::<C>(&mut inverter, 2 * count, &mut failed, |_, sums, i, place| {
            if i >= count {
                *place = sums.points[i - count];
                sums.infinite[i - count]
            } else if j > 0 {
                let infinite;
                (*place, infinite) = load(i, j - 1);
                infinite
            } else {
                *place = sums.points[i];
                u8::MAX
            }
        });
    }

    let mut results = Vec::with_capacity(count * LANES);
    for i in 0..count {
        let [totals, weighted] = [i, i + count]
            .map(|i| store_packed(&inverter.field, &state.sums.points[i], state.sums.infinite[i]));
        results.extend(totals.into_iter().zip(weighted));
        for lane in (0..LANES).filter(|lane| (failed[i] | failed[i + count]) >> lane & 1 == 1) {
            // An empty bucket, say, so that a sum was doubled.
            let segment = i * LANES + lane;
            let buckets: [PackedPoint; SEGMENT] =
                core::array::from_fn(|j| buckets[starts[segment] + j * stride]);
            let total: Projective<C> = buckets.iter().map(PackedPoint::unpack::<C>).sum();
            let weighted: Projective<C> = portable::sum_by_digit(&buckets);
            results[segment] =
                (PackedPoint::pack(&total.into_affine()), PackedPoint::pack(&weighted.into_affine()));
        }
    }
    results.truncate(starts.len());
    results
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
            if super::super::is_available() {
                check_sums_by_digit::<PallasConfig>(1, 512, filled, seed, sums_by_digit);
                check_sums_by_digit::<VestaConfig>(5, 64, filled % 65, seed, sums_by_digit);
                check_sums_by_digit::<VestaConfig>(3, 100, filled % 101, seed, sums_by_digit);
            }
        }
    }
}
