//! Rows of polynomials one by one.

use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};

use crate::field::PastaField;
use crate::rows::{Interpolator, Rows};

impl<F: PastaField> Rows<F> for F {
    const COUNT: usize = 1;
    type Stored = F;
    type Coset = Radix2EvaluationDomain<F>;

    #[inline]
    fn everywhere(element: F) -> Self {
        element
    }

    #[inline]
    fn from_fn(mut element: impl FnMut(usize) -> F) -> Self {
        element(0)
    }

    #[inline]
    fn elements(self) -> impl Iterator<Item = F> {
        core::iter::once(self)
    }

    #[inline]
    fn load(stored: &F) -> Self {
        *stored
    }

    #[inline]
    fn load_next(_: &F, after: &F) -> Self {
        *after
    }

    #[inline]
    fn store(self) -> F {
        self
    }

    fn coset(domain: &Radix2EvaluationDomain<F>) -> Self::Coset {
        *domain
    }

    fn evaluate(coset: &Self::Coset, coefficients: &[F], values: &mut Vec<F>) {
        values.clear();
        values.extend_from_slice(coefficients);
        coset.fft_in_place(values);
    }

    fn interpolator(domain: Radix2EvaluationDomain<F>) -> Interpolator<F> {
        Box::new(move |values| domain.ifft(values))
    }

    fn interpolate(domain: &Radix2EvaluationDomain<F>, mut values: Vec<F>) -> Vec<F> {
        domain.ifft_in_place(&mut values);
        values
    }
}
