//! Multi-scalar multiplication: Σ sᵢ Pᵢ over tables of packed points.
//!
//! 1. `endomorphism` splits every scalar into two of 127 bits and a sign: twice the points, half the bits.
//! 2. `pippenger` cuts those into windows of signed digits and sorts the points of each window by digit.
//! 3. The backend sums the points of each bucket, and the buckets of each window.
//!
//! For few points buckets do not pay: `straus` has a table for each.
//!
//! Everything here is public data: nothing runs in constant time.

mod pippenger;
mod straus;

use quickpickle_srs_data::Points;

use crate::backend::terms::Terms;
use crate::pasta::{KimchiCurve, Projective, ScalarField};
use crate::tensor::{Term, tensor_sum};

/// Points and their scalars, in the same order. A sum may have several parts, none of which is copied.
pub type Part<'a, C> = (Points<'a, C>, &'a [ScalarField<C>]);

/// With more points than this, buckets are faster.
const FEW: usize = 16;

/// Σ sᵢ Pᵢ over all parts. Points must be on the curve; infinity, repeated points and zero scalars are fine.
///
/// # Panics
/// Where a part has not as many scalars as points: lengths that come from outside are checked where they come in.
pub fn msm<C: KimchiCurve>(parts: &[Part<'_, C>]) -> Projective<C> {
    C::sum(parts)
}

/// [`msm`], of which this is the body.
pub(crate) fn sum<C: KimchiCurve>(parts: &[Part<'_, C>]) -> Projective<C> {
    let total = check(parts);
    if total <= FEW {
        return straus::msm(parts);
    }
    let mut terms = Terms::with_capacity(total);
    for (points, scalars) in parts {
        terms.add(*points, scalars);
    }
    pippenger::sum(terms)
}

/// Points of a sum that is no better off side by side with others.
const MANY: usize = 1 << 11;

/// Σ sᵢ Pᵢ over each part by itself. Short sums of about the same length take less time together than one after the other.
///
/// # Panics
/// As [`msm`].
pub fn msm_each<C: KimchiCurve>(parts: &[Part<'_, C>]) -> Vec<Projective<C>> {
    C::sum_each(parts)
}

/// [`msm_each`], of which this is the body.
pub(crate) fn sum_each<C: KimchiCurve>(parts: &[Part<'_, C>]) -> Vec<Projective<C>> {
    let total = check(parts);
    if parts.len() < 2 || parts.iter().any(|(points, _)| !(FEW + 1..MANY).contains(&points.len())) {
        return parts.iter().map(|part| sum(core::slice::from_ref(part))).collect();
    }
    // In one table, where looking them up is fast.
    let points: Vec<_> = parts.iter().flat_map(|(points, _)| points.packed()).copied().collect();
    let scalars: Vec<_> = parts.iter().flat_map(|(_, scalars)| *scalars).copied().collect();
    let mut terms = Terms::with_capacity(total);
    terms.add(Points::<C>::new(&points), &scalars);
    let mut end = 0;
    let ranges: Vec<_> = (parts.iter())
        .map(|(points, _)| {
            end += points.len();
            end - points.len()..end
        })
        .collect();
    pippenger::sum_each(terms, &ranges)
}

/// How many points there are, each with a scalar.
fn check<C: KimchiCurve>(parts: &[Part<'_, C>]) -> usize {
    for (points, scalars) in parts {
        assert_eq!(points.len(), scalars.len(), "every point of a sum has a scalar");
    }
    parts.iter().map(|(points, _)| points.len()).sum()
}

/// The same over all parts and `points`, whose scalars are the first coefficients of the sum of `tensors`: they are not put into
/// memory all at once.
///
/// # Panics
/// As [`msm`].
pub fn msm_with_tensors<C: KimchiCurve>(
    points: Points<'_, C>,
    tensors: &[Term<ScalarField<C>>],
    parts: &[Part<'_, C>],
) -> Projective<C> {
    C::sum_with_tensors(points, tensors, parts)
}

/// [`msm_with_tensors`], of which this is the body.
pub(crate) fn sum_with_tensors<C: KimchiCurve>(
    points: Points<'_, C>,
    tensors: &[Term<ScalarField<C>>],
    parts: &[Part<'_, C>],
) -> Projective<C> {
    let total = points.len() + check(parts);
    if total <= FEW {
        let scalars = tensor_sum(tensors, points.len());
        return msm(&[&[(points, scalars.as_slice())], parts].concat());
    }
    let mut terms = Terms::with_capacity(total);
    terms.add_tensors(points, tensors);
    for (points, scalars) in parts {
        terms.add(*points, scalars);
    }
    pippenger::sum(terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{Affine, PallasConfig, VestaConfig};
    use crate::tests::chain as points;
    use ark_ec::AffineRepr;
    use ark_ff::{AdditiveGroup, Field, PrimeField, Zero};
    use proptest::prelude::*;
    use quickpickle_srs_data::PackedPoint;

    fn naive<C: KimchiCurve>(points: &[Affine<C>], scalars: &[ScalarField<C>]) -> Projective<C> {
        points.iter().zip(scalars).map(|(point, scalar)| point.mul_bigint(scalar.into_bigint())).sum()
    }

    fn run<C: KimchiCurve>(points: &[Affine<C>], scalars: &[ScalarField<C>]) -> Projective<C> {
        let packed: Vec<PackedPoint> = points.iter().map(PackedPoint::pack).collect();
        msm(&[(Points::new(&packed), scalars)])
    }

    fn scalar<F: PrimeField>(seed: u64) -> F {
        (F::from(seed) + F::from(17u64)).pow([seed | 0xffff_ffff_ffff_ff00])
    }

    #[test]
    fn small_sums() {
        fn all<C: KimchiCurve>() {
            let points = points::<C>(10);
            let scalars: Vec<_> = (0..10).map(scalar).collect();
            for count in 0..=10 {
                assert_eq!(
                    run::<C>(&points[..count], &scalars[..count]),
                    naive::<C>(&points[..count], &scalars[..count])
                );
            }
        }
        all::<PallasConfig>();
        all::<VestaConfig>();
    }

    #[test]
    fn edge_scalars() {
        type F = ScalarField<VestaConfig>;
        let edges = [
            F::ZERO,
            F::ONE,
            -F::ONE,
            F::from(2u64),
            -F::from(2u64),
            VestaConfig::ENDO_SCALAR,
            -VestaConfig::ENDO_SCALAR,
            F::from(u64::MAX),
            F::from(1u128 << 127),
            F::from(u128::MAX),
            F::from(2u64).pow([253]),
        ];
        let points = points::<VestaConfig>(edges.len());
        assert_eq!(run(&points, &edges), naive(&points, &edges));
        for edge in edges {
            assert_eq!(run(&points[..1], &[edge]), naive(&points[..1], &[edge]));
        }
    }

    #[test]
    fn a_point_and_its_negative_cancel() {
        let point = points::<PallasConfig>(1)[0];
        let s = scalar(5);
        assert!(run(&[point, -point], &[s, s]).is_zero());
        assert!(run(&[point, point], &[s, -s]).is_zero());
        assert_eq!(run(&[point, -point, point], &[s, s, s]), naive(&[point], &[s]));
        // The endomorphism's image of one point is another of the sum.
        let image = Affine::<PallasConfig>::new_unchecked(point.x * PallasConfig::ENDO_BASE, point.y);
        assert!(run(&[point, -image], &[s * PallasConfig::ENDO_SCALAR, s]).is_zero());
    }

    #[test]
    fn infinity_counts_as_zero() {
        let mut with = points::<VestaConfig>(6);
        let scalars: Vec<_> = (0..6).map(scalar).collect();
        with[2] = Affine::identity();
        with[5] = Affine::identity();
        assert_eq!(run(&with, &scalars), naive(&with, &scalars));
        assert!(run(&[Affine::<VestaConfig>::identity(); 3], &scalars[..3]).is_zero());
    }

    #[test]
    fn several_parts_are_one_sum() {
        let points = points::<PallasConfig>(50);
        let packed: Vec<PackedPoint> = points.iter().map(PackedPoint::pack).collect();
        let scalars: Vec<_> = (0..50).map(scalar).collect();
        let part = |range: core::ops::Range<usize>| {
            (Points::<PallasConfig>::new(&packed[range.clone()]), &scalars[range])
        };
        let sum = msm(&[part(0..0), part(0..7), part(7..7), part(7..49), part(49..50), part(50..50)]);
        assert_eq!(sum, naive(&points, &scalars));
    }

    #[test]
    fn scalars_may_be_coefficients_of_tensor_products() {
        // Few points; a block of coefficients and some; more than there are.
        for count in [3, 300, 600] {
            let points = points::<VestaConfig>(count + 2);
            let packed: Vec<PackedPoint> = points.iter().map(PackedPoint::pack).collect();
            let more: Vec<_> = (0..2).map(scalar).collect();
            let some = |from: u64, length: u64| (from..from + length).map(scalar).collect::<Vec<_>>();
            let tensors =
                [Term { high: some(0, 2), low: some(9, 256) }, Term { high: some(5, 1), low: some(7, 16) }];
            let sum = msm_with_tensors::<VestaConfig>(
                Points::new(&packed[..count]),
                &tensors,
                &[(Points::new(&packed[count..]), &more)],
            );
            let scalars = [tensor_sum(&tensors, count), more].concat();
            assert_eq!(sum, naive(&points, &scalars));
        }
        let none = msm_with_tensors::<PallasConfig>(Points::new(&[]), &[], &[]);
        assert!(none.is_zero());
    }

    #[test]
    fn sums_side_by_side_are_those_of_each() {
        let points = points::<VestaConfig>(200);
        let packed: Vec<PackedPoint> = points.iter().map(PackedPoint::pack).collect();
        let scalars: Vec<_> =
            (0..200).map(|i| if i % 7 == 3 { AdditiveGroup::ZERO } else { scalar(i) }).collect();
        let agrees = |ranges: &[core::ops::Range<usize>]| {
            let part = |range: &core::ops::Range<usize>| {
                (Points::new(&packed[range.clone()]), &scalars[range.clone()])
            };
            let sums = msm_each::<VestaConfig>(&ranges.iter().map(part).collect::<Vec<_>>());
            let each: Vec<_> =
                ranges.iter().map(|range| naive(&points[range.clone()], &scalars[range.clone()])).collect();
            assert_eq!(sums, each, "{ranges:?}");
        };
        // Of lengths that differ, some over the same points; none, one, and one that is too short for buckets.
        agrees(&[0..40, 40..80, 0..40, 10..110, 110..200, 20..37]);
        agrees(&[]);
        agrees(core::slice::from_ref(&(5..90)));
        agrees(&[0..40, 40..40, 40..80]);
        agrees(&[0..40, 40..56, 40..80]);
    }

    #[test]
    fn infinity_among_tensors_counts_as_zero() {
        let mut points = points::<PallasConfig>(40);
        points[17] = Affine::identity();
        let packed: Vec<PackedPoint> = points.iter().map(PackedPoint::pack).collect();
        let tensors = [Term { high: vec![scalar(1)], low: (0..40).map(scalar).collect() }];
        let sum = msm_with_tensors::<PallasConfig>(Points::new(&packed), &tensors, &[]);
        assert_eq!(sum, naive(&points, &tensor_sum(&tensors, 40)));
    }

    #[test]
    #[should_panic(expected = "every point of a sum has a scalar")]
    fn lengths_must_agree() {
        let packed: Vec<PackedPoint> = points::<PallasConfig>(3).iter().map(PackedPoint::pack).collect();
        let _ = msm::<PallasConfig>(&[(Points::new(&packed), &[Field::ONE; 2])]);
    }

    #[test]
    fn thousands_of_points_in_any_distribution() {
        const COUNT: usize = 3000;
        let points = points::<VestaConfig>(COUNT);
        let distributions: [fn(usize) -> ScalarField<VestaConfig>; 6] = [
            |i| scalar(i as u64),
            |_| scalar(3),
            |_| Field::ONE,
            |i| ScalarField::<VestaConfig>::from((i % 3) as u64),
            |i| if i == 1234 { scalar(9) } else { AdditiveGroup::ZERO },
            |i| scalar((i % 5) as u64),
        ];
        for distribution in distributions {
            let scalars: Vec<_> = (0..COUNT).map(distribution).collect();
            assert_eq!(run(&points, &scalars), naive(&points, &scalars));
            // One point over and over: sums in a bucket are doublings.
            let same = vec![points[0]; COUNT];
            let total: ScalarField<VestaConfig> = scalars.iter().sum();
            assert_eq!(run(&same, &scalars), naive(&points[..1], &[total]));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn is_the_sum_of_multiples(seeds in prop::collection::vec((0usize..40, any::<[u8; 32]>(), any::<bool>()), 0..300)) {
            let choice = points::<PallasConfig>(40);
            let (points, scalars): (Vec<_>, Vec<_>) = seeds
                .iter()
                .map(|(index, bytes, negative)| {
                    let point = if *negative { -choice[*index] } else { choice[*index] };
                    (point, ScalarField::<PallasConfig>::from_le_bytes_mod_order(bytes))
                })
                .unzip();
            prop_assert_eq!(run(&points, &scalars), naive(&points, &scalars));
        }
    }
}
