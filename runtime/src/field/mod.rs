//! What the two Pasta fields have in common, for arithmetic that is faster than that of any prime field.

mod lazy;

use ark_ff::{BigInt, PrimeField};
use core::marker::PhantomData;

use crate::curve::{Fp, Fq};
pub use lazy::Lazy;

/// A Pasta field: its modulus is p = 2^254 + p₁·2^64 + p₀ with p₀ ≡ 1 modulo 2^32, and elements are held in Montgomery
/// form, R = 2^256.
pub trait PastaField: PrimeField<BigInt = BigInt<4>> {
    /// p₀ and p₁.
    const LOW: [u64; 2];

    /// The limbs of the Montgomery form: below p.
    fn to_limbs(self) -> [u64; 4];

    /// The element with these limbs, which must be below p.
    fn from_limbs(limbs: [u64; 4]) -> Self;
}

macro_rules! pasta_field {
    ($field:ty) => {
        impl PastaField for $field {
            const LOW: [u64; 2] = {
                let BigInt([p0, p1, p2, p3]) = Self::MODULUS;
                assert!(p0 as u32 == 1 && p2 == 0 && p3 == 1 << 62);
                [p0, p1]
            };

            #[inline(always)]
            fn to_limbs(self) -> [u64; 4] {
                self.0.0
            }

            #[inline(always)]
            fn from_limbs(limbs: [u64; 4]) -> Self {
                ark_ff::Fp(BigInt(limbs), PhantomData)
            }
        }
    };
}

pasta_field!(Fp);
pasta_field!(Fq);
