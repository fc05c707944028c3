//! The verifier index: a Kimchi verification key.

use super::evaluations::{COLUMNS, PERMUTS};
use super::proof::Commitment;
use educe::Educe;

use crate::curve::{KimchiCurve, ScalarField};

/// The part of a verification key that the lookup argument needs.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct LookupIndex<C: KimchiCurve> {
    /// Whether a pattern looks up more than one column, so that a joint combiner is drawn.
    pub joint_lookup_used: bool,
    /// The fixed tables' columns.
    pub table: Vec<Commitment<C>>,
    /// The rows of each pattern, in the order of [`super::evaluations::LookupPattern::ALL`].
    pub pattern_selectors: [Option<Commitment<C>>; 4],
    /// The table of each table row, where there is more than one table.
    pub table_ids: Option<Commitment<C>>,
    /// Lookups in a row at most.
    pub max_per_row: usize,
    /// Columns of a looked-up row at most.
    pub max_joint_size: u32,
    /// The rows of the runtime table, where the circuit has one.
    pub runtime_selector: Option<Commitment<C>>,
}

/// A Kimchi verification key (`VerifierIndex` in the reference).
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct VerifierIndex<C: KimchiCurve> {
    /// log2 of the circuit's domain size.
    pub domain_log2: u32,
    /// Generators of the SRS that commitments are made with; a power of two.
    pub max_poly_size: usize,
    /// Rows at the end of the domain that hide the witness.
    pub zk_rows: u64,
    /// Number of public inputs.
    pub public: usize,
    /// Number of openings that a proof carries along.
    pub previous_challenges: usize,
    /// Permutation polynomials.
    pub sigma: [Commitment<C>; PERMUTS],
    /// Coefficient columns.
    pub coefficients: [Commitment<C>; COLUMNS],
    /// Selectors in the order of [`super::evaluations::GateType::BASIC`].
    pub selectors: [Commitment<C>; 6],
    /// Selectors in the order of [`super::evaluations::GateType::OPTIONAL`].
    pub optional_selectors: [Option<Commitment<C>>; 6],
    /// Representatives of the cosets of the permutation argument.
    pub shifts: [ScalarField<C>; PERMUTS],
    /// The lookup argument, where the circuit has one.
    pub lookup: Option<LookupIndex<C>>,
}
