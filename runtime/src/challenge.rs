//! 128-bit challenges, and how they become field elements.

use ark_ff::{BigInt, PrimeField};

/// A 128-bit challenge, squeezed from a sponge: two 64-bit limbs, least significant first.
///
/// A "scalar challenge" is expanded to a field element by the curve's endomorphism before use; β and γ are used raw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Challenge(pub [u64; 2]);

impl Challenge {
    /// The low 128 bits of a field element: what a squeeze becomes.
    pub fn from_low_bits<F: PrimeField<BigInt = BigInt<4>>>(element: F) -> Self {
        let BigInt([low, high, ..]) = element.into_bigint();
        Self([low, high])
    }

    /// The 128 bits as an integer.
    pub const fn bits(self) -> u128 {
        self.0[0] as u128 | (self.0[1] as u128) << 64
    }

    /// The challenge as it is, in the field.
    pub fn to_field<F: PrimeField>(self) -> F {
        F::from(self.bits())
    }

    /// The field element a·λ + b of a scalar challenge, λ = `endo` the scalar of the curve's endomorphism.
    ///
    /// From the highest pair of bits down, both of a and b, which start at 2, are doubled; then the pair's high bit
    /// says which of them (0: b, 1: a) the low bit changes (0: -1, 1: +1). Halo paper (2019/1021), section 6.2;
    /// `ScalarChallenge::to_field` of proof-systems' `poseidon/src/sponge.rs`.
    pub fn to_field_endo<F: PrimeField>(self, endo: F) -> F {
        let (a, b) = self.endo_coefficients();
        F::from(a) * endo + F::from(b)
    }

    /// a and b of [`to_field_endo`](Self::to_field_endo): what a point is multiplied by with the help of the endomorphism.
    pub fn endo_coefficients(self) -> (u128, u128) {
        let [low, high] = self.0;
        let (up, changed) =
            (even_bits(low) | even_bits(high) << 32, even_bits(low >> 1) | even_bits(high >> 1) << 32);
        // After 64 doublings they are 2·2^64, and each pair has added or taken away its power of two once.
        let coefficient = |pairs: u64| (2u128 << 64) + u128::from(pairs & up) - u128::from(pairs & !up);
        let (a, b) = (coefficient(changed), coefficient(!changed));
        (a, b)
    }
}

/// Bits 0, 2, 4 and so on, one beside the other.
fn even_bits(bits: u64) -> u64 {
    let mut even = bits & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        even = (even | even >> shift) & mask;
    }
    even
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Fp, KimchiCurve, VestaConfig};
    use ark_ff::MontFp;
    use proptest::prelude::*;

    #[test]
    fn expands_by_the_endomorphism() {
        // From a separate implementation in Python.
        let cases: [(u128, Fp); 3] = [
            (0, MontFp!("11459188392808088023716231022519329373779186861103795231732712461615739579512")),
            (
                u128::MAX,
                MontFp!("23159327975770264686027105627350933727658644453897581495262670142820214175738"),
            ),
            (
                0x0123456789abcdeffedcba9876543210,
                MontFp!("8683026510984183879119261236430302125169569159657506639012850678956143828970"),
            ),
        ];
        for (bits, expected) in cases {
            let challenge = Challenge([bits as u64, (bits >> 64) as u64]);
            assert_eq!(challenge.bits(), bits);
            assert_eq!(challenge.to_field_endo(VestaConfig::ENDO_SCALAR), expected);
            assert_eq!(challenge.to_field::<Fp>(), Fp::from(bits));
        }
    }

    /// a and b as the paper's algorithm has them, pair by pair.
    fn by_pairs(bits: u128) -> (u128, u128) {
        let (mut a, mut b) = (2u128, 2u128);
        for pair in (0..64).rev() {
            (a, b) = (2 * a, 2 * b);
            let target = if bits >> (2 * pair + 1) & 1 == 1 { &mut a } else { &mut b };
            if bits >> (2 * pair) & 1 == 1 {
                *target += 1;
            } else {
                *target -= 1;
            }
        }
        (a, b)
    }

    proptest! {
        #[test]
        fn coefficients_are_those_of_the_pairs(low: u64, high: u64) {
            for limbs in [[low, high], [0, high], [low, u64::MAX]] {
                let challenge = Challenge(limbs);
                prop_assert_eq!(challenge.endo_coefficients(), by_pairs(challenge.bits()));
            }
        }
    }
}
