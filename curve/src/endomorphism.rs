//! The endomorphism of curves y² = x³ + b, and the split of a scalar into two halves that it allows.
//!
//! Source: Gallant, Lambert, Vanstone, *Faster point multiplication on elliptic curves with efficient endomorphisms*
//! (CRYPTO 2001).

use crate::generators;
use ark_ec::short_weierstrass::Affine;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, FftField, Field, PrimeField};
use num_bigint::{BigInt, BigUint, Sign};
use quickpickle_srs_data::PackableCurve;

/// A half-length scalar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfScalar {
    /// Whether it counts below zero.
    pub negative: bool,
    /// Its absolute value.
    pub magnitude: u128,
}

/// φ(x, y) = (β·x, y), which is multiplication by λ on the prime-order group, and the constants that write a scalar k as
/// k1 + λ·k2 with |k1|, |k2| < 2^128.
#[derive(Clone, Debug)]
pub struct Endomorphism<C: PackableCurve> {
    /// A primitive cube root of one in the base field: g^((p-1)/3) for the field's generator g, as in Kimchi.
    pub beta: C::BaseField,
    /// The cube root of one in the scalar field with λ·P = φ(P).
    pub lambda: C::ScalarField,
    /// floor(2^320·|b2|/r) and floor(2^320·|b1|/r), where (a1, b1), (a2, b2) is a short basis of the lattice of all
    /// (a, b) with a + λ·b = 0 mod r. Below 2^256 each.
    quotients: [[u64; 4]; 2],
    /// What the rounded quotients are multiplied with to get k2: ±b1 and ±b2.
    factors: [C::ScalarField; 2],
}

impl<C: PackableCurve> Default for Endomorphism<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: PackableCurve> Endomorphism<C> {
    /// The endomorphism of `C`.
    ///
    /// # Panics
    ///
    /// If `C` has no such endomorphism, a scalar field of more than 256 bits, or no lattice basis short enough for
    /// halves of 128 bits. These are properties of the type.
    pub fn new() -> Self {
        let beta = cube_root_of_one::<C::BaseField>();
        let root = cube_root_of_one::<C::ScalarField>();
        let point: Affine<C> = generators::blinder();
        let image = Affine::new_unchecked(beta * point.x, point.y);
        let lambda = [root, root.square()]
            .into_iter()
            .find(|lambda| point.mul_bigint(lambda.into_bigint()).into_affine() == image)
            .expect("a curve y² = x³ + b of prime order has the endomorphism");

        let r = BigInt::from(C::ScalarField::MODULUS.into());
        let [(a1, b1), (a2, b2)] = short_basis(&r, &BigInt::from(lambda.into_bigint().into()));
        // (k1, k2) = (k, 0) - c1·(a1, b1) - c2·(a2, b2) with c1 = k·b2/det, c2 = -k·b1/det, rounded to the nearest. Each
        // rounding is off by at most 1/2, and by 2^-60 more for the 320-bit quotients: |k1| and |k2| are not above
        // half of these sums, rounded up.
        for sum in [a1.magnitude() + a2.magnitude(), b1.magnitude() + b2.magnitude()] {
            assert!(sum.bits() <= 128, "the halves are below 2^128");
        }
        let determinant = &a1 * &b2 - &a2 * &b1;
        assert_eq!(determinant.magnitude(), r.magnitude(), "the vectors are a basis of the lattice");
        let quotient = |b: &BigInt| limbs(&((b.magnitude() << 320u32) / r.magnitude()));
        let negate_if = |negative: bool, value: C::ScalarField| if negative { -value } else { value };
        let positive = determinant.sign() == Sign::Plus;
        let c1_negative = (b2.sign() == Sign::Plus) != positive;
        let c2_negative = (b1.sign() == Sign::Minus) != positive;
        Self {
            beta,
            lambda,
            quotients: [quotient(&b2), quotient(&b1)],
            factors: [
                negate_if(!c1_negative, to_field::<C::ScalarField>(&b1)),
                negate_if(!c2_negative, to_field::<C::ScalarField>(&b2)),
            ],
        }
    }

    /// φ(P), that is λ·P.
    #[inline]
    pub fn apply(&self, point: &Affine<C>) -> Affine<C> {
        if point.is_zero() {
            return *point;
        }
        Affine::new_unchecked(self.beta * point.x, point.y)
    }

    /// k1 and k2 with k = k1 + λ·k2.
    pub fn split(&self, scalar: &C::ScalarField) -> [HalfScalar; 2] {
        let mut k = [0; 4];
        let bigint = scalar.into_bigint();
        for (to, from) in k.iter_mut().zip(bigint.as_ref()) {
            *to = *from;
        }
        let c = self.quotients.map(|quotient| C::ScalarField::from(rounded_quotient(&k, &quotient)));
        let k2 = c[0] * self.factors[0] + c[1] * self.factors[1];
        [half(*scalar - k2 * self.lambda), half(k2)]
    }
}

/// a·b / 2^320 to the nearest, which must be below 2^128.
fn rounded_quotient(a: &[u64; 4], b: &[u64; 4]) -> u128 {
    let mut product = [0u64; 8];
    for (i, a) in a.iter().enumerate() {
        let mut carry = 0u128;
        for (j, b) in b.iter().enumerate() {
            // At most (2^64-1)² + 2·(2^64-1) = 2^128 - 1.
            let sum = u128::from(*a) * u128::from(*b) + u128::from(product[i + j]) + carry;
            product[i + j] = sum as u64;
            carry = sum >> 64;
        }
        product[i + 4] = carry as u64;
    }
    (u128::from(product[5]) | u128::from(product[6]) << 64) + u128::from(product[4] >> 63)
}

/// The representative of least absolute value, which is below 2^128.
fn half<F: PrimeField>(scalar: F) -> HalfScalar {
    let low = |scalar: F| {
        let bigint = scalar.into_bigint();
        let limbs = bigint.as_ref();
        (bigint.num_bits() <= 128).then(|| u128::from(limbs[0]) | u128::from(limbs[1]) << 64)
    };
    match low(scalar) {
        Some(magnitude) => HalfScalar { negative: false, magnitude },
        None => HalfScalar {
            negative: true,
            magnitude: low(-scalar).expect("the basis is short enough, as checked when it was made"),
        },
    }
}

fn cube_root_of_one<F: PrimeField + FftField>() -> F {
    let order = F::MODULUS.into() - 1u32;
    let root = F::GENERATOR.pow((order / 3u32).to_u64_digits());
    assert!(!root.is_one() && (root.square() * root).is_one(), "the field has primitive cube roots of one");
    root
}

/// Two short independent vectors (a, b) with a + λ·b = 0 mod r, by the extended Euclidean algorithm.
pub(crate) fn short_basis(r: &BigInt, lambda: &BigInt) -> [(BigInt, BigInt); 2] {
    // Invariant: each row is a pair (a, b) of the lattice.
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

fn limbs(value: &BigUint) -> [u64; 4] {
    let mut limbs = [0; 4];
    let digits = value.to_u64_digits();
    limbs[..digits.len()].copy_from_slice(&digits);
    limbs
}

fn to_field<F: PrimeField>(value: &BigInt) -> F {
    let magnitude = F::from(value.magnitude().clone());
    if value.sign() == Sign::Minus { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, One};
    use ark_pallas::PallasConfig;
    use ark_vesta::VestaConfig;
    use proptest::prelude::*;

    fn recombine<C: PackableCurve>(endomorphism: &Endomorphism<C>, scalar: C::ScalarField) {
        let [k1, k2] = endomorphism.split(&scalar).map(|half| {
            assert!(half.magnitude < 1 << 127, "one bit to spare on the Pasta curves");
            let magnitude = C::ScalarField::from(half.magnitude);
            if half.negative { -magnitude } else { magnitude }
        });
        assert_eq!(k1 + endomorphism.lambda * k2, scalar);
    }

    fn check<C: PackableCurve>(bytes: [u8; 32]) {
        let endomorphism = Endomorphism::<C>::new();
        let scalar = C::ScalarField::from_le_bytes_mod_order(&bytes);
        recombine(&endomorphism, scalar);
        let point = C::GENERATOR;
        assert_eq!(
            endomorphism.apply(&point),
            point.mul_bigint(endomorphism.lambda.into_bigint()).into_affine()
        );
    }

    proptest! {
        #[test]
        fn halves_recombine(bytes: [u8; 32]) {
            check::<PallasConfig>(bytes);
            check::<VestaConfig>(bytes);
        }
    }

    #[test]
    fn edge_scalars() {
        fn check<C: PackableCurve>() {
            let endomorphism = Endomorphism::<C>::new();
            let one = C::ScalarField::one();
            let middle = one.double().inverse().unwrap();
            let lambda = endomorphism.lambda;
            for base in [C::ScalarField::ZERO, middle, lambda, -lambda, lambda.square()] {
                for scalar in [base - one, base, base + one] {
                    recombine(&endomorphism, scalar);
                }
            }
            assert!(endomorphism.apply(&Affine::identity()).is_zero());
        }
        check::<PallasConfig>();
        check::<VestaConfig>();
    }
}
