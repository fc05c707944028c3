//! Points for tests, and what is tested of every backend.

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::PrimeField;

use crate::pasta::{Affine, KimchiCurve};

/// Multiples of one point by small signed factors. With few of them infinity, equal and opposite pairs are frequent.
pub fn small_multiples<C: KimchiCurve>(factors: impl IntoIterator<Item = i8>) -> Vec<Affine<C>> {
    let scalar = |factor: i8| {
        let size = C::ScalarField::from(u64::from(factor.unsigned_abs()));
        if factor < 0 { -size } else { size }
    };
    factors.into_iter().map(|f| C::GENERATOR.mul_bigint(scalar(f).into_bigint()).into_affine()).collect()
}

/// A backend's batched additions on pairs of small multiples, against `ark-ec`.
pub fn check_batches<C: KimchiCurve>(
    pairs: &[(i8, i8)],
    add_assign: fn(&mut [Affine<C>], &[Affine<C>]),
    butterfly: fn(&mut [Affine<C>], &mut [Affine<C>]),
) {
    let a = small_multiples::<C>(pairs.iter().map(|pair| pair.0));
    let b = small_multiples::<C>(pairs.iter().map(|pair| pair.1));
    let sums: Vec<_> = a.iter().zip(&b).map(|(a, b)| (*a + b).into_affine()).collect();
    let differences: Vec<_> = a.iter().zip(&b).map(|(a, b)| (*a - b).into_affine()).collect();
    let mut result = a.clone();
    add_assign(&mut result, &b);
    assert_eq!(result, sums);
    let (mut plus, mut minus) = (a, b);
    butterfly(&mut plus, &mut minus);
    assert_eq!((plus, minus), (sums, differences));
}

/// Halves at the edges of what a scalar may be split into, or near zero, or as they are.
fn halves(choice: u8, halves: [i128; 2]) -> [i128; 2] {
    halves.map(|half| match choice {
        0 => 0,
        1 => half % 20,
        2 => i128::MAX - (half % 20).abs(),
        3 => i128::MIN + (half % 20).abs(),
        _ => half,
    })
}

/// A backend's batched multiplication on small multiples, against `ark-ec`; of each lane the point's factor, the halves,
/// and where to look for edges.
pub fn check_multiplication<C: KimchiCurve>(
    lanes: &[(i8, [i128; 2], u8)],
    mul_assign: fn(&mut [Affine<C>], &[[i128; 2]]),
) {
    let points = small_multiples::<C>(lanes.iter().map(|lane| lane.0));
    let scalars: Vec<_> = lanes.iter().map(|lane| halves(lane.2, lane.1)).collect();
    let to_field = |half: i128| {
        let magnitude = C::ScalarField::from(half.unsigned_abs());
        if half < 0 { -magnitude } else { magnitude }
    };
    let mut products = points.clone();
    mul_assign(&mut products, &scalars);
    for ((point, [k1, k2]), product) in points.iter().zip(scalars).zip(products) {
        let scalar = to_field(k1) + to_field(k2) * C::ENDO_SCALAR;
        assert_eq!(product, point.mul_bigint(scalar.into_bigint()).into_affine());
    }
}
