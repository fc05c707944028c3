//! Arithmetic on rows of polynomials' values, as many at once as the backend takes.
//!
//! What is written over [`Arithmetic`] computes with field elements, and as well with rows of them side by side in vectors.
//! A [`RowsTask`] is written once for whatever [`Rows`] there are, and [`by_rows`] runs it with those of this process.

use core::ops::{Add, AddAssign, Mul, MulAssign, Sub, SubAssign};

use ark_ff::{PrimeField, batch_inversion};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};

pub use crate::backend::by_rows;
use crate::field::PastaField;

/// Sums, differences and products: what constraints are made of.
pub trait Arithmetic:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + AddAssign + SubAssign + MulAssign
{
    /// 0.
    fn zero() -> Self;
    /// 1.
    fn one() -> Self;
    /// 2x.
    fn double(self) -> Self;
    /// x².
    fn square(self) -> Self;
    /// xᵢ to the power 2^`times`, in place of each.
    #[inline]
    fn square_each(all: &mut [Self], times: u32) {
        for _ in 0..times {
            for x in &mut *all {
                *x = x.square();
            }
        }
    }
    /// 2^`exponent`·x, by doublings: for small exponents.
    #[inline]
    fn times_power_of_two(self, exponent: u32) -> Self {
        (0..exponent).fold(self, |x, _| x.double())
    }
    /// Σ aᵢbᵢ, for at most eight pairs.
    fn sum_of_products<const N: usize>(a: &[Self; N], b: &[Self; N]) -> Self;
}

impl<F: PrimeField> Arithmetic for F {
    #[inline]
    fn zero() -> Self {
        F::ZERO
    }

    #[inline]
    fn one() -> Self {
        F::ONE
    }

    #[inline]
    fn double(self) -> Self {
        ark_ff::AdditiveGroup::double(&self)
    }

    #[inline]
    fn square(self) -> Self {
        ark_ff::Field::square(&self)
    }

    #[inline]
    fn sum_of_products<const N: usize>(a: &[Self; N], b: &[Self; N]) -> Self {
        <F as ark_ff::Field>::sum_of_products(a, b)
    }
}

/// The values of one polynomial in [`COUNT`](Self::COUNT) rows that follow each other.
pub trait Rows<F: PastaField>: Arithmetic + Send + Sync {
    /// How many there are.
    const COUNT: usize;
    /// How they lie in memory, in no more bytes than the elements.
    type Stored: Copy + Send + Sync;
    /// The elements of a coset, ready to evaluate polynomials there.
    type Coset: Send + Sync;

    /// The same element in each row.
    fn everywhere(element: F) -> Self;
    /// The element of each row by its number, below [`COUNT`](Self::COUNT).
    fn from_fn(element: impl FnMut(usize) -> F) -> Self;
    /// The elements, row by row.
    fn elements(self) -> impl Iterator<Item = F>;
    /// The rows in memory.
    fn load(stored: &Self::Stored) -> Self;
    /// The rows after each: all of `stored` but the first, and the first of `after`.
    fn load_next(stored: &Self::Stored, after: &Self::Stored) -> Self;
    /// The reverse of [`load`](Self::load).
    fn store(self) -> Self::Stored;

    /// Prepares a coset, which has a power of two of elements, and at least [`MIN_ROWS`].
    fn coset(domain: &Radix2EvaluationDomain<F>) -> Self::Coset;
    /// The values on the coset of the polynomial with these coefficients, no more than it has elements, in place of what
    /// `values` had.
    fn evaluate(coset: &Self::Coset, coefficients: &[F], values: &mut Vec<Self::Stored>);
    /// What gives the coefficients of the polynomial with these values on a domain without an offset; missing ones are zero.
    fn interpolator(domain: Radix2EvaluationDomain<F>) -> Interpolator<F>;
    /// The coefficients of the polynomial with these values on a coset, as many as it has elements.
    fn interpolate(domain: &Radix2EvaluationDomain<F>, values: Vec<Self::Stored>) -> Vec<Self::Stored>;
}

/// Domains with fewer elements are worked on element by element.
pub const MIN_ROWS: usize = 64;

/// What can be done with any number of rows at once.
pub trait RowsTask<F: PastaField> {
    /// What comes of it.
    type Output;
    /// Does it.
    fn run<V: Rows<F>>(self) -> Self::Output;
}

/// Gives the coefficients of the polynomial with these values on a domain; missing ones are zero.
pub type Interpolator<F> = Box<dyn Fn(&[F]) -> Vec<F> + Send + Sync>;

/// What interpolates on a domain.
pub fn interpolator<F: PastaField>(domain: Radix2EvaluationDomain<F>) -> Interpolator<F> {
    struct On<F: PastaField>(Radix2EvaluationDomain<F>);

    impl<F: PastaField> RowsTask<F> for On<F> {
        type Output = Interpolator<F>;

        fn run<V: Rows<F>>(self) -> Interpolator<F> {
            V::interpolator(self.0)
        }
    }

    by_rows(domain.size(), On(domain))
}

/// Inverts values that are not zero in any row, with few inversions for all of them.
pub fn invert_rows<F: PastaField, V: Rows<F>>(values: &mut [V]) {
    let mut product = V::one();
    let prefixes: Vec<V> = values
        .iter()
        .map(|value| {
            let prefix = product;
            product *= *value;
            prefix
        })
        .collect();
    let mut inverses: Vec<F> = product.elements().collect();
    batch_inversion(&mut inverses);
    let mut inverse = V::from_fn(|row| inverses[row]);
    for (value, prefix) in values.iter_mut().zip(prefixes).rev() {
        let after = inverse * *value;
        *value = inverse * prefix;
        inverse = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fp, Fq};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    /// Whatever rows there are, against the field's own arithmetic and `ark-poly`.
    struct Agrees(u64);

    impl<F: PastaField> RowsTask<F> for Agrees {
        type Output = usize;

        fn run<V: Rows<F>>(self) -> usize {
            let mut rng = StdRng::seed_from_u64(self.0);
            let edges = [F::ZERO, F::ONE, -F::ONE, F::from(2u64).pow([256]).inverse().unwrap()];
            let mut element =
                || if rng.gen_bool(0.2) { edges[rng.gen_range(0..4)] } else { F::rand(&mut rng) };
            let mut some = || (0..V::COUNT).map(|_| element()).collect::<Vec<F>>();
            for _ in 0..20 {
                let (a, b, c) = (some(), some(), some());
                let [x, y, z] = [&a, &b, &c].map(|rows| V::from_fn(|row| rows[row]));
                let is = |rows: V, expected: &dyn Fn(usize) -> F| {
                    let expected: Vec<F> = (0..V::COUNT).map(expected).collect();
                    assert_eq!(rows.elements().collect::<Vec<F>>(), expected);
                };
                is(x, &|i| a[i]);
                is(V::load(&x.store()), &|i| a[i]);
                is(V::load_next(&x.store(), &y.store()), &|i| if i + 1 < V::COUNT { a[i + 1] } else { b[0] });
                is(V::everywhere(a[0]), &|_| a[0]);
                is(V::zero() + V::one(), &|_| F::ONE);
                is(x + y, &|i| a[i] + b[i]);
                is(x - y, &|i| a[i] - b[i]);
                is(V::zero() - y, &|i| -b[i]);
                is(x - V::load(&x.store()), &|_| F::ZERO);
                is(x * y, &|i| a[i] * b[i]);
                is(x.double(), &|i| a[i] + a[i]);
                is(x.square(), &|i| a[i] * a[i]);
                let mut squares = [x, y, z];
                V::square_each(&mut squares, 3);
                for (squares, elements) in squares.into_iter().zip([&a, &b, &c]) {
                    is(squares, &|i| elements[i].pow([8]));
                }
                is(x.times_power_of_two(12), &|i| a[i] * F::from(1u64 << 12));
                is(V::sum_of_products(&[x, y, z], &[y, z, x]), &|i| a[i] * b[i] + b[i] * c[i] + c[i] * a[i]);
                is(V::sum_of_products(&[x; 8], &[y; 8]), &|i| a[i] * b[i] * F::from(8u64));
                // Chains stay in bounds.
                let mut chain = x;
                for _ in 0..9 {
                    chain -= y;
                    chain += z;
                    chain += chain;
                    chain *= chain;
                }
                is(chain, &|i| (0..9).fold(a[i], |chain, _| (chain - b[i] + c[i]).double().square()));
                let mut inverses: Vec<V> = [x, y, z]
                    .map(|rows| {
                        let rows: Vec<F> = rows.elements().collect();
                        V::from_fn(|i| if rows[i] == F::ZERO { F::ONE } else { rows[i] })
                    })
                    .to_vec();
                let values = inverses.clone();
                invert_rows(&mut inverses);
                for (value, inverse) in values.into_iter().zip(inverses) {
                    is(value * inverse, &|_| F::ONE);
                }
            }
            for log2 in 6..12 {
                let domain = Radix2EvaluationDomain::<F>::new(1 << log2).unwrap();
                let values: Vec<F> =
                    (0..(1 << log2) - 3).flat_map(|_| some()).take((1 << log2) - 3).collect();
                assert!(V::interpolator(domain)(&values) == domain.ifft(&values), "2^{log2} values");
                for domain in [domain, domain.get_coset(F::from(7u64)).unwrap()] {
                    let mut coefficients: Vec<F> = (0..1 << log2).flat_map(|_| some()).collect();
                    coefficients.truncate((1 << log2) - (log2 % 3));
                    let expected = domain.fft(&coefficients);
                    let mut values = vec![V::one().store(); 100];
                    V::evaluate(&V::coset(&domain), &coefficients, &mut values);
                    let read = |stored: &[V::Stored]| -> Vec<F> {
                        stored
                            .iter()
                            .flat_map(|stored| V::load(stored).elements().collect::<Vec<F>>())
                            .collect()
                    };
                    assert!(read(&values) == expected, "the values of 2^{log2} coefficients");
                    coefficients.resize(1 << log2, F::ZERO);
                    assert!(read(&V::interpolate(&domain, values)) == coefficients, "2^{log2} coefficients");
                }
            }
            V::COUNT
        }
    }

    #[test]
    fn rows_agree_with_ark() {
        assert_eq!(Agrees(1).run::<Fp>(), 1);
        let counts = [by_rows::<Fp, _>(MIN_ROWS, Agrees(2)), by_rows::<Fq, _>(MIN_ROWS, Agrees(3))];
        let expected = if crate::backend() == crate::Backend::Ifma { 8 } else { 1 };
        assert_eq!(counts, [expected; 2]);
        assert_eq!(by_rows::<Fp, _>(MIN_ROWS / 2, Agrees(4)), 1);
    }
}
