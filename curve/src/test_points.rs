//! Points for tests.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::PrimeField;

/// Multiples of one point by small signed factors.
pub fn small_multiples<C: SWCurveConfig>(factors: impl IntoIterator<Item = i8>) -> Vec<Affine<C>> {
    let scalar = |factor: i8| {
        let size = C::ScalarField::from(u64::from(factor.unsigned_abs()));
        if factor < 0 { -size } else { size }
    };
    factors.into_iter().map(|f| C::GENERATOR.mul_bigint(scalar(f).into_bigint()).into_affine()).collect()
}
