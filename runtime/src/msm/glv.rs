//! Scalars split by the endomorphism: s = s₁ + s₂λ, both halves of 127 bits and a sign (Gallant, Lambert, Vanstone,
//! CRYPTO 2001).

use ark_ff::{BigInt, PrimeField};

use crate::curve::{KimchiCurve, ScalarField};

/// Bits of the absolute value of a half: below 2^127.
pub const HALF_BITS: u32 = 127;

/// A short basis of the lattice of all (x, y) with x + yλ ≡ 0 modulo the order r: the vectors (a₁, -b₁) and (a₂, b₂),
/// with a₁b₂ + a₂b₁ = r.
///
/// All of a, b are below 2^127.3, and both (a₁ + a₂)/2 and (b₁ + b₂)/2 below 2^126.8: halves, which are off a lattice
/// point by at most half of each vector (and the rounding of g, below 2^-60), are below 2^127.
#[derive(Clone, Copy, Debug)]
pub struct Lattice {
    /// a₁ and a₂.
    pub a: [u128; 2],
    /// b₁ and b₂.
    pub b: [u128; 2],
    /// ⌊b₁·2^320/r⌋ and ⌊b₂·2^320/r⌋.
    pub g: [[u64; 4]; 2],
}

/// s₁ and s₂ of `scalar`.
#[inline]
pub fn split<C: KimchiCurve>(scalar: &ScalarField<C>) -> [i128; 2] {
    let BigInt(s) = scalar.into_bigint();
    let Lattice { a, b, g } = C::ENDO_LATTICE;
    // s·(1, 0) is c₁(a₁, -b₁) + c₂(a₂, b₂) with c₁ = s·b₂/r and c₂ = s·b₁/r: round both to get the nearest lattice point.
    let (c1, c2) = (rounded_high(s, g[1]), rounded_high(s, g[0]));
    // The true values are between -2^127 and 2^127, so that their low 128 bits say everything.
    let low = u128::from(s[0]) | u128::from(s[1]) << 64;
    let s1 = low.wrapping_sub(c1.wrapping_mul(a[0])).wrapping_sub(c2.wrapping_mul(a[1]));
    let s2 = c1.wrapping_mul(b[0]).wrapping_sub(c2.wrapping_mul(b[1]));
    [s1 as i128, s2 as i128]
}

/// x·y/2^320, rounded to the nearest integer, which must be below 2^128.
#[inline(always)]
fn rounded_high(x: [u64; 4], y: [u64; 4]) -> u128 {
    let mut product = [0u64; 8];
    for i in 0..4 {
        let mut carry = 0u128;
        for j in 0..4 {
            let sum = u128::from(x[i]) * u128::from(y[j]) + u128::from(product[i + j]) + carry;
            product[i + j] = sum as u64;
            carry = sum >> 64;
        }
        product[i + 4] = carry as u64;
    }
    let high = u128::from(product[5]) | u128::from(product[6]) << 64;
    high + u128::from(product[4] >> 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{PallasConfig, VestaConfig};
    use ark_ff::Field;
    use proptest::prelude::*;

    fn to_field<F: PrimeField>(half: i128) -> F {
        let magnitude = F::from(half.unsigned_abs());
        if half < 0 { -magnitude } else { magnitude }
    }

    fn splits<C: KimchiCurve>(scalar: ScalarField<C>) {
        let halves = split::<C>(&scalar);
        let [s1, s2] = halves.map(to_field::<ScalarField<C>>);
        assert_eq!(s1 + s2 * C::ENDO_SCALAR, scalar);
        assert!(halves.iter().all(|half| half.unsigned_abs() >> HALF_BITS == 0));
    }

    fn basis_is_short<C: KimchiCurve>() {
        let Lattice { a, b, .. } = C::ENDO_LATTICE;
        let field = |x: u128| ScalarField::<C>::from(x);
        assert_eq!(field(a[0]), field(b[0]) * C::ENDO_SCALAR);
        assert_eq!(field(a[1]), -field(b[1]) * C::ENDO_SCALAR);
        assert!((a[0] / 2 + a[1] / 2 + 2) >> HALF_BITS == 0);
        assert!((b[0] / 2 + b[1] / 2 + 2) >> HALF_BITS == 0);
    }

    #[test]
    fn bases_are_short() {
        basis_is_short::<PallasConfig>();
        basis_is_short::<VestaConfig>();
    }

    #[test]
    fn bases_split_as_those_that_build_time_derives() {
        fn agree<C: KimchiCurve>() {
            let derived = quickpickle_curve::Endomorphism::<C>::new();
            assert_eq!((derived.beta, derived.lambda), (C::ENDO_BASE, C::ENDO_SCALAR));
            let mut scalar = -ScalarField::<C>::from(5u64).inverse().expect("not zero");
            for _ in 0..100 {
                let halves = split::<C>(&scalar).map(|half| (half.unsigned_abs(), half < 0));
                assert_eq!(derived.split(&scalar).map(|half| (half.magnitude, half.negative)), halves);
                scalar *= scalar;
            }
        }
        agree::<PallasConfig>();
        agree::<VestaConfig>();
    }

    #[test]
    fn edges_split() {
        fn edges<C: KimchiCurve>() {
            let mut scalar = ScalarField::<C>::ONE;
            splits::<C>(ScalarField::<C>::from(0u64));
            for _ in 0..300 {
                splits::<C>(scalar);
                splits::<C>(-scalar);
                splits::<C>(scalar * C::ENDO_SCALAR);
                scalar += scalar;
            }
        }
        edges::<PallasConfig>();
        edges::<VestaConfig>();
    }

    proptest! {
        #[test]
        fn any_scalar_splits(bytes: [u8; 64]) {
            splits::<PallasConfig>(PrimeField::from_le_bytes_mod_order(&bytes));
            splits::<VestaConfig>(PrimeField::from_le_bytes_mod_order(&bytes));
        }
    }
}
