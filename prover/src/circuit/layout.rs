//! A checked circuit, laid out on its domain.

use std::ops::Range;

use ark_ff::{AdditiveGroup, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use educe::Educe;
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType, PERMUTS};
use quickpickle_runtime::kimchi::index::{MAX_DOMAIN_LOG2, MAX_PREVIOUS_CHALLENGES, MAX_SRS_LOG2};
use quickpickle_runtime::kimchi::permutation;
use rayon::prelude::*;

use super::{Circuit, CircuitError, FixedTable, Gate, LookupLayout, RuntimeTable};
use crate::limbs::Limbs;

/// A cell of the permuted columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wire {
    /// Its row.
    pub row: usize,
    /// Its column, below [`PERMUTS`].
    pub column: usize,
}

/// A circuit that has been checked, on its domain.
#[derive(Educe)]
#[educe(Debug(bound()))]
pub struct ConstraintSystem<C: KimchiCurve> {
    pub(crate) domain: Radix2EvaluationDomain<ScalarField<C>>,
    pub(crate) srs_log2: u32,
    pub(crate) zk_rows: usize,
    pub(crate) public: usize,
    pub(crate) previous_challenges: usize,
    /// Representatives of the permutation's cosets.
    pub(crate) shifts: [ScalarField<C>; PERMUTS],
    /// The gate of each row; the domain's rows after these have none.
    pub(crate) gates: Vec<GateType>,
    /// For each row and permuted column the number (row·7 + column) of the cell that it is wired to.
    pub(crate) wires: Vec<[u32; PERMUTS]>,
    /// The coefficients of these rows, column by column; none where a whole column is zero.
    pub(crate) coefficients: [Option<Limbs<C>>; COLUMNS],
    pub(crate) tables: Vec<FixedTable<ScalarField<C>>>,
    pub(crate) runtime_tables: Vec<RuntimeTable<ScalarField<C>>>,
    /// The lookup argument, where some row makes lookups.
    pub(crate) lookup: Option<LookupLayout<ScalarField<C>>>,
}

/// The parts of a circuit other than its coefficients, with the sizes that were asked for.
pub(crate) struct Parts<F> {
    pub gates: Vec<GateType>,
    pub wires: Vec<[u32; PERMUTS]>,
    pub public: usize,
    pub previous_challenges: usize,
    pub srs_log2: u32,
    pub domain_log2: Option<u32>,
    pub tables: Vec<FixedTable<F>>,
    pub runtime_tables: Vec<RuntimeTable<F>>,
}

impl<C: KimchiCurve> ConstraintSystem<C> {
    /// Checks a circuit, and chooses the domain and the number of zero-knowledge rows.
    pub fn new(circuit: Circuit<ScalarField<C>>) -> Result<Self, CircuitError> {
        let Circuit { gates, public, previous_challenges, srs_log2, domain_log2, tables, runtime_tables } =
            circuit;
        let wires = gates.iter().enumerate().map(|(row, gate)| cells(row, gate, gates.len()));
        let wires = wires.collect::<Result<Vec<_>, _>>()?;
        let coefficients = std::array::from_fn(|column| {
            let zero = ScalarField::<C>::ZERO;
            let used = gates.iter().any(|gate| gate.coefficients.get(column).is_some_and(|c| *c != zero));
            let values = gates.iter().map(|gate| gate.coefficients.get(column).copied().unwrap_or(zero));
            used.then(|| Limbs::collect(values))
        });
        let gates = gates.iter().map(|gate| gate.gate).collect();
        let parts = Parts {
            gates,
            wires,
            public,
            previous_challenges,
            srs_log2,
            domain_log2,
            tables,
            runtime_tables,
        };
        Self::from_parts(parts, coefficients)
    }

    /// The same from its parts; `coefficients` are one for each gate, in the columns that are there.
    pub(crate) fn from_parts(
        parts: Parts<ScalarField<C>>,
        coefficients: [Option<Limbs<C>>; COLUMNS],
    ) -> Result<Self, CircuitError> {
        let Parts {
            gates,
            wires,
            public,
            previous_challenges,
            srs_log2,
            domain_log2,
            tables,
            runtime_tables,
        } = parts;
        let rows = gates.len();
        if rows < 2 {
            return Err(CircuitError::TooFewRows(rows));
        }
        if srs_log2 > MAX_SRS_LOG2 {
            return Err(CircuitError::Srs(srs_log2));
        }
        if public > rows {
            return Err(CircuitError::PublicInput { public, rows });
        }
        if previous_challenges > MAX_PREVIOUS_CHALLENGES {
            return Err(CircuitError::PreviousChallenges(previous_challenges));
        }
        check_permutation(&wires)?;
        let entries = super::lookup::entries(&gates, &tables, &runtime_tables)?;
        let (domain, zk_rows) = choose_domain(rows.max(entries + 1), srs_log2, domain_log2)?;
        let lookup = LookupLayout::new(&gates, &tables, &runtime_tables, domain.size(), zk_rows)?;
        Ok(Self {
            domain,
            srs_log2,
            zk_rows,
            public,
            previous_challenges,
            shifts: permutation::shifts(),
            gates,
            wires,
            coefficients,
            tables,
            runtime_tables,
            lookup,
        })
    }

    /// Rows with gates.
    pub fn rows(&self) -> usize {
        self.gates.len()
    }

    /// The gate of a row.
    pub fn gate(&self, row: usize) -> GateType {
        self.gates.get(row).copied().unwrap_or(GateType::Zero)
    }

    /// Number of public inputs.
    pub fn public(&self) -> usize {
        self.public
    }

    /// log2 of the domain's size.
    pub fn domain_log2(&self) -> u32 {
        self.domain.log_size_of_group
    }

    /// The domain's size.
    pub fn domain_size(&self) -> usize {
        self.domain.size()
    }

    /// Generators of the SRS that polynomials are committed with.
    pub fn srs_size(&self) -> usize {
        1 << self.srs_log2
    }

    /// Chunks of a commitment.
    pub fn chunks(&self) -> usize {
        (self.domain.size() >> self.srs_log2).max(1)
    }

    /// Rows at the end of the domain that hide the witness.
    pub fn zk_rows(&self) -> usize {
        self.zk_rows
    }

    /// The runtime tables, in the order in which a witness brings their second columns.
    pub fn runtime_tables(&self) -> &[RuntimeTable<ScalarField<C>>] {
        &self.runtime_tables
    }

    /// Whether some row has this gate.
    pub(crate) fn uses(&self, gate: GateType) -> bool {
        self.gates.contains(&gate)
    }

    /// The rows of a gate.
    pub(crate) fn selector(&self, gate: GateType) -> Vec<ScalarField<C>> {
        self.gates.iter().map(|g| ScalarField::<C>::from(*g == gate)).collect()
    }

    /// The rows of the domain whose σ is left zero: those zero-knowledge rows where z goes on although nothing is wired.
    fn unwired_rows(&self) -> Range<usize> {
        self.domain.size() + 2 - self.zk_rows..self.domain.size() - 1
    }

    /// The permutation polynomials on the domain: for each cell the name, kⱼωⁱ, of the cell that it is wired to.
    pub(crate) fn sigma(&self) -> [Vec<ScalarField<C>>; PERMUTS] {
        let shifts = &self.shifts;
        let elements: Vec<_> = self.domain.elements().collect();
        let unwired = self.unwired_rows();
        let mut columns = std::array::from_fn(|_| Vec::new());
        columns.par_iter_mut().enumerate().for_each(|(column, sigma): (usize, &mut Vec<_>)| {
            sigma.extend(elements.iter().map(|element| shifts[column] * element));
            for (name, wires) in sigma.iter_mut().zip(&self.wires) {
                let to = wires[column] as usize;
                *name = shifts[to % PERMUTS] * elements[to / PERMUTS];
            }
            sigma[unwired.clone()].fill(ScalarField::<C>::ZERO);
        });
        columns
    }
}

/// The numbers of the cells that a gate is wired to.
fn cells<F>(row: usize, gate: &Gate<F>, rows: usize) -> Result<[u32; PERMUTS], CircuitError> {
    if gate.coefficients.len() > COLUMNS {
        return Err(CircuitError::Coefficients { row, found: gate.coefficients.len() });
    }
    let mut cells = [0; PERMUTS];
    for (column, (cell, to)) in cells.iter_mut().zip(&gate.wires).enumerate() {
        let number = u32::try_from(to.row.saturating_mul(PERMUTS) + to.column).ok();
        match number {
            Some(number) if to.row < rows && to.column < PERMUTS => *cell = number,
            _ => return Err(CircuitError::Wire { row, column, to: *to }),
        }
    }
    Ok(cells)
}

fn check_permutation(wires: &[[u32; PERMUTS]]) -> Result<(), CircuitError> {
    let mut reached = vec![false; wires.len() * PERMUTS];
    for (from, to) in wires.as_flattened().iter().enumerate() {
        let cell = |number: usize| Wire { row: number / PERMUTS, column: number % PERMUTS };
        match reached.get_mut(*to as usize) {
            Some(reached) if !*reached => *reached = true,
            Some(_) => return Err(CircuitError::NotAPermutation(cell(*to as usize))),
            None => {
                let Wire { row, column } = cell(from);
                return Err(CircuitError::Wire { row, column, to: cell(*to as usize) });
            }
        }
    }
    Ok(())
}

/// The zero-knowledge rows for commitments in this many chunks: fewer would let the evaluations of the chunks determine
/// the witness (the book's `zk_rows`; `zk_rows_strict_lower_bound` in proof-systems' `constraints.rs`).
pub(crate) const fn zk_rows(chunks: usize) -> usize {
    (2 * (PERMUTS + 1) * chunks - 2) / PERMUTS + 1
}

/// The smallest domain that holds this many rows and the zero-knowledge rows, or the one that is asked for.
fn choose_domain<F: PrimeField>(
    rows: usize,
    srs_log2: u32,
    asked: Option<u32>,
) -> Result<(Radix2EvaluationDomain<F>, usize), CircuitError> {
    let zk_rows_of = |log2: u32| zk_rows(1 << log2.saturating_sub(srs_log2));
    let fits = |log2: &u32| rows.saturating_add(zk_rows_of(*log2)) <= 1 << log2;
    let least = (1..=MAX_DOMAIN_LOG2).find(fits).ok_or(CircuitError::TooManyRows { rows })?;
    let log2 = asked.unwrap_or(least);
    let domain = Radix2EvaluationDomain::new(1usize.checked_shl(log2).unwrap_or(usize::MAX));
    match domain {
        Some(domain) if (least..=MAX_DOMAIN_LOG2).contains(&log2) => Ok((domain, zk_rows_of(log2))),
        _ => Err(CircuitError::Domain { asked: log2, least }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_runtime::curve::{Fp, VestaConfig};

    #[test]
    fn zero_knowledge_rows_grow_with_the_chunks() {
        assert_eq!([1, 2, 4, 8].map(zk_rows), [3, 5, 9, 19]);
    }

    #[test]
    fn the_domain_holds_rows_and_zero_knowledge_rows() {
        let size = |rows, srs_log2| {
            let (domain, zk_rows) = choose_domain::<Fp>(rows, srs_log2, None).unwrap();
            (domain.log_size_of_group, zk_rows)
        };
        assert_eq!(size(253, 16), (8, 3));
        assert_eq!(size(254, 16), (9, 3));
        // Over an SRS of 2^9, 2^10 rows need two chunks and 5 rows, 2^11 four and 9.
        assert_eq!(size(1019, 9), (10, 5));
        assert_eq!(size(1020, 9), (11, 9));
        assert!(matches!(choose_domain::<Fp>(254, 16, Some(8)), Err(CircuitError::Domain { least: 9, .. })));
        assert!(matches!(choose_domain::<Fp>(254, 16, Some(64)), Err(CircuitError::Domain { .. })));
        assert!(matches!(
            choose_domain::<Fp>(usize::MAX, 16, None),
            Err(CircuitError::TooManyRows { rows: usize::MAX })
        ));
    }

    fn gate(row: usize) -> Gate<Fp> {
        let wires = std::array::from_fn(|column| Wire { row, column });
        Gate { gate: GateType::Generic, wires, coefficients: vec![] }
    }

    fn error(circuit: Circuit<Fp>) -> CircuitError {
        ConstraintSystem::<VestaConfig>::new(circuit).unwrap_err()
    }

    #[test]
    fn malformed_circuits_are_refused() {
        let circuit = || Circuit::new((0..4).map(gate).collect(), 1, 16);
        assert!(ConstraintSystem::<VestaConfig>::new(circuit()).is_ok());

        assert_eq!(error(Circuit::new(vec![gate(0)], 0, 16)), CircuitError::TooFewRows(1));
        assert_eq!(
            error(Circuit { public: 5, ..circuit() }),
            CircuitError::PublicInput { public: 5, rows: 4 }
        );
        assert_eq!(error(Circuit { srs_log2: 40, ..circuit() }), CircuitError::Srs(40));
        assert_eq!(
            error(Circuit { previous_challenges: MAX_PREVIOUS_CHALLENGES + 1, ..circuit() }),
            CircuitError::PreviousChallenges(MAX_PREVIOUS_CHALLENGES + 1)
        );

        let mut many = circuit();
        many.gates[2].coefficients = vec![Fp::ZERO; 16];
        assert_eq!(error(many), CircuitError::Coefficients { row: 2, found: 16 });

        for to in
            [Wire { row: 4, column: 0 }, Wire { row: 0, column: 7 }, Wire { row: usize::MAX, column: 0 }]
        {
            let mut wild = circuit();
            wild.gates[1].wires[3] = to;
            assert_eq!(error(wild), CircuitError::Wire { row: 1, column: 3, to });
        }
        let mut twice = circuit();
        twice.gates[1].wires[3] = Wire { row: 0, column: 2 };
        assert_eq!(error(twice), CircuitError::NotAPermutation(Wire { row: 0, column: 2 }));
    }
}
