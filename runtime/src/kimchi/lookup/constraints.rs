//! The constraints of the argument, written once over the [`LookupCells`] that they read.
//!
//! With m lookups a row at most, t the combined table, f₁ … fₘ the combined lookups of a row (rows with fewer are filled
//! up with 0, which is the combined row of zeros of table 0), s₀ … sₘ the sorted table and a the aggregation, primes for
//! the row after, γ* = γ(1 + β), and d the number of zero-knowledge rows and one more:
//!
//! 1. Z_d·(a′·∏ᵢ Sᵢ - a·(1 + β)ᵐ·∏ᵢ (γ + fᵢ)·(γ* + t + β·t′)) = 0,
//!    where Sᵢ = γ* + sᵢ + β·sᵢ′ for even i and γ* + sᵢ′ + β·sᵢ for odd i, and Z_d is zero on the last d rows
//! 2. L̂₀·(a - 1) = 0
//! 3. L̂₍ₙ₋d₎·(a - 1) = 0
//! 4. to 7. for i from 0 to m - 1: L̂·(sᵢ - sᵢ₊₁) = 0, L̂ being L̂₍ₙ₋d₎ for even i and L̂₀ for odd i; constraint 7 is left
//!    out (its power of α is not used) where m is 3
//! 8. rt·(runtime selector) = 0, with a runtime table rt only: its selector is 1 where there is no entry of it
//!
//! The columns of the sorted table lie like a snake: down the first, up the second; constraints 4 to 7 join their ends.
//! L̂ᵢ = (xⁿ - 1)/(x - ωⁱ). Which pattern a row has is decided by selectors that are not 0 on at most one row; the
//! product over the fᵢ is the sum over the patterns, and a row without lookups, of selector times product.

use ark_ff::PrimeField;
use quickpickle_curve::rows::Arithmetic;

use super::{JointCombiner, LookupFeatures};
use crate::kimchi::evaluations::LookupPattern;

/// Constraints of the argument at most.
pub const MAX_CONSTRAINTS: usize = 8;
/// Lookups in a row at most, whatever the circuit.
const MAX_PER_ROW: usize = 4;

/// The cells that the constraints read, and three polynomials of the domain, all at one point x.
pub trait LookupCells<F> {
    /// The witness in column `col`.
    fn witness(&self, col: usize) -> F;
    /// The selector of a pattern; asked for only where the circuit has it.
    fn selector(&self, pattern: LookupPattern) -> F;
    /// Column `i` of the sorted table, i up to the number of lookups a row makes at most.
    fn sorted(&self, i: usize) -> F;
    /// The same in the row after.
    fn sorted_next(&self, i: usize) -> F;
    /// The aggregation.
    fn aggregation(&self) -> F;
    /// The aggregation in the row after.
    fn aggregation_next(&self) -> F;
    /// The combined table.
    fn table(&self) -> F;
    /// The combined table in the row after.
    fn table_next(&self) -> F;
    /// The runtime table; asked for only where the circuit has one.
    fn runtime_table(&self) -> F;
    /// The rows without an entry of the runtime table; asked for only where the circuit has one.
    fn runtime_selector(&self) -> F;
    /// (xⁿ - 1)/(x - 1).
    fn first_row(&self) -> F;
    /// (xⁿ - 1)/(x - ωⁿ⁻ᵈ), d the number of zero-knowledge rows and one more: the row where the aggregation ends.
    fn last_row(&self) -> F;
    /// ∏ (x - ωⁿ⁻ⁱ) for i from 1 to d: the polynomial that is zero on the last row and the zero-knowledge rows.
    fn vanishes_on_last_rows(&self) -> F;
}

/// The argument's challenges, with what follows from them for one circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupChallenges<F> {
    features: LookupFeatures,
    combiner: JointCombiner<F>,
    beta: F,
    gamma: F,
    /// γ(1 + β).
    gamma_beta: F,
    /// For k from 0 to the lookups a row makes at most, m: (1 + β)ᵐ·γᵐ⁻ᵏ, the factor of a row that makes k.
    padding: [F; MAX_PER_ROW + 1],
}

impl<F: PrimeField> LookupChallenges<F> {
    /// The challenges β, γ and the joint combiner, for a circuit with these features.
    pub fn new(features: LookupFeatures, beta: F, gamma: F, joint_combiner: F) -> Self {
        let max_per_row = features.max_per_row();
        let one_beta = F::one() + beta;
        let mut factor = one_beta.pow([max_per_row as u64]);
        let mut padding = [F::zero(); MAX_PER_ROW + 1];
        for padded in padding[..=max_per_row].iter_mut().rev() {
            *padded = factor;
            factor *= gamma;
        }
        Self {
            features,
            combiner: JointCombiner::new(joint_combiner, &features),
            beta,
            gamma,
            gamma_beta: gamma * one_beta,
            padding,
        }
    }
}

impl<F: Arithmetic> LookupChallenges<F> {
    /// The same challenges as something else.
    pub fn map<T>(&self, mut f: impl FnMut(F) -> T) -> LookupChallenges<T> {
        LookupChallenges {
            features: self.features,
            combiner: self.combiner.map(&mut f),
            beta: f(self.beta),
            gamma: f(self.gamma),
            gamma_beta: f(self.gamma_beta),
            padding: self.padding.map(f),
        }
    }

    /// The combiner of the table's rows.
    pub fn combiner(&self) -> &JointCombiner<F> {
        &self.combiner
    }

    /// (1 + β)ᵐ·∏ (γ + fᵢ), over the lookups fᵢ that a row of this pattern makes and the zeros that it is filled up with.
    #[inline]
    pub fn looked_up(&self, pattern: Option<LookupPattern>, cell: impl Fn(usize) -> F) -> F {
        let Some(pattern) = pattern else { return self.padding[0] };
        let per_row = pattern.per_row();
        (0..per_row).fold(self.padding[per_row], |product, i| {
            product * (pattern.lookup(i, &self.combiner, &cell) + self.gamma)
        })
    }

    /// γ* + t + β·t′, of the combined table in a row and the row after.
    #[inline]
    pub fn table_step(&self, table: F, next: F) -> F {
        self.gamma_beta + table + self.beta * next
    }

    /// ∏ Sᵢ, `sorted(i)` being column i of the sorted table in a row and the row after.
    #[inline]
    pub fn sorted_step(&self, sorted: impl Fn(usize) -> (F, F)) -> F {
        (0..=self.features.max_per_row()).fold(F::one(), |product, i| {
            let (curr, next) = sorted(i);
            product * if i % 2 == 0 { self.table_step(curr, next) } else { self.table_step(next, curr) }
        })
    }
}

/// Hands the constraints to `assert_zero`, one by one, with their places in the order above, counted from 0.
#[inline]
pub fn constraints<F: Arithmetic>(
    challenges: &LookupChallenges<F>,
    cells: &impl LookupCells<F>,
    mut assert_zero: impl FnMut(usize, F),
) {
    let features = &challenges.features;
    let max_per_row = features.max_per_row();

    let mut no_lookup = F::one();
    let mut looked_up = F::zero();
    for pattern in features.patterns() {
        let selector = cells.selector(pattern);
        no_lookup -= selector;
        looked_up += selector * challenges.looked_up(Some(pattern), |col| cells.witness(col));
    }
    looked_up += no_lookup * challenges.looked_up(None, |col| cells.witness(col));
    let table = challenges.table_step(cells.table(), cells.table_next());
    let sorted = challenges.sorted_step(|i| (cells.sorted(i), cells.sorted_next(i)));
    let aggregation = cells.aggregation();
    let (first_row, last_row) = (cells.first_row(), cells.last_row());

    assert_zero(
        0,
        cells.vanishes_on_last_rows() * (cells.aggregation_next() * sorted - aggregation * looked_up * table),
    );
    assert_zero(1, first_row * (aggregation - F::one()));
    assert_zero(2, last_row * (aggregation - F::one()));
    for i in 0..max_per_row {
        let row = if i % 2 == 0 { last_row } else { first_row };
        assert_zero(3 + i, row * (cells.sorted(i) - cells.sorted(i + 1)));
    }
    if features.runtime_table {
        assert_zero(3 + MAX_PER_ROW, cells.runtime_table() * cells.runtime_selector());
    }
}
