//! Rows of polynomials, eight in the lanes of a vector.
//!
//! The operators are functions that are compiled for the vectors' instructions, and called from code that is not: a call
//! costs little beside the product of eight lanes.

#![expect(unsafe_code, reason = "functions that are compiled for instructions not every machine has")]

use core::arch::x86_64::*;
use core::iter;
use core::marker::PhantomData;
use core::ops::{Add, AddAssign, Mul, MulAssign, Sub, SubAssign};
use std::sync::OnceLock;

use ark_poly::Radix2EvaluationDomain;

use super::affine::LANES;
use super::fft::Transform;
use super::field::{Elements, Field, Limbs, from_words, split, words_of};
use crate::field::{Fp, PastaField};
use crate::rows::{Arithmetic, Interpolator, Rows};

/// Eight elements, reduced, of which the vectors' products are products: x·2^260 is what is held of x.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Lanes<F>(Elements, PhantomData<F>);

/// Eight reduced values, below 2^256, in memory: limb i of each in vector i.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(crate) struct Eight(pub(super) [__m512i; 4]);

/// Calls a function that is compiled for the vectors' instructions.
macro_rules! on_vectors {
    ($call:expr) => {
        // SAFETY: there are `Lanes` only where this backend is chosen, that is where the machine has the instructions.
        unsafe { $call }
    };
}
pub(super) use on_vectors;

/// The constants of `F`, made once.
#[inline]
pub(super) fn field<F: PastaField>() -> &'static Field {
    // Of Fp, of Fq.
    static ALL: [OnceLock<Field>; 2] = [const { OnceLock::new() }; 2];
    ALL[usize::from(F::LOW != Fp::LOW)].get_or_init(|| on_vectors!(Field::new::<F>()))
}

/// Limbs of x·2^260, which are those of 16x with 2^256.
pub(super) fn raised<F: PastaField>(element: F) -> [u64; 4] {
    (element * F::from(16u64)).to_limbs()
}

/// The same in limbs of 52 bits.
pub(super) fn limbs<F: PastaField>(element: F) -> Limbs {
    split(&raised(element))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add(field: &Field, a: &Elements, b: &Elements) -> Elements {
    let mut sum = a.0;
    for (sum, b) in sum.iter_mut().zip(b.0) {
        *sum = _mm512_add_epi64(*sum, b);
    }
    // Below 4p + 2^217.
    field.reduce(sum)
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn sub(field: &Field, a: &Elements, b: &Elements) -> Elements {
    let mut difference = a.0;
    for (difference, b) in difference.iter_mut().zip(b.0) {
        *difference = _mm512_sub_epi64(*difference, b);
    }
    // Between p - 2^216 and 5p + 2^216.
    field.reduce(Field::plus(difference, &field.three))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn mul(field: &Field, a: &Elements, b: &Elements) -> Elements {
    field.mul(a, b)
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn square(field: &Field, a: &Elements) -> Elements {
    field.square(a)
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn square_each<F>(field: &Field, all: &mut [Lanes<F>], times: u32) {
    let (pairs, last) = all.as_chunks_mut::<2>();
    for _ in 0..times {
        for [x, y] in &mut *pairs {
            [x.0, y.0] = field.square_each([&x.0, &y.0]);
        }
        for x in &mut *last {
            x.0 = field.square(&x.0);
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn times_power_of_two(field: &Field, a: &Elements, exponent: u32) -> Elements {
    let mut product = *a;
    // Four times a reduced value is below 8p + 2^218.
    for _ in 0..exponent / 2 {
        product = field.reduce(product.0.map(|limb| _mm512_slli_epi64::<2>(limb)));
    }
    if exponent % 2 == 1 { add(field, &product, &product) } else { product }
}

/// Σ aᵢbᵢ of at most eight pairs.
#[target_feature(enable = "avx512f,avx512ifma")]
fn dot<F, const N: usize>(field: &Field, a: &[Lanes<F>; N], b: &[Lanes<F>; N]) -> Elements {
    field.dot::<N>(core::array::from_fn(|n| [&a[n].0, &b[n].0]))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn everywhere([l0, l1, l2, l3]: [u64; 4]) -> Elements {
    from_words([l0, l1, l2, l3].map(|limb| _mm512_set1_epi64(limb as i64)))
}

/// Elements whose limbs are those of x·2^256.
#[target_feature(enable = "avx512f,avx512ifma")]
fn raise<F: PastaField>(field: &Field, limbs: [[u64; LANES]; 4]) -> Elements {
    field.mul(&from_words(limbs.map(bytemuck::cast)), &Field::constant(F::from(1u64 << 8)))
}

/// The limbs of x·2^256.
#[target_feature(enable = "avx512f,avx512ifma")]
fn lower<F: PastaField>(field: &Field, elements: &Elements) -> [[u64; LANES]; 4] {
    field.to_words(&field.mul(elements, &Field::constant(F::ONE))).map(bytemuck::cast)
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn load(stored: &Eight) -> Elements {
    from_words(stored.0)
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn load_next(stored: &Eight, after: &Eight) -> Elements {
    from_words(core::array::from_fn(|i| _mm512_alignr_epi64::<1>(after.0[i], stored.0[i])))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn store(elements: &Elements) -> Eight {
    Eight(words_of(elements))
}

impl<F> Lanes<F> {
    #[inline]
    pub(super) fn new(elements: Elements) -> Self {
        Self(elements, PhantomData)
    }
}

macro_rules! operator {
    ($operator:ident::$name:ident, $assign:ident::$in_place:ident) => {
        impl<F: PastaField> $operator for Lanes<F> {
            type Output = Self;

            #[inline]
            fn $name(self, other: Self) -> Self {
                Self::new(on_vectors!($name(field::<F>(), &self.0, &other.0)))
            }
        }

        impl<F: PastaField> $assign for Lanes<F> {
            #[inline]
            fn $in_place(&mut self, other: Self) {
                self.0 = on_vectors!($name(field::<F>(), &self.0, &other.0));
            }
        }
    };
}

operator!(Add::add, AddAssign::add_assign);
operator!(Sub::sub, SubAssign::sub_assign);
operator!(Mul::mul, MulAssign::mul_assign);

impl<F: PastaField> Arithmetic for Lanes<F> {
    fn zero() -> Self {
        Self::new(bytemuck::Zeroable::zeroed())
    }

    fn one() -> Self {
        Self::new(field::<F>().one)
    }

    #[inline]
    fn double(self) -> Self {
        self + self
    }

    #[inline]
    fn square(self) -> Self {
        Self::new(on_vectors!(square(field::<F>(), &self.0)))
    }

    fn square_each(all: &mut [Self], times: u32) {
        on_vectors!(square_each(field::<F>(), all, times));
    }

    #[inline]
    fn times_power_of_two(self, exponent: u32) -> Self {
        Self::new(on_vectors!(times_power_of_two(field::<F>(), &self.0, exponent)))
    }

    #[inline]
    fn sum_of_products<const N: usize>(a: &[Self; N], b: &[Self; N]) -> Self {
        const { assert!(N <= 8) };
        Self::new(on_vectors!(dot(field::<F>(), a, b)))
    }
}

impl<F: PastaField> Rows<F> for Lanes<F> {
    const COUNT: usize = LANES;
    type Stored = Eight;
    type Coset = Transform<F>;

    fn everywhere(element: F) -> Self {
        Self::new(on_vectors!(everywhere(raised(element))))
    }

    fn from_fn(mut element: impl FnMut(usize) -> F) -> Self {
        let mut limbs = [[0; LANES]; 4];
        for lane in 0..LANES {
            for (limbs, limb) in limbs.iter_mut().zip(element(lane).to_limbs()) {
                limbs[lane] = limb;
            }
        }
        Self::new(on_vectors!(raise::<F>(field::<F>(), limbs)))
    }

    fn elements(self) -> impl Iterator<Item = F> {
        let limbs = on_vectors!(lower::<F>(field::<F>(), &self.0));
        (0..LANES).map(move |lane| F::from_limbs_unchecked(limbs.map(|limbs| limbs[lane])))
    }

    #[inline]
    fn load(stored: &Eight) -> Self {
        Self::new(on_vectors!(load(stored)))
    }

    #[inline]
    fn load_next(stored: &Eight, after: &Eight) -> Self {
        Self::new(on_vectors!(load_next(stored, after)))
    }

    #[inline]
    fn store(self) -> Eight {
        on_vectors!(store(&self.0))
    }

    fn coset(domain: &Radix2EvaluationDomain<F>) -> Transform<F> {
        Transform::new(domain.log_size_of_group, domain.group_gen, domain.offset, F::from(16u64))
    }

    fn evaluate(coset: &Transform<F>, coefficients: &[F], values: &mut Vec<Eight>) {
        coset.of_elements(coefficients, values);
    }

    fn interpolator(domain: Radix2EvaluationDomain<F>) -> Interpolator<F> {
        let transform =
            Transform::new(domain.log_size_of_group, domain.group_gen_inv, F::ONE, domain.size_inv);
        Box::new(move |values| transform.to_elements(values))
    }

    fn interpolate(domain: &Radix2EvaluationDomain<F>, values: Vec<Eight>) -> Vec<Eight> {
        let transform =
            Transform::new(domain.log_size_of_group, domain.group_gen_inv, F::ONE, domain.size_inv);
        let mut coefficients = Vec::new();
        transform.of_rows(&values, &mut coefficients);
        drop(values);
        // The coefficient of x^i times offset^i.
        let powers = iter::successors(Some(F::ONE), |power| Some(*power * domain.offset_inv));
        let powers: Vec<F> = powers.take(LANES + 1).collect();
        let mut power = Self::from_fn(|lane| powers[lane]);
        let step = Self::everywhere(powers[LANES]);
        for eight in &mut coefficients {
            *eight = (Self::load(eight) * power).store();
            power *= step;
        }
        coefficients
    }
}
