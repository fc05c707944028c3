//! Witnesses, and whether they satisfy a circuit, row by row.

use std::collections::HashSet;

use ark_ff::{AdditiveGroup, PrimeField};
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType, LookupPattern, PERMUTS};
use quickpickle_runtime::kimchi::gates::{self, Cells, GateConstants};
use quickpickle_runtime::kimchi::lookup::JointCombiner;
use rayon::prelude::*;

use crate::circuit::{ConstraintSystem, LookupLayout, Wire};
use crate::key::ProvingKey;
use crate::limbs::Limbs;

/// The values of a circuit's cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness<F> {
    /// The columns, all of one length; rows beyond their end are zero. The public input is the beginning of the first.
    pub columns: [Vec<F>; COLUMNS],
    /// The second column of each runtime table, in the circuit's order.
    pub runtime_tables: Vec<Vec<F>>,
}

impl<F> Witness<F> {
    /// A witness for a circuit without runtime tables.
    pub fn new(columns: [Vec<F>; COLUMNS]) -> Self {
        Self { columns, runtime_tables: Vec::new() }
    }

    /// Rows of the columns.
    pub fn rows(&self) -> usize {
        self.columns[0].len()
    }
}

/// Why a witness is none of the circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// The columns are of different lengths.
    #[error("column {column} has {found} rows, the first one {expected}")]
    Columns {
        /// The column.
        column: usize,
        /// Its rows.
        found: usize,
        /// The rows of column 0.
        expected: usize,
    },
    /// The witness has more rows than the domain without its zero-knowledge rows.
    #[error("{found} rows, the domain has room for {room}")]
    TooManyRows {
        /// The witness's rows.
        found: usize,
        /// The room.
        room: usize,
    },
    /// The witness has fewer rows than the public input.
    #[error("{found} rows, the public input alone has {public}")]
    NoPublicInput {
        /// The witness's rows.
        found: usize,
        /// Number of public inputs.
        public: usize,
    },
    /// The number of runtime tables or the length of one is not the circuit's.
    #[error("the runtime tables have {found:?} entries, the circuit's {expected:?}")]
    RuntimeTables {
        /// Their lengths.
        found: Vec<usize>,
        /// The circuit's.
        expected: Vec<usize>,
    },
    /// A row breaks its gate.
    #[error("row {row}: constraint {constraint} of {gate:?} is not satisfied")]
    Gate {
        /// The row.
        row: usize,
        /// Its gate.
        gate: GateType,
        /// Which of the gate's constraints, counted from 0 in the order of the gate's documentation in
        /// [`quickpickle_runtime::kimchi::gates`].
        constraint: usize,
    },
    /// A public input is not what the gate of its row says.
    #[error("row {row}: the public input is not the cell of its {gate:?} gate")]
    PublicInput {
        /// The row.
        row: usize,
        /// Its gate.
        gate: GateType,
    },
    /// Two cells that are wired together differ.
    #[error("{from:?} is wired to {to:?}, which has another value")]
    Copy {
        /// A cell.
        from: Wire,
        /// The cell it is wired to.
        to: Wire,
    },
    /// A row looks up what is in no table.
    #[error("row {row}, of {gate:?}: lookup {lookup} of {pattern:?} is in no table")]
    Lookup {
        /// The row.
        row: usize,
        /// Its gate.
        gate: GateType,
        /// The row's pattern.
        pattern: LookupPattern,
        /// Which of the pattern's lookups, counted from 0.
        lookup: usize,
    },
}

/// The cells of a row and the one after it.
struct AtRow<'a, C: KimchiCurve> {
    witness: &'a Witness<ScalarField<C>>,
    coefficients: &'a [Option<Limbs<C>>; COLUMNS],
    row: usize,
}

impl<C: KimchiCurve> Cells<ScalarField<C>> for AtRow<'_, C> {
    fn curr(&self, col: usize) -> ScalarField<C> {
        self.witness.cell(self.row, col)
    }

    fn next(&self, col: usize) -> ScalarField<C> {
        self.witness.cell(self.row + 1, col)
    }

    fn coeff(&self, col: usize) -> ScalarField<C> {
        self.coefficients[col].as_ref().map_or(ScalarField::<C>::ZERO, |column| column.get(self.row))
    }
}

impl<F: AdditiveGroup> Witness<F> {
    /// The value of a cell, zero beyond the last row.
    pub fn cell(&self, row: usize, column: usize) -> F {
        self.columns[column].get(row).copied().unwrap_or(F::ZERO)
    }
}

impl<C: KimchiCurve> ProvingKey<C> {
    /// Whether the witness satisfies the circuit; tells the first row that does not.
    pub fn check(&self, witness: &Witness<ScalarField<C>>) -> Result<(), WitnessError> {
        let constants = &self.index.circuit().linearization.constants;
        Check { witness, system: &self.system, constants }.run()
    }
}

/// A witness beside the circuit that it is to satisfy.
struct Check<'a, C: KimchiCurve> {
    witness: &'a Witness<ScalarField<C>>,
    system: &'a ConstraintSystem<C>,
    constants: &'a GateConstants<ScalarField<C>>,
}

impl<C: KimchiCurve> Check<'_, C> {
    /// Whether the witness has the shape that a circuit asks for.
    fn check_shape(&self) -> Result<(), WitnessError> {
        let expected = self.witness.rows();
        for (column, values) in self.witness.columns.iter().enumerate() {
            if values.len() != expected {
                return Err(WitnessError::Columns { column, found: values.len(), expected });
            }
        }
        let room = self.system.domain_size() - self.system.zk_rows();
        if expected > room {
            return Err(WitnessError::TooManyRows { found: expected, room });
        }
        if expected < self.system.public() {
            return Err(WitnessError::NoPublicInput { found: expected, public: self.system.public() });
        }
        let found: Vec<usize> = self.witness.runtime_tables.iter().map(Vec::len).collect();
        let lengths: Vec<usize> = self.system.runtime_tables().iter().map(|t| t.first_column.len()).collect();
        if found != lengths {
            return Err(WitnessError::RuntimeTables { found, expected: lengths });
        }
        Ok(())
    }

    /// Whether the witness satisfies the circuit: every gate, every wire, every lookup. Tells the first row that does not.
    fn run(&self) -> Result<(), WitnessError> {
        self.check_shape()?;
        let rows = 0..self.system.rows().max(self.witness.rows());
        let first = rows
            .into_par_iter()
            .find_map_first(|row| self.check_gate(row).and_then(|()| self.check_wires(row)).err());
        match (first, &self.system.lookup) {
            (Some(error), _) => Err(error),
            (None, Some(layout)) => self.check_lookups(layout),
            (None, None) => Ok(()),
        }
    }

    fn check_gate(&self, row: usize) -> Result<(), WitnessError> {
        let gate = self.system.gate(row);
        let cells = AtRow { witness: self.witness, coefficients: &self.system.coefficients, row };
        let mut constraint = 0;
        let mut broken = None;
        // The public input is subtracted from the first constraint of its row, whether the row has one or not.
        let mut public =
            if row < self.system.public() { self.witness.cell(row, 0) } else { ScalarField::<C>::ZERO };
        gates::constraints(gate, self.constants, &cells, |value| {
            if value != std::mem::replace(&mut public, ScalarField::<C>::ZERO) {
                broken.get_or_insert(constraint);
            }
            constraint += 1;
        });
        match broken {
            Some(0) if row < self.system.public() => Err(WitnessError::PublicInput { row, gate }),
            Some(constraint) => Err(WitnessError::Gate { row, gate, constraint }),
            None if public != ScalarField::<C>::ZERO => Err(WitnessError::PublicInput { row, gate }),
            None => Ok(()),
        }
    }

    fn check_wires(&self, row: usize) -> Result<(), WitnessError> {
        let Some(wires) = self.system.wires.get(row) else { return Ok(()) };
        for (column, to) in wires.iter().enumerate() {
            let to = Wire { row: *to as usize / PERMUTS, column: *to as usize % PERMUTS };
            if self.witness.cell(row, column) != self.witness.cell(to.row, to.column) {
                return Err(WitnessError::Copy { from: Wire { row, column }, to });
            }
        }
        Ok(())
    }

    /// Compares values that are combined as the argument does it. The combiner is fixed, and a value outside of the tables
    /// could be built to pass; but no proof comes of it, for a proof draws its own.
    fn check_lookups(&self, layout: &LookupLayout<ScalarField<C>>) -> Result<(), WitnessError> {
        let digest = blake3::hash(b"quickpickle: the joint combiner of the witness check");
        let combiner = JointCombiner::new(
            ScalarField::<C>::from_le_bytes_mod_order(digest.as_bytes()),
            &layout.features,
        );
        let table: HashSet<ScalarField<C>> = layout
            .combined_table(&combiner, &layout.runtime_column(&self.witness.runtime_tables))
            .into_iter()
            .collect();
        let mut result = Ok(());
        layout.for_each_lookup(
            &combiner,
            |row, col| self.witness.cell(row, col),
            |row, lookup, value| {
                if result.is_ok() && !table.contains(&value) {
                    result = Err(layout.missing(self.system.gate(row), row, lookup));
                }
            },
        );
        result
    }
}
