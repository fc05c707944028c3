//! Four elements of a Pasta field at a time, in the vectors of AVX2.
//!
//! An element is nine limbs of 29 bits, each limb a vector of four lanes of 64 bits: products of limbs are added up in those before
//! anything is carried.
//!
//! A [`Quad`] holds integers, none of them negative, congruent to 2^5 times the Montgomery form of elements: to arithmetic with
//! R = 2^261 they are the Montgomery form. Sizes are written in units of P = 2^5·p, a quarter of R but for a factor of 1 + 2^-126. The
//! product of integers up to AP and BP is below (AB/4 + 1/32)P.

use core::arch::x86_64::*;
use core::marker::PhantomData;

use crate::field::PastaField;

/// Elements in a vector.
pub(in crate::backend::portable) const LANES: usize = 4;
/// Limbs of an element.
const LIMBS: usize = 9;
/// Bits of a limb.
const BITS: u32 = 29;
const MASK: u64 = (1 << BITS) - 1;
/// What R = 2^261 has more than the 2^256 of tables and of `ark-ff`.
const SHIFT: u32 = BITS * LIMBS as u32 - 256;
/// log2 of the highest limb of p, and of P.
const TOP_OF_P: u32 = 254 - BITS * (LIMBS as u32 - 1);
const TOP: u32 = TOP_OF_P + SHIFT;

/// Four elements of `F`, not reduced: Σ limbᵢ·2^(29i).
///
/// They are tight where all limbs but the highest are below 2^29, and loose where these are below 2^31. At most one factor of a product
/// is loose.
#[derive(Clone, Copy)]
pub(super) struct Quad<F>([__m256i; LIMBS], PhantomData<F>);

/// The limbs of an element.
pub(super) type Limbs = [u64; LIMBS];

/// The limbs of 2^5·x, of an integer x below 2^256.
pub(super) const fn split([a, b, c, d]: [u64; 4]) -> Limbs {
    [
        a << SHIFT & MASK,
        a >> 24 & MASK,
        (a >> 53 | b << 11) & MASK,
        b >> 18 & MASK,
        (b >> 47 | c << 17) & MASK,
        c >> 12 & MASK,
        (c >> 41 | d << 23) & MASK,
        d >> 6 & MASK,
        d >> 35,
    ]
}

/// `multiple`·P in limbs from which others may be subtracted: each but the highest has borrowed `borrowed` units of the next.
const fn raised(unit: [u64; LIMBS], multiple: u64, borrowed: u64) -> [u64; LIMBS] {
    let mut limbs = unit;
    let mut i = 0;
    while i < LIMBS {
        limbs[i] *= multiple;
        if i < LIMBS - 1 {
            limbs[i] += borrowed << BITS;
        }
        if i > 0 {
            limbs[i] -= borrowed;
        }
        i += 1;
    }
    limbs
}

#[target_feature(enable = "avx2")]
#[inline]
fn splat(number: u64) -> __m256i {
    _mm256_set1_epi64x(number as i64)
}

#[target_feature(enable = "avx2")]
#[inline]
fn add(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi64(a, b)
}

#[target_feature(enable = "avx2")]
#[inline]
fn sub(a: __m256i, b: __m256i) -> __m256i {
    _mm256_sub_epi64(a, b)
}

/// The products of the lanes' lower halves.
#[target_feature(enable = "avx2")]
#[inline]
fn mul(a: __m256i, b: __m256i) -> __m256i {
    _mm256_mul_epu32(a, b)
}

/// The lowest bits of a limb.
#[target_feature(enable = "avx2")]
#[inline]
fn low(limb: __m256i) -> __m256i {
    _mm256_and_si256(limb, splat(MASK))
}

#[target_feature(enable = "avx2")]
#[inline]
fn shl<const BITS: i32>(limb: __m256i) -> __m256i {
    _mm256_slli_epi64::<BITS>(limb)
}

#[target_feature(enable = "avx2")]
#[inline]
fn shr<const BITS: i32>(limb: __m256i) -> __m256i {
    _mm256_srli_epi64::<BITS>(limb)
}

#[target_feature(enable = "avx2")]
#[inline]
fn or(a: __m256i, b: __m256i) -> __m256i {
    _mm256_or_si256(a, b)
}

/// Brings all limbs but the highest below 2^29.
#[target_feature(enable = "avx2")]
#[inline]
fn carry(limbs: &mut [__m256i; LIMBS]) {
    for i in 0..LIMBS - 1 {
        limbs[i + 1] = add(limbs[i + 1], shr::<{ BITS as i32 }>(limbs[i]));
        limbs[i] = low(limbs[i]);
    }
}

/// Limb by limb of four numbers, from number by number, and the reverse.
#[target_feature(enable = "avx2")]
#[inline]
fn transpose([a, b, c, d]: [__m256i; LANES]) -> [__m256i; LANES] {
    let (ab0, ab1) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    let (cd0, cd1) = (_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
    [
        _mm256_permute2x128_si256::<0x20>(ab0, cd0),
        _mm256_permute2x128_si256::<0x20>(ab1, cd1),
        _mm256_permute2x128_si256::<0x31>(ab0, cd0),
        _mm256_permute2x128_si256::<0x31>(ab1, cd1),
    ]
}

impl<F: PastaField> Quad<F> {
    /// P: limbs 5 to 7 are 0.
    const UNIT: [u64; LIMBS] = split([F::LOW[0], F::LOW[1], 0, 1 << 62]);
    const TWO: [u64; LIMBS] = raised(Self::UNIT, 2, 1);
    const SIX: [u64; LIMBS] = raised(Self::UNIT, 6, 4);
    /// Zero.
    const NOTHING: [u64; LIMBS] = {
        let mut limbs = raised(Self::UNIT, 1, 8);
        let mut i = 0;
        while i < LIMBS {
            limbs[i] = limbs[i].wrapping_sub(Self::UNIT[i]);
            i += 1;
        }
        limbs
    };
    /// Limbs 1 to 4 of p. Limb 0 is 1, limbs 5 to 7 are 0.
    const MIDDLE: [u64; 4] = {
        let [p0, p1] = F::LOW;
        assert!(p0 & MASK == 1);
        [p0 >> 29 & MASK, (p0 >> 58 | p1 << 6) & MASK, p1 >> 23 & MASK, p1 >> 52]
    };

    /// Zeros.
    pub(super) fn zero() -> Self {
        Self(bytemuck::Zeroable::zeroed(), PhantomData)
    }

    /// The same element in all lanes: tight, below P.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn splat(element: F) -> Self {
        Self(split(element.to_limbs()).map(|limb| splat(limb)), PhantomData)
    }

    /// Four elements, each in Montgomery form and below p: tight, below P.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn load(elements: [&[u64; 4]; LANES]) -> Self {
        let [a, b, c, d] = elements;
        let rows = [bytemuck::cast(*a), bytemuck::cast(*b), bytemuck::cast(*c), bytemuck::cast(*d)];
        let [a, b, c, d] = transpose(rows);
        let limbs = [
            low(shl::<{ SHIFT as i32 }>(a)),
            low(shr::<24>(a)),
            low(or(shr::<53>(a), shl::<11>(b))),
            low(shr::<18>(b)),
            low(or(shr::<47>(b), shl::<17>(c))),
            low(shr::<12>(c)),
            low(or(shr::<41>(c), shl::<23>(d))),
            low(shr::<6>(d)),
            shr::<35>(d),
        ];
        Self(limbs, PhantomData)
    }

    /// The reverse of [`Self::load`], of what [`Self::reduce`] gives.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn store(&self) -> [[u64; 4]; LANES] {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let words = [
            or(or(shr::<{ SHIFT as i32 }>(a), shl::<24>(b)), shl::<53>(c)),
            or(or(shr::<11>(c), shl::<18>(d)), shl::<47>(e)),
            or(or(shr::<17>(e), shl::<12>(f)), shl::<41>(g)),
            or(or(shr::<23>(g), shl::<6>(h)), shl::<35>(i)),
        ];
        bytemuck::cast(transpose(words))
    }

    /// The elements themselves, as [`Self::load`] has them, of integers below 7P whose limbs are below 2^40.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn reduce(&self) -> Self {
        let mut t = self.0;
        // The multiple of p, below P, that makes it one of 2^5: then it is below 8P.
        let m = _mm256_and_si256(sub(_mm256_setzero_si256(), t[0]), splat((1 << SHIFT) - 1));
        t[0] = add(t[0], m);
        for (limb, middle) in t[1..].iter_mut().zip(Self::MIDDLE) {
            *limb = add(*limb, mul(m, splat(middle)));
        }
        t[LIMBS - 1] = add(t[LIMBS - 1], shl::<{ TOP_OF_P as i32 }>(m));
        carry(&mut t);
        // Less q = ⌊t/2^259⌋ times P, with q below 8: it is below 2^259, and no more below zero than q(P - 2^259). Limbs are above
        // 8·2^29 - 8 - 7·(2^29 - 1), but for the highest, which is -1 in the end where all of it is negative.
        let q = shr::<{ TOP as i32 }>(t[LIMBS - 1]);
        t[LIMBS - 1] = _mm256_and_si256(t[LIMBS - 1], splat((1 << TOP) - 1));
        for (limb, nothing) in t.iter_mut().zip(Self::NOTHING) {
            *limb = add(*limb, splat(nothing));
        }
        for (limb, unit) in t.iter_mut().zip(Self::UNIT).take(5) {
            *limb = sub(*limb, mul(q, splat(unit)));
        }
        carry(&mut t);
        let negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), t[LIMBS - 1]);
        for i in [0, 1, 2, 3, 4, LIMBS - 1] {
            t[i] = add(t[i], _mm256_and_si256(negative, splat(Self::UNIT[i])));
        }
        carry(&mut t);
        Self(t, PhantomData)
    }

    /// a - b + 2P, of tight a and b below P: loose, between P and 3P. Limbs are from aᵢ + 2Pᵢ, where b's is 2^29 - 1, to 2^29 more.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn minus(&self, other: &Self) -> Self {
        let limb = |i: usize| sub(add(self.0[i], splat(Self::TWO[i])), other.0[i]);
        Self(core::array::from_fn(limb), PhantomData)
    }

    /// a - b - 2c + 6P, of tight a and c below P and a difference b from [`Self::minus`]: between P and 6P, in limbs for
    /// [`Self::reduce`]. What is subtracted of a limb is up to 4·(2^29 - 1) + 2Pᵢ, what it is subtracted from that and 4Pᵢ at least.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn minus_sum(&self, b: &Self, c: &Self) -> Self {
        let limb = |i: usize| sub(add(self.0[i], splat(Self::SIX[i])), add(b.0[i], add(c.0[i], c.0[i])));
        Self(core::array::from_fn(limb), PhantomData)
    }

    /// The product, of factors of which one may be loose: tight; the module says how large. Each column adds up nine products below
    /// 2^60, four below 2^58, and carries: it stays below 2^64.
    ///
    /// It is fastest where the second factor lies in memory: of a difference that was just made the compiler forgets, from row to row,
    /// that its limbs have no upper halves, and multiplies these too.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn mul(&self, other: &Self) -> Self {
        let mut t = [_mm256_setzero_si256(); LIMBS];
        for factor in &self.0 {
            for (t, limb) in t.iter_mut().zip(&other.0) {
                *t = add(*t, mul(*factor, *limb));
            }
            Self::clear_lowest(&mut t);
        }
        carry(&mut t);
        Self(t, PhantomData)
    }

    /// Σ rowᵢ·xᵢ + c over three pairs, all of them tight: tight. Each column adds up 27 products, four of the reduction, and carries: it
    /// stays below 2^63.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn dot3_plus(row: &[Self; 3], x: &[Self; 3], c: &Self) -> Self {
        let mut t = [_mm256_setzero_si256(); LIMBS];
        for i in 0..LIMBS {
            for (row, x) in row.iter().zip(x) {
                for (t, limb) in t.iter_mut().zip(&row.0) {
                    *t = add(*t, mul(x.0[i], *limb));
                }
            }
            Self::clear_lowest(&mut t);
        }
        for (t, c) in t.iter_mut().zip(&c.0) {
            *t = add(*t, *c);
        }
        carry(&mut t);
        Self(t, PhantomData)
    }

    /// Σ factorᵢ·xᵢ + c over at most six pairs: factors as [`split`] gives them for all lanes, x tight and c too: tight, and below
    /// (6/4 + 1/32)P + c where all of them are below P. Each column adds up 54 products below 2^58, four of the reduction, and carries: it
    /// stays below 2^64.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn dot6_plus(factors: &[Limbs], x: &[Self], c: &Self) -> Self {
        debug_assert!(factors.len() <= 6);
        let mut t = [_mm256_setzero_si256(); LIMBS];
        for i in 0..LIMBS {
            for (factor, x) in factors.iter().zip(x) {
                let factor = splat(factor[i]);
                for (t, limb) in t.iter_mut().zip(&x.0) {
                    *t = add(*t, mul(factor, *limb));
                }
            }
            Self::clear_lowest(&mut t);
        }
        for (t, c) in t.iter_mut().zip(&c.0) {
            *t = add(*t, *c);
        }
        carry(&mut t);
        Self(t, PhantomData)
    }

    /// The square of a tight element: tight.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn square(&self) -> Self {
        let mut t = [_mm256_setzero_si256(); LIMBS];
        self.add_row::<0>(&mut t);
        self.add_row::<1>(&mut t);
        self.add_row::<2>(&mut t);
        self.add_row::<3>(&mut t);
        self.add_row::<4>(&mut t);
        self.add_row::<5>(&mut t);
        self.add_row::<6>(&mut t);
        self.add_row::<7>(&mut t);
        self.add_row::<8>(&mut t);
        carry(&mut t);
        Self(t, PhantomData)
    }

    /// A row of the square, of limb I with itself and those above it, whose products count twice; then a step of the reduction.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn add_row<const I: usize>(&self, t: &mut [__m256i; LIMBS]) {
        let twice = add(self.0[I], self.0[I]);
        t[I] = add(t[I], mul(self.0[I], self.0[I]));
        #[expect(clippy::needless_range_loop, reason = "iterators over these bounds are not unrolled")]
        for j in I + 1..LIMBS {
            t[j] = add(t[j], mul(twice, self.0[j]));
        }
        Self::clear_lowest(t);
    }

    /// (t + m·p)/2^29 with the m < 2^29 that makes it whole.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn clear_lowest(t: &mut [__m256i; LIMBS]) {
        // p ≡ 1 modulo 2^29, and t₀ + m is t₀ rounded up.
        let m = low(sub(_mm256_setzero_si256(), t[0]));
        let carried = shr::<{ BITS as i32 }>(add(t[0], splat(MASK)));
        let [p1, p2, p3, p4] = Self::MIDDLE.map(|middle| mul(m, splat(middle)));
        *t = [
            add(add(t[1], carried), p1),
            add(t[2], p2),
            add(t[3], p3),
            add(t[4], p4),
            t[5],
            t[6],
            t[7],
            add(t[8], shl::<{ TOP_OF_P as i32 }>(m)),
            _mm256_setzero_si256(),
        ];
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "functions that are compiled for instructions not every machine has")]
mod tests {
    use super::*;
    use crate::backend::portable::quads::is_available;
    use crate::field::{Fp, Fq};
    use num_bigint::{BigInt, BigUint};
    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    /// The integers of the lanes.
    fn integers<F: PastaField>(quad: &Quad<F>) -> [BigInt; LANES] {
        let limbs: [[u64; LANES]; LIMBS] = bytemuck::cast(quad.0);
        core::array::from_fn(|lane| {
            limbs.iter().rev().fold(BigInt::ZERO, |integer, limb| (integer << BITS) + limb[lane])
        })
    }

    fn unit<F: PastaField>() -> BigInt {
        BigInt::from(BigUint::from(F::MODULUS)) << SHIFT
    }

    /// The elements of integers that must be between these multiples of P/32, in limbs below 2^`bits`.
    #[target_feature(enable = "avx2")]
    fn values<F: PastaField>(quad: Quad<F>, from: u32, to: u32, bits: u32) -> [F; LANES] {
        let unit: BigInt = unit::<F>() >> SHIFT;
        let slack = BigInt::from(1) << 140;
        for integer in integers(&quad) {
            assert!(&unit * from <= integer && integer <= &unit * to + &slack, "{integer} of {unit}");
        }
        let limbs: [[u64; LANES]; LIMBS] = bytemuck::cast(quad.0);
        assert!(limbs[..LIMBS - 1].as_flattened().iter().all(|limb| limb >> bits == 0));
        quad.reduce().store().map(|limbs| F::from_limbs(limbs).expect("below p"))
    }

    /// Every operation on four pairs, and the bounds of what it gives.
    #[target_feature(enable = "avx2")]
    fn check<F: PastaField>(pairs: &[[F; 2]; LANES]) {
        let [a, b] = [0, 1].map(|side| pairs.map(|pair| pair[side]));
        let [x, y] = [a, b].map(|elements| Quad::<F>::load(elements.map(F::to_limbs).each_ref()));
        let each = |f: &dyn Fn(F, F) -> F| core::array::from_fn::<F, LANES, _>(|lane| f(a[lane], b[lane]));
        assert_eq!(x.store(), a.map(F::to_limbs));
        assert_eq!(values(x, 0, 32, BITS), a);
        assert_eq!(integers(&x.reduce()), integers(&x));
        assert_eq!(values(Quad::splat(a[0]), 0, 32, BITS), [a[0]; LANES]);
        assert_eq!(values(x.mul(&y), 0, 9, BITS), each(&|a, b| a * b));
        assert_eq!(values(x.square(), 0, 9, BITS), each(&|a, _| a.square()));
        let six = Quad::dot6_plus(&[split(a[0].to_limbs()); 6], &[y; 6], &x);
        assert_eq!(values(six, 0, 81, BITS), each(&|x, b| F::from(6) * a[0] * b + x));
        let difference = x.minus(&y);
        assert_eq!(values(difference, 32, 96, 31), each(&|a, b| a - b));
        assert_eq!(values(x.mul(&difference), 0, 25, BITS), each(&|a, b| a * (a - b)));
        assert_eq!(values(difference.mul(&x), 0, 25, BITS), each(&|a, b| a * (a - b)));
        assert_eq!(
            values(y.minus_sum(&difference, &x), 32, 192, 40),
            each(&|a, b| b.double() - a.double() - a)
        );
        assert_eq!(values(x.minus_sum(&difference, &y), 32, 192, 40), each(&|_, b| -b));
    }

    fn edges_among<F: PastaField>(bytes: &[[[u8; 32]; 2]; LANES]) -> [[F; 2]; LANES] {
        let mut pairs = bytes.map(|pair| pair.map(|bytes| F::from_le_bytes_mod_order(&bytes)));
        // The ends of the field, of limbs, and of what is above 2^254.
        let edges = [
            [0; 4],
            [1, 0, 0, 0],
            [F::LOW[0] - 1, F::LOW[1], 0, 1 << 62],
            [0, 0, 0, 1 << 62],
            [u64::MAX, u64::MAX, u64::MAX, (1 << 62) - 1],
            [(1 << 24) - 1, 0, u64::MAX << 12, 1 << 35],
        ];
        for (pair, bytes) in pairs.iter_mut().zip(bytes) {
            for (element, bytes) in pair.iter_mut().zip(bytes) {
                if let Some(edge) = edges.get(usize::from(bytes[0] % 12)) {
                    *element = F::from_limbs_unchecked(*edge);
                }
            }
        }
        pairs
    }

    /// All limbs as large as they may be: the largest columns.
    #[test]
    fn no_column_overflows() {
        #[target_feature(enable = "avx2")]
        fn all<F: PastaField>() {
            let full = |limb: u64| {
                let mut limbs = [limb; LIMBS];
                limbs[LIMBS - 1] = (1 << TOP) - 1;
                Quad::<F>(limbs.map(|limb| splat(limb)), PhantomData)
            };
            let (tight, loose) = (full(MASK), full(u64::from(u32::MAX >> 1)));
            let p = unit::<F>() >> SHIFT;
            let r: BigInt = BigInt::from(1) << (BITS * LIMBS as u32);
            let is = |product: Quad<F>, a: &Quad<F>, b: &Quad<F>| {
                let (product, expected) = (&integers(&product)[0], &integers(a)[0] * &integers(b)[0]);
                assert_eq!((product * &r - expected) % &p, BigInt::ZERO);
            };
            is(tight.mul(&loose), &tight, &loose);
            is(loose.mul(&tight), &tight, &loose);
            is(tight.square(), &tight, &tight);
            let dot = integers(&Quad::dot3_plus(&[tight; 3], &[tight; 3], &tight));
            let expected = &integers(&tight)[0] * (3 * &integers(&tight)[0] + &r);
            assert_eq!((&dot[0] * &r - expected) % &p, BigInt::ZERO);
            let mut factor = [MASK; LIMBS];
            factor[LIMBS - 1] = (1 << TOP) - 1;
            let dot = integers(&Quad::dot6_plus(&[factor; 6], &[tight; 6], &tight));
            let expected = &integers(&tight)[0] * (6 * &integers(&tight)[0] + &r);
            assert_eq!((&dot[0] * &r - expected) % &p, BigInt::ZERO);
        }
        if is_available() {
            // SAFETY: the machine has the instructions.
            unsafe {
                all::<Fp>();
                all::<Fq>();
            }
        }
    }

    /// Multiples of P and their neighbours, where the quotient is one too large or not.
    #[test]
    fn multiples_are_taken_away() {
        #[target_feature(enable = "avx2")]
        fn all<F: PastaField>() {
            for multiple in 0..7u64 {
                for (limb, more) in [(0, 0), (0, 32), (5, 1), (8, 1)] {
                    let mut limbs = Quad::<F>::UNIT.map(|limb| limb * multiple);
                    limbs[limb] += more;
                    let expected = BigInt::from(more) << (BITS * limb as u32);
                    let reduced = Quad::<F>(limbs.map(|limb| splat(limb)), PhantomData).reduce();
                    assert_eq!(integers(&reduced)[0], expected, "{multiple} {limb}");
                }
                // One less than a multiple of p.
                if multiple > 0 {
                    let mut limbs = Quad::<F>::UNIT.map(|limb| limb * multiple);
                    limbs[0] -= 32;
                    let reduced = Quad::<F>(limbs.map(|limb| splat(limb)), PhantomData).reduce();
                    assert_eq!(integers(&reduced)[0], unit::<F>() - 32);
                }
            }
        }
        if is_available() {
            // SAFETY: the machine has the instructions.
            unsafe {
                all::<Fp>();
                all::<Fq>();
            }
        }
    }

    fn check_all(bytes: &[[[u8; 32]; 2]; LANES]) {
        // SAFETY: those who call it have asked whether the machine has the instructions.
        unsafe {
            check::<Fp>(&edges_among(bytes));
            check::<Fq>(&edges_among(bytes));
        }
    }

    #[test]
    #[ignore = "takes some minutes, and AVX2"]
    fn a_million_operations_agree_with_ark() {
        assert!(is_available(), "this machine has not the instructions");
        let mut rng = StdRng::seed_from_u64(29);
        for _ in 0..250_000 {
            check_all(&core::array::from_fn(|_| rng.r#gen()));
        }
    }

    proptest! {
        #[test]
        fn operations_agree_with_ark(bytes: [[[u8; 32]; 2]; LANES]) {
            if is_available() {
                check_all(&bytes);
            }
        }
    }
}
