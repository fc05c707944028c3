//! The endomorphism (x, y) ↦ (ξx, y), and scalars split by it: s = s₁ + s₂λ, both halves of 127 bits and a sign.
//!
//! Source: Gallant, Lambert, Vanstone, *Faster point multiplication on elliptic curves with efficient endomorphisms*
//! (CRYPTO 2001).

use ark_ff::PrimeField;

use crate::pasta::{Affine, KimchiCurve, Lattice, ScalarField};

/// Above the absolute value of every half: 7/8·2^127.
pub const MAX_HALF: u128 = 7 << 124;

/// (ξx, y), that is λP.
#[inline]
pub fn image<C: KimchiCurve>(point: &Affine<C>) -> Affine<C> {
    // Infinity stays what it is: its x is zero.
    let mut image = *point;
    image.x *= C::ENDO_BASE;
    image
}

/// s₁ and s₂ of `scalar`, with s = s₁ + s₂λ; their absolute values are below 7·2^124.
#[inline]
pub fn split<C: KimchiCurve>(scalar: &ScalarField<C>) -> [i128; 2] {
    let ark_ff::BigInt(s) = scalar.into_bigint();
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
    use crate::pasta::{PallasConfig, VestaConfig};
    use ark_ff::Field;
    use num_bigint::{BigInt, BigUint, Sign};
    use proptest::prelude::*;

    fn to_field<F: PrimeField>(half: i128) -> F {
        let magnitude = F::from(half.unsigned_abs());
        if half < 0 { -magnitude } else { magnitude }
    }

    fn splits<C: KimchiCurve>(scalar: ScalarField<C>) {
        let halves = split::<C>(&scalar);
        let [s1, s2] = halves.map(to_field::<ScalarField<C>>);
        assert_eq!(s1 + s2 * C::ENDO_SCALAR, scalar);
        assert!(halves.iter().all(|half| half.unsigned_abs() < MAX_HALF));
    }

    fn basis_is_short<C: KimchiCurve>() {
        let Lattice { a, b, .. } = C::ENDO_LATTICE;
        let field = |x: u128| ScalarField::<C>::from(x);
        assert_eq!(field(a[0]), field(b[0]) * C::ENDO_SCALAR);
        assert_eq!(field(a[1]), -field(b[1]) * C::ENDO_SCALAR);
        assert!(a[0] / 2 + a[1] / 2 + 2 < MAX_HALF);
        assert!(b[0] / 2 + b[1] / 2 + 2 < MAX_HALF);
    }

    #[test]
    fn bases_are_short() {
        basis_is_short::<PallasConfig>();
        basis_is_short::<VestaConfig>();
    }

    /// Two short independent vectors (x, y) with x + yλ ≡ 0 modulo r, by the extended Euclidean algorithm.
    fn short_basis(r: &BigInt, lambda: &BigInt) -> [(BigInt, BigInt); 2] {
        // Invariant: each row is a vector of the lattice.
        let mut rows = [(r.clone(), BigInt::ZERO), (lambda.clone(), BigInt::from(-1))];
        let next = |[above, below]: &[(BigInt, BigInt); 2]| {
            let quotient = &above.0 / &below.0;
            (&above.0 - &quotient * &below.0, &above.1 - &quotient * &below.1)
        };
        while &rows[1].0 * &rows[1].0 > *r {
            let row = next(&rows);
            let [_, below] = rows;
            rows = [below, row];
        }
        let size = |row: &(BigInt, BigInt)| row.0.magnitude().max(row.1.magnitude()).clone();
        let after = next(&rows);
        let [above, below] = rows;
        [below, if size(&above) < size(&after) { above } else { after }]
    }

    #[test]
    fn bases_are_those_that_the_algorithm_gives() {
        fn agree<C: KimchiCurve>() {
            let r = BigInt::from(BigUint::from(ScalarField::<C>::MODULUS));
            let derived = short_basis(&r, &BigInt::from(BigUint::from(C::ENDO_SCALAR.into_bigint())));
            let Lattice { a: [a1, a2], b: [b1, b2], g } = C::ENDO_LATTICE;
            let [a1, a2, b1, b2] = [a1, a2, b1, b2].map(BigInt::from);
            // A vector and its opposite are the same to the lattice.
            let up_to_sign = |(x, y): &(BigInt, BigInt)| {
                if x.sign() == Sign::Minus { (-x, -y) } else { (x.clone(), y.clone()) }
            };
            let mut derived = derived.each_ref().map(up_to_sign);
            let mut given = [(a1, -&b1), (a2, b2.clone())];
            derived.sort();
            given.sort();
            assert_eq!(given, derived);
            for (g, b) in g.into_iter().zip([b1, b2]) {
                assert_eq!(BigInt::from(BigUint::from(ark_ff::BigInt(g))), (b << 320u32) / &r);
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
