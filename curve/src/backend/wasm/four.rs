//! Four field elements side by side, in twenty limbs of 13 bits: the products of two pairs of limbs, and their sum, are one instruction
//! for all four.
//!
//! A [`Four`] holds integers of either sign, congruent to 2^4 times the Montgomery forms of elements: to arithmetic with R = 2^260 they
//! are the Montgomery forms. Sizes are written in units of P = 2^4·p, a quarter of R but for a factor of 1 + 2^-126. The product of
//! integers up to AP and BP in size is above -(AB/4 + 1/16)P and below (AB/4)P(1 + 2^-125).
//!
//! An integer is tight where all its limbs but the highest are in [-4, 2^13 + 4); loose where it is the difference of two tight ones, so
//! that limbs are below 2^13 + 8 in size. Both are below 3P in size, so that the highest limb is below 2^13.

use core::marker::PhantomData;

use super::columns::{carry, product, settle, square};
use super::limbs::{
    BITS, HIGH_MASK, LIMBS, LOW_MASK, MASK, Modulus, PAIRS, Pairs, SHIFT, ZERO, everywhere, limb, unrolled,
};
use super::vector::Words;
use crate::field::PastaField;

/// An element at rest: its pairs of limbs, a word that the owner may use, and one that is not used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<F>([Words; 3], PhantomData<F>);

/// The word of an element that is its owner's: the place of its vector, and in that.
const NOTE: [usize; 2] = [2, 2];

impl<F: PastaField> Element<F> {
    /// p, in 64-bit limbs.
    const P: [u64; 4] = [F::LOW[0], F::LOW[1], 0, 1 << 62];

    /// Zero, and a note.
    pub(super) const fn zero(note: i32) -> Self {
        Self([ZERO, ZERO, Words::new([0, 0, note, 0])], PhantomData)
    }

    /// An element: tight, in [0, P).
    pub(super) fn new(element: F) -> Self {
        let integer = element.to_limbs();
        let word = |word: usize| {
            if word < PAIRS {
                limb(integer, SHIFT, 2 * word) | limb(integer, SHIFT, 2 * word + 1) << 16
            } else {
                0
            }
        };
        Self(
            core::array::from_fn(|vector| Words::new(core::array::from_fn(|i| word(4 * vector + i)))),
            PhantomData,
        )
    }

    #[inline(always)]
    pub(super) fn note(&self) -> i32 {
        self.0[NOTE[0]].to_array()[NOTE[1]]
    }

    fn limbs(&self) -> [i32; LIMBS] {
        let words = self.0.map(Words::to_array);
        core::array::from_fn(|place| {
            let word = words[place / 8][place / 2 % 4];
            if place % 2 == 0 { i32::from(word as i16) } else { word >> 16 }
        })
    }

    /// The element, of an integer up to 1.2P in size, whose limbs are below 2^15 in size.
    pub(super) fn reduce(&self) -> F {
        let limbs = self.limbs();
        // (t + (20 + m)p)/2^4 with the m < 2^4 that makes it whole: t + 20p is in [0, 39.2p), and with (39.2 + 15)/16 it is below 3.4p.
        let times = 20 + (-(limbs[0] + 20) & ((1 << SHIFT) - 1));
        let mut carry = 0;
        let mut integer = [0u64; 4];
        for (place, limb_of_t) in limbs.into_iter().enumerate() {
            let sum = limb_of_t + times * limb(Self::P, 0, place) + carry;
            carry = sum >> BITS;
            // Of the highest limb nothing is lost: 54.2p is below 2^260.
            let digit = (sum & MASK) as u64;
            let start = BITS * place as u32;
            if start < SHIFT {
                integer[0] |= digit >> (SHIFT - start);
                continue;
            }
            let (word, bit) = ((start - SHIFT) as usize / 64, (start - SHIFT) % 64);
            integer[word] |= digit << bit;
            if bit > 64 - BITS && word + 1 < integer.len() {
                integer[word + 1] |= digit >> (64 - bit);
            }
        }
        const fn twice([a, b, c, d]: [u64; 4]) -> [u64; 4] {
            [a << 1, b << 1 | a >> 63, c << 1 | b >> 63, d << 1 | c >> 63]
        }
        F::from_limbs_unchecked(less_if_not_below(less_if_not_below(integer, twice(Self::P)), Self::P))
    }
}

/// a - b, or a where that is below b.
fn less_if_not_below(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let mut difference = [0; 4];
    let mut borrow = false;
    for (difference, (a, b)) in difference.iter_mut().zip(a.into_iter().zip(b)) {
        let (first, below) = a.overflowing_sub(b);
        let (second, again) = first.overflowing_sub(u64::from(borrow));
        (*difference, borrow) = (second, below | again);
    }
    if borrow { a } else { difference }
}

/// Four elements of `F`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Four<F>(Pairs, PhantomData<F>);

impl<F: PastaField> Four<F> {
    const MODULUS: &'static Modulus = &Modulus::new(Element::<F>::P);

    /// An element, four times.
    pub(super) fn splat(element: F) -> Self {
        Self::gather([&Element::new(element); 4]).0
    }

    /// Elements as tables have them: tight, in [0, P).
    #[inline(always)]
    pub(super) fn from_limbs(limbs: [[u64; 4]; 4]) -> Self {
        let low = Words::transpose(limbs.map(|[a, b, _, _]| Words::from_u64([a, b])));
        let high = Words::transpose(limbs.map(|[_, _, c, d]| Words::from_u64([c, d])));
        let words = [low, high];
        let word = |place: usize| words[place / 4][place % 4];
        let mut pairs = [ZERO; PAIRS];
        unrolled!(PAIR in [0 1 2 3 4 5 6 7 8 9] {
            let bits = if PAIR == 0 {
                word(0).shl(SHIFT)
            } else {
                let start = (2 * BITS as usize * PAIR).saturating_sub(SHIFT as usize);
                let (place, bit) = (start / 32, (start % 32) as u32);
                let low = word(place).shr_unsigned(bit);
                if bit > 32 - 2 * BITS && place < 7 { low.or(word(place + 1).shl(32 - bit)) } else { low }
            };
            pairs[PAIR] = bits.and(LOW_MASK).or(bits.shl(16 - BITS).and(HIGH_MASK));
        });
        Self(pairs, PhantomData)
    }

    /// Elements from their places, and the notes.
    #[inline(always)]
    pub(super) fn gather(elements: [&Element<F>; 4]) -> (Self, Words) {
        let [first, second, third] =
            core::array::from_fn(|vector| Words::transpose(elements.map(|element| element.0[vector])));
        let [a, b, c, d] = first;
        let [e, f, g, h] = second;
        let [i, j, note, _] = third;
        (Self([a, b, c, d, e, f, g, h, i, j], PhantomData), note)
    }

    /// Elements to their places, with notes.
    #[inline(always)]
    pub(super) fn scatter(&self, note: Words) -> [Element<F>; 4] {
        let [a, b, c, d, e, f, g, h, i, j] = self.0;
        let vectors = [[a, b, c, d], [e, f, g, h], [i, j, note, ZERO]].map(Words::transpose);
        core::array::from_fn(|element| Element(vectors.map(|vector| vector[element]), PhantomData))
    }

    /// One of them replaced.
    pub(super) fn with(&self, lane: usize, element: &Element<F>) -> Self {
        let mut elements = self.scatter(ZERO);
        elements[lane] = *element;
        Self::gather(elements.each_ref()).0
    }

    /// a - b: loose, of tight a and b.
    #[inline(always)]
    pub(super) fn minus(&self, other: &Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i].minus_halves(other.0[i])), PhantomData)
    }

    /// a + b, which is to be settled.
    #[inline(always)]
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i].plus_halves(other.0[i])), PhantomData)
    }

    /// P - a where all bits of the condition are set, a where none is, of a tight a in [0, P]: the same.
    #[inline(always)]
    pub(super) fn negative_if(&self, condition: Words) -> Self {
        let unit = &Self::MODULUS.unit;
        let pairs = core::array::from_fn(|i| {
            // -a is the complement of a, and 1 more.
            let negated = self.0[i].xor(condition).minus_halves(condition);
            negated.plus_halves(unit[i].and(condition))
        });
        Self(carry(pairs), PhantomData)
    }

    /// Whether a pair of elements may be the same one, if these are their differences, up to 3P in size; if not, none is.
    #[inline(always)]
    pub(super) fn may_have_zero(&self) -> bool {
        // A multiple kp of p, k up to 48 in size, is k modulo 2^26.
        let low = self.0[0].shl(16).shr(16).plus(self.0[0].shr(16).shl(BITS));
        low.plus(everywhere(64)).and(everywhere((1 << (2 * BITS)) - 1)).any_below(everywhere(129))
    }

    /// The products, of loose ones: tight; the module says how large.
    #[inline(always)]
    pub(super) fn mul(&self, other: &Self) -> Self {
        Self(product(&self.0, &other.0, Self::MODULUS), PhantomData)
    }

    /// Becomes others, word by word: at this size, compilers copy by a call out of the module.
    #[inline(always)]
    pub(super) fn set(&mut self, other: &Self) {
        unrolled!(PAIR in [0 1 2 3 4 5 6 7 8 9] {
            self.0[PAIR] = other.0[PAIR];
        });
    }

    /// The squares, likewise.
    #[inline(always)]
    pub(super) fn square(&self) -> Self {
        Self(square(&self.0, Self::MODULUS), PhantomData)
    }

    /// Integers less a multiple qP of P: tight, from -2^-9·P to (1 + 2^-9)P. In limbs up to l in size, with l + 2^12·|q| below 2^15; q
    /// is the floor of their quotient by P, or of one that is 2^-9 beside it.
    #[inline(always)]
    pub(super) fn settle(&self) -> Self {
        Self(settle(&self.0, Self::MODULUS), PhantomData)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::wasm::limbs::balanced;
    use crate::field::{Fp, Fq};
    use num_bigint::{BigInt, BigUint};
    use proptest::prelude::*;

    /// Elements whose limbs are near the edges, and any others.
    fn element<F: PastaField>() -> impl Strategy<Value = F> {
        let edges = prop::sample::select(vec![F::ZERO, F::ONE, -F::ONE, F::from(2u64), -F::from(2u64)]);
        let limbs = prop::sample::select(vec![
            [1, 0, 0, 0],
            [(1 << 9) - 1, (1 << 22) - 1, (1 << 35) - 1, (1 << 48) - 1],
            [u64::MAX, u64::MAX, u64::MAX, (1 << 62) - 1],
            [0, 0, 0, 1 << 62],
            [F::LOW[0] - 1, F::LOW[1], 0, 1 << 62],
        ]);
        let any = any::<[u8; 32]>().prop_map(|bytes| F::from_le_bytes_mod_order(&bytes));
        prop_oneof![1 => edges, 1 => limbs.prop_map(F::from_limbs_unchecked), 3 => any]
    }

    fn modulus<F: PastaField>() -> BigInt {
        BigInt::from(BigUint::from(F::MODULUS))
    }

    fn integer<F: PastaField>(element: &Element<F>) -> BigInt {
        element.limbs().iter().rev().fold(BigInt::ZERO, |integer, limb| (integer << BITS) + *limb)
    }

    /// The elements of tight integers between these multiples of P/16, which is p.
    fn values<F: PastaField>(four: &Four<F>, from: i32, to: i32) -> [F; 4] {
        let p = modulus::<F>();
        four.scatter(ZERO).map(|element| {
            let limbs = element.limbs();
            assert!(limbs[..LIMBS - 1].iter().all(|limb| (-4..MASK + 5).contains(limb)), "{limbs:?}");
            let integer = integer(&element);
            // But for 2^-125 of it.
            let room: BigInt = &p >> 120;
            assert!(&p * from - &room <= integer && integer <= &p * to + room, "{integer} {from} {to}");
            element.reduce()
        })
    }

    fn gather<F: PastaField>(elements: [F; 4]) -> Four<F> {
        Four::gather(elements.map(Element::new).each_ref()).0
    }

    fn zip<F: PastaField>(a: [F; 4], b: [F; 4], f: impl Fn(F, F) -> F) -> [F; 4] {
        core::array::from_fn(|lane| f(a[lane], b[lane]))
    }

    fn is_arithmetic<F: PastaField>(a: [F; 4], b: [F; 4], c: [F; 4]) {
        let [x, y, z] = [a, b, c].map(gather);
        assert_eq!(values(&x, 0, 16), a);
        let loaded = Four::<F>::from_limbs(a.map(|a| a.to_limbs()));
        assert_eq!(loaded.scatter(ZERO).map(|element| element.limbs()), a.map(|a| Element::new(a).limbs()));
        let conditions = Words::new([0, -1, 0, -1]);
        assert_eq!(values(&x.negative_if(conditions), 0, 16), [a[0], -a[1], a[2], -a[3]]);

        // Factors up to P in size: a quarter of P², and P/16 less.
        assert_eq!(values(&x.mul(&y), -1, 4), zip(a, b, |a, b| a * b));
        assert_eq!(values(&x.square(), -1, 4), a.map(|a| a.square()));
        let (difference, other) = (x.minus(&y), y.minus(&z));
        let differences = [zip(a, b, |a, b| a - b), zip(b, c, |b, c| b - c)];
        assert_eq!(values(&difference.mul(&other), -5, 4), zip(differences[0], differences[1], |a, b| a * b));
        assert_eq!(values(&difference.square(), -1, 4), differences[0].map(|a| a.square()));

        let settled = x.square().minus(&y).minus(&z).settle();
        assert_eq!(values(&settled, -1, 17), zip(zip(a, b, |a, b| a.square() - b), c, |a, c| a - c));
        let product = x.mul(&y);
        let tripled = product.plus(&product).plus(&product).settle();
        assert_eq!(values(&tripled, -1, 17), zip(a, b, |a, b| (a * b).double() + a * b));
        assert_eq!(values(&x.with(2, &Element::new(b[3])), 0, 16), [a[0], a[1], b[3], a[3]]);

        let are_equal = |a: [F; 4], b: [F; 4]| a.iter().zip(b).any(|(a, b)| *a == b);
        assert!(!are_equal(a, b) || difference.may_have_zero());
        for (lane, a) in a.into_iter().enumerate() {
            assert!(x.minus(&y.with(lane, &Element::new(a))).may_have_zero());
        }
    }

    #[test]
    fn extremes() {
        fn all<F: PastaField>() {
            let top = F::from_limbs_unchecked([F::LOW[0] - 1, F::LOW[1], 0, 1 << 62]);
            let ones = F::from_limbs_unchecked([u64::MAX, u64::MAX, u64::MAX, (1 << 62) - 1]);
            for [a, b] in [[F::ZERO, F::ZERO], [top, top], [ones, ones], [top, ones], [F::ZERO, top]] {
                is_arithmetic([a, b, a, b], [b, a, a, b], [a, a, b, b]);
            }
            let [a, b] = [2u64, 5].map(|element| gather([F::from(element); 4]));
            assert!(!a.minus(&b).may_have_zero());
        }
        all::<Fp>();
        all::<Fq>();
    }

    /// An integer of these limbs.
    fn of_limbs<F: PastaField>(limbs: [i32; LIMBS]) -> Element<F> {
        let word = |word: usize| {
            let place = 2 * word;
            if word < PAIRS { limbs[place] & 0xffff | limbs[place + 1] << 16 } else { 0 }
        };
        Element(
            core::array::from_fn(|vector| Words::new(core::array::from_fn(|i| word(4 * vector + i)))),
            PhantomData,
        )
    }

    /// All limbs as large as loose ones are, of either sign: the largest columns.
    #[test]
    fn no_column_overflows() {
        fn all<F: PastaField>() {
            let p = modulus::<F>();
            let r: BigInt = BigInt::from(1) << (BITS * LIMBS as u32);
            let inverse = r.modpow(&(&p - 2), &p);
            let residue = |integer: BigInt| ((integer % &p) + &p) % &p;
            let [full, negative] = [1, -1].map(|sign| of_limbs::<F>([sign * (MASK + 8); LIMBS]));
            for (a, b) in [(full, full), (full, negative), (negative, negative)] {
                let expected = residue(integer(&a) * integer(&b) * &inverse);
                let [x, y] = [a, b].map(|element| Four::gather([&element; 4]).0);
                for product in x.mul(&y).scatter(ZERO) {
                    assert_eq!(residue(integer(&product)), expected);
                }
                let expected = residue(integer(&a) * integer(&a) * &inverse);
                for square in x.square().scatter(ZERO) {
                    assert_eq!(residue(integer(&square)), expected);
                }
            }
        }
        all::<Fp>();
        all::<Fq>();
    }

    /// Integers near the multiples of P, and the least and largest that are reduced.
    #[test]
    fn multiples_are_taken_away() {
        fn all<F: PastaField>() {
            let p = modulus::<F>();
            let unit: [i32; LIMBS] = balanced(Element::<F>::P, SHIFT).map(i32::from);
            for q in [-3, -2, -1, 0, 1, 2] {
                for (place, more) in
                    [(0, 0), (0, 1), (0, -1), (18, 1), (18, -1), (18, 4096), (18, -4096), (19, 1)]
                {
                    let mut limbs = unit.map(|limb| limb * q);
                    limbs[place] += more;
                    let settled = Four::gather([&of_limbs::<F>(limbs); 4]).0.settle();
                    let expected = (BigInt::from(more) << (BITS * place as u32)) % &p;
                    let settled = settled.scatter(ZERO)[2];
                    assert_eq!((integer(&settled) - expected) % &p, BigInt::ZERO, "{q} {place} {more}");
                    values(&Four::gather([&settled; 4]).0, -1, 17);
                }
            }
            // 19/16 of P.
            let most = balanced(Element::<F>::P, 0).map(|limb| 19 * i32::from(limb));
            let [most, least] = [1, -1].map(|sign| {
                let mut limbs = most.map(|limb| sign * limb);
                for place in 0..LIMBS - 1 {
                    limbs[place + 1] += limbs[place] >> BITS;
                    limbs[place] &= MASK;
                }
                of_limbs::<F>(limbs)
            });
            assert_eq!([most.reduce(), least.reduce()], [F::ZERO; 2]);
        }
        all::<Fp>();
        all::<Fq>();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn agrees_with_the_field(
            p in prop::array::uniform3(prop::array::uniform4(element::<Fp>())),
            q in prop::array::uniform3(prop::array::uniform4(element::<Fq>())),
        ) {
            is_arithmetic(p[0], p[1], p[2]);
            is_arithmetic(q[0], q[1], q[2]);
        }
    }
}
