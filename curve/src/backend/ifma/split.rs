//! Scalars split by the endomorphism, eight at a time.

#![allow(clippy::needless_range_loop, reason = "i, j and k count limbs of several numbers at once")]

use core::arch::x86_64::*;

use quickpickle_srs_data::MontgomeryForm;

use super::affine::LANES;
use super::field::{Elements, Field, LIMB_BITS, LIMB_MASK, Limbs, from_words, split as limbs_of};
use crate::backend::portable;
use crate::pasta::{KimchiCurve, Lattice, ScalarField};

/// Limbs in which halves are computed, modulo 2^156: all are between -2^127 and 2^127.
const WIDTH: usize = 3;

/// The halves of each scalar, as [`split`](crate::split) gives them; the lengths agree.
pub(crate) fn split_all<C: KimchiCurve>(scalars: &[ScalarField<C>], halves: &mut [[i128; 2]]) {
    let (eights, rest) = scalars.as_chunks::<LANES>();
    let (halves_of_eights, halves_of_rest) = halves.as_chunks_mut::<LANES>();
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    unsafe {
        split_eights::<C>(eights, halves_of_eights);
    }
    portable::split_all::<C>(rest, halves_of_rest);
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn split_eights<C: KimchiCurve>(scalars: &[[ScalarField<C>; LANES]], halves: &mut [[[i128; 2]; LANES]]) {
    let field = Field::new::<ScalarField<C>>();
    let Lattice { a, b, g } = C::ENDO_LATTICE;
    let [g1, g2] = g.map(|g| limbs_of(&g));
    let [a1, a2, b1, b2] = [a[0], a[1], b[0], b[1]].map(|x| limbs_of(&[x as u64, (x >> 64) as u64]));
    // A product with 16/2^260 makes of a Montgomery form with 2^256 the number, below p.
    let mut sixteen = [_mm512_setzero_si512(); 5];
    sixteen[0] = _mm512_set1_epi64(16);
    let sixteen = Elements(sixteen);
    for (scalars, halves) in scalars.iter().zip(halves) {
        let mut words = [[0u64; LANES]; 4];
        for (lane, scalar) in scalars.iter().enumerate() {
            for (word, limb) in words.iter_mut().zip(scalar.to_limbs()) {
                word[lane] = limb;
            }
        }
        let s = field.mul(&from_words(words.map(bytemuck::cast)), &sixteen);
        let (c1, c2) = (rounded_high(&s, &g2), rounded_high(&s, &g1));
        let zero = [_mm512_setzero_si512(); WIDTH];
        let subtracted = plus_product(plus_product(zero, &c1, &a1), &c2, &a2);
        let first = to_words(minus([s.0[0], s.0[1], s.0[2]], subtracted));
        let second = to_words(minus(plus_product(zero, &c1, &b1), plus_product(zero, &c2, &b2)));
        let words: [[u64; LANES]; 4] = [first[0], first[1], second[0], second[1]].map(bytemuck::cast);
        for (lane, halves) in halves.iter_mut().enumerate() {
            let [low, high, low2, high2] = words.map(|word| u128::from(word[lane]));
            *halves = [(low | high << 64) as i128, (low2 | high2 << 64) as i128];
        }
    }
}

/// s·g/2^320, rounded to the nearest integer, which must be below 2^130; but for 2^-150, as columns below 2^156 are left out.
/// Limbs of s are below 2^52, and g is below 2^208.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn rounded_high(s: &Elements, g: &Limbs) -> [__m512i; WIDTH] {
    const LOWEST: usize = 3;
    let mut t = [_mm512_setzero_si512(); 10];
    for i in 0..5 {
        for j in 0..4 {
            let g = _mm512_set1_epi64(g[j] as i64);
            if i + j >= LOWEST {
                t[i + j] = _mm512_madd52lo_epu64(t[i + j], s.0[i], g);
            }
            if i + j + 1 >= LOWEST {
                t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], s.0[i], g);
            }
        }
    }
    // 2^320 is 2^8 in the sixth limb, and half of that is added.
    t[6] = _mm512_add_epi64(t[6], _mm512_set1_epi64(1 << 7));
    let mask = _mm512_set1_epi64(LIMB_MASK as i64);
    for k in LOWEST..9 {
        t[k + 1] = _mm512_add_epi64(t[k + 1], _mm512_srli_epi64::<LIMB_BITS>(t[k]));
        t[k] = _mm512_and_si512(t[k], mask);
    }
    let joined = |low, high| {
        let high = _mm512_slli_epi64::<{ LIMB_BITS - 8 }>(high);
        _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64::<8>(low), high), mask)
    };
    [joined(t[6], t[7]), joined(t[7], t[8]), joined(t[8], t[9])]
}

/// sum + x·y modulo 2^156; limbs of x are below 2^52, and each limb of the sum grows by less than 2^55.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn plus_product(mut sum: [__m512i; WIDTH], x: &[__m512i; WIDTH], y: &Limbs) -> [__m512i; WIDTH] {
    for i in 0..WIDTH {
        for j in 0..WIDTH - i {
            let y = _mm512_set1_epi64(y[j] as i64);
            sum[i + j] = _mm512_madd52lo_epu64(sum[i + j], x[i], y);
            if i + j + 1 < WIDTH {
                sum[i + j + 1] = _mm512_madd52hi_epu64(sum[i + j + 1], x[i], y);
            }
        }
    }
    sum
}

/// a - b, limb by limb.
#[target_feature(enable = "avx512f")]
#[inline]
fn minus(mut a: [__m512i; WIDTH], b: [__m512i; WIDTH]) -> [__m512i; WIDTH] {
    for (a, b) in a.iter_mut().zip(b) {
        *a = _mm512_sub_epi64(*a, b);
    }
    a
}

/// The lowest 128 bits; limbs are between -2^62 and 2^62.
#[target_feature(enable = "avx512f")]
#[inline]
fn to_words([l0, l1, l2]: [__m512i; WIDTH]) -> [__m512i; 2] {
    let mask = _mm512_set1_epi64(LIMB_MASK as i64);
    let l1 = _mm512_add_epi64(l1, _mm512_srai_epi64::<LIMB_BITS>(l0));
    let l2 = _mm512_add_epi64(l2, _mm512_srai_epi64::<LIMB_BITS>(l1));
    let (l0, l1) = (_mm512_and_si512(l0, mask), _mm512_and_si512(l1, mask));
    [
        _mm512_or_si512(l0, _mm512_slli_epi64::<52>(l1)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(l1), _mm512_slli_epi64::<40>(l2)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use ark_ff::{AdditiveGroup, Field, PrimeField};
    use proptest::prelude::*;

    fn agrees<C: KimchiCurve>(scalars: &[ScalarField<C>]) {
        if super::super::is_available() {
            let [mut ours, mut expected] = [(); 2].map(|()| vec![[1; 2]; scalars.len()]);
            split_all::<C>(scalars, &mut ours);
            portable::split_all::<C>(scalars, &mut expected);
            assert_eq!(ours, expected);
        }
    }

    #[test]
    fn edges_are_split_as_by_the_portable_code() {
        fn edges<C: KimchiCurve>() {
            let mut scalars = vec![ScalarField::<C>::ZERO];
            let mut power = ScalarField::<C>::ONE;
            for _ in 0..300 {
                scalars.extend([power, -power, power * C::ENDO_SCALAR, power - ScalarField::<C>::ONE]);
                power += power;
            }
            agrees::<C>(&scalars);
        }
        edges::<PallasConfig>();
        edges::<VestaConfig>();
    }

    proptest! {
        #[test]
        fn scalars_are_split_as_by_the_portable_code(bytes in prop::collection::vec(any::<[u8; 64]>(), 0..30)) {
            let pallas: Vec<_> = bytes.iter().map(|bytes| PrimeField::from_le_bytes_mod_order(bytes)).collect();
            let vesta: Vec<_> = bytes.iter().map(|bytes| PrimeField::from_le_bytes_mod_order(bytes)).collect();
            agrees::<PallasConfig>(&pallas);
            agrees::<VestaConfig>(&vesta);
        }
    }
}
