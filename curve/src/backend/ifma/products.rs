//! Products, with what follows them in the formulas of points and of Poseidon.
//!
//! What bounds them is the number of `madd52`, of which the machines start one a cycle. Each needs the result of the one before,
//! four cycles later: two products side by side fill the gaps ([`pairs`](super::pairs)). The modulus has a limb of zero and a power
//! of two on top, whose multiples are shifts.

#![expect(
    clippy::needless_range_loop,
    reason = "i, j and n count limbs and vectors, of several arrays at once"
)]

use bytemuck::Zeroable;
use core::arch::x86_64::*;

use super::field::{Elements, Factor, Field, LIMB_BITS, LIMB_MASK, TOP_SHIFT, carry, carry_factor};

impl Field {
    /// a·b/R, reduced. The limbs of both are below 2^52, and a·b is below 2^260·p: 8p times 7p, for example.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn mul(&self, a: &Factor, b: &Factor) -> Elements {
        let [product] = self.products_in_registers([a], [b]);
        carry(product)
    }

    /// a·b/R, below 2p, limbs below 2^57; the factors' bounds as in [`Self::mul`].
    ///
    /// 16 `madd52` a round, 80 in all. Where both pairs are in registers, two of these are faster than the pair that takes its
    /// factors from memory.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn products_in_registers<const N: usize>(
        &self,
        a: [&Factor; N],
        b: [&Factor; N],
    ) -> [[__m512i; 5]; N] {
        let zero = _mm512_setzero_si512();
        let mut t = [[zero; 6]; N];
        for i in 0..5 {
            // Each limb gains less than 2^54 a round: below 2^57 in the end.
            for j in 0..5 {
                for n in 0..N {
                    t[n][j] = _mm512_madd52lo_epu64(t[n][j], a[n].0[i], b[n].0[j]);
                }
            }
            let mut m = [zero; N];
            for n in 0..N {
                m[n] = _mm512_madd52lo_epu64(zero, t[n][0], self.inverse);
            }
            for j in 0..5 {
                for n in 0..N {
                    t[n][j + 1] = _mm512_madd52hi_epu64(t[n][j + 1], a[n].0[i], b[n].0[j]);
                }
            }
            for n in 0..N {
                self.clear_lowest(&mut t[n], m[n]);
                t[n] = [t[n][1], t[n][2], t[n][3], t[n][4], t[n][5], zero];
            }
        }
        // Below a·b/2^260 + p.
        let mut low = [[zero; 5]; N];
        for n in 0..N {
            low[n] = [t[n][0], t[n][1], t[n][2], t[n][3], t[n][4]];
        }
        low
    }

    /// Adds m·p to the limbs `t`, which makes the lowest the next multiple of 2^52, and carries that to the second.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn clear_lowest(&self, t: &mut [__m512i; 6], m: __m512i) {
        let mask = _mm512_set1_epi64(LIMB_MASK as i64);
        let [p0, p1, p2, _, p4] = self.modulus;
        let carry = _mm512_srli_epi64::<LIMB_BITS>(_mm512_add_epi64(t[0], mask));
        t[1] = _mm512_add_epi64(t[1], carry);
        t[1] = _mm512_madd52lo_epu64(t[1], m, p1);
        t[2] = _mm512_madd52lo_epu64(t[2], m, p2);
        t[3] = _mm512_madd52hi_epu64(t[3], m, p2);
        t[1] = _mm512_madd52hi_epu64(t[1], m, p0);
        t[2] = _mm512_madd52hi_epu64(t[2], m, p1);
        // m·2^254, with 254 - 4·52 = 46 bits in the highest limb.
        if self.top_by_products {
            t[4] = _mm512_madd52lo_epu64(t[4], m, p4);
            t[5] = _mm512_madd52hi_epu64(t[5], m, p4);
        } else {
            t[4] = _mm512_add_epi64(t[4], _mm512_and_si512(_mm512_slli_epi64::<TOP_SHIFT>(m), mask));
            t[5] = _mm512_add_epi64(t[5], _mm512_srli_epi64::<{ LIMB_BITS - TOP_SHIFT }>(m));
        }
    }

    /// a²/R, reduced; bounds as in [`Self::mul`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn square(&self, a: &Factor) -> Elements {
        carry(self.squared(a))
    }

    /// a²/R, below 2p, limbs below 2^57; bounds of `a` as in [`Self::mul`]. 60 `madd52`.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn squared(&self, Factor(a): &Factor) -> [__m512i; 5] {
        let zero = _mm512_setzero_si512();
        // Products of different limbs, once each and then doubled, and squares: below 2^56 a limb.
        let mut t = [zero; 10];
        for i in 0..5 {
            for j in i + 1..5 {
                t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], a[j]);
                t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], a[j]);
            }
        }
        for limb in &mut t {
            *limb = _mm512_add_epi64(*limb, *limb);
        }
        for i in 0..5 {
            t[2 * i] = _mm512_madd52lo_epu64(t[2 * i], a[i], a[i]);
            t[2 * i + 1] = _mm512_madd52hi_epu64(t[2 * i + 1], a[i], a[i]);
        }
        self.montgomery(t)
    }

    /// The 2^260th part of a number in limbs below 2^57, modulo p, and greater by less than p: limbs below 2^57.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn montgomery(&self, mut t: [__m512i; 10]) -> [__m512i; 5] {
        for i in 0..5 {
            let m = _mm512_madd52lo_epu64(_mm512_setzero_si512(), t[i], self.inverse);
            let mut six = [t[i], t[i + 1], t[i + 2], t[i + 3], t[i + 4], t[i + 5]];
            self.clear_lowest(&mut six, m);
            t[i..i + 6].copy_from_slice(&six);
        }
        let [.., t5, t6, t7, t8, t9] = t;
        [t5, t6, t7, t8, t9]
    }

    /// The 2^260th part of a number below 2^8·p², reduced, in limbs below 2^64 - 2^12.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn reduced_sum(&self, mut t: [__m512i; 10]) -> Elements {
        let mask = _mm512_set1_epi64(LIMB_MASK as i64);
        for k in 0..9 {
            t[k + 1] = _mm512_add_epi64(t[k + 1], _mm512_srli_epi64::<LIMB_BITS>(t[k]));
            t[k] = _mm512_and_si512(t[k], mask);
        }
        // Below 2^8·p²/2^260 + p < 5.1p.
        self.reduce(self.montgomery(t))
    }

    /// a² - b - 2c of two triples, reduced: b is below 5p + 2^217, c reduced, and a as in [`Self::mul`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn squares_minus(
        &self,
        a: [&Factor; 2],
        b: [&Elements; 2],
        c: [&Elements; 2],
    ) -> [Elements; 2] {
        let squares = self.two_squares(a);
        let mut results = [Elements::zeroed(); 2];
        for n in 0..2 {
            // The sum of what is subtracted is below 9p + 2^218, so that the whole is between p/2 and 12p.
            let mut difference = squares[n];
            for i in 0..5 {
                let sum = _mm512_add_epi64(_mm512_add_epi64(b[n].0[i], c[n].0[i]), c[n].0[i]);
                difference[i] = _mm512_sub_epi64(difference[i], sum);
            }
            results[n] = self.reduce_plus_ten(difference);
        }
        results
    }

    /// a·b - c of two triples, loose: c is above -p - 2^216 and below 2p + 2^216, its limbs between -2^58 and 2^58, and a and b are
    /// as in [`Self::mul`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn loose_products_minus(
        &self,
        a: [&Factor; 2],
        b: [&Factor; 2],
        c: [&Elements; 2],
    ) -> [Elements; 2] {
        let mut results = self.two_products(a, b);
        for n in 0..2 {
            for i in 0..5 {
                results[n][i] = _mm512_sub_epi64(results[n][i], c[n].0[i]);
            }
        }
        results.map(Elements)
    }

    /// a·b - c of two triples, reduced: c is loose, and a and b are as in [`Self::mul`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn products_minus(
        &self,
        a: [&Factor; 2],
        b: [&Factor; 2],
        c: [&Elements; 2],
    ) -> [Elements; 2] {
        let mut results = self.loose_products_minus(a, b, c);
        for result in &mut results {
            *result = self.reduce_plus_ten(result.0);
        }
        results
    }

    /// a·b/R of `N` pairs, two at a time, bounds as in [`Self::products_in_registers`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn products<const N: usize>(&self, a: [&Factor; N], b: [&Factor; N]) -> [[__m512i; 5]; N] {
        let mut products = [[_mm512_setzero_si512(); 5]; N];
        for n in (0..N).step_by(2) {
            if n + 1 < N {
                [products[n], products[n + 1]] = self.two_products([a[n], a[n + 1]], [b[n], b[n + 1]]);
            } else {
                [products[n]] = self.products_in_registers([a[n]], [b[n]]);
            }
        }
        products
    }

    /// [`Self::mul`] of `N` pairs.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn mul_each<const N: usize>(&self, a: [&Factor; N], b: [&Factor; N]) -> [Elements; N] {
        let products = self.products(a, b);
        let mut results = [Elements::zeroed(); N];
        for n in 0..N {
            results[n] = carry(products[n]);
        }
        results
    }

    /// [`Self::mul`] of `N` pairs, as factors.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn mul_factors<const N: usize>(&self, a: [&Factor; N], b: [&Factor; N]) -> [Factor; N] {
        let products = self.products(a, b);
        let mut results = [Factor::zeroed(); N];
        for n in 0..N {
            results[n] = carry_factor(products[n]);
        }
        results
    }

    /// [`Self::square`] of `N` elements, as factors.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn square_factors<const N: usize>(&self, a: [&Factor; N]) -> [Factor; N] {
        let mut results = [Factor::zeroed(); N];
        for n in (0..N).step_by(2) {
            if n + 1 < N {
                let [x, y] = self.two_squares([a[n], a[n + 1]]);
                [results[n], results[n + 1]] = [carry_factor(x), carry_factor(y)];
            } else {
                results[n] = carry_factor(self.squared(a[n]));
            }
        }
        results
    }

    /// [`Self::square`] of two elements.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn square_each(&self, a: [&Factor; 2]) -> [Elements; 2] {
        let [x, y] = self.two_squares(a);
        [carry(x), carry(y)]
    }

    /// Σ aᵢ·bᵢ/R over at most eight pairs of reduced elements, reduced.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn dot<const N: usize>(&self, pairs: [[&Elements; 2]; N]) -> Elements {
        // As in `products`, with eight of them a round: below 2^60 a limb.
        let zero = _mm512_setzero_si512();
        let mut t = [zero; 6];
        for i in 0..5 {
            for [a, b] in &pairs {
                for j in 0..5 {
                    t[j] = _mm512_madd52lo_epu64(t[j], a.0[i], b.0[j]);
                }
            }
            let m = _mm512_madd52lo_epu64(zero, t[0], self.inverse);
            for [a, b] in &pairs {
                for j in 0..5 {
                    t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], a.0[i], b.0[j]);
                }
            }
            self.clear_lowest(&mut t, m);
            t = [t[1], t[2], t[3], t[4], t[5], zero];
        }
        // Below 8·(2p + 2^216)²/2^260 + p < 1.6p.
        let [t0, t1, t2, t3, t4, _] = t;
        carry([t0, t1, t2, t3, t4])
    }

    /// Σ rowᵢ·xᵢ/R + y + c over two pairs, in `N` vectors: below 4.2p, limbs below 2^52. The xᵢ and y are below 2.1p, and `row` and
    /// c, which are the same in all vectors, below p.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn dots_plus<const N: usize>(
        &self,
        row: &[Elements; 2],
        x: &[[&Elements; 2]; N],
        y: &[&Elements; N],
        c: &Elements,
    ) -> [Elements; N] {
        // As in `products`, with two of them a round: below 2^58 a limb.
        let zero = _mm512_setzero_si512();
        let mut t = [[zero; 6]; N];
        for i in 0..5 {
            for (k, row) in row.iter().enumerate() {
                let a = row.0[i];
                for j in 0..5 {
                    for n in 0..N {
                        t[n][j] = _mm512_madd52lo_epu64(t[n][j], a, x[n][k].0[j]);
                    }
                }
            }
            let mut m = [zero; N];
            for n in 0..N {
                m[n] = _mm512_madd52lo_epu64(zero, t[n][0], self.inverse);
            }
            for (k, row) in row.iter().enumerate() {
                let a = row.0[i];
                for j in 0..5 {
                    for n in 0..N {
                        t[n][j + 1] = _mm512_madd52hi_epu64(t[n][j + 1], a, x[n][k].0[j]);
                    }
                }
            }
            for n in 0..N {
                self.clear_lowest(&mut t[n], m[n]);
                t[n] = [t[n][1], t[n][2], t[n][3], t[n][4], t[n][5], zero];
            }
        }
        // Below 2·2.1p·p/2^260 + p, that is 1.1p, and y and c.
        let mut results = [Elements::zeroed(); N];
        for n in 0..N {
            let mut sum = [zero; 5];
            for i in 0..5 {
                sum[i] = _mm512_add_epi64(_mm512_add_epi64(t[n][i], y[n].0[i]), c.0[i]);
            }
            results[n] = carry(sum);
        }
        results
    }
}
