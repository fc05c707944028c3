//! Field elements that are reduced only where it matters.
//!
//! A [`Lazy`] is an integer below 2^256 that is congruent to the Montgomery form of an element. How large it may be is
//! written at each function, and at each use, in multiples of p; 2^256 is 4p(1 - 2^-126), so that the limbs hold 3.9p.
//! Montgomery's reduction adds to T a multiple mp, m < R = 2^256, and divides by R: a product of integers up to Ap and
//! Bp comes out below (AB/4 + 1)p, all but a factor of 1 + 2^-126. So products of products need no correction: from 2p
//! and 2p comes 2p.
//!
//! No branch depends on a value: with random values, half of all such branches would be guessed wrong, at the price of
//! a multiplication each.

use core::marker::PhantomData;

use crate::field::PastaField;

/// An element of `F` in Montgomery form, not reduced; below 2^256.
#[derive(Clone, Copy, Debug)]
pub struct Lazy<F>([u64; 4], PhantomData<F>);

/// acc + a·b + carry, low and high limb: at most (2^64 - 1)² + 2(2^64 - 1) = 2^128 - 1.
#[inline(always)]
const fn mac(acc: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = acc as u128 + a as u128 * b as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// a + b + carry, low limb and carry.
#[inline(always)]
const fn adc(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = a as u128 + b as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// a + b, which must be below 2^256.
#[inline(always)]
fn add(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let (r0, c) = adc(a[0], b[0], 0);
    let (r1, c) = adc(a[1], b[1], c);
    let (r2, c) = adc(a[2], b[2], c);
    [r0, r1, r2, a[3].wrapping_add(b[3]).wrapping_add(c)]
}

/// a - b modulo 2^256, and whether that borrowed.
#[inline(always)]
fn sub(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let mut borrow = false;
    let mut r = [0; 4];
    for i in 0..4 {
        let (difference, first) = a[i].overflowing_sub(b[i]);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        r[i] = difference;
        borrow = first | second;
    }
    (r, borrow)
}

/// `limbs` if the condition holds, otherwise zero, without a branch.
#[inline(always)]
fn only_if(condition: bool, limbs: [u64; 4]) -> [u64; 4] {
    let mask = u64::from(condition).wrapping_neg();
    limbs.map(|limb| limb & mask)
}

impl<F: PastaField> Lazy<F> {
    const P: [u64; 4] = [F::LOW[0], F::LOW[1], 0, 1 << 62];
    const TWICE_P: [u64; 4] = [F::LOW[0] << 1, F::LOW[1] << 1 | F::LOW[0] >> 63, F::LOW[1] >> 63, 1 << 63];
    /// -1/p modulo 2^64: p₀ = 1 + 2^32·k, so that 1/p₀ = 1 - 2^32·k.
    const INVERSE: u64 = F::LOW[0].wrapping_sub(2);

    /// 1, below p.
    #[inline(always)]
    pub fn one() -> Self {
        Self::new(F::ONE)
    }

    /// An element, below p.
    #[inline(always)]
    pub fn new(element: F) -> Self {
        Self(element.to_limbs(), PhantomData)
    }

    /// A number, in Montgomery form as it is.
    #[inline(always)]
    pub fn from_limbs(limbs: [u64; 4]) -> Self {
        Self(limbs, PhantomData)
    }

    /// a - b, below 2p.
    #[inline(always)]
    pub fn difference(a: F, b: F) -> Self {
        // Where the subtraction borrows, the addition carries.
        let (difference, _) = sub(a.to_limbs(), b.to_limbs());
        Self(add(difference, Self::P), PhantomData)
    }

    /// a - b, below p.
    #[inline(always)]
    pub fn reduced_difference(a: F, b: F) -> Self {
        let (difference, negative) = sub(a.to_limbs(), b.to_limbs());
        Self(add(difference, only_if(negative, Self::P)), PhantomData)
    }

    /// Whether the lowest limb is zero, which of random limbs it hardly ever is.
    #[inline(always)]
    pub fn may_be_zero(&self) -> bool {
        self.0[0] == 0
    }

    /// -a where the condition holds, otherwise a, which must not be zero.
    #[inline(always)]
    pub fn conditional_negation(a: F, condition: bool) -> F {
        let limbs = a.to_limbs();
        let (negated, _) = sub(Self::P, limbs);
        // All bits of what differs between the two, or none.
        let mask = u64::from(condition).wrapping_neg();
        F::from_limbs_unchecked(core::array::from_fn(|i| limbs[i] ^ (mask & (limbs[i] ^ negated[i]))))
    }

    /// The product of integers up to Ap and Bp, at most (AB/4 + 1)p, which must be below 3.9p.
    #[inline(always)]
    #[allow(clippy::should_implement_trait, reason = "an operator would hide the bounds")]
    pub fn mul(self, other: Self) -> Self {
        // Limb by limb of `other`: the product with that limb is added, then the multiple of p that clears the lowest
        // limb of the sum. Between the steps the sum is at most self + p.
        let mut t = [0u64; 4];
        for factor in other.0 {
            let mut carry = 0;
            for (t, limb) in t.iter_mut().zip(self.0) {
                (*t, carry) = mac(*t, limb, factor, carry);
            }
            (t, _) = Self::clear_lowest([t[0], t[1], t[2], t[3], carry]);
        }
        Self(t, PhantomData)
    }

    /// The square; bounds as in [`Self::mul`].
    #[inline(always)]
    pub fn square(self) -> Self {
        let [a0, a1, a2, a3] = self.0;
        // The products of different limbs, once each, then doubled; none of the sums leaves its limbs, as the whole is
        // a part of a square below 2^512.
        let (t1, c) = mac(0, a0, a1, 0);
        let (t2, c) = mac(0, a0, a2, c);
        let (t3, t4) = mac(0, a0, a3, c);
        let (t3, c) = mac(t3, a1, a2, 0);
        let (t4, t5) = mac(t4, a1, a3, c);
        let (t5, t6) = mac(t5, a2, a3, 0);
        let doubled = |low: u64, high: u64| high << 1 | low >> 63;
        let (d1, d2, d3, d4) = (t1 << 1, doubled(t1, t2), doubled(t2, t3), doubled(t3, t4));
        let (d5, d6, d7) = (doubled(t4, t5), doubled(t5, t6), t6 >> 63);
        let (t0, c) = mac(0, a0, a0, 0);
        let (t1, c) = adc(d1, 0, c);
        let (t2, c) = mac(d2, a1, a1, c);
        let (t3, c) = adc(d3, 0, c);
        let (t4, c) = mac(d4, a2, a2, c);
        let (t5, c) = adc(d5, 0, c);
        let (t6, c) = mac(d6, a3, a3, c);
        let t7 = d7 + c;
        // The lower half is reduced by itself, to at most p; then the upper half is added.
        Self(add(Self::clear([t0, t1, t2, t3]), [t4, t5, t6, t7]), PhantomData)
    }

    /// The element, of an integer below 2p.
    #[inline(always)]
    pub fn reduce(self) -> F {
        let (difference, below) = sub(self.0, Self::P);
        F::from_limbs_unchecked(add(difference, only_if(below, Self::P)))
    }

    /// `self` - (a + b), of an integer below 2p.
    #[inline(always)]
    pub fn minus_sum(self, a: F, b: F) -> F {
        // Between -2p and 2p.
        let (difference, negative) = sub(self.0, add(a.to_limbs(), b.to_limbs()));
        Self(add(difference, only_if(negative, Self::TWICE_P)), PhantomData).reduce()
    }

    /// `self` - a, of an integer below 2p.
    #[inline(always)]
    pub fn minus(self, a: F) -> F {
        let (difference, negative) = sub(self.0, a.to_limbs());
        Self(add(difference, only_if(negative, Self::P)), PhantomData).reduce()
    }

    /// Σ rowᵢ·xᵢ + c over three pairs, below 2p; the xᵢ are integers up to 2.1p.
    #[inline(always)]
    pub fn dot3_plus(row: &[F; 3], x: &[Self; 3], c: F) -> Self {
        // As in `mul`, with three products a step. Between the steps the sum is below Σ rowᵢ + p < 4p, which is above
        // 2^256 by a little, so that it may have a fifth limb; with the products, below 2^64·3p more, it keeps to five.
        let mut t = [0u64; 5];
        for limb in 0..4 {
            for (row, x) in row.iter().zip(x) {
                let mut carry = 0;
                for (t, row) in t.iter_mut().zip(row.to_limbs()) {
                    (*t, carry) = mac(*t, row, x.0[limb], carry);
                }
                t[4] += carry;
            }
            let (low, carry) = Self::clear_lowest(t);
            t = [low[0], low[1], low[2], low[3], carry];
        }
        // In the end it is at most Σ rowᵢxᵢ/R + p < 6.3p²/R + p < 2.6p, and with c below 3.6p.
        let sum = add([t[0], t[1], t[2], t[3]], c.to_limbs());
        let (difference, below) = sub(sum, Self::TWICE_P);
        Self(add(difference, only_if(below, Self::TWICE_P)), PhantomData)
    }

    /// (t + m·p)/2^256 with the m < 2^256 that makes it whole: at most p.
    #[inline(always)]
    fn clear(mut t: [u64; 4]) -> [u64; 4] {
        for _ in 0..4 {
            (t, _) = Self::clear_lowest([t[0], t[1], t[2], t[3], 0]);
        }
        t
    }

    /// (t + m·p)/2^64 with the m < 2^64 that makes it whole: four limbs and a carry.
    #[inline(always)]
    fn clear_lowest(t: [u64; 5]) -> ([u64; 4], u64) {
        let m = t[0].wrapping_mul(Self::INVERSE);
        let (_, c) = mac(t[0], m, F::LOW[0], 0);
        let (r0, c) = mac(t[1], m, F::LOW[1], c);
        let (r1, c) = adc(t[2], 0, c);
        let (r2, c) = adc(t[3], m << 62, c);
        let (r3, c) = adc(t[4], m >> 2, c);
        ([r0, r1, r2, r3], c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fp, Fq};
    use ark_ff::BigInt;
    use proptest::prelude::*;

    /// Elements whose limbs are near the edges, and any others.
    fn element<F: PastaField>() -> impl Strategy<Value = F> {
        let edges = prop::sample::select(vec![F::ZERO, F::ONE, -F::ONE, F::from(2u64), -F::from(2u64)]);
        let limbs = prop::sample::select(vec![
            [0; 4],
            [1, 0, 0, 0],
            [u64::MAX, u64::MAX, u64::MAX, (1 << 62) - 1],
            [0, 0, 0, 1 << 62],
            [F::LOW[0] - 1, F::LOW[1], 0, 1 << 62],
        ]);
        let any = any::<[u8; 32]>().prop_map(|bytes| F::from_le_bytes_mod_order(&bytes));
        prop_oneof![1 => edges, 1 => limbs.prop_map(F::from_limbs_unchecked), 3 => any]
    }

    /// The two integers below 2p that stand for an element.
    fn forms<F: PastaField>(element: F) -> [Lazy<F>; 2] {
        let reduced = Lazy::new(element);
        [reduced, Lazy(add(reduced.0, Lazy::<F>::P), PhantomData)]
    }

    /// The element of an integer up to 2p and what products may have on top.
    fn value<F: PastaField>(lazy: Lazy<F>) -> F {
        let slack = [0, 0, 1, 0];
        assert!(BigInt(lazy.0) <= BigInt(add(Lazy::<F>::TWICE_P, slack)), "{lazy:?}");
        let mut limbs = lazy.0;
        while BigInt(limbs) >= F::MODULUS {
            limbs = sub(limbs, Lazy::<F>::P).0;
        }
        F::from_limbs_unchecked(limbs)
    }

    fn is_arithmetic<F: PastaField>(a: F, b: F, c: F, d: F) {
        assert_eq!(value(Lazy::difference(a, b)), a - b);
        assert_eq!(F::from_limbs_unchecked(Lazy::reduced_difference(a, b).0), a - b);
        assert_eq!(value(Lazy::<F>::one()), F::ONE);
        assert!(a != b || Lazy::reduced_difference(a, b).may_be_zero());
        if a != F::ZERO {
            assert_eq!([false, true].map(|condition| Lazy::conditional_negation(a, condition)), [a, -a]);
        }
        for x in forms(a) {
            assert_eq!(x.reduce(), a);
            assert_eq!(value(x.square()), a.square());
            assert_eq!(x.minus(b), a - b);
            assert_eq!(x.minus_sum(b, c), a - b - c);
            for y in forms(b) {
                assert_eq!(value(x.mul(y)), a * b);
                for z in forms(c) {
                    let dot = Lazy::dot3_plus(&[b, c, d], &[x, y, z], d);
                    assert!(BigInt(dot.0) < BigInt(Lazy::<F>::TWICE_P));
                    assert_eq!(value(dot), b * a + c * b + d * c + d);
                }
            }
        }
    }

    #[test]
    fn extremes() {
        fn all<F: PastaField>() {
            is_arithmetic(F::ZERO, F::ZERO, F::ZERO, F::ZERO);
            // The largest limbs in every place.
            let top = F::from_limbs_unchecked([F::LOW[0] - 1, F::LOW[1], 0, 1 << 62]);
            is_arithmetic(top, top, top, top);
            let ones = F::from_limbs_unchecked([u64::MAX, u64::MAX, u64::MAX, (1 << 62) - 1]);
            is_arithmetic(ones, ones, ones, ones);
            is_arithmetic(top, ones, top, ones);
        }
        all::<Fp>();
        all::<Fq>();
    }

    proptest! {
        #[test]
        fn agrees_with_the_field_over_fp(a in element::<Fp>(), b in element(), c in element(), d in element()) {
            is_arithmetic(a, b, c, d);
        }

        #[test]
        fn agrees_with_the_field_over_fq(a in element::<Fq>(), b in element(), c in element(), d in element()) {
            is_arithmetic(a, b, c, d);
        }
    }

    #[test]
    fn constants_are_those_of_the_modulus() {
        fn all<F: PastaField>() {
            assert_eq!(BigInt(Lazy::<F>::P), F::MODULUS);
            assert_eq!(Lazy::<F>::INVERSE.wrapping_mul(F::LOW[0]), u64::MAX);
            assert_eq!(Lazy::<F>::TWICE_P, add(Lazy::<F>::P, Lazy::<F>::P));
        }
        all::<Fp>();
        all::<Fq>();
    }
}
