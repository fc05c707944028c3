//! What verification stands on: field multiplication, the Poseidon permutation, multi-scalar multiplication.

use std::hint::black_box;

use ark_ec::CurveGroup;
use ark_ff::{Field, UniformRand};
use criterion::{BatchSize, Criterion, criterion_main};
use quickpickle_curve::{
    Affine, Fp, Fq, KimchiCurve, PallasConfig, Projective, ScalarField, VestaConfig, msm, permute,
};
use quickpickle_srs_data::{PackedPoint, Points};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn fields(criterion: &mut Criterion) {
    let mut rng = StdRng::seed_from_u64(1);
    let (mut x, y) = (Fp::rand(&mut rng), Fp::rand(&mut rng));
    criterion.bench_function("field multiplication, 1000 in a chain", |bencher| {
        bencher.iter(|| {
            for _ in 0..1000 {
                x *= y;
            }
            black_box(x)
        });
    });
    criterion.bench_function("field inversion", |bencher| bencher.iter(|| black_box(x).inverse()));
    let mut state = [Fp::rand(&mut rng), Fp::rand(&mut rng), Fp::rand(&mut rng)];
    criterion.bench_function("poseidon permutation, Fp", |bencher| bencher.iter(|| permute(&mut state)));
    let mut state = [Fq::rand(&mut rng), Fq::rand(&mut rng), Fq::rand(&mut rng)];
    criterion.bench_function("poseidon permutation, Fq", |bencher| bencher.iter(|| permute(&mut state)));
}

fn sums<C: KimchiCurve>(criterion: &mut Criterion, sizes: &[usize]) {
    let mut rng = StdRng::seed_from_u64(2);
    let largest = sizes.iter().copied().max().unwrap_or(0);
    // Points in a chain, each the double of the one before plus the generator: distinct, and cheap to make.
    let mut point = Projective::<C>::from(C::GENERATOR);
    let chain: Vec<Projective<C>> = (0..largest)
        .map(|_| {
            point = point + point + C::GENERATOR;
            point
        })
        .collect();
    let points: Vec<PackedPoint> =
        Projective::<C>::normalize_batch(&chain).iter().map(|p: &Affine<C>| PackedPoint::pack(p)).collect();
    let scalars: Vec<ScalarField<C>> = (0..largest).map(|_| ScalarField::<C>::rand(&mut rng)).collect();
    let mut group = criterion.benchmark_group("msm");
    group.sample_size(20);
    for &size in sizes {
        group.bench_function(format!("{} {size}", C::NAME), |bencher| {
            bencher.iter_batched(
                || (),
                |()| msm::<C>(&[(Points::new(&points[..size]), &scalars[..size])]),
                BatchSize::PerIteration,
            );
        });
    }
}

fn all(criterion: &mut Criterion) {
    fields(criterion);
    sums::<PallasConfig>(criterion, &[1 << 15]);
    sums::<VestaConfig>(criterion, &[16, 64, 256, 1 << 10, 1 << 12, 1 << 16]);
}

#[allow(missing_docs, reason = "what the macro makes")]
mod group {
    criterion::criterion_group!(benches, super::all);
}
criterion_main!(group::benches);
