//! Fourier transforms of field elements, eight in each vector.
//!
//! A polynomial of n = 8m coefficients is Σ x^(jm)·Pⱼ, j from 0 to 7, Pⱼ of m coefficients. First, for each k below m, the
//! k-th coefficients of the Pⱼ are transformed, eight such k side by side; what comes of it for one t below 8, times powers
//! of the t-th point, are the coefficients of a polynomial of size m whose transform has every eighth result, from t on. These
//! eight polynomials lie in the lanes of m vectors, and are transformed together: results come out in their order.
//!
//! The transform of size m is by decimation in time, two levels in one pass over the memory, and blocks depth first, so that
//! they are in the cache.

use core::arch::x86_64::*;
use core::iter;
use core::marker::PhantomData;

use super::affine::LANES;
use super::elements::{everywhere, load, store};
use super::field::{Elements, Field, Limbs, carry, from_words, transpose, words_of};
use super::lanes::{Eight, field, limbs, on_vectors, raised};
use crate::field::PastaField;

/// Maps elements x₀ … xₙ₋₁ to scale·Σ xᵣ·(offset·rootˢ)ʳ for s from 0 to n - 1: where scale is 1, to the values of the
/// polynomial with these coefficients on a coset. Of what x is held of an element, with 2^256 or with 2^260, the same comes out.
pub(crate) struct Transform<F> {
    /// c⁴; c², c²ω²; c, cω, cω², cω³, c being offset^m and ω of order 8.
    of_eight: [Limbs; 7],
    /// For each k below m and t below 8 scale·(offset·root^t)^k: vector 8i + t has those of t for the eight k from 8i on.
    powers: Vec<Eight>,
    /// From place h on, for h a power of two below m, the h powers of the root of order 2h.
    roots: Vec<Limbs>,
    field: PhantomData<F>,
}

fn successive<F: PastaField>(first: F, factor: F) -> impl Iterator<Item = F> {
    iter::successors(Some(first), move |power| Some(*power * factor))
}

impl<F: PastaField> Transform<F> {
    /// For n = 2^`log2` elements, at least 64.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    pub(super) fn new(log2: u32, root: F, offset: F, scale: F) -> Self {
        let m = 1usize << (log2 - 3);
        let (c, omega) = (offset.pow([m as u64]), root.pow([m as u64]));
        let c2 = c.square();
        let omega2 = omega.square();
        let of_eight = [c2.square(), c2, c2 * omega2, c, c * omega, c * omega2, c * omega2 * omega];
        let mut roots = vec![Limbs::default(); m];
        for (place, power) in roots[m / 2..].iter_mut().zip(successive(F::ONE, root.pow([8]))) {
            *place = limbs(power);
        }
        for place in (1..m / 2).rev() {
            // Every second one of the level above.
            let h = 1 << place.ilog2();
            roots[place] = roots[2 * h + 2 * (place - h)];
        }
        let points: Vec<F> = successive(offset, root).take(LANES).collect();
        Self {
            of_eight: of_eight.map(limbs),
            powers: on_vectors!(powers(&points, scale, m)),
            roots,
            field: PhantomData,
        }
    }

    /// The transform of elements, in place of what `results` had; those that are missing are zero.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    pub(super) fn of_elements(&self, elements: &[F], results: &mut Vec<Eight>) {
        on_vectors!(self.transform_elements(elements, results));
    }

    /// The transform of elements, as elements.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    pub(super) fn to_elements(&self, elements: &[F]) -> Vec<F> {
        let mut vectors = Vec::new();
        self.of_elements(elements, &mut vectors);
        let mut elements = vec![F::ZERO; vectors.len() * LANES];
        on_vectors!(read(&vectors, &mut elements));
        elements
    }

    /// The transform of rows, in place of what `results` had.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    pub(super) fn of_rows(&self, rows: &[Eight], results: &mut Vec<Eight>) {
        on_vectors!(self.transform(|place| from_words(rows[place].0), results));
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn transform_elements(&self, elements: &[F], results: &mut Vec<Eight>) {
        self.transform(|place| load(elements.get(place * LANES..).unwrap_or_default()), results);
    }

    /// The transform of the eight elements that `load` gives for each place.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn transform(&self, load: impl Fn(usize) -> Elements, results: &mut Vec<Eight>) {
        let field = field::<F>();
        let m = self.roots.len();
        let shift = usize::BITS - m.ilog2();
        let of_eight = self.of_eight.map(|limbs| everywhere(&limbs));
        // All are written: what there is need not be cleared.
        results.resize(m, bytemuck::Zeroable::zeroed());
        for (block, powers) in self.powers.as_chunks::<LANES>().0.iter().enumerate() {
            let mut elements = [field.one; LANES];
            for (j, place) in elements.iter_mut().enumerate() {
                *place = load(j * (m / LANES) + block);
            }
            let values = transform_eight(field, &elements, &of_eight);
            let mut words = [[_mm512_setzero_si512(); 4]; LANES];
            for pair in 0..LANES / 2 {
                let (a, b) = (2 * pair, 2 * pair + 1);
                let (of_a, of_b) = (from_words(powers[a].0), from_words(powers[b].0));
                let [product_a, product_b] =
                    field.products_in_registers([&values[a], &values[b]], [&of_a, &of_b]);
                (words[a], words[b]) = (words_of(&carry(product_a)), words_of(&carry(product_b)));
            }
            // From lanes of k to lanes of t.
            let columns: [[__m512i; LANES]; 4] =
                core::array::from_fn(|i| transpose(words.map(|words| words[i])));
            for row in 0..LANES {
                let place = (block * LANES + row).reverse_bits() >> shift;
                results[place] = Eight(columns.map(|column| column[row]));
            }
        }
        combine(field, results, &self.roots);
    }
}

/// The elements that vectors hold.
#[target_feature(enable = "avx512f,avx512ifma")]
fn read<F: PastaField>(vectors: &[Eight], elements: &mut [F]) {
    let field = field::<F>();
    for (elements, vector) in elements.chunks_mut(LANES).zip(vectors) {
        store(field, &from_words(vector.0), elements);
    }
}

/// scale·pointᵏ for each of eight points and k below m, as [`Transform::powers`] has them.
#[target_feature(enable = "avx512f,avx512ifma")]
fn powers<F: PastaField>(points: &[F], scale: F, m: usize) -> Vec<Eight> {
    let field = field::<F>();
    let mut current = Vec::with_capacity(LANES);
    let mut steps = Vec::with_capacity(LANES);
    for point in points {
        let mut words = [[0u64; LANES]; 4];
        for (lane, power) in successive(scale, *point).take(LANES).enumerate() {
            for (words, limb) in words.iter_mut().zip(raised(power)) {
                words[lane] = limb;
            }
        }
        current.push(from_words(words.map(bytemuck::cast)));
        steps.push(everywhere(&limbs(point.pow([LANES as u64]))));
    }
    let mut powers = Vec::with_capacity(m);
    for _ in 0..m / LANES {
        for (current, step) in current.iter_mut().zip(&steps) {
            powers.push(Eight(words_of(current)));
            *current = field.mul(current, step);
        }
    }
    powers
}

/// a + b and a - b + 3p, not carried, of a product b: up to 3p more than a, and limbs below 2^58 in size.
#[target_feature(enable = "avx512f")]
#[inline]
fn turn(field: &Field, a: &Elements, product: &[__m512i; 5]) -> ([__m512i; 5], [__m512i; 5]) {
    // In loops: of closures over arrays come copies in memory.
    let (mut sum, mut difference) = (a.0, a.0);
    for i in 0..5 {
        sum[i] = _mm512_add_epi64(sum[i], product[i]);
        difference[i] = _mm512_sub_epi64(difference[i], product[i]);
    }
    (sum, Field::plus(difference, &field.three))
}

/// The same, with limbs below 2^52.
#[target_feature(enable = "avx512f")]
#[inline]
fn turn_on(field: &Field, a: &Elements, product: &[__m512i; 5]) -> (Elements, Elements) {
    let (sum, difference) = turn(field, a, product);
    (carry(sum), carry(difference))
}

/// The same as they are in memory, of an a below 12p.
#[target_feature(enable = "avx512f")]
#[inline]
fn turn_last(field: &Field, a: &Elements, product: &[__m512i; 5]) -> (Eight, Eight) {
    let (sum, difference) = turn(field, a, product);
    (Eight(words_of(&field.reduce(sum))), Eight(words_of(&field.reduce(difference))))
}

/// The transform of eight vectors: Σ xⱼ·yʲ for y = c, cω, cω², … The reduced grow by 3p three times, to 11p + 2^216; products with
/// the constants, which are below p, are below 1.4p.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn transform_eight(
    field: &Field,
    [x0, x1, x2, x3, x4, x5, x6, x7]: &[Elements; 8],
    [c4, c2, c2w2, c1, cw, cw2, cw3]: &[Elements; 7],
) -> [Elements; 8] {
    let [p4, p6] = field.products_in_registers([x4, x6], [c4, c4]);
    let (a0, a1) = turn_on(field, x0, &p4);
    let (b0, b1) = turn_on(field, x2, &p6);
    let [p5, p7] = field.products_in_registers([x5, x7], [c4, c4]);
    let (f0, f1) = turn_on(field, x1, &p5);
    let (g0, g1) = turn_on(field, x3, &p7);
    // Of the even and the odd ones, at the squares of the points.
    let [q0, q1] = field.products_in_registers([&b0, &b1], [c2, c2w2]);
    let (e0, e2) = turn_on(field, &a0, &q0);
    let (e1, e3) = turn_on(field, &a1, &q1);
    let [q0, q1] = field.products_in_registers([&g0, &g1], [c2, c2w2]);
    let (o0, o2) = turn_on(field, &f0, &q0);
    let (o1, o3) = turn_on(field, &f1, &q1);
    let [r0, r1] = field.products_in_registers([&o0, &o1], [c1, cw]);
    let (y0, y4) = turn_on(field, &e0, &r0);
    let (y1, y5) = turn_on(field, &e1, &r1);
    let [r2, r3] = field.products_in_registers([&o2, &o3], [cw2, cw3]);
    let (y2, y6) = turn_on(field, &e2, &r2);
    let (y3, y7) = turn_on(field, &e3, &r3);
    [y0, y1, y2, y3, y4, y5, y6, y7]
}

/// The transform of a block of vectors, a power of two, that lie in bit-reversed order.
#[target_feature(enable = "avx512f,avx512ifma")]
fn combine(field: &Field, block: &mut [Eight], roots: &[Limbs]) {
    match block {
        [] | [_] => {}
        [x0, x1] => (*x0, *x1) = turn_last(field, &from_words(x0.0), &from_words(x1.0).0),
        [x0, x1, x2, x3] => {
            // All roots but one are 1: what is added or subtracted are no products, but as small, or b0 below 4p + 2^217.
            let (a0, a1) = turn_on(field, &from_words(x0.0), &from_words(x1.0).0);
            let (b0, b1) = turn_on(field, &from_words(x2.0), &from_words(x3.0).0);
            let b1 = field.mul(&b1, &everywhere(&roots[3]));
            (*x1, *x3) = turn_last(field, &a1, &b1.0);
            let (mut sum, mut difference) = (a0.0, a0.0);
            for i in 0..5 {
                sum[i] = _mm512_add_epi64(sum[i], b0.0[i]);
                difference[i] = _mm512_sub_epi64(difference[i], b0.0[i]);
            }
            // Below 14p + 2^217.
            let difference = Field::plus(difference, &field.ten);
            (x0.0, x2.0) = (words_of(&field.reduce(sum)), words_of(&field.reduce(difference)));
        }
        _ => {
            let h = block.len() / 4;
            for quarter in block.chunks_exact_mut(h) {
                combine(field, quarter, roots);
            }
            combine_quarters(field, block, roots);
        }
    }
}

/// Two levels: of the transforms of quarters those of halves, then that of the whole.
#[target_feature(enable = "avx512f,avx512ifma")]
fn combine_quarters(field: &Field, block: &mut [Eight], roots: &[Limbs]) {
    let h = block.len() / 4;
    let (low, high) = block.split_at_mut(2 * h);
    let (quarter0, quarter1) = low.split_at_mut(h);
    let (quarter2, quarter3) = high.split_at_mut(h);
    let (of_halves, of_whole) = (&roots[h..2 * h], &roots[2 * h..4 * h]);
    let (first, second) = of_whole.split_at(h);
    let vectors = quarter0.iter_mut().zip(quarter1).zip(quarter2.iter_mut().zip(quarter3));
    for (((x0, x1), (x2, x3)), ((w, v0), v1)) in vectors.zip(of_halves.iter().zip(first).zip(second)) {
        // From 2p + 2^216 by 3p twice.
        let w = everywhere(w);
        let [p1, p3] = field.products_in_registers([&from_words(x1.0), &from_words(x3.0)], [&w, &w]);
        let (a0, a1) = turn_on(field, &from_words(x0.0), &p1);
        let (b0, b1) = turn_on(field, &from_words(x2.0), &p3);
        let [q0, q1] = field.products_in_registers([&b0, &b1], [&everywhere(v0), &everywhere(v1)]);
        (*x0, *x2) = turn_last(field, &a0, &q0);
        (*x1, *x3) = turn_last(field, &a1, &q1);
    }
}
