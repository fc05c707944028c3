//! Field elements in nine limbs of 29 bits, for machines whose widest product has 64 bits.
//!
//! A product of two 64-bit limbs takes WebAssembly four multiplications and as many shifts and carries. Of limbs of 29 bits all
//! eighty-one products of two elements, and those of the reduction, are added up in columns of 64 bits before anything is carried.
//!
//! A [`Lazy`] is an integer, of either sign, congruent to 2^5 times the Montgomery form of an element: to arithmetic with
//! R = 2^261 it is the Montgomery form. Sizes are written in units of P = 2^5·p, a quarter of R but for a factor of 1 + 2^-126. The
//! product of integers up to AP and BP in size is above -(AB/4)P and below (AB/4 + 1/32)P.

use core::marker::PhantomData;

use crate::field::PastaField;

/// Limbs of an element.
const LIMBS: usize = 9;
/// Bits of a limb.
const BITS: u32 = 29;
const MASK: i64 = (1 << BITS) - 1;
/// What R = 2^261 has more than the 2^256 of tables and of `ark-ff`.
const SHIFT: u32 = BITS * LIMBS as u32 - 256;
/// log2 of the highest limb of p, and of P.
const TOP_OF_P: u32 = 254 - BITS * (LIMBS as u32 - 1);
const TOP: u32 = TOP_OF_P + SHIFT;

/// Sums of products of limbs: column i counts 2^(29i).
type Columns = [i64; 2 * LIMBS];

/// An element of `F`, not reduced: Σ limbᵢ·2^(29i).
///
/// It is tight where all limbs but the highest are in [0, 2^29), and that one is below 2^29 in size. All are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lazy<F>([i32; LIMBS], PhantomData<F>);

/// The limbs of 2^5·x, of an integer x below 2^256.
#[inline(always)]
const fn split([a, b, c, d]: [u64; 4]) -> [i32; LIMBS] {
    const MASK: u64 = (1 << BITS) - 1;
    [
        (a << SHIFT & MASK) as i32,
        (a >> 24 & MASK) as i32,
        ((a >> 53 | b << 11) & MASK) as i32,
        (b >> 18 & MASK) as i32,
        ((b >> 47 | c << 17) & MASK) as i32,
        (c >> 12 & MASK) as i32,
        ((c >> 41 | d << 23) & MASK) as i32,
        (d >> 6 & MASK) as i32,
        (d >> 35) as i32,
    ]
}

/// Brings all limbs but the highest into [0, 2^29); none is above 2^62 in size.
#[inline(always)]
fn carry(limbs: &mut [i64; LIMBS]) {
    for i in 0..LIMBS - 1 {
        limbs[i + 1] += limbs[i] >> BITS;
        limbs[i] &= MASK;
    }
}

/// The columns of the product of three limbs each, below 2^30 in size.
#[inline(always)]
fn block_product(a: &[i64; 3], b: &[i64; 3]) -> [i64; 5] {
    [
        a[0] * b[0],
        a[0] * b[1] + a[1] * b[0],
        a[0] * b[2] + a[1] * b[1] + a[2] * b[0],
        a[1] * b[2] + a[2] * b[1],
        a[2] * b[2],
    ]
}

impl<F: PastaField> Lazy<F> {
    /// p, in 64-bit limbs.
    const P: [u64; 4] = [F::LOW[0], F::LOW[1], 0, 1 << 62];
    /// P: limbs 5 to 7 are 0.
    const UNIT: [i32; LIMBS] = split(Self::P);
    /// Limbs 1 to 4 of p. Limb 0 is 1, limbs 5 to 7 are 0.
    const MIDDLE: [i64; 4] = {
        let [p0, p1, ..] = Self::P;
        let mask = MASK as u64;
        assert!(p0 & mask == 1);
        [
            (p0 >> 29 & mask) as i64,
            ((p0 >> 58 | p1 << 6) & mask) as i64,
            (p1 >> 23 & mask) as i64,
            (p1 >> 52) as i64,
        ]
    };

    /// An element: tight, in [0, P).
    #[inline(always)]
    pub(super) const fn from_limbs(limbs: [u64; 4]) -> Self {
        Self(split(limbs), PhantomData)
    }

    /// An element: tight, in [0, P).
    #[inline(always)]
    pub(super) fn new(element: F) -> Self {
        Self::from_limbs(element.to_limbs())
    }

    /// The element, of an integer up to 2^10·P in size.
    #[inline(always)]
    pub(super) fn reduce(self) -> F {
        let mut limbs = Self::between(self.0.map(i64::from)).0.map(i64::from);
        // (t + m·p)/2^5 with the m < 2^5 that makes it whole: at most (33 + 31)p/32.
        let m = limbs[0].wrapping_neg() & ((1 << SHIFT) - 1);
        limbs[0] += m;
        for (limb, middle) in limbs[1..].iter_mut().zip(Self::MIDDLE) {
            *limb += m * middle;
        }
        limbs[LIMBS - 1] += m << TOP_OF_P;
        carry(&mut limbs);
        let [a, b, c, d, e, f, g, h, i] = limbs.map(|limb| limb as u64);
        let limbs = [
            a >> SHIFT | b << 24 | c << 53,
            c >> 11 | d << 18 | e << 47,
            e >> 17 | f << 12 | g << 41,
            g >> 23 | h << 6 | i << 35,
        ];
        let mut difference = [0; 4];
        let mut borrow = false;
        for (difference, (limb, p)) in difference.iter_mut().zip(limbs.into_iter().zip(Self::P)) {
            let (first, below) = limb.overflowing_sub(p);
            let (second, again) = first.overflowing_sub(u64::from(borrow));
            (*difference, borrow) = (second, below | again);
        }
        F::from_limbs_unchecked(if borrow { limbs } else { difference })
    }

    /// The product: tight; the module says how large.
    #[inline(always)]
    pub(super) fn mul(&self, other: &Self) -> Self {
        let mut columns = [0; 2 * LIMBS];
        self.add_product(other, &mut columns);
        Self::clear(columns)
    }

    /// The square: tight.
    #[inline(always)]
    pub(super) fn square(&self) -> Self {
        let a = self.0.map(i64::from);
        let mut columns: Columns = [0; 2 * LIMBS];
        for i in 0..LIMBS {
            columns[2 * i] += a[i] * a[i];
            for j in i + 1..LIMBS {
                columns[i + j] += 2 * a[i] * a[j];
            }
        }
        Self::clear(columns)
    }

    /// Σ rowᵢ·xᵢ + c over three pairs, all of them tight: tight.
    #[inline(always)]
    pub(super) fn dot3_plus(row: &[Self; 3], x: &[Self; 3], c: &Self) -> Self {
        let mut columns = [0; 2 * LIMBS];
        for (row, x) in row.iter().zip(x) {
            row.add_product(x, &mut columns);
        }
        for (column, limb) in columns[LIMBS..].iter_mut().zip(c.0) {
            *column += i64::from(limb);
        }
        Self::clear(columns)
    }

    /// Adds all products of limbs. By Karatsuba's identity aᵢbⱼ + aⱼbᵢ = (aᵢ + aⱼ)(bᵢ + bⱼ) - aᵢbᵢ - aⱼbⱼ, of blocks of three limbs, it
    /// takes 54 multiplications for 81, which are what the time goes to. To a column it adds nine products, each below 2^58 in size.
    #[inline(always)]
    fn add_product(&self, other: &Self, columns: &mut Columns) {
        let (a, b) = (self.blocks(), other.blocks());
        let squares: [_; 3] = core::array::from_fn(|i| block_product(&a[i], &b[i]));
        for (i, square) in squares.iter().enumerate() {
            for (column, product) in columns[6 * i..].iter_mut().zip(square) {
                *column += product;
            }
        }
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let sum = |blocks: &[[i64; 3]; 3]| core::array::from_fn(|limb| blocks[i][limb] + blocks[j][limb]);
            let product = block_product(&sum(&a), &sum(&b));
            for limb in 0..5 {
                columns[3 * (i + j) + limb] += product[limb] - squares[i][limb] - squares[j][limb];
            }
        }
    }

    /// Three limbs each, from the lowest.
    #[inline(always)]
    fn blocks(&self) -> [[i64; 3]; 3] {
        core::array::from_fn(|block| core::array::from_fn(|limb| i64::from(self.0[3 * block + limb])))
    }

    /// (t + m·p)/2^261 with the m in [0, 2^261) that makes it whole. Columns are up to 27·2^58 in size: with the four products below
    /// 2^58 that are added here, and carries, they stay below 2^63.
    #[inline(always)]
    fn clear(mut t: Columns) -> Self {
        for i in 0..LIMBS {
            // p ≡ 1 modulo 2^29.
            let m = t[i].wrapping_neg() & MASK;
            t[i + 1] += (t[i] + m) >> BITS;
            for (j, middle) in Self::MIDDLE.into_iter().enumerate() {
                t[i + 1 + j] += m * middle;
            }
            t[i + LIMBS - 1] += m << TOP_OF_P;
        }
        let mut limbs = core::array::from_fn(|i| t[LIMBS + i]);
        carry(&mut limbs);
        Self(limbs.map(|limb| limb as i32), PhantomData)
    }

    /// An integer up to 2^10·P in size, in limbs up to 2^40 in size, less a multiple of P: tight, in [0, P(1 + 2^-25)).
    #[inline(always)]
    fn between(mut limbs: [i64; LIMBS]) -> Self {
        // The floor of the integer over 2^259, or less by one where what is carried below the two highest limbs counts: then what
        // is left is above 2^259 by less than 2^244. It is below zero by less than that, or than 2^10·(P - 2^259), if at all.
        let q = (limbs[LIMBS - 1] + (limbs[LIMBS - 2] >> BITS)) >> TOP;
        for i in [0, 1, 2, 3, 4, LIMBS - 1] {
            limbs[i] -= q * i64::from(Self::UNIT[i]);
        }
        carry(&mut limbs);
        if limbs[LIMBS - 1] < 0 {
            for i in [0, 1, 2, 3, 4, LIMBS - 1] {
                limbs[i] += i64::from(Self::UNIT[i]);
            }
            carry(&mut limbs);
        }
        Self(limbs.map(|limb| limb as i32), PhantomData)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::portable;
    use crate::field::{Fp, Fq};
    use num_bigint::BigInt;
    use proptest::prelude::*;

    /// Elements whose limbs are near the edges, of either width, and any others.
    fn element<F: PastaField>() -> impl Strategy<Value = F> {
        let edges = prop::sample::select(vec![F::ZERO, F::ONE, -F::ONE, F::from(2u64), -F::from(2u64)]);
        let limbs = prop::sample::select(vec![
            [1, 0, 0, 0],
            [1 << 24, 1 << 18, 1 << 12, 1 << 6],
            [(1 << 24) - 1, (1 << 18) - 1, (1 << 12) - 1, (1 << 6) - 1],
            [u64::MAX, u64::MAX, u64::MAX, (1 << 62) - 1],
            [0, 0, 0, 1 << 62],
            [F::LOW[0] - 1, F::LOW[1], 0, 1 << 62],
        ]);
        let any = any::<[u8; 32]>().prop_map(|bytes| F::from_le_bytes_mod_order(&bytes));
        prop_oneof![1 => edges, 1 => limbs.prop_map(F::from_limbs_unchecked), 3 => any]
    }

    fn modulus<F: PastaField>() -> BigInt {
        BigInt::from(num_bigint::BigUint::from(F::MODULUS))
    }

    /// The integer that the limbs are, which must be as small as they have to be.
    fn integer<F: PastaField>(lazy: Lazy<F>) -> BigInt {
        assert!(lazy.0.iter().all(|limb| i64::from(limb.abs()) <= 2 * MASK), "{lazy:?}");
        lazy.0.iter().rev().fold(BigInt::ZERO, |integer, limb| (integer << BITS) + *limb)
    }

    /// The element of an integer that must be between these multiples of P/32, which is p, and tight.
    fn value<F: PastaField>(lazy: Lazy<F>, from: i32, to: i32) -> F {
        let (integer, p) = (integer(lazy), modulus::<F>());
        assert!(
            &p * from <= integer && integer <= &p * to + (1u32 << 20) * (&p >> 40),
            "{lazy:?} is not in {from}..{to}"
        );
        let range = 0..=MASK as i32;
        assert!(lazy.0[..LIMBS - 1].iter().all(|limb| range.contains(limb)), "{lazy:?}");
        lazy.reduce()
    }

    /// The integer with the other sign, which is not tight.
    fn negated<F: PastaField>(lazy: Lazy<F>) -> Lazy<F> {
        Lazy(lazy.0.map(|limb| -limb), PhantomData)
    }

    /// Integers up to P in size that stand for an element, of either sign.
    fn forms<F: PastaField>(element: F) -> [Lazy<F>; 2] {
        [Lazy::new(element), negated(Lazy::new(-element))]
    }

    fn is_arithmetic<F: PastaField>(a: F, b: F, c: F, d: F) {
        let [y, z, w] = [b, c, d].map(Lazy::new);
        let portable = portable::Lazy::new;
        assert_eq!(value(w, 0, 32), d);
        for x in forms(a) {
            assert_eq!(x.reduce(), a);
            assert_eq!(value(x.square(), -1, 33), portable(a).square().reduce());
            for y in forms(b) {
                assert_eq!(value(x.mul(&y), -8, 9), portable(a).mul(portable(b)).reduce());
            }
        }
        // 3·1·1/4 + 1/32 + 1.
        let dot = Lazy::dot3_plus(&[y, z, w], &[Lazy::new(a), z, w], &w);
        assert_eq!(value(dot, 0, 57), b * a + c * c + d * d + d);
    }

    #[test]
    fn extremes() {
        fn all<F: PastaField>() {
            let top = F::from_limbs_unchecked([F::LOW[0] - 1, F::LOW[1], 0, 1 << 62]);
            let ones = F::from_limbs_unchecked([u64::MAX, u64::MAX, u64::MAX, (1 << 62) - 1]);
            for [a, b] in [[F::ZERO, F::ZERO], [top, top], [ones, ones], [top, ones], [F::ZERO, top]] {
                is_arithmetic(a, b, a, b);
                is_arithmetic(b, b, a, a);
            }
        }
        all::<Fp>();
        all::<Fq>();
    }

    /// All limbs full, of one sign each: the largest columns.
    #[test]
    fn no_column_overflows() {
        fn all<F: PastaField>() {
            let mut limbs = [MASK as i32; LIMBS];
            limbs[LIMBS - 1] = (1 << TOP) - 1;
            let full = Lazy::<F>(limbs, PhantomData);
            let p = modulus::<F>();
            let r: BigInt = BigInt::from(1) << (BITS * LIMBS as u32);
            let inverse = r.modpow(&(&p - 2), &p);
            let residue = |integer: BigInt| ((integer % &p) + &p) % &p;
            for factor in [full, negated(full)] {
                let product = integer(full) * integer(factor) * &inverse;
                assert_eq!(residue(integer(full.mul(&factor))), residue(product.clone()));
                assert_eq!(
                    residue(integer(factor.square())),
                    residue(integer(full) * integer(full) * &inverse)
                );
                let dot = Lazy::dot3_plus(&[full; 3], &[factor; 3], &full);
                assert_eq!(residue(integer(dot)), residue(product * 3 + integer(full)));
            }
        }
        all::<Fp>();
        all::<Fq>();
    }

    /// Integers near the multiples of P, where the quotient is one too few or too many.
    #[test]
    fn multiples_are_taken_away() {
        fn all<F: PastaField>() {
            for q in [-1000i64, -3, -2, -1, 0, 1, 2, 3, 1000] {
                for (place, more) in [(0, 0), (0, 1), (0, -1), (6, 1), (6, -1), (7, 1), (7, -1), (8, 1)] {
                    let mut limbs = Lazy::<F>::UNIT.map(|limb| i64::from(limb) * q);
                    limbs[place] += more;
                    let expected = F::from(1u64 << BITS).pow([place as u64]) * F::from(more.unsigned_abs())
                        / F::from(1u64 << SHIFT);
                    let montgomery = F::from_limbs_unchecked([1, 0, 0, 0]);
                    let expected = if more < 0 { -expected } else { expected } * montgomery;
                    assert_eq!(value(Lazy::<F>::between(limbs), 0, 32), expected, "{q} {place} {more}");
                }
            }
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
}
