//! Integers in twenty limbs of 13 bits, in pairs, and what the arithmetic with them must know of a field.

use super::vector::Words;

/// Limbs of an element, in pairs: the lower one in the low half of a word.
pub(super) const LIMBS: usize = 20;
pub(super) const PAIRS: usize = LIMBS / 2;
/// Bits of a limb.
pub(super) const BITS: u32 = 13;
pub(super) const MASK: i32 = (1 << BITS) - 1;
/// What R = 2^260 has more than the 2^256 of tables and of `ark-ff`.
pub(super) const SHIFT: u32 = BITS * LIMBS as u32 - 256;
/// log2 of the highest limb of p, and of P.
pub(super) const TOP_OF_P: u32 = 254 - BITS * (LIMBS as u32 - 1);
pub(super) const TOP: u32 = TOP_OF_P + SHIFT;

/// The pairs of limbs of four integers.
pub(super) type Pairs = [Words; PAIRS];

pub(super) const ZERO: Words = everywhere(0);
pub(super) const LOW_MASK: Words = everywhere(MASK);
pub(super) const HIGH_MASK: Words = everywhere(MASK << 16);
pub(super) const BOTH_MASKS: Words = everywhere(MASK | MASK << 16);

/// Repeats code with a constant in place of the number of the turn: compilers do not unroll loops of this size, and places in
/// arrays must be constants for what lies there to be in registers.
macro_rules! unrolled {
    ($i:ident in [$($number:literal)*] $body:block) => {
        $({
            const $i: usize = $number;
            $body
        })*
    };
}

/// The same word four times.
pub(super) const fn everywhere(word: i32) -> Words {
    Words::new([word; 4])
}

/// The same pair of limbs four times.
pub(super) const fn pair(low: i16, high: i16) -> Words {
    everywhere((high as i32) << 16 | (low as u16) as i32)
}

/// The limb at a place of an integer below 2^256.
pub(super) const fn limb(integer: [u64; 4], shift: u32, place: usize) -> i32 {
    let start = BITS * place as u32;
    if start < shift {
        return ((integer[0] << (shift - start)) & MASK as u64) as i32;
    }
    let (word, bit) = ((start - shift) as usize / 64, (start - shift) % 64);
    let mut bits = integer[word] >> bit;
    if bit > 64 - BITS && word + 1 < integer.len() {
        bits |= integer[word + 1] << (64 - bit);
    }
    (bits & MASK as u64) as i32
}

/// What the arithmetic must know of a field.
#[derive(Debug)]
pub(super) struct Modulus {
    /// Limbs k and k - 1 of -p for k from 2 to 10, in pairs: with a pair m of limbs, their products are what m·(-p) has in column k.
    /// The lowest limbs of p are 1 and 0, the highest is 2^7, those between are 0.
    pub(super) negated: [Words; 9],
    /// P.
    pub(super) unit: Pairs,
}

/// Limbs below 2^12 in size, or 2^12, of an integer that has no more than these; all but the highest are as many.
pub(super) const fn balanced(integer: [u64; 4], shift: u32) -> [i16; LIMBS] {
    let mut limbs = [0; LIMBS];
    let (mut place, mut carry) = (0, 0);
    while place < LIMBS {
        let digit = limb(integer, shift, place) + carry;
        carry = (digit > 1 << (BITS - 1)) as i32;
        limbs[place] = (digit - (carry << BITS)) as i16;
        place += 1;
    }
    assert!(carry == 0);
    limbs
}

impl Modulus {
    pub(super) const fn new(p: [u64; 4]) -> Self {
        let (limbs, of_unit) = (balanced(p, 0), balanced(p, SHIFT));
        assert!(limbs[0] == 1 && limbs[1] == 0 && limbs[LIMBS - 1] == 1 << TOP_OF_P);
        let mut negated = [ZERO; 9];
        let mut k = 2;
        while k <= 10 {
            let lower = if k == 2 { 0 } else { limbs[k - 1] };
            negated[k - 2] = pair(-limbs[k], -lower);
            k += 1;
        }
        let mut place = 10;
        while place < LIMBS - 1 {
            assert!(limbs[place] == 0 && (place < 12 || of_unit[place] == 0));
            place += 1;
        }
        let mut unit = [ZERO; PAIRS];
        let mut place = 0;
        while place < PAIRS {
            unit[place] = pair(of_unit[2 * place], of_unit[2 * place + 1]);
            place += 1;
        }
        Self { negated, unit }
    }
}

pub(super) use unrolled;
