//! Eight elements of a prime field at a time, in the vectors of AVX-512 IFMA.
//!
//! For primes p with 2^254 < p < 2^254 + 2^128, such as those of Pasta. An element is five limbs of 52 bits, each limb a
//! vector of eight lanes, in Montgomery form with R = 2^260. Values are lazily reduced. "Reduced" means limbs below 2^52
//! and a value below 2p + 2^216; every function says what it takes and what it gives.

use core::arch::x86_64::*;

use ark_ff::BigInteger;

use crate::field::PastaField;

const LIMB_BITS: u32 = 52;
const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;
/// p is just above this power of two.
const TOP_BIT: u32 = 254;

/// Eight field elements.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(super) struct Elements(pub(super) [__m512i; 5]);

/// The constants of a field, each in all lanes.
pub(super) struct Field {
    modulus: [__m512i; 5],
    /// -1/p modulo 2^52
    inverse: __m512i,
    /// In lane k of limb i: limb i of (k - 1)·p, in two's complement.
    multiples: [__m512i; 5],
    /// The numbers k·p that are added where something below them is subtracted.
    three: [__m512i; 5],
    five: [__m512i; 5],
    /// 2^264: turns Montgomery form with R = 2^256 into that with R = 2^260.
    enter: Elements,
    /// 2^256: turns it back.
    leave: Elements,
    /// 1, that is 2^260.
    pub(super) one: Elements,
}

/// A number below 2^260 in limbs.
fn split(limbs: &[u64]) -> [u64; 5] {
    let limb = |i: usize| limbs.get(i).copied().unwrap_or(0);
    [
        limb(0),
        limb(0) >> 52 | limb(1) << 12,
        limb(1) >> 40 | limb(2) << 24,
        limb(2) >> 28 | limb(3) << 36,
        limb(3) >> 16 | limb(4) << 48,
    ]
    .map(|limb| limb & LIMB_MASK)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn everywhere(limbs: [u64; 5]) -> [__m512i; 5] {
    limbs.map(|limb| _mm512_set1_epi64(limb as i64))
}

/// Brings limbs between -2^62 and 2^62 of a value in [0, 2^260) below 2^52.
#[target_feature(enable = "avx512f")]
#[inline]
fn carry(mut limbs: [__m512i; 5]) -> Elements {
    let mask = _mm512_set1_epi64(LIMB_MASK as i64);
    for i in 0..4 {
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], _mm512_srai_epi64::<LIMB_BITS>(limbs[i]));
        limbs[i] = _mm512_and_si512(limbs[i], mask);
    }
    Elements(limbs)
}

impl Field {
    /// The constants of `F`.
    #[target_feature(enable = "avx512f")]
    pub(super) fn new<F: PastaField>() -> Self {
        let modulus = split(F::MODULUS.as_ref());
        // Newton's iteration doubles the number of right bits of 1/p each time; p is its own inverse modulo 8.
        let mut inverse = modulus[0];
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(modulus[0].wrapping_mul(inverse)));
        }
        let power_of_two =
            |exponent: u64| Elements(everywhere(split(F::from(2u64).pow([exponent]).into_bigint().as_ref())));
        let times = |factor: i64| modulus.map(|limb| _mm512_set1_epi64(limb as i64 * factor));
        Self {
            modulus: everywhere(modulus),
            inverse: _mm512_set1_epi64((inverse.wrapping_neg() & LIMB_MASK) as i64),
            multiples: modulus.map(|limb| {
                let limb = limb as i64;
                _mm512_set_epi64(6 * limb, 5 * limb, 4 * limb, 3 * limb, 2 * limb, limb, 0, -limb)
            }),
            three: times(3),
            five: times(5),
            enter: power_of_two(264),
            leave: power_of_two(256),
            one: power_of_two(260),
        }
    }

    /// a·b/R, reduced. The limbs of both are below 2^52, and a·b is below 2^260·p: 8p times 7p, for example.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn mul(&self, a: &Elements, b: &Elements) -> Elements {
        let zero = _mm512_setzero_si512();
        let (b, modulus) = (&b.0, &self.modulus);
        let mut t = [zero; 5];
        for i in 0..5 {
            let a = a.0[i];
            // Each limb gains less than 2^54 a round: below 2^57 in the end.
            t = core::array::from_fn(|j| _mm512_madd52lo_epu64(t[j], a, b[j]));
            let m = _mm512_madd52lo_epu64(zero, t[0], self.inverse);
            t = core::array::from_fn(|j| _mm512_madd52lo_epu64(t[j], m, modulus[j]));
            // The lowest limb is now a multiple of 2^52. It goes, and the upper halves come a limb higher.
            let carry = _mm512_srli_epi64::<LIMB_BITS>(t[0]);
            t = [_mm512_add_epi64(t[1], carry), t[2], t[3], t[4], zero];
            t = core::array::from_fn(|j| _mm512_madd52hi_epu64(t[j], a, b[j]));
            t = core::array::from_fn(|j| _mm512_madd52hi_epu64(t[j], m, modulus[j]));
        }
        // Below a·b/2^260 + p.
        carry(t)
    }

    /// Brings a value in [0, 8·2^254) with limbs between -2^60 and 2^60 to a reduced one.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn reduce(&self, limbs: [__m512i; 5]) -> Elements {
        // q = floor(value/2^254), unless the value is within 2^216 of a multiple, as the lower limbs are not carried:
        // then it may be one off. Subtracting (q - 1)·p leaves a value in (p - 2^216 - 2^131, 2p + 2^216).
        let q = _mm512_srai_epi64::<{ TOP_BIT - 4 * LIMB_BITS }>(limbs[4]);
        let mut difference = limbs;
        for (limb, multiples) in difference.iter_mut().zip(&self.multiples) {
            *limb = _mm512_sub_epi64(*limb, _mm512_permutexvar_epi64(q, *multiples));
        }
        carry(difference)
    }

    /// a - b, below 5p + 2^217, limbs below 2^52. Both are reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn sub(&self, a: &Elements, b: &Elements) -> Elements {
        carry(core::array::from_fn(|i| _mm512_add_epi64(_mm512_sub_epi64(a.0[i], b.0[i]), self.three[i])))
    }

    /// a - b - c, reduced. All are reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn sub_two(&self, a: &Elements, b: &Elements, c: &Elements) -> Elements {
        self.reduce(core::array::from_fn(|i| {
            let sum = _mm512_add_epi64(b.0[i], c.0[i]);
            _mm512_add_epi64(_mm512_sub_epi64(a.0[i], sum), self.five[i])
        }))
    }

    /// a - b, reduced. Both are reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn sub_reduced(&self, a: &Elements, b: &Elements) -> Elements {
        self.reduce(core::array::from_fn(|i| {
            _mm512_add_epi64(_mm512_sub_epi64(a.0[i], b.0[i]), self.three[i])
        }))
    }

    /// -a in the lanes of `mask`, a in the others, reduced. It is reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn negate(&self, mask: u8, a: &Elements) -> Elements {
        let negated = self.reduce(core::array::from_fn(|i| _mm512_sub_epi64(self.three[i], a.0[i])));
        select(mask, &negated, a)
    }

    /// 2a, limbs below 2^52. It is reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn double(a: &Elements) -> Elements {
        carry(core::array::from_fn(|i| _mm512_add_epi64(a.0[i], a.0[i])))
    }

    /// 3a, limbs below 2^52. It is reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn triple(a: &Elements) -> Elements {
        carry(core::array::from_fn(|i| _mm512_add_epi64(_mm512_add_epi64(a.0[i], a.0[i]), a.0[i])))
    }

    /// Eight elements, given by the limbs of their Montgomery form with R = 2^256, which are below p. Reduced.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn load(&self, elements: &[[u64; 4]; 8]) -> Elements {
        let split = elements.map(|limbs| split(&limbs));
        let limbs = core::array::from_fn(|i| {
            let lane = |lane: usize| split[lane][i] as i64;
            _mm512_set_epi64(lane(7), lane(6), lane(5), lane(4), lane(3), lane(2), lane(1), lane(0))
        });
        self.mul(&Elements(limbs), &self.enter)
    }

    /// The reverse of [`Self::load`], of reduced elements.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn store<F: PastaField>(&self, elements: &Elements) -> [[u64; 4]; 8] {
        // Below 2^256·(2p + 2^216)/2^260 + p, and so below 2p.
        let limbs: [[u64; 8]; 5] = self.mul(elements, &self.leave).0.map(bytemuck::cast);
        core::array::from_fn(|lane| {
            let limb = |i: usize| limbs[i][lane];
            let joined = [
                limb(0) | limb(1) << 52,
                limb(1) >> 12 | limb(2) << 40,
                limb(2) >> 24 | limb(3) << 28,
                limb(3) >> 36 | limb(4) << 16,
            ];
            let mut value = ark_ff::BigInt::<4>(joined);
            if value >= F::MODULUS {
                value.sub_with_borrow(&F::MODULUS);
            }
            value.0
        })
    }
}

/// `a` in the lanes of `mask`, `b` in the others.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn select(mask: u8, a: &Elements, b: &Elements) -> Elements {
    Elements(core::array::from_fn(|i| _mm512_mask_blend_epi64(mask, b.0[i], a.0[i])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fp, Fq};
    use proptest::prelude::*;

    /// Every operation on eight pairs, at the ends of the field and the largest values that it may be given.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn check<F: PastaField>(pairs: &[[F; 2]; 8]) {
        let field = Field::new::<F>();
        let [a, b] = [0, 1].map(|side| pairs.map(|pair| pair[side]));
        let [x, y] = [a, b].map(|side| field.load(&side.map(|element| element.to_limbs())));
        let agrees = |elements: Elements, expected: &dyn Fn(F, F) -> F| {
            let found = field.store::<F>(&field.mul(&elements, &field.one)).map(F::from_limbs_unchecked);
            assert_eq!(found, core::array::from_fn(|lane| expected(a[lane], b[lane])));
        };
        agrees(x, &|a, _| a);
        agrees(field.mul(&x, &y), &|a, b| a * b);
        agrees(field.sub(&x, &y), &|a, b| a - b);
        agrees(field.sub_reduced(&x, &y), &|a, b| a - b);
        agrees(field.sub_two(&x, &y, &y), &|a, b| a - b.double());
        agrees(field.negate(0b1111_1111, &x), &|a, _| -a);
        agrees(field.negate(0, &x), &|a, _| a);
        agrees(Field::double(&x), &|a, _| a.double());
        agrees(Field::triple(&x), &|a, _| a.double() + a);
        // The largest factors: 5p + 2^217 and 6p + 2^218.
        agrees(field.mul(&field.sub(&x, &y), &Field::triple(&x)), &|a, b| (a - b) * (a.double() + a));
        // Chains of subtractions stay reduced.
        let mut chain = x;
        for _ in 0..9 {
            chain = field.sub_two(&chain, &y, &x);
            let top: [u64; 8] = bytemuck::cast(chain.0[4]);
            assert!(
                top.iter().all(|top| *top <= 1 << (TOP_BIT - 4 * LIMB_BITS + 1) | 1 << 8),
                "below 2p + 2^216"
            );
        }
        agrees(chain, &|a, b| (0..9).fold(a, |chain, _| chain - b - a));
    }

    fn edges_among<F: PastaField>(bytes: &[[[u8; 32]; 2]; 8]) -> [[F; 2]; 8] {
        let mut pairs = bytes.map(|pair| pair.map(|bytes| F::from_le_bytes_mod_order(&bytes)));
        let inverse_of_radix = F::from(2u64).pow([256]).inverse().unwrap_or(F::ZERO);
        // 0, 1, -1, and the elements with the smallest and largest Montgomery forms.
        let edges = [F::ZERO, F::ONE, -F::ONE, inverse_of_radix, -inverse_of_radix];
        for (pair, edge) in pairs.iter_mut().zip(edges) {
            pair[usize::from(bytes[0][0][0] % 2)] = edge;
        }
        pairs
    }

    proptest! {
        #[test]
        fn operations_agree_with_ark(bytes: [[[u8; 32]; 2]; 8]) {
            if super::super::is_available() {
                // SAFETY: the machine has the instructions.
                #[expect(unsafe_code, reason = "as in the parent module")]
                unsafe {
                    check::<Fp>(&edges_among(&bytes));
                    check::<Fq>(&edges_among(&bytes));
                }
            }
        }
    }
}
