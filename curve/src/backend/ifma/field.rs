//! Eight elements of a Pasta field at a time, in the vectors of AVX-512 IFMA.
//!
//! An element is five limbs of 52 bits, each limb a vector of eight lanes. Products are Montgomery's with R = 2^260, while
//! coordinates come from tables as they are, in Montgomery form with 2^256: to this arithmetic they are sixteenths of
//! what they stand for, and the formulas of [`affine`](super::affine) make up for that.
//!
//! Values are lazily reduced. "Reduced" means limbs below 2^52 and a value below 2p + 2^216; "loose" a value above -2p - 2^217 and
//! below 3p + 2^217, with limbs between -2^59 and 2^59. Every function says what it takes and what it gives.

use core::arch::x86_64::*;

use quickpickle_srs_data::MontgomeryForm;

use crate::field::PastaField;

pub(super) const LIMB_BITS: u32 = 52;
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;
/// p is just above this power of two.
const TOP_BIT: u32 = 254;
/// The same in the highest limb.
pub(super) const TOP_SHIFT: u32 = TOP_BIT - 4 * LIMB_BITS;

/// Eight field elements.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(super) struct Elements(pub(super) [__m512i; 5]);

/// A factor: limbs of which the lowest 52 bits count, as products read no others.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(super) struct Factor(pub(super) [__m512i; 5]);

impl Elements {
    /// All of them as factors.
    #[inline(always)]
    pub(super) fn factors<const N: usize>(all: &[Self; N]) -> [&Factor; N] {
        all.each_ref().map(|elements| &**elements)
    }
}

impl core::ops::Deref for Elements {
    type Target = Factor;

    #[inline(always)]
    fn deref(&self) -> &Factor {
        bytemuck::cast_ref(self)
    }
}

/// Whether the processor starts two `madd52` in a cycle, and no other vectors beside them. So do Intel's with the 16-bit floats of
/// AVX-512, Sapphire Rapids and later; Zen 4 starts one, and two others.
fn two_madds_a_cycle() -> bool {
    is_x86_feature_detected!("avx512fp16")
}

/// The constants of a field, each in all lanes.
pub(super) struct Field {
    pub(super) modulus: [__m512i; 5],
    /// -1/p modulo 2^52
    pub(super) inverse: __m512i,
    /// What [`Field::reduce`] takes away: of values that are as they are, and that 10p is added to.
    multiples: [Multiples; 2],
    /// The numbers k·p that are added where something below them is subtracted.
    pub(super) three: [__m512i; 5],
    pub(super) ten: [__m512i; 5],
    /// 1, that is 2^260.
    pub(super) one: Elements,
    /// Whether pairs of products add multiples of p's highest limb as products, not as shifts.
    pub(super) top_by_products: bool,
}

/// Multiples of p, by how many there are in the sum of a value and n·p.
struct Multiples {
    /// For the three lowest limbs: in lane k of two vectors limb i of (k - 1 - n)·p, in two's complement.
    lowest: [[__m512i; 2]; 3],
    /// The highest limb of n·p.
    top: __m512i,
}

/// Limbs of 52 bits.
pub(super) type Limbs = [u64; 5];

/// A number below 2^260 in limbs.
pub(super) fn split(limbs: &[u64]) -> Limbs {
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

/// -1/p modulo 2^52.
pub(super) fn inverse(modulus: &Limbs) -> u64 {
    // Newton's iteration doubles the number of right bits of 1/p each time; p is its own inverse modulo 8.
    let mut inverse = modulus[0];
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(modulus[0].wrapping_mul(inverse)));
    }
    inverse.wrapping_neg() & LIMB_MASK
}

#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn everywhere(limbs: [u64; 5]) -> [__m512i; 5] {
    limbs.map(|limb| _mm512_set1_epi64(limb as i64))
}

/// a - b, limb by limb.
#[target_feature(enable = "avx512f")]
#[inline]
fn minus(a: &Elements, b: &Elements) -> [__m512i; 5] {
    let mut difference = a.0;
    for (limb, b) in difference.iter_mut().zip(&b.0) {
        *limb = _mm512_sub_epi64(*limb, *b);
    }
    difference
}

/// Brings limbs between -2^62 and 2^62 of a value in [0, 2^260) below 2^52, but for what factors have above that.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn carry_factor(mut limbs: [__m512i; 5]) -> Factor {
    for i in 0..4 {
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], _mm512_srai_epi64::<LIMB_BITS>(limbs[i]));
    }
    Factor(limbs)
}

/// Brings limbs between -2^62 and 2^62 of a value in [0, 2^260) below 2^52.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn carry(mut limbs: [__m512i; 5]) -> Elements {
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
        let times = |factor: i64| modulus.map(|limb| _mm512_set1_epi64(limb as i64 * factor));
        Self {
            modulus: everywhere(modulus),
            inverse: _mm512_set1_epi64(inverse(&modulus) as i64),
            multiples: [0, 10].map(|added| Multiples {
                lowest: core::array::from_fn(|limb| {
                    let limb = modulus[limb] as i64;
                    [-1, 7].map(|first| {
                        let multiple = |k| (first + k as i64 - added) * limb;
                        bytemuck::cast::<[i64; 8], _>(core::array::from_fn(multiple))
                    })
                }),
                top: _mm512_set1_epi64(added << TOP_SHIFT),
            }),
            three: times(3),
            ten: times(10),
            one: Self::constant(F::from(1u64 << 4)),
            top_by_products: two_madds_a_cycle(),
        }
    }

    /// The limbs of an element's Montgomery form with 2^256, in all lanes: a 2^k stands for 2^(256 + k). Reduced.
    #[target_feature(enable = "avx512f")]
    pub(super) fn constant<F: MontgomeryForm>(element: F) -> Elements {
        Elements(everywhere(split(&element.to_limbs())))
    }

    /// a + k·p in limbs, of k·p in limbs. The limb that is zero in p is left out.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn plus(mut limbs: [__m512i; 5], multiple: &[__m512i; 5]) -> [__m512i; 5] {
        for i in [0, 1, 2, 4] {
            limbs[i] = _mm512_add_epi64(limbs[i], multiple[i]);
        }
        limbs
    }

    /// Brings a value in [0, 16·2^254) with limbs between -2^60 and 2^60 to a reduced one.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn reduce(&self, limbs: [__m512i; 5]) -> Elements {
        let [as_it_is, _] = &self.multiples;
        as_it_is.reduce(limbs)
    }

    /// The same of a value in [-10·2^254, 6·2^254).
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn reduce_plus_ten(&self, limbs: [__m512i; 5]) -> Elements {
        let [_, ten] = &self.multiples;
        ten.reduce(limbs)
    }

    /// a - b, below 5p + 2^217, limbs below 2^52. Both are reduced; limbs of `a` may be negative, above -2^52.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn sub(&self, a: &Elements, b: &Elements) -> Elements {
        carry(Self::plus(minus(a, b), &self.three))
    }

    /// a - b as a factor, below 14p. Both are loose.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn loose_difference(&self, a: &Elements, b: &Elements) -> Factor {
        carry_factor(Self::plus(minus(a, b), &self.ten))
    }

    /// 4(d + a - x) as a factor, where d is b - a as [`Self::sub`] has it: below 20p + 2^219. All of b, a and x are reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn four_times_run(d: &Elements, a: &Elements, x: &Elements) -> Factor {
        let mut run = minus(d, x);
        for (limb, a) in run.iter_mut().zip(&a.0) {
            *limb = _mm512_slli_epi64::<2>(_mm512_add_epi64(*limb, *a));
        }
        carry_factor(run)
    }

    /// 4(a - b) as a factor, below 20p + 2^219. Both are reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn four_times_difference(&self, a: &Elements, b: &Elements) -> Factor {
        let mut difference = Self::plus(minus(a, b), &self.three);
        for limb in &mut difference {
            *limb = _mm512_slli_epi64::<2>(*limb);
        }
        carry_factor(difference)
    }

    /// -a in the lanes of `mask`, reduced, and a in the others. It is above -p - 2^216 and below 2p + 2^216.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn negate(&self, mask: u8, a: &Elements) -> Elements {
        let negated = self.reduce(core::array::from_fn(|i| _mm512_sub_epi64(self.three[i], a.0[i])));
        select(mask, &negated, a)
    }

    /// The reduced element of a loose one.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn tight(&self, a: &Elements) -> Elements {
        self.reduce_plus_ten(a.0)
    }

    /// 2a, below 16p + 2^218, limbs below 2^52. It is loose.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn double(&self, a: &Elements) -> Elements {
        let mut sum = a.0;
        for limb in &mut sum {
            *limb = _mm512_add_epi64(*limb, *limb);
        }
        carry(Self::plus(sum, &self.ten))
    }

    /// 3a, limbs below 2^52. It is reduced.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn triple(a: &Elements) -> Elements {
        let mut sum = a.0;
        for limb in &mut sum {
            *limb = _mm512_add_epi64(_mm512_add_epi64(*limb, *limb), *limb);
        }
        carry(sum)
    }

    /// -a in the lanes of `mask`, a in the others, up to p; limbs above -2^52 and below 2^52. It is below p.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn negate_canonical(&self, mask: u8, a: &Elements) -> Elements {
        let mut result = *a;
        for (limb, modulus) in result.0.iter_mut().zip(&self.modulus) {
            *limb = _mm512_mask_sub_epi64(*limb, mask, *modulus, *limb);
        }
        result
    }

    /// The value below p of a reduced one.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn canonical(&self, a: &Elements) -> Elements {
        // Below 3p: p goes twice at most.
        let mut a = *a;
        for _ in 0..2 {
            let difference = carry(minus(&a, &Elements(self.modulus)));
            let negative = _mm512_cmplt_epi64_mask(difference.0[4], _mm512_setzero_si512());
            a = select(negative, &a, &difference);
        }
        a
    }

    /// The 64-bit limbs, below p, of reduced elements.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn to_words(&self, elements: &Elements) -> [__m512i; 4] {
        words_of(&self.canonical(elements))
    }

    /// The lanes in which a value is zero modulo p: any value that [`Self::mul`] takes with a reduced one.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn zeros(&self, a: &Elements) -> u8 {
        let Elements([l0, l1, l2, l3, l4]) = self.canonical(&self.mul(a, &self.one));
        let any = [l1, l2, l3, l4].into_iter().fold(l0, |any, limb| _mm512_or_si512(any, limb));
        _mm512_testn_epi64_mask(any, any)
    }
}

impl Multiples {
    /// Brings the sum of a value and n·p, which is in [0, 16·2^254), to a reduced one; limbs are between -2^60 and 2^60.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn reduce(&self, mut limbs: [__m512i; 5]) -> Elements {
        // q = floor(sum/2^254), unless the sum is within 2^216 of a multiple, as the lower limbs are not carried, and n·p has
        // more than its highest limb: then it may be one off. Subtracting (q - 1)·p leaves a value in (p - 2^216 - 2^131,
        // 2p + 2^216).
        limbs[4] = _mm512_add_epi64(limbs[4], self.top);
        let q = _mm512_srai_epi64::<TOP_SHIFT>(limbs[4]);
        for (limb, [low, high]) in limbs.iter_mut().zip(&self.lowest) {
            *limb = _mm512_sub_epi64(*limb, _mm512_permutex2var_epi64(*low, q, *high));
        }
        // In the highest limb of p there is one bit.
        let top = _mm512_set1_epi64(1 << TOP_SHIFT);
        let below = _mm512_and_si512(limbs[4], _mm512_set1_epi64((1 << TOP_SHIFT) - 1));
        limbs[4] = _mm512_add_epi64(below, top);
        carry(limbs)
    }
}

/// Eight elements below 2^256 from their 64-bit limbs. Reduced if they are below p.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn from_words([w0, w1, w2, w3]: [__m512i; 4]) -> Elements {
    let mask = _mm512_set1_epi64(LIMB_MASK as i64);
    let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
    Elements([
        _mm512_and_si512(w0, mask),
        join(_mm512_srli_epi64::<52>(w0), _mm512_slli_epi64::<12>(w1)),
        join(_mm512_srli_epi64::<40>(w1), _mm512_slli_epi64::<24>(w2)),
        join(_mm512_srli_epi64::<28>(w2), _mm512_slli_epi64::<36>(w3)),
        _mm512_srli_epi64::<16>(w3),
    ])
}

/// The 64-bit limbs of values below 2^256, which reduced ones are, whose limbs are below 2^52.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn words_of(Elements([l0, l1, l2, l3, l4]): &Elements) -> [__m512i; 4] {
    [
        _mm512_or_si512(*l0, _mm512_slli_epi64::<52>(*l1)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(*l1), _mm512_slli_epi64::<40>(*l2)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(*l2), _mm512_slli_epi64::<28>(*l3)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(*l3), _mm512_slli_epi64::<16>(*l4)),
    ]
}

/// Number j of row i becomes number i of row j.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    // Pairs of rows, then of pairs: even numbers of both in `low`, odd ones in `high`, two numbers to a quarter.
    let mut low = [rows[0]; 4];
    let mut high = [rows[0]; 4];
    for ((low, high), [a, b]) in low.iter_mut().zip(&mut high).zip(rows.as_chunks::<2>().0) {
        *low = _mm512_unpacklo_epi64(*a, *b);
        *high = _mm512_unpackhi_epi64(*a, *b);
    }
    // Quarters 0 and 2, or 1 and 3, of two vectors.
    let even = |a, b| _mm512_shuffle_i64x2::<0x88>(a, b);
    let odd = |a, b| _mm512_shuffle_i64x2::<0xdd>(a, b);
    // Of four vectors: quarter 0 of each, quarter 1, 2, 3.
    let quarters = |[a, b, c, d]: [__m512i; 4]| {
        let (ab, cd) = (even(a, b), even(c, d));
        let (odd_ab, odd_cd) = (odd(a, b), odd(c, d));
        [even(ab, cd), even(odd_ab, odd_cd), odd(ab, cd), odd(odd_ab, odd_cd)]
    };
    let [c0, c2, c4, c6] = quarters(low);
    let [c1, c3, c5, c7] = quarters(high);
    [c0, c1, c2, c3, c4, c5, c6, c7]
}

/// `a` in the lanes of `mask`, `b` in the others.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn select(mask: u8, a: &Elements, b: &Elements) -> Elements {
    let mut result = *b;
    for (limb, a) in result.0.iter_mut().zip(&a.0) {
        *limb = _mm512_mask_blend_epi64(mask, *limb, *a);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fp, Fq};
    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    /// Eight elements as they come from tables.
    #[target_feature(enable = "avx512f")]
    fn load<F: PastaField>(elements: &[F; 8]) -> Elements {
        let limbs = elements.map(MontgomeryForm::to_limbs);
        from_words(core::array::from_fn(|i| bytemuck::cast(limbs.map(|limbs| limbs[i]))))
    }

    #[target_feature(enable = "avx512f")]
    fn store<F: PastaField>(field: &Field, elements: &Elements) -> [F; 8] {
        let words: [[u64; 8]; 4] = field.to_words(elements).map(bytemuck::cast);
        core::array::from_fn(|lane| F::from_limbs(words.map(|word| word[lane])).expect("below p"))
    }

    /// Every operation on eight pairs, at the ends of the field and the largest values that it may be given.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn check<F: PastaField>(pairs: &[[F; 2]; 8]) {
        for top_by_products in [false, true] {
            check_in(&Field { top_by_products, ..Field::new::<F>() }, pairs);
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn check_in<F: PastaField>(field: &Field, pairs: &[[F; 2]; 8]) {
        let [a, b] = [0, 1].map(|side| pairs.map(|pair| pair[side]));
        let [x, y] = [load(&a), load(&b)];
        assert_eq!(store::<F>(field, &x), a);
        let is = |elements: &Elements, expected: &dyn Fn(F, F) -> F| {
            assert_eq!(store::<F>(field, elements), core::array::from_fn(|lane| expected(a[lane], b[lane])));
        };
        // Also of what is not reduced.
        let agrees = |elements: Elements, expected: &dyn Fn(F, F) -> F| {
            is(&field.mul(&elements, &field.one), expected);
        };
        let sixteenth = F::from(16u64).inverse().expect("not zero");
        is(&field.mul(&x, &y), &|a, b| a * b * sixteenth);
        is(&field.square(&x), &|a, _| a.square() * sixteenth);
        agrees(field.square(&Field::triple(&x)), &|a, _| (a.double() + a).square() * sixteenth);
        is(&field.mul(&x, &Field::constant(F::from(32u64))), &|a, _| a.double());
        agrees(field.sub(&x, &y), &|a, b| a - b);
        // Factors show in products; with 32 they are doubled.
        let twice = Field::constant(F::from(32u64));
        let four_times = field.four_times_difference(&x, &y);
        agrees(field.mul(&four_times, &twice), &|a, b| (a - b).double().double().double());
        let run = Field::four_times_run(&field.sub(&x, &y), &y, &x);
        agrees(field.mul(&run, &twice), &|_, _| F::ZERO);
        let run = Field::four_times_run(&field.sub(&x, &y), &y, &field.one);
        agrees(field.mul(&run, &twice), &|a, _| (a - F::from(16u64)).double().double().double());
        // Of two triples, the largest that are subtracted: 5p + 2^217 and twice 2p + 2^216.
        let minus_y = field.negate(0b1111_1111, &y);
        let squares = field.squares_minus([&x, &y], [&field.sub(&x, &y), &y], [&minus_y, &x]);
        is(&squares[0], &|a, b| a.square() * sixteenth - (a - b) + b.double());
        is(&squares[1], &|a, b| b.square() * sixteenth - b - a.double());
        let products = field.products_minus([&x, &y], [&y, &y], [&x, &minus_y]);
        is(&products[0], &|a, b| a * b * sixteenth - a);
        is(&products[1], &|_, b| b.square() * sixteenth + b);
        let dots = field.dots_plus(&[x, y], &[[&x, &minus_y]], &[&minus_y], &x);
        agrees(dots[0], &|x, y| (x * x - y * y) * sixteenth - y + x);
        is(&field.negate(0b1111_1111, &x), &|a, _| -a);
        is(&field.tight(&field.negate_canonical(0b1111_1111, &x)), &|a, _| -a);
        agrees(field.sub(&field.negate_canonical(0b1111_1111, &x), &y), &|a, b| -a - b);
        for negate in [field.negate(0, &x), field.negate_canonical(0, &x)] {
            is(&negate, &|a, _| a);
        }
        agrees(field.double(&x), &|a, _| a.double());
        // The smallest and the largest that are loose: less 2p + 2^216, and p more than that.
        let [small, large] = field.loose_products_minus([&x, &x], [&field.one, &field.one], [&minus_y, &y]);
        is(&field.tight(&small), &|a, b| a + b);
        agrees(field.double(&large), &|a, b| (a - b).double());
        agrees(field.mul(&field.loose_difference(&small, &large), &twice), &|_, b| b.double().double());
        agrees(field.mul(&field.loose_difference(&large, &small), &twice), &|_, b| -b.double().double());
        agrees(Field::triple(&x), &|a, _| a.double() + a);
        // The largest factors: 5p + 2^217 and 6p + 2^218, 20p + 2^219 and 2p + 2^216.
        agrees(field.mul(&field.sub(&x, &y), &Field::triple(&x)), &|a, b| {
            (a - b) * (a.double() + a) * sixteenth
        });
        let largest = field.four_times_difference(&x, &squares[1]);
        agrees(field.mul(&largest, &products[1]), &|a, b| {
            let difference = a - (b.square() * sixteenth - b - a.double());
            difference.double().double() * (b.square() * sixteenth + b) * sixteenth
        });
        let zeros =
            |values: [F; 8]| (0..8).fold(0u8, |mask, lane| mask | u8::from(values[lane] == F::ZERO) << lane);
        assert_eq!(field.zeros(&x), zeros(a));
        assert_eq!(field.zeros(&field.sub(&x, &y)), zeros(core::array::from_fn(|lane| a[lane] - b[lane])));
        assert_eq!(field.zeros(&field.sub(&x, &x)), 0b1111_1111);
        // Chains of subtractions stay reduced.
        let mut chain = x;
        for _ in 0..9 {
            [chain, _] = field.products_minus([&chain, &x], [&field.one, &y], [&y, &y]);
            let top: [u64; 8] = bytemuck::cast(chain.0[4]);
            assert!(top.iter().all(|top| *top <= 1 << (TOP_SHIFT + 1) | 1 << 8), "below 2p + 2^216");
        }
        agrees(chain, &|a, b| (0..9).fold(a, |chain, _| chain - b));
    }

    #[test]
    fn transposition() {
        if super::super::is_available() {
            let rows: [[u64; 8]; 8] = core::array::from_fn(|i| core::array::from_fn(|j| (10 * i + j) as u64));
            // SAFETY: the machine has the instructions.
            #[expect(unsafe_code, reason = "as in the parent module")]
            let columns: [[u64; 8]; 8] = unsafe { transpose(rows.map(bytemuck::cast)) }.map(bytemuck::cast);
            assert_eq!(columns, core::array::from_fn(|i| core::array::from_fn(|j| rows[j][i])));
        }
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

    /// Eight pairs at a time, a million of them over each field.
    #[test]
    #[ignore = "takes ten seconds, and AVX-512 IFMA"]
    fn a_million_operations_agree_with_ark() {
        assert!(super::super::is_available(), "this machine has not the instructions");
        let mut rng = StdRng::seed_from_u64(52);
        for _ in 0..125_000 {
            let bytes: [[[u8; 32]; 2]; 8] = core::array::from_fn(|_| rng.r#gen());
            // SAFETY: the machine has the instructions.
            #[expect(unsafe_code, reason = "as in the parent module")]
            unsafe {
                check::<Fp>(&edges_among(&bytes));
                check::<Fq>(&edges_among(&bytes));
            }
        }
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
