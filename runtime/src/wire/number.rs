//! Field elements and points from and to the bytes and digits of the outside formats; one encoding each.

use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};

use super::error::{Fault, Result};
use crate::curve::{Affine, BaseField, KimchiCurve};

/// The bytes of a field element of either Pasta field.
pub const ELEMENT_BYTES: usize = 32;

/// A field element from 32 bytes, little-endian, below the modulus.
pub fn element_from_bytes<F: PrimeField>(bytes: &[u8; ELEMENT_BYTES]) -> Result<F, Fault> {
    // Without flags all 256 bits are the number: `ark-serialize` refuses one that is not below the modulus.
    F::deserialize_uncompressed(bytes.as_slice()).map_err(|_| Fault::NotCanonical)
}

/// The 32 bytes of a field element, little-endian.
pub fn element_to_bytes<F: PrimeField>(element: &F) -> [u8; ELEMENT_BYTES] {
    let mut bytes = [0; ELEMENT_BYTES];
    for (byte, value) in bytes.iter_mut().zip(element.into_bigint().to_bytes_le()) {
        *byte = value;
    }
    bytes
}

/// Digits of the largest number of 32 bytes.
pub(super) const MAX_DIGITS: usize = 78;
/// Decimal digits that fit 64 bits together, whatever they are.
const CHUNK_DIGITS: usize = 19;

/// A field element from decimal digits: below the modulus, without sign and without leading zeros.
pub fn element_from_decimal<F: PrimeField>(digits: &str) -> Result<F, Fault> {
    let digits = digits.as_bytes();
    let one_form = match digits {
        [] => false,
        [b'0', rest @ ..] => rest.is_empty(),
        _ => digits.len() <= MAX_DIGITS && digits.iter().all(u8::is_ascii_digit),
    };
    if !one_form {
        return Err(Fault::NotCanonical);
    }
    let mut limbs = [0u64; 4];
    for chunk in digits.chunks(CHUNK_DIGITS) {
        let (factor, mut carry) = chunk.iter().fold((1u128, 0u128), |(factor, value), digit| {
            (factor * 10, value * 10 + u128::from(digit - b'0'))
        });
        for limb in &mut limbs {
            // At most (2^64 - 1)·10^19 + 10^19 < 2^128.
            carry += u128::from(*limb) * factor;
            *limb = carry as u64;
            carry >>= 64;
        }
        if carry != 0 {
            return Err(Fault::NotCanonical);
        }
    }
    let mut bytes = [0; ELEMENT_BYTES];
    for (bytes, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
        bytes.copy_from_slice(&limb.to_le_bytes());
    }
    element_from_bytes(&bytes)
}

/// A point of `C` from its coordinates. The Pasta curves have prime order, so being on the curve is enough.
///
/// `ark-ec` 0.6 holds the point at infinity as (0, 0) and so calls these coordinates on the curve; the formats that
/// write coordinates have no place for infinity, and the reference refuses (0, 0) as any point off the curve.
pub fn point<C: KimchiCurve>(x: BaseField<C>, y: BaseField<C>) -> Result<Affine<C>, Fault> {
    let point = Affine::<C>::new_unchecked(x, y);
    if point.is_on_curve() && !point.is_zero() {
        Ok(point)
    } else {
        Err(Fault::NotOnCurve { curve: C::NAME })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Fp, Fq, PallasConfig, VestaConfig};
    use ark_ff::{AdditiveGroup, Field, UniformRand};
    use ark_ff::{BigInt, Zero};

    fn bytes_of(number: BigInt<4>) -> [u8; 32] {
        number.to_bytes_le().try_into().expect("four limbs are 32 bytes")
    }

    fn only_below_the_modulus<F: PrimeField<BigInt = BigInt<4>>>() {
        let mut last = F::MODULUS;
        last.sub_with_borrow(&1u64.into());
        assert_eq!(element_from_bytes::<F>(&bytes_of(last)), Ok(-F::ONE));
        assert_eq!(element_from_decimal::<F>(&last.to_string()), Ok(-F::ONE));

        let mut above = F::MODULUS;
        above.add_with_carry(&1u64.into());
        for number in [F::MODULUS, above, BigInt([0, 0, 0, 1 << 63]), BigInt([u64::MAX; 4])] {
            assert_eq!(element_from_bytes::<F>(&bytes_of(number)), Err(Fault::NotCanonical));
            assert_eq!(element_from_decimal::<F>(&number.to_string()), Err(Fault::NotCanonical));
        }
        let mut rng = ark_std::test_rng();
        for _ in 0..100 {
            let element = F::rand(&mut rng);
            assert_eq!(element_from_bytes(&element_to_bytes(&element)), Ok(element));
            assert_eq!(element_from_decimal(&element.into_bigint().to_string()), Ok(element));
        }
    }

    #[test]
    fn field_elements_are_below_the_modulus() {
        only_below_the_modulus::<Fp>();
        only_below_the_modulus::<Fq>();
    }

    #[test]
    fn decimals_have_one_form() {
        assert_eq!(element_from_decimal::<Fp>("0"), Ok(Fp::ZERO));
        assert_eq!(element_from_decimal::<Fp>("10"), Ok(Fp::from(10u64)));
        for bad in ["", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1e3", "1_000", "٣", &"9".repeat(100_000)]
        {
            assert_eq!(element_from_decimal::<Fp>(bad), Err(Fault::NotCanonical), "{bad:?}");
        }
    }

    #[test]
    fn points_are_on_their_curve() {
        let mut rng = ark_std::test_rng();
        let on = Affine::<PallasConfig>::rand(&mut rng);
        assert_eq!(point::<PallasConfig>(on.x, on.y), Ok(on));
        assert!(point::<PallasConfig>(on.x + Fp::ONE, on.y).is_err());
        assert!(point::<PallasConfig>(Fp::zero(), Fp::zero()).is_err());
        assert!(point::<VestaConfig>(Fq::zero(), Fq::zero()).is_err());
    }
}
