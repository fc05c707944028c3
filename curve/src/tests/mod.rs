//! Points for tests, and what is tested of every backend.

#[cfg(target_arch = "x86_64")]
mod millions;

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field, PrimeField};
use quickpickle_srs_data::{PackedPoint, Points};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::backend::portable;
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::image;
use crate::pasta::{Affine, KimchiCurve, Projective};
use crate::poseidon::{SpongeField, WIDTH};

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

/// `count` different points.
pub fn chain<C: KimchiCurve>(count: usize) -> Vec<Affine<C>> {
    let mut point = Projective::<C>::from(C::GENERATOR);
    let chain: Vec<_> = (0..count)
        .map(|_| {
            point = point.double() + C::GENERATOR;
            point
        })
        .collect();
    Projective::<C>::normalize_batch(&chain)
}

/// A backend's sums of buckets: the terms, the entries list after list, how many there are in each bucket's two, and the buckets.
type SumBuckets<C> = fn(&Terms<'_, C>, &[Entry], &[[u32; 2]], &mut [PackedPoint]);

/// A backend's sums of buckets of these lengths against `ark-ec`, with entries drawn from few points, so that a list often
/// has one twice or next to its negative, or from many.
pub fn check_sums_of_buckets<C: KimchiCurve>(lengths: &[[u32; 2]], seed: u64, sum_buckets: SumBuckets<C>) {
    let mut rng = StdRng::seed_from_u64(seed);
    let points = chain::<C>(if rng.r#gen() { 3 } else { 1000 });
    let packed: Vec<_> = points.iter().map(PackedPoint::pack).collect();
    let scalars = vec![C::ScalarField::ONE; points.len()];
    // Two tables, so that entries lie in both.
    let (first, second) = packed.split_at(1);
    let mut terms = Terms::<C>::with_capacity(points.len());
    terms.add(Points::new(first), &scalars[..1]);
    terms.add(Points::new(second), &scalars[1..]);
    let mut entries = Vec::new();
    let mut expected = Vec::new();
    for lengths in lengths {
        let mut sum = Projective::<C>::ZERO;
        for (endo, length) in lengths.iter().enumerate() {
            for _ in 0..*length {
                let (index, negative) = (rng.gen_range(0..points.len()), rng.r#gen());
                entries.push(Entry::new(index, negative));
                let point = if endo == 1 { image(&points[index]) } else { points[index] };
                sum += if negative { -point } else { point };
            }
        }
        expected.push(PackedPoint::pack(&sum.into_affine()));
    }
    // Twice, as what is left of another sum must not matter.
    for _ in 0..2 {
        let mut buckets = vec![packed[0]; lengths.len()];
        sum_buckets(&terms, &entries, lengths, &mut buckets);
        assert_eq!(buckets, expected);
    }
}

/// A backend's sums by digit: the buckets, and how many there are in each window.
type SumsByDigit<C> = fn(&[PackedPoint], usize) -> Vec<Projective<C>>;

/// A backend's Σ (i + 1)·bᵢ against `ark-ec`, for windows of buckets of which the first are filled, but for some.
pub fn check_sums_by_digit<C: KimchiCurve>(
    windows: usize,
    per_window: usize,
    filled: usize,
    seed: u64,
    sums_by_digit: SumsByDigit<C>,
) {
    let mut rng = StdRng::seed_from_u64(seed);
    let holes = [0.0, 0.01, 0.5][rng.gen_range(0..3)];
    let mut buckets = chain::<C>(windows * per_window);
    for (i, bucket) in buckets.iter_mut().enumerate() {
        if i % per_window >= filled || rng.gen_bool(holes) {
            *bucket = Affine::<C>::identity();
        }
    }
    let weighted = |window: &[Affine<C>]| -> Projective<C> {
        window.iter().zip(1u64..).map(|(bucket, weight)| bucket.mul_bigint([weight])).sum()
    };
    let expected: Vec<_> = buckets.chunks(per_window).map(weighted).collect();
    let packed: Vec<_> = buckets.iter().map(PackedPoint::pack).collect();
    assert_eq!(sums_by_digit(&packed, per_window), expected);
}

/// A backend's permutation of many states against that of one.
pub fn check_permutations<F: SpongeField>(count: usize, seed: u64, permute_many: fn(&mut [[F; WIDTH]])) {
    let mut rng = StdRng::seed_from_u64(seed);
    let edges = [F::ZERO, F::ONE, -F::ONE];
    let mut element = || if rng.gen_bool(0.1) { edges[rng.gen_range(0..3)] } else { F::rand(&mut rng) };
    let mut states: Vec<[F; WIDTH]> = (0..count).map(|_| core::array::from_fn(|_| element())).collect();
    let mut expected = states.clone();
    expected.iter_mut().for_each(portable::permute);
    permute_many(&mut states);
    assert_eq!(states, expected);
}
