//! The group FFT against the definition of the Lagrange basis, worked out slowly with `ark-ec` alone.

use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, FftField, Field, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use proptest::prelude::*;
use quickpickle_curve::{
    Affine, KimchiCurve, PallasConfig, Projective, VestaConfig, generators, lagrange_basis,
};

/// Chunk c of element i: Σ of ω^(-ij)/n · G_(j - cN) over the N coefficients j of the chunk.
fn by_definition<C: KimchiCurve>(srs: &[Affine<C>], domain_log2: u32) -> Vec<Affine<C>> {
    let size = 1 << domain_log2;
    let omega = C::ScalarField::get_root_of_unity(size as u64).unwrap();
    let scale = C::ScalarField::from(size as u64).inverse().unwrap();
    let used = srs.len().min(size);
    let mut points = Vec::new();
    for i in 0..size {
        for chunk in 0..size / used {
            let mut sum = Projective::<C>::ZERO;
            for (offset, generator) in srs[..used].iter().enumerate() {
                let j = chunk * used + offset;
                sum += *generator * (omega.pow([(i * j) as u64]).inverse().unwrap() * scale);
            }
            points.push(sum.into_affine());
        }
    }
    points
}

fn basis_is_by_definition<C: KimchiCurve>() {
    let srs = generators::<C>(16);
    for srs_log2 in 0..=4 {
        for domain_log2 in 0..=6 {
            let srs = &srs[..1 << srs_log2];
            let basis = lagrange_basis(srs, domain_log2).unwrap();
            assert_eq!(basis.points, by_definition(srs, domain_log2), "2^{domain_log2} over 2^{srs_log2}");
            assert_eq!(basis.chunks, 1 << domain_log2.saturating_sub(srs_log2));
        }
    }
}

#[test]
fn small_bases_are_by_definition() {
    basis_is_by_definition::<PallasConfig>();
    basis_is_by_definition::<VestaConfig>();
}

#[test]
fn domains_that_do_not_exist_are_refused() {
    let srs = generators::<PallasConfig>(3);
    assert!(lagrange_basis(&srs, 1).is_some(), "the first two of three");
    assert!(lagrange_basis(&srs, 2).is_none(), "three does not divide four");
    assert!(lagrange_basis::<PallasConfig>(&[], 2).is_none(), "no generators");
    for domain_log2 in [33, 63, 64, u32::MAX] {
        assert!(lagrange_basis(&srs, domain_log2).is_none(), "the field's two-adicity is 32");
    }
}

/// A polynomial's commitment is the same from its coefficients and from its values.
fn commitments_agree<C: KimchiCurve>(seeds: &[[u8; 32]]) {
    let size = seeds.len().next_power_of_two();
    let srs = generators::<C>(size as u32);
    let basis = lagrange_basis(&srs, size.trailing_zeros()).unwrap();
    let domain = Radix2EvaluationDomain::<C::ScalarField>::new(size).unwrap();
    let mut coefficients: Vec<_> =
        seeds.iter().map(|seed| C::ScalarField::from_le_bytes_mod_order(seed)).collect();
    coefficients.resize(size, C::ScalarField::ZERO);
    let values = domain.fft(&coefficients);
    let commit = |points: &[_], scalars: &[_]| Projective::<C>::msm_unchecked(points, scalars);
    assert_eq!(commit(&srs, &coefficients), commit(&basis.points, &values));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn values_and_coefficients_commit_alike(seeds in prop::collection::vec(any::<[u8; 32]>(), 1..300)) {
        commitments_agree::<PallasConfig>(&seeds);
        commitments_agree::<VestaConfig>(&seeds);
    }
}
