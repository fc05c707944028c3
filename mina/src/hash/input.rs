//! What is hashed of an object: field elements, and small numbers that are packed into further ones.
//!
//! Facts: Mina, `src/lib/random_oracle_input/random_oracle_input.ml` (`Chunked`) and `random_oracle.ml` (`pack_input`).

use ark_ff::{BigInt, BigInteger as _, PrimeField};
use quickpickle_runtime::curve::Fp;

/// Bits that are packed into one field element: its values have 255, of which not all numbers are below the modulus.
const ELEMENT_BITS: u32 = 254;

/// An object's hash input, in the order of the specification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// Elements that are hashed as they are, before all that is packed.
    pub fields: Vec<Fp>,
    /// Numbers and how many bits each takes, at most 64.
    pub packed: Vec<(u64, u32)>,
}

/// What has a hash input.
pub trait ToInput {
    /// Adds it to what is there.
    fn to_input(&self, input: &mut Input);
}

impl Input {
    /// The input of one object.
    pub fn of(object: &impl ToInput) -> Self {
        let mut input = Self::default();
        input.add(object);
        input
    }

    /// Adds an object.
    pub fn add(&mut self, object: &impl ToInput) -> &mut Self {
        object.to_input(self);
        self
    }

    /// Adds a field element.
    pub fn field(&mut self, element: Fp) -> &mut Self {
        self.fields.push(element);
        self
    }

    /// Adds a bit.
    pub fn bit(&mut self, bit: bool) -> &mut Self {
        self.packed.push((u64::from(bit), 1));
        self
    }

    /// Adds a number of 32 bits.
    pub fn u32(&mut self, number: u32) -> &mut Self {
        self.packed.push((u64::from(number), 32));
        self
    }

    /// Adds a number of 64 bits.
    pub fn u64(&mut self, number: u64) -> &mut Self {
        self.packed.push((number, 64));
        self
    }

    /// Adds bytes, each as eight bits, the lowest first.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.bits(bytes, bytes.len() * 8)
    }

    /// Adds the first `count` bits of bytes, the lowest of each first.
    pub fn bits(&mut self, bytes: &[u8], count: usize) -> &mut Self {
        let bits = bytes.iter().flat_map(|byte| (0..8).map(move |at| byte >> at & 1));
        self.packed.extend(bits.take(count).map(|bit| (u64::from(bit), 1)));
        self
    }

    /// The elements that are hashed: packed numbers from left to right, each put below those before it, as many as fit.
    pub fn to_fields(&self) -> Vec<Fp> {
        let mut fields = self.fields.clone();
        let (mut sum, mut filled) = (BigInt::<4>::zero(), 0);
        for &(number, bits) in &self.packed {
            if filled + bits > ELEMENT_BITS {
                fields.push(element(sum));
                (sum, filled) = (BigInt::zero(), 0);
            }
            sum = sum << bits | BigInt::from(number);
            filled += bits;
        }
        if filled > 0 {
            fields.push(element(sum));
        }
        fields
    }
}

/// A number of at most [`ELEMENT_BITS`] bits.
fn element(number: BigInt<4>) -> Fp {
    // Below 2^254, which is below the modulus.
    debug_assert!(number.num_bits() <= ELEMENT_BITS);
    Fp::from_bigint(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_from_the_top_while_they_fit() {
        let mut input = Input::default();
        input.u32(7).field(Fp::from(9u64)).bit(true).u64(5);
        let two64 = Fp::from(u128::from(u64::MAX)) + Fp::from(1u64);
        assert_eq!(input.to_fields(), [Fp::from(9u64), Fp::from(15u64) * two64 + Fp::from(5u64)]);
        // 254 bits fill an element, one more begins the next.
        let mut full = Input::default();
        full.bytes(&[0xff; 31]).bits(&[0xff], 6);
        assert_eq!(full.to_fields().len(), 1);
        full.bit(true);
        assert_eq!(full.to_fields()[1..], [Fp::from(1u64)]);
        // A number is not cut in two.
        let mut cut = Input::default();
        cut.u64(1).u64(2).u64(3).u64(4);
        assert_eq!(cut.to_fields()[1..], [Fp::from(4u64)]);
    }

    #[test]
    fn bits_come_lowest_first() {
        let mut input = Input::default();
        input.bytes(&[0b0000_0101]);
        assert_eq!(input.packed, [(1, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1)]);
    }
}
