//! Sums of points whose scalars are few values: coefficients and selectors of a circuit, cells that are bits.
//!
//! The points of each value are added up, all values side by side, and what is left is a sum of as many terms as there are
//! values: an addition for a point, where it takes some twenty when scalars are cut into digits.

use std::collections::HashMap;

use ark_ff::AdditiveGroup;
use quickpickle_curve::{add_assign, msm};
use quickpickle_runtime::curve::{Affine, KimchiCurve, Projective, ScalarField};
use quickpickle_srs_data::{PackedPoint, Points};
use rayon::prelude::*;

/// Values at most, zero not counted, and points for each value at least: with more values, or fewer points, it does not pay.
const MOST_VALUES: usize = 256;
const POINTS_A_VALUE: usize = 8;
/// Points that are added in lock-step.
const LANES: usize = 1 << 10;

/// Σ valueᵢ·Pᵢ. None where the values are too many for this to pay.
pub(crate) fn sum<C: KimchiCurve>(points: Points<'_, C>, values: &[ScalarField<C>]) -> Option<Projective<C>> {
    let (distinct, numbers) = number(values)?;
    let mut lengths = vec![0; distinct.len()];
    for number in numbers.iter().flatten() {
        lengths[usize::from(*number)] += 1;
    }
    // The points of one value after those of the other.
    let mut next: Vec<usize> = lengths
        .iter()
        .scan(0, |start, length| {
            let this = *start;
            *start += length;
            Some(this)
        })
        .collect();
    let mut grouped = vec![Affine::<C>::identity(); lengths.iter().sum()];
    for (number, point) in numbers.iter().zip(points.packed()) {
        let Some(number) = number else { continue };
        let place = &mut next[usize::from(*number)];
        grouped[*place] = point.unpack();
        *place += 1;
    }
    let sums: Vec<_> = sum_groups(grouped, lengths).iter().map(PackedPoint::pack).collect();
    Some(msm(&[(Points::new(&sums), &distinct)]))
}

/// The values that are not zero, and the number of each row's among them, where they are few.
fn number<F: AdditiveGroup + std::hash::Hash>(values: &[F]) -> Option<(Vec<F>, Vec<Option<u16>>)> {
    let most = MOST_VALUES.min(values.len() / POINTS_A_VALUE);
    let mut distinct = Vec::new();
    let mut places = HashMap::new();
    let mut numbers = Vec::with_capacity(values.len());
    for value in values {
        if *value == F::ZERO {
            numbers.push(None);
            continue;
        }
        let number = *places.entry(*value).or_insert_with(|| {
            distinct.push(*value);
            distinct.len() - 1
        });
        if number >= most {
            return None;
        }
        numbers.push(Some(number as u16));
    }
    Some((distinct, numbers))
}

/// The sum of each group of points, which lie one after the other and have these lengths, none of them zero.
fn sum_groups<C: KimchiCurve>(mut points: Vec<Affine<C>>, mut lengths: Vec<usize>) -> Vec<Affine<C>> {
    while points.len() > lengths.len() {
        let (mut sums, mut addends) = (Vec::with_capacity(points.len()), Vec::new());
        let mut rest = points.as_slice();
        // The second half of each group is added to the first; an odd point is added to infinity.
        for length in &mut lengths {
            let (group, others) = rest.split_at(*length);
            let (first, second) = group.split_at(length.div_ceil(2));
            sums.extend_from_slice(first);
            addends.extend_from_slice(second);
            addends.resize(sums.len(), Affine::<C>::identity());
            *length = first.len();
            rest = others;
        }
        sums.par_chunks_mut(LANES).zip(addends.par_chunks(LANES)).for_each(|(sums, addends)| {
            add_assign(sums, addends);
        });
        points = sums;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::Field;
    use quickpickle_runtime::curve::{PallasConfig, VestaConfig};

    fn sums_are_those_of_any_scalars<C: KimchiCurve>() {
        let points: Vec<_> = quickpickle_curve::generators::<C>(200).iter().map(PackedPoint::pack).collect();
        let points = Points::<C>::new(&points);
        let zero = ScalarField::<C>::ZERO;
        let value = |i: usize| ScalarField::<C>::from(i as u64 + 3).pow([u64::MAX]);
        let columns: [(&str, Vec<ScalarField<C>>); 5] = [
            ("zeros", vec![zero; 200]),
            ("one value", vec![value(1); 200]),
            ("one row", (0..200).map(|i| if i == 77 { value(2) } else { zero }).collect()),
            ("values by turns", (0..200).map(|i| value(i % 7)).collect()),
            ("values of any number", (0..200).map(|i| value((i * i) % 25)).collect()),
        ];
        for (name, values) in columns {
            assert_eq!(sum(points, &values), Some(msm(&[(points, values.as_slice())])), "{name}");
        }
        // A point for each value, so that sums are doublings and differences.
        let packed = points.packed()[0];
        let same = [packed; 64];
        assert_eq!(
            sum(Points::<C>::new(&same), &[value(0); 64]),
            Some(packed.unpack::<C>() * (value(0) * ScalarField::<C>::from(64u64)))
        );
        let many: Vec<_> = (0..200).map(value).collect();
        assert_eq!(sum(points, &many), None);
    }

    #[test]
    fn sums_over_both_curves() {
        sums_are_those_of_any_scalars::<PallasConfig>();
        sums_are_those_of_any_scalars::<VestaConfig>();
    }
}
