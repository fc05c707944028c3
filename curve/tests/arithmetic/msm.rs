//! Sums of tens of thousands of points, by the backend of the process, against `ark-ec`'s.

use ark_ec::VariableBaseMSM;
use ark_ff::{AdditiveGroup, Field, UniformRand};
use quickpickle_curve::{
    Affine, KimchiCurve, PallasConfig, Projective, ScalarField, VestaConfig, generators, msm,
};
use quickpickle_srs_data::{PackedPoint, Points};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn agrees<C: KimchiCurve>(points: &[Affine<C>], scalars: &[ScalarField<C>], what: &str) {
    let packed: Vec<_> = points.iter().map(PackedPoint::pack).collect();
    let sum = msm::<C>(&[(Points::new(&packed), scalars)]);
    assert_eq!(sum, Projective::<C>::msm_unchecked(points, scalars), "{what}");
}

fn sums<C: KimchiCurve>() {
    let mut rng = StdRng::seed_from_u64(7);
    let distinct = generators::<C>(1 << 14);
    let random: Vec<_> = (0..1 << 14).map(|_| ScalarField::<C>::rand(&mut rng)).collect();
    for size in [1, 2, 77, 1000, 1 << 12, (1 << 13) + 5, 1 << 14] {
        agrees(&distinct[..size], &random[..size], &format!("{size} points"));
    }
    let short: Vec<_> = random.iter().map(|_| ScalarField::<C>::from(rng.gen_range(0u64..5))).collect();
    agrees(&distinct, &short, "short scalars");
    let sparse: Vec<_> = random
        .iter()
        .map(|scalar| if rng.gen_bool(0.01) { *scalar } else { ScalarField::<C>::ZERO })
        .collect();
    agrees(&distinct, &sparse, "few scalars");
    agrees(&distinct, &[random[0]; 1 << 14], "one scalar");
    agrees(&distinct, &[-ScalarField::<C>::ONE; 1 << 14], "minus one");

    // Every point hundreds of times, with its negative and infinity among them.
    let few: Vec<_> = (0..1 << 14)
        .map(|i| match rng.gen_range(0..20) {
            0 => Affine::<C>::identity(),
            1 => -distinct[i % 50],
            _ => distinct[i % 50],
        })
        .collect();
    agrees(&few, &random, "few points");
    agrees(&few, &short, "few points, short scalars");
    agrees(&few, &[random[1]; 1 << 14], "few points, one scalar");
}

#[test]
fn sums_on_pallas_are_those_of_ark() {
    sums::<PallasConfig>();
}

#[test]
fn sums_on_vesta_are_those_of_ark() {
    sums::<VestaConfig>();
}
