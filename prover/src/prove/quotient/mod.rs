//! The quotient t = f/(xⁿ - 1), f being all constraints combined by powers of α.
//!
//! t has fewer than 7n coefficients, for the constraint of the highest degree, that of the permutation, has degree
//! 8n - 5. So its values on seven cosets of the domain determine it: ω₈ᵏ·H for k from 1 to 7, ω₈ of order 8n, where xⁿ is
//! η^k, η of order 8, and never 1. On one coset after the other all columns are evaluated by FFTs of size n, and all
//! constraints on as many rows at once as the backend takes, "the row after" being the next element of the coset; memory is
//! that of one coset.

mod rows;

use ark_ff::{FftField, Field, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use quickpickle_curve::PastaField;
use quickpickle_curve::rows::{Rows, RowsTask, by_rows};
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::alphas::Alphas;
use quickpickle_runtime::kimchi::evaluations::Evaluations;
use quickpickle_runtime::kimchi::gates::GateConstants;
use quickpickle_runtime::kimchi::lookup::LookupChallenges;
use rayon::prelude::*;

use self::rows::{OnCoset, OnRows};
use super::columns::Column;
use crate::circuit::ConstraintSystem;
use crate::progress::{Progress, Stage};

/// Cosets, and chunks of n coefficients of t.
pub(super) const COSETS: usize = 7;
/// Rows that one task evaluates, and that share an inversion.
const BATCH: usize = 1 << 9;

/// All that the constraints depend on beside the point of evaluation.
pub(super) struct Constraints<'a, C: KimchiCurve> {
    pub system: &'a ConstraintSystem<C>,
    pub constants: &'a GateConstants<ScalarField<C>>,
    pub columns: &'a Evaluations<Column<ScalarField<C>>>,
    pub last_sigma: &'a Column<ScalarField<C>>,
    pub alphas: Alphas<ScalarField<C>>,
    pub beta: ScalarField<C>,
    pub gamma: ScalarField<C>,
    pub lookup: Option<LookupChallenges<ScalarField<C>>>,
}

impl<C: KimchiCurve> Constraints<'_, C> {
    /// The 7n coefficients of t.
    pub fn quotient(&self, progress: Progress<'_>) -> Vec<ScalarField<C>> {
        by_rows(self.system.domain.size(), Quotient { constraints: self, progress })
    }
}

/// The computation of t, with any number of rows at once.
struct Quotient<'a, C: KimchiCurve> {
    constraints: &'a Constraints<'a, C>,
    progress: Progress<'a>,
}

impl<C: KimchiCurve> RowsTask<ScalarField<C>> for Quotient<'_, C> {
    type Output = Vec<ScalarField<C>>;

    fn run<V: Rows<ScalarField<C>>>(self) -> Vec<ScalarField<C>> {
        let Self { constraints, progress } = self;
        let domain = &constraints.system.domain;
        let size = domain.size();
        // Domains of up to 2^20 elements are far below the field's 2-adicity of 32.
        let omega8 = ScalarField::<C>::get_root_of_unity(8 * size as u64).unwrap_or(ScalarField::<C>::ONE);
        let offsets: [ScalarField<C>; COSETS] = std::array::from_fn(|k| omega8.pow([k as u64 + 1]));
        let cosets = offsets.map(|offset| domain.get_coset(offset).unwrap_or(*domain));
        progress(Stage::Constraints, 0, COSETS);
        let on_rows = OnRows::<C, V>::new(constraints);
        // One coset's memory is the next one's.
        let mut on_coset = OnCoset::new(constraints.columns);
        let values: Vec<_> = cosets
            .iter()
            .zip(1..)
            .map(|(coset, done)| {
                let values = values(&on_rows, &mut on_coset, coset);
                progress(Stage::Constraints, done, COSETS);
                values
            })
            .collect();
        drop(on_coset);
        let remainders: Vec<_> = values
            .into_par_iter()
            .zip(&cosets)
            .map(|(values, coset)| V::interpolate(coset, values))
            .collect();
        interpolate::<_, V>(offsets.map(|offset| offset.pow([size as u64])), &remainders)
    }
}

/// t on a coset.
fn values<C: KimchiCurve, V: Rows<ScalarField<C>>>(
    on_rows: &OnRows<'_, C, V>,
    on_coset: &mut OnCoset<ScalarField<C>, V>,
    domain: &Radix2EvaluationDomain<ScalarField<C>>,
) -> Vec<V::Stored> {
    let constraints = on_rows.constraints;
    on_coset.evaluate(constraints.columns, constraints.last_sigma, domain);
    // xⁿ is no root of unity's power 0: the coset is not the domain.
    let inverse = V::everywhere(on_coset.vanishing.inverse().unwrap_or(ScalarField::<C>::ONE));
    let places = domain.size() / V::COUNT;
    let batch = BATCH / V::COUNT;
    let mut values = vec![V::zero().store(); places];
    values.par_chunks_mut(batch).enumerate().for_each(|(number, values)| {
        let rows = on_rows.evaluate(on_coset, number * batch, values.len());
        for (value, rows) in values.iter_mut().zip(rows) {
            *value = (rows * inverse).store();
        }
    });
    values
}

/// The polynomial of fewer than 7n coefficients with these remainders modulo xⁿ - cₖ.
///
/// With t = Σ tⱼ·x^(nj), the remainders are Σ cₖʲ·tⱼ: coefficient by coefficient the values of a polynomial of degree 6 at
/// the cₖ, whose coefficients are those of tⱼ.
fn interpolate<F: PastaField, V: Rows<F>>(c: [F; COSETS], remainders: &[Vec<V::Stored>]) -> Vec<F> {
    let basis = lagrange_coefficients(c).map(|polynomial| polynomial.map(V::everywhere));
    let size = remainders.first().map_or(0, Vec::len) * V::COUNT;
    let mut quotient = vec![F::ZERO; COSETS * size];
    for (j, chunk) in quotient.chunks_mut(size.max(1)).enumerate() {
        let factors = basis.map(|polynomial| polynomial[j]);
        chunk.par_chunks_mut(V::COUNT).enumerate().with_min_len(BATCH / V::COUNT).for_each(
            |(place, rows)| {
                let values = std::array::from_fn(|k| V::load(&remainders[k][place]));
                for (coefficient, value) in
                    rows.iter_mut().zip(V::sum_of_products(&factors, &values).elements())
                {
                    *coefficient = value;
                }
            },
        );
    }
    quotient
}

/// The coefficients of the polynomials that are 1 at one of the points and 0 at the others.
fn lagrange_coefficients<F: PrimeField>(points: [F; COSETS]) -> [[F; COSETS]; COSETS] {
    std::array::from_fn(|k| {
        let mut polynomial = [F::ZERO; COSETS];
        polynomial[0] = F::ONE;
        for (m, point) in points.iter().enumerate().filter(|(m, _)| *m != k) {
            // The points are distinct. Times (x - point)/(points[k] - point):
            let scale = (points[k] - points[m]).inverse().unwrap_or(F::ONE);
            for j in (0..COSETS).rev() {
                let below = if j == 0 { F::ZERO } else { polynomial[j - 1] };
                polynomial[j] = (below - *point * polynomial[j]) * scale;
            }
        }
        polynomial
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, UniformRand};
    use ark_poly::Radix2EvaluationDomain;
    use quickpickle_runtime::curve::Fp;

    #[test]
    fn remainders_determine_the_quotient() {
        let mut rng = ark_std_rng();
        let domain = Radix2EvaluationDomain::<Fp>::new(8).unwrap();
        let t: Vec<Fp> = (0..56).map(|_| Fp::rand(&mut rng)).collect();
        let omega8 = Fp::get_root_of_unity(64).unwrap();
        let offsets: [Fp; COSETS] = std::array::from_fn(|k| omega8.pow([k as u64 + 1]));
        let remainders: Vec<Vec<Fp>> = offsets
            .iter()
            .map(|offset| {
                let coset = domain.get_coset(*offset).unwrap();
                let evaluate = |x: Fp| t.iter().rev().fold(Fp::ZERO, |sum, c| sum * x + c);
                coset.ifft(&coset.elements().map(evaluate).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(interpolate::<Fp, Fp>(offsets.map(|x| x.pow([8])), &remainders), t);
    }

    fn ark_std_rng() -> rand::rngs::StdRng {
        rand::SeedableRng::seed_from_u64(3)
    }
}
