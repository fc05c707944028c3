//! The quotient t = f/(xⁿ - 1), f being all constraints combined by powers of α.
//!
//! t has fewer than 7n coefficients, for the constraint of the highest degree, that of the permutation, has degree
//! 8n - 5. So its values on seven cosets of the domain determine it: ω₈ᵏ·H for k from 1 to 7, ω₈ of order 8n, where xⁿ is
//! η^k, η of order 8, and never 1. On one coset after the other all columns are evaluated by FFTs of size n, and all
//! constraints row by row, "the row after" being the next element of the coset; memory is that of one coset a thread.

use ark_ff::{AdditiveGroup, FftField, Field, PrimeField, batch_inversion};
use ark_poly::EvaluationDomain;
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::alphas::Alphas;
use quickpickle_runtime::kimchi::evaluations::{Evaluations, GateType, LookupPattern, PERMUTS};
use quickpickle_runtime::kimchi::gates::{self, Cells, GateConstants};
use quickpickle_runtime::kimchi::lookup::{self, LookupCells, LookupChallenges};
use quickpickle_runtime::kimchi::permutation;
use rayon::prelude::*;

use super::columns::{Column, par_map};
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

/// All columns on one coset; a column that is zero has no values.
struct OnCoset<F> {
    columns: Evaluations<Vec<F>>,
    last_sigma: Vec<F>,
    /// The coset's first element.
    offset: F,
    /// xⁿ - 1.
    vanishing: F,
}

impl<C: KimchiCurve> Constraints<'_, C> {
    /// The 7n coefficients of t.
    pub fn quotient(&self, progress: Progress<'_>) -> Vec<ScalarField<C>> {
        let domain = &self.system.domain;
        let size = domain.size();
        // Domains of up to 2^20 elements are far below the field's 2-adicity of 32.
        let omega8 = ScalarField::<C>::get_root_of_unity(8 * size as u64).unwrap_or(ScalarField::<C>::ONE);
        let offsets: [ScalarField<C>; COSETS] = std::array::from_fn(|k| omega8.pow([k as u64 + 1]));
        progress(Stage::Constraints, 0, COSETS);
        let remainders: Vec<Vec<_>> = offsets
            .iter()
            .enumerate()
            .map(|(k, offset)| {
                let remainder = self.remainder(*offset);
                progress(Stage::Constraints, k + 1, COSETS);
                remainder
            })
            .collect();
        interpolate(offsets.map(|offset| offset.pow([size as u64])), &remainders)
    }

    /// t modulo xⁿ - offsetⁿ.
    fn remainder(&self, offset: ScalarField<C>) -> Vec<ScalarField<C>> {
        let domain = &self.system.domain;
        let coset = domain.get_coset(offset).unwrap_or(*domain);
        let evaluate = |column: &Column<ScalarField<C>>| {
            let mut values = column.coefficients.clone();
            if !values.is_empty() {
                coset.fft_in_place(&mut values);
            }
            values
        };
        let on_coset = OnCoset {
            columns: par_map(self.columns, evaluate),
            last_sigma: evaluate(self.last_sigma),
            offset,
            vanishing: domain.evaluate_vanishing_polynomial(offset),
        };
        // xⁿ is no root of unity's power 0: the coset is not the domain.
        let inverse = on_coset.vanishing.inverse().unwrap_or(ScalarField::<C>::ONE);
        let mut values = vec![ScalarField::<C>::ZERO; domain.size()];
        values.par_chunks_mut(BATCH).enumerate().for_each(|(batch, values)| {
            self.evaluate(&on_coset, batch * BATCH, values);
            values.iter_mut().for_each(|value| *value *= inverse);
        });
        coset.ifft_in_place(&mut values);
        values
    }

    /// f in the rows of the coset from `start` on.
    fn evaluate(&self, coset: &OnCoset<ScalarField<C>>, start: usize, values: &mut [ScalarField<C>]) {
        let columns = &coset.columns;
        let basic = GateType::BASIC.into_iter().zip(&columns.selectors);
        let optional = GateType::OPTIONAL.into_iter().zip(&columns.optional_selectors);
        let optional = optional.filter_map(|(gate, selector)| Some((gate, selector.as_ref()?)));
        for (gate, selector) in basic.chain(optional) {
            for (row, (value, selector)) in
                (start..).zip(values.iter_mut().zip(selector.get(start..).unwrap_or_default()))
            {
                let cells = Row::new(columns, row);
                let alphas = &self.alphas.gates;
                *value += *selector * gates::combined_constraints(gate, self.constants, &cells, alphas);
            }
        }
        if let Some(public) = &columns.public {
            let public = public.get(start..).unwrap_or_default();
            values.iter_mut().zip(public).for_each(|(value, public)| *value += public);
        }
        let points = self.points(coset, start, values.len());
        self.add_permutation(coset, &points, start, values);
        if let Some(challenges) = &self.lookup {
            self.add_lookup(challenges, coset, &points, start, values);
        }
    }

    /// The elements of the coset in these rows.
    fn points(&self, coset: &OnCoset<ScalarField<C>>, start: usize, len: usize) -> Vec<ScalarField<C>> {
        let omega = self.system.domain.group_gen;
        let first = coset.offset * omega.pow([start as u64]);
        std::iter::successors(Some(first), |x| Some(*x * omega)).take(len).collect()
    }

    /// (xⁿ - 1)/(x - `at`) in these rows: the value is xⁿ - 1 at `at`, for `at` in the domain, and 0 elsewhere in it, but for
    /// a factor.
    fn boundary(
        coset: &OnCoset<ScalarField<C>>,
        points: &[ScalarField<C>],
        at: ScalarField<C>,
    ) -> Vec<ScalarField<C>> {
        let mut boundary: Vec<_> = points.iter().map(|x| *x - at).collect();
        batch_inversion(&mut boundary);
        boundary.iter_mut().for_each(|value| *value *= coset.vanishing);
        boundary
    }

    /// The three constraints of [`permutation`].
    fn add_permutation(
        &self,
        coset: &OnCoset<ScalarField<C>>,
        points: &[ScalarField<C>],
        start: usize,
        values: &mut [ScalarField<C>],
    ) {
        let Self { beta, gamma, .. } = *self;
        let domain = &self.system.domain;
        let zk_rows = self.system.zk_rows as u64;
        let shifts = &self.system.shifts;
        let first = Self::boundary(coset, points, ScalarField::<C>::ONE);
        let last = Self::boundary(coset, points, permutation::first_zk_row(domain, zk_rows));
        let [a0, a1, a2] = self.alphas.permutation;
        let columns = &coset.columns;
        let sigma = |col: usize, row| match columns.s.get(col) {
            Some(column) => at(column, row),
            None => at(&coset.last_sigma, row),
        };
        for (i, (value, x)) in values.iter_mut().zip(points).enumerate() {
            let row = start + i;
            let cells = Row::new(columns, row);
            let (z, z_next) = (at(&columns.z, row), at(&columns.z, cells.next));
            let identity = (0..PERMUTS).map(|col| (cells.curr(col), shifts[col]));
            let permuted = (0..PERMUTS).map(|col| (cells.curr(col), sigma(col, row)));
            let step = permutation::product(z, identity, beta * x, gamma)
                - permutation::product(z_next, permuted, beta, gamma);
            let vanishing = permutation::vanishing_polynomial(domain, zk_rows, *x);
            let from_one = z - ScalarField::<C>::ONE;
            *value += a0 * vanishing * step + (a1 * first[i] + a2 * last[i]) * from_one;
        }
    }

    /// The constraints of [`lookup`].
    fn add_lookup(
        &self,
        challenges: &LookupChallenges<ScalarField<C>>,
        coset: &OnCoset<ScalarField<C>>,
        points: &[ScalarField<C>],
        start: usize,
        values: &mut [ScalarField<C>],
    ) {
        let omega_inverse = self.system.domain.group_gen_inv;
        let last_rows: Vec<_> =
            (1..=self.system.zk_rows as u64 + 1).map(|i| omega_inverse.pow([i])).collect();
        let end = omega_inverse.pow([self.system.zk_rows as u64 + 1]);
        let first = Self::boundary(coset, points, ScalarField::<C>::ONE);
        let last = Self::boundary(coset, points, end);
        for (i, (value, x)) in values.iter_mut().zip(points).enumerate() {
            let cells = LookupRow {
                row: Row::new(&coset.columns, start + i),
                first_row: first[i],
                last_row: last[i],
                vanishes_on_last_rows: last_rows.iter().map(|root| *x - root).product(),
            };
            lookup::constraints(challenges, &cells, |place, constraint| {
                *value += self.alphas.lookup[place] * constraint;
            });
        }
    }
}

fn at<F: PrimeField>(column: &[F], row: usize) -> F {
    column.get(row).copied().unwrap_or(F::ZERO)
}

/// The cells of one element of the coset.
struct Row<'a, F> {
    columns: &'a Evaluations<Vec<F>>,
    row: usize,
    next: usize,
}

impl<'a, F: PrimeField> Row<'a, F> {
    fn new(columns: &'a Evaluations<Vec<F>>, row: usize) -> Self {
        // z is never zero, so that it has a value in every row.
        let next = if row + 1 < columns.z.len() { row + 1 } else { 0 };
        Self { columns, row, next }
    }
}

impl<F: PrimeField> Cells<F> for Row<'_, F> {
    #[inline]
    fn curr(&self, col: usize) -> F {
        at(&self.columns.w[col], self.row)
    }

    #[inline]
    fn next(&self, col: usize) -> F {
        at(&self.columns.w[col], self.next)
    }

    #[inline]
    fn coeff(&self, col: usize) -> F {
        at(&self.columns.coefficients[col], self.row)
    }
}

struct LookupRow<'a, F> {
    row: Row<'a, F>,
    first_row: F,
    last_row: F,
    vanishes_on_last_rows: F,
}

impl<F: PrimeField> LookupRow<'_, F> {
    fn optional(column: Option<&Vec<F>>, row: usize) -> F {
        column.map_or(F::ZERO, |column| at(column, row))
    }
}

impl<F: PrimeField> LookupCells<F> for LookupRow<'_, F> {
    fn witness(&self, col: usize) -> F {
        self.row.curr(col)
    }

    fn selector(&self, pattern: LookupPattern) -> F {
        let selectors = &self.row.columns.lookup.pattern_selectors;
        Self::optional(selectors[pattern as usize].as_ref(), self.row.row)
    }

    fn sorted(&self, i: usize) -> F {
        Self::optional(self.row.columns.lookup.sorted[i].as_ref(), self.row.row)
    }

    fn sorted_next(&self, i: usize) -> F {
        Self::optional(self.row.columns.lookup.sorted[i].as_ref(), self.row.next)
    }

    fn aggregation(&self) -> F {
        Self::optional(self.row.columns.lookup.aggregation.as_ref(), self.row.row)
    }

    fn aggregation_next(&self) -> F {
        Self::optional(self.row.columns.lookup.aggregation.as_ref(), self.row.next)
    }

    fn table(&self) -> F {
        Self::optional(self.row.columns.lookup.table.as_ref(), self.row.row)
    }

    fn table_next(&self) -> F {
        Self::optional(self.row.columns.lookup.table.as_ref(), self.row.next)
    }

    fn runtime_table(&self) -> F {
        Self::optional(self.row.columns.lookup.runtime_table.as_ref(), self.row.row)
    }

    fn runtime_selector(&self) -> F {
        Self::optional(self.row.columns.lookup.runtime_selector.as_ref(), self.row.row)
    }

    fn first_row(&self) -> F {
        self.first_row
    }

    fn last_row(&self) -> F {
        self.last_row
    }

    fn vanishes_on_last_rows(&self) -> F {
        self.vanishes_on_last_rows
    }
}

/// The polynomial of fewer than 7n coefficients with these remainders modulo xⁿ - cₖ.
///
/// With t = Σ tⱼ·x^(nj), the remainders are Σ cₖʲ·tⱼ: coefficient by coefficient the values of a polynomial of degree 6 at
/// the cₖ, whose coefficients are those of tⱼ.
fn interpolate<F: PrimeField>(c: [F; COSETS], remainders: &[Vec<F>]) -> Vec<F> {
    let basis = lagrange_coefficients(c);
    let size = remainders.first().map_or(0, Vec::len);
    let mut quotient = vec![F::ZERO; COSETS * size];
    for (j, chunk) in quotient.chunks_mut(size.max(1)).enumerate() {
        chunk.par_iter_mut().enumerate().with_min_len(BATCH).for_each(|(i, coefficient)| {
            *coefficient = basis.iter().zip(remainders).map(|(l, remainder)| l[j] * remainder[i]).sum();
        });
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
    use ark_ff::UniformRand;
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
        assert_eq!(interpolate(offsets.map(|x| x.pow([8])), &remainders), t);
    }

    fn ark_std_rng() -> rand::rngs::StdRng {
        rand::SeedableRng::seed_from_u64(3)
    }
}
