//! What a circuit is: rows of gates, the wiring of their cells, and the tables that they look values up in.

mod json;
mod layout;
mod lookup;
mod source;

pub use json::{CircuitFile, FileError, MAX_FILE};
pub(crate) use layout::Parts;
pub use layout::{ConstraintSystem, Wire};
pub use lookup::LookupLayout;
pub use source::{Opened, Origin, ReadError, Source, SourceError};

use ark_ff::PrimeField;
use quickpickle_runtime::curve::{KimchiCurve, VestaConfig};
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType, LookupPattern, PERMUTS};
use quickpickle_runtime::kimchi::index::{MAX_DOMAIN_LOG2, MAX_SRS_LOG2};
use quickpickle_runtime::pickles::proof::{STEP_ROUNDS, WRAP_ROUNDS};

/// One row of a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate<F> {
    /// What the row has to satisfy.
    pub gate: GateType,
    /// For each cell of the permuted columns the cell that comes after it in the cycle of cells of the same value; a cell
    /// that is connected with no other names itself.
    pub wires: [Wire; PERMUTS],
    /// The row's coefficients, at most 15; those left out are zero.
    pub coefficients: Vec<F>,
}

/// A table that is part of the circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedTable<F> {
    /// By which lookups name it. Negative numbers are those of the field.
    pub id: i32,
    /// The columns, all of one length.
    pub columns: Vec<Vec<F>>,
}

/// A table of two columns whose second is chosen with each proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeTable<F> {
    /// By which lookups name it.
    pub id: i32,
    /// The first column.
    pub first_column: Vec<F>,
}

/// A circuit, as someone wrote it down: nothing has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circuit<F> {
    /// The rows. The first ones are those of the public input.
    pub gates: Vec<Gate<F>>,
    /// Number of public inputs.
    pub public: usize,
    /// Number of openings that a proof carries along.
    pub previous_challenges: usize,
    /// log2 of the size of the SRS that polynomials are committed with.
    pub srs_log2: u32,
    /// log2 of the domain's size, where it is not to be the smallest that the circuit fits into.
    pub domain_log2: Option<u32>,
    /// The fixed tables, without those that a gate brings along.
    pub tables: Vec<FixedTable<F>>,
    /// The runtime tables.
    pub runtime_tables: Vec<RuntimeTable<F>>,
}

impl<F> Circuit<F> {
    /// A circuit without tables and previous challenges, over its smallest domain.
    pub fn new(gates: Vec<Gate<F>>, public: usize, srs_log2: u32) -> Self {
        Self {
            gates,
            public,
            previous_challenges: 0,
            srs_log2,
            domain_log2: None,
            tables: Vec::new(),
            runtime_tables: Vec::new(),
        }
    }
}

/// Why a circuit is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// Kimchi's circuits have two rows at least.
    #[error("a circuit has at least two rows, this one has {0}")]
    TooFewRows(usize),
    /// The circuit, with its tables, is larger than what keys may be.
    #[error("{rows} rows do not fit the largest domain, 2^{MAX_DOMAIN_LOG2}")]
    TooManyRows {
        /// Rows that are needed, zero-knowledge rows and table entries included.
        rows: usize,
    },
    /// The domain that was asked for is too small, or too large.
    #[error("a domain of 2^{asked}: the circuit needs one from 2^{least} to 2^{MAX_DOMAIN_LOG2}")]
    Domain {
        /// What was asked for.
        asked: u32,
        /// The smallest.
        least: u32,
    },
    /// An SRS of no size, or of a larger one than keys may name.
    #[error("an SRS of 2^{0}: the largest is 2^{MAX_SRS_LOG2}")]
    Srs(u32),
    /// There are more public inputs than rows.
    #[error("{public} public inputs in {rows} rows")]
    PublicInput {
        /// Public inputs.
        public: usize,
        /// Rows.
        rows: usize,
    },
    /// More previous challenges than a key may have.
    #[error("{0} previous challenges are too many")]
    PreviousChallenges(usize),
    /// A row has more coefficients than there are columns.
    #[error("row {row}: {found} coefficients, at most {COLUMNS} are possible")]
    Coefficients {
        /// The row.
        row: usize,
        /// Its coefficients.
        found: usize,
    },
    /// A wire leads out of the circuit.
    #[error("row {row}, column {column}: the wire leads to {to:?}, which is no cell of the permuted columns")]
    Wire {
        /// The row of the wire.
        row: usize,
        /// Its column.
        column: usize,
        /// Where it leads.
        to: Wire,
    },
    /// Two wires lead to the same cell, so that no witness satisfies the permutation argument.
    #[error("the wires are no permutation of the cells: two of them lead to {0:?}")]
    NotAPermutation(Wire),
    /// A table has no columns, or columns of different lengths.
    #[error("table {id}: its columns are of different lengths, or there are none, or too many")]
    TableShape {
        /// The table.
        id: i32,
    },
    /// Two tables have the same id.
    #[error("two tables have the id {id}; tables of gates, if used, have the ids 0 and 1")]
    TableId {
        /// The id.
        id: i32,
    },
    /// Rows without lookups look up zeros in table 0; where there is such a table they must be in it.
    #[error("table 0 has no row of zeros")]
    NoZeroRow,
    /// The gates put two patterns of lookups on one row.
    #[error("row {row} would look up both {first:?} and {second:?}")]
    Patterns {
        /// The row.
        row: usize,
        /// One pattern.
        first: LookupPattern,
        /// The other.
        second: LookupPattern,
    },
    /// The lookup argument ends before this row.
    #[error("row {0} makes lookups, but lies behind the end of the lookup argument")]
    LookupRow(usize),
}

/// log2 of the size of the SRS that Pickles uses on `C`: 2^16 generators on Vesta, 2^15 on Pallas.
pub fn pickles_srs_log2<C: KimchiCurve>() -> u32 {
    let rounds = if C::NAME == VestaConfig::NAME { STEP_ROUNDS } else { WRAP_ROUNDS };
    rounds as u32
}

/// The field element of a table's id.
fn table_id<F: PrimeField>(id: i32) -> F {
    F::from(i64::from(id))
}
