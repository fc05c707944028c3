//! What is hashed of payments, delegations and texts before they are signed: field elements, and bits.
//!
//! Facts: Mina, `src/lib/random_oracle_input/random_oracle_input.ml` (`Legacy`) and `random_oracle.ml` (`Legacy.pack_input`).

use ark_ff::{BigInt, PrimeField};
use quickpickle_runtime::curve::Fp;

/// Bits that are packed into one field element.
const ELEMENT_BITS: usize = 254;

/// A hash input in the order of the specification, for Poseidon with the legacy parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegacyInput {
    /// Elements that are hashed as they are, before all bits.
    pub fields: Vec<Fp>,
    /// Bits, which are packed without gaps.
    pub bits: Vec<bool>,
}

impl LegacyInput {
    /// Adds a field element.
    pub fn field(&mut self, element: Fp) -> &mut Self {
        self.fields.push(element);
        self
    }

    /// Adds a bit.
    pub fn bit(&mut self, bit: bool) -> &mut Self {
        self.bits.push(bit);
        self
    }

    /// Adds a number of 32 bits, the lowest first.
    pub fn u32(&mut self, number: u32) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    /// Adds a number of 64 bits, the lowest first.
    pub fn u64(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    /// Adds bytes, of each the lowest bit first.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.bits.extend(bytes.iter().flat_map(|byte| (0..8).map(move |at| byte >> at & 1 == 1)));
        self
    }

    /// Adds bytes, of each the highest bit first.
    pub fn bytes_from_the_top(&mut self, bytes: &[u8]) -> &mut Self {
        self.bits.extend(bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1 == 1)));
        self
    }

    /// The elements that are hashed: the fields, then 254 bits at a time, the first of them the lowest.
    pub fn to_fields(&self) -> Vec<Fp> {
        let packed = self.bits.chunks(ELEMENT_BITS).map(|bits| {
            let mut limbs = [0u64; 4];
            for (limb, bits) in limbs.iter_mut().zip(bits.chunks(64)) {
                *limb = bits.iter().rev().fold(0, |limb, bit| limb << 1 | u64::from(*bit));
            }
            // Below 2^254, which is below the modulus.
            Fp::from_bigint(BigInt(limbs)).unwrap_or_default()
        });
        self.fields.iter().copied().chain(packed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::Field as _;

    #[test]
    fn bits_are_packed_from_the_bottom_without_gaps() {
        let mut input = LegacyInput::default();
        input.bit(false).u32(5).field(Fp::from(9u64)).bytes_from_the_top(&[0b1000_0000]);
        let bit = |at: u64| Fp::from(2u64).pow([at]);
        assert_eq!(input.to_fields(), [Fp::from(9u64), bit(1) + bit(3) + bit(33)]);
        let mut long = LegacyInput::default();
        long.bytes(&[0xff; 31]).u64(0b0100_0011);
        // Six of the number's bits are left in the first element.
        let first = bit(248) - bit(0) + bit(248) + bit(249);
        assert_eq!(long.to_fields(), [first, bit(0)]);
        assert_eq!(LegacyInput::default().to_fields(), []);
    }
}
