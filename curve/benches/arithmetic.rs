//! What verification stands on: field multiplication, the Poseidon permutation, multi-scalar multiplication, next to ark-ec's.

use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{Field, UniformRand};
use divan::{Bencher, black_box};
use quickpickle_curve::{
    Affine, Fp, Fq, KimchiCurve, PallasConfig, Projective, ScalarField, VestaConfig, msm, permute,
    permute_many,
};
use quickpickle_srs_data::{PackedPoint, Points};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn main() {
    divan::main();
}

fn random<F: UniformRand>() -> F {
    F::rand(&mut StdRng::seed_from_u64(1))
}

#[divan::bench(name = "1000 field multiplications in a chain")]
fn multiplication(bencher: Bencher) {
    let (mut x, y): (Fp, Fp) = random();
    bencher.bench_local(|| {
        for _ in 0..1000 {
            x *= y;
        }
        x
    });
}

#[divan::bench(name = "field inversion")]
fn inversion(bencher: Bencher) {
    let x: Fp = random();
    bencher.bench(|| black_box(x).inverse());
}

#[divan::bench(name = "poseidon permutation, Fp")]
fn permutation_fp(bencher: Bencher) {
    let mut state: [Fp; 3] = random();
    bencher.bench_local(|| permute(&mut state));
}

#[divan::bench(name = "poseidon permutation, Fq")]
fn permutation_fq(bencher: Bencher) {
    let mut state: [Fq; 3] = random();
    bencher.bench_local(|| permute(&mut state));
}

#[divan::bench(name = "poseidon permutations, Fp", args = [1, 2, 3, 4, 8, 64])]
fn permutations(bencher: Bencher, count: usize) {
    let mut states: Vec<[Fp; 3]> = vec![random(); count];
    bencher.bench_local(|| permute_many(&mut states));
}

/// Points in a chain, each the double of the one before plus the generator: distinct, and cheap to make; and scalars.
fn terms<C: KimchiCurve>(size: usize) -> (Vec<Affine<C>>, Vec<ScalarField<C>>) {
    let mut point = Projective::<C>::from(C::GENERATOR);
    let chain: Vec<Projective<C>> = (0..size)
        .map(|_| {
            point = point + point + C::GENERATOR;
            point
        })
        .collect();
    let mut rng = StdRng::seed_from_u64(2);
    let scalars = (0..size).map(|_| ScalarField::<C>::rand(&mut rng)).collect();
    (Projective::<C>::normalize_batch(&chain), scalars)
}

fn sum<C: KimchiCurve>(bencher: Bencher, size: usize) {
    let (points, scalars) = terms::<C>(size);
    let points: Vec<_> = points.iter().map(PackedPoint::pack).collect();
    bencher.bench(|| msm::<C>(&[(Points::new(&points), &scalars)]));
}

fn sum_of_ark<C: KimchiCurve>(bencher: Bencher, size: usize) {
    let (points, scalars) = terms::<C>(size);
    bencher.bench(|| Projective::<C>::msm_unchecked(&points, &scalars));
}

#[divan::bench(name = "msm, pallas", args = [1 << 15], sample_count = 20)]
fn msm_pallas(bencher: Bencher, size: usize) {
    sum::<PallasConfig>(bencher, size);
}

#[divan::bench(name = "msm, vesta", args = [4, 16, 64, 256, 1 << 10, 1 << 12, 1 << 16], sample_count = 20)]
fn msm_vesta(bencher: Bencher, size: usize) {
    sum::<VestaConfig>(bencher, size);
}

#[divan::bench(name = "msm of ark-ec, pallas", args = [1 << 15], sample_count = 10)]
fn msm_pallas_of_ark(bencher: Bencher, size: usize) {
    sum_of_ark::<PallasConfig>(bencher, size);
}

#[divan::bench(name = "msm of ark-ec, vesta", args = [4, 16, 64, 256, 1 << 10, 1 << 12, 1 << 16], sample_count = 10)]
fn msm_vesta_of_ark(bencher: Bencher, size: usize) {
    sum_of_ark::<VestaConfig>(bencher, size);
}
