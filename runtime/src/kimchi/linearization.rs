//! The linearization: what all constraints but the permutation's come to at ζ, from the evaluations of a proof.
//!
//! In Kimchi every column that a constraint reads is evaluated, so that this is one number, the "constant term", and no
//! commitment but that of σ₆ is left for the verifier to combine (`linearization.rs` of proof-systems).

use ark_ff::PrimeField;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use thiserror::Error;

use super::alphas::Alphas;
use super::evaluations::{
    Evaluations, GateType, LookupEvaluations, LookupPattern, MAX_SORTED, PointEvaluations,
};
use super::gates::{self, Cells, GateConstants};
use super::lookup::{self, LookupCells, LookupChallenges, LookupFeatures};

#[cfg(test)]
mod tests;

/// What a circuit has beside the basic gates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Features {
    /// The optional gates, in the order of [`GateType::OPTIONAL`].
    pub optional_gates: [bool; 6],
    /// The lookup argument.
    pub lookup: Option<LookupFeatures>,
}

/// The challenges that the constraints are combined and evaluated with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenges<F> {
    /// β of the lookup argument (the same as the permutation's).
    pub beta: F,
    /// γ of the lookup argument (the same as the permutation's).
    pub gamma: F,
    /// What combines the columns of lookup tables; without lookups, anything.
    pub joint_combiner: F,
    /// The point of evaluation.
    pub zeta: F,
}

/// A column whose evaluation a proof may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The selector of an optional gate.
    Selector(GateType),
    /// The selector of a lookup pattern.
    LookupSelector(LookupPattern),
    /// A column of the sorted table.
    LookupSorted(usize),
    /// The aggregation of the lookup argument.
    LookupAggregation,
    /// The combined lookup table.
    LookupTable,
    /// The runtime table.
    RuntimeTable,
    /// The selector of the runtime table.
    RuntimeSelector,
}

/// Why there is no constant term.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LinearizationError {
    /// The circuit has this column, the proof no evaluation of it.
    #[error("the proof has no evaluation of {0:?}, which the circuit has")]
    MissingEvaluation(Column),
    /// ζ is a point where the lookup argument begins or ends, as no honest ζ is.
    #[error("zeta lies in the domain of the circuit")]
    ZetaInDomain,
}

/// The constraints of a circuit, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Linearization<F: PrimeField> {
    /// The circuit's domain.
    pub domain: Radix2EvaluationDomain<F>,
    /// Its zero-knowledge rows, at most as many as the domain has rows.
    pub zk_rows: u64,
    /// What it has beside the basic gates.
    pub features: Features,
    /// The constants of its gates.
    pub constants: GateConstants<F>,
}

impl<F: PrimeField> Linearization<F> {
    /// Σ over the gates of selector · Σ αⁱ·(constraint i), and Σ α²⁴⁺ⁱ·(constraint i) over the lookup argument.
    pub fn constant_term(
        &self,
        evaluations: &Evaluations<PointEvaluations<F>>,
        alphas: &Alphas<F>,
        challenges: &Challenges<F>,
    ) -> Result<F, LinearizationError> {
        let combined =
            |gate| gates::combined_constraints(gate, &self.constants, &AtZeta(evaluations), &alphas.gates);
        let mut sum = F::zero();
        for (gate, selector) in GateType::BASIC.into_iter().zip(&evaluations.selectors) {
            sum += selector.zeta * combined(gate);
        }
        let optional = GateType::OPTIONAL.into_iter().zip(&evaluations.optional_selectors);
        for ((gate, selector), used) in optional.zip(self.features.optional_gates) {
            if used {
                let selector = present(*selector, Column::Selector(gate))?;
                sum += selector.zeta * combined(gate);
            }
        }
        if let Some(features) = &self.features.lookup {
            sum += self.lookup_term(features, evaluations, alphas, challenges)?;
        }
        Ok(sum)
    }

    fn lookup_term(
        &self,
        features: &LookupFeatures,
        evaluations: &Evaluations<PointEvaluations<F>>,
        alphas: &Alphas<F>,
        challenges: &Challenges<F>,
    ) -> Result<F, LinearizationError> {
        let Challenges { beta, gamma, joint_combiner, zeta } = *challenges;
        let challenges = LookupChallenges::new(*features, beta, gamma, joint_combiner);
        let cells = LookupAtZeta::new(features, evaluations, &self.domain, self.zk_rows, zeta)?;
        let mut sum = F::zero();
        lookup::constraints(&challenges, &cells, |i, constraint| sum += alphas.lookup[i] * constraint);
        Ok(sum)
    }
}

fn present<E>(evaluation: Option<E>, column: Column) -> Result<E, LinearizationError> {
    evaluation.ok_or(LinearizationError::MissingEvaluation(column))
}

/// The gates' cells at ζ: the row after a gate's is a column at ζω.
struct AtZeta<'a, F>(&'a Evaluations<PointEvaluations<F>>);

impl<F: PrimeField> Cells<F> for AtZeta<'_, F> {
    fn curr(&self, col: usize) -> F {
        self.0.w[col].zeta
    }

    fn next(&self, col: usize) -> F {
        self.0.w[col].zeta_omega
    }

    fn coeff(&self, col: usize) -> F {
        self.0.coefficients[col].zeta
    }
}

/// The lookup argument's cells at ζ. Columns that the circuit does not have are zero here, and not read.
struct LookupAtZeta<'a, F> {
    evaluations: &'a Evaluations<PointEvaluations<F>>,
    selectors: [F; 4],
    sorted: [PointEvaluations<F>; MAX_SORTED],
    aggregation: PointEvaluations<F>,
    table: PointEvaluations<F>,
    runtime_table: F,
    runtime_selector: F,
    first_row: F,
    last_row: F,
    vanishes_on_last_rows: F,
}

impl<'a, F: PrimeField> LookupAtZeta<'a, F> {
    fn new(
        features: &LookupFeatures,
        evaluations: &'a Evaluations<PointEvaluations<F>>,
        domain: &Radix2EvaluationDomain<F>,
        zk_rows: u64,
        zeta: F,
    ) -> Result<Self, LinearizationError> {
        let LookupEvaluations {
            aggregation,
            table,
            sorted,
            runtime_table,
            runtime_selector,
            pattern_selectors,
        } = &evaluations.lookup;

        let mut selectors = [F::zero(); 4];
        for pattern in features.patterns() {
            let selector = pattern_selectors[pattern as usize];
            selectors[pattern as usize] = present(selector, Column::LookupSelector(pattern))?.zeta;
        }
        let mut sorted_values = [PointEvaluations::default(); MAX_SORTED];
        for (i, value) in sorted_values.iter_mut().enumerate().take(features.max_per_row() + 1) {
            *value = present(sorted[i], Column::LookupSorted(i))?;
        }
        let (mut runtime_value, mut runtime_selector_value) = (F::zero(), F::zero());
        if features.runtime_table {
            runtime_value = present(*runtime_table, Column::RuntimeTable)?.zeta;
            runtime_selector_value = present(*runtime_selector, Column::RuntimeSelector)?.zeta;
        }

        // The zero-knowledge rows and the one before them, where the aggregation ends.
        let mut last_row = F::one();
        let mut vanishes_on_last_rows = F::one();
        for _ in 0..=zk_rows {
            last_row *= domain.group_gen_inv;
            vanishes_on_last_rows *= zeta - last_row;
        }
        let from_last = zeta - last_row;
        let from_first = zeta - F::one();
        let vanishing = domain.evaluate_vanishing_polynomial(zeta);
        let inverse = (from_first * from_last).inverse().ok_or(LinearizationError::ZetaInDomain)?;

        Ok(Self {
            evaluations,
            selectors,
            sorted: sorted_values,
            aggregation: present(*aggregation, Column::LookupAggregation)?,
            table: present(*table, Column::LookupTable)?,
            runtime_table: runtime_value,
            runtime_selector: runtime_selector_value,
            first_row: vanishing * inverse * from_last,
            last_row: vanishing * inverse * from_first,
            vanishes_on_last_rows,
        })
    }
}

impl<F: PrimeField> LookupCells<F> for LookupAtZeta<'_, F> {
    fn witness(&self, col: usize) -> F {
        self.evaluations.w[col].zeta
    }

    fn selector(&self, pattern: LookupPattern) -> F {
        self.selectors[pattern as usize]
    }

    fn sorted(&self, i: usize) -> F {
        self.sorted[i].zeta
    }

    fn sorted_next(&self, i: usize) -> F {
        self.sorted[i].zeta_omega
    }

    fn aggregation(&self) -> F {
        self.aggregation.zeta
    }

    fn aggregation_next(&self) -> F {
        self.aggregation.zeta_omega
    }

    fn table(&self) -> F {
        self.table.zeta
    }

    fn table_next(&self) -> F {
        self.table.zeta_omega
    }

    fn runtime_table(&self) -> F {
        self.runtime_table
    }

    fn runtime_selector(&self) -> F {
        self.runtime_selector
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
