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
        let bits = self.bits();
        // After 64 doublings a and b are below 3·2^64 and stay above 0: 2·2^64 ± (2^64 - 1).
        let (mut a, mut b) = (2u128, 2u128);
        for pair in (0..64).rev() {
            a *= 2;
            b *= 2;
            let (changed, up) = (bits >> (2 * pair + 1) & 1, bits >> (2 * pair) & 1);
            let target = if changed == 1 { &mut a } else { &mut b };
            if up == 1 {
                *target += 1;
            } else {
                *target -= 1;
            }
        }
        (a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Fp, KimchiCurve, VestaConfig};
    use ark_ff::MontFp;

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
}
