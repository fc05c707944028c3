//! What each pattern looks up.

use ark_ff::PrimeField;
use quickpickle_curve::rows::Arithmetic;

use crate::kimchi::evaluations::{GateType, LookupPattern};

/// The id of the table of exclusive or: 256 rows (a, b, a ⊕ b) of nibbles.
pub const XOR_TABLE_ID: u64 = 0;
/// The id of the table of all 12-bit values.
pub const RANGE_CHECK_TABLE_ID: u64 = 1;

/// A row beside a gate: its own or the one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Row {
    /// The gate's row.
    Curr,
    /// The row after it.
    Next,
}

impl LookupPattern {
    /// Lookups that the pattern makes in a row.
    pub const fn per_row(self) -> usize {
        match self {
            Self::Xor | Self::RangeCheck | Self::ForeignFieldMul => 4,
            Self::Lookup => 3,
        }
    }

    /// Columns of each of them, without the table's id.
    pub const fn joint_size(self) -> u32 {
        match self {
            Self::Xor => 3,
            Self::Lookup => 2,
            Self::RangeCheck | Self::ForeignFieldMul => 1,
        }
    }

    /// The pattern that `gate` puts on a row, where it puts one.
    pub const fn of_gate(gate: GateType, row: Row) -> Option<Self> {
        use GateType as G;
        match (gate, row) {
            (G::Lookup, Row::Curr) => Some(Self::Lookup),
            (G::RangeCheck0 | G::Rot64, Row::Curr) | (G::RangeCheck1, _) => Some(Self::RangeCheck),
            (G::ForeignFieldMul, _) => Some(Self::ForeignFieldMul),
            (G::Xor16, Row::Curr) => Some(Self::Xor),
            _ => None,
        }
    }

    /// The combined value of lookup `i`, below [`Self::per_row`], in a row whose witness is `cell(column)`:
    ///
    /// - `Xor`: (w₃₊ᵢ, w₇₊ᵢ, w₁₁₊ᵢ) in the table of exclusive or
    /// - `Lookup`: (w₁₊₂ᵢ, w₂₊₂ᵢ) in the table with the id w₀
    /// - `RangeCheck`: w₃₊ᵢ in the table of 12-bit values
    /// - `ForeignFieldMul`: w₇₊ᵢ in the same
    #[inline]
    pub fn lookup<F: Arithmetic>(
        self,
        i: usize,
        combiner: &JointCombiner<F>,
        cell: impl Fn(usize) -> F,
    ) -> F {
        let (id, range_id) = (combiner.table_id, combiner.range_check);
        match self {
            // The table's id is 0.
            Self::Xor => combiner.columns([cell(3 + i), cell(7 + i), cell(11 + i)]),
            Self::Lookup => combiner.columns([cell(1 + 2 * i), cell(2 + 2 * i)]) + id * cell(0),
            Self::RangeCheck => cell(3 + i) + range_id,
            Self::ForeignFieldMul => cell(7 + i) + range_id,
        }
    }
}

/// The joint combiner j, which makes one value of a table's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JointCombiner<F> {
    /// j.
    pub joint: F,
    /// j to the power of the circuit's [`super::LookupFeatures::max_joint_size`]: the factor of the table's id.
    pub table_id: F,
    /// The factor times [`RANGE_CHECK_TABLE_ID`].
    range_check: F,
}

impl<F: PrimeField> JointCombiner<F> {
    /// The combiner j = `joint` for a circuit with these features.
    pub fn new(joint: F, features: &super::LookupFeatures) -> Self {
        let table_id = joint.pow([u64::from(features.max_joint_size())]);
        Self { joint, table_id, range_check: table_id * F::from(RANGE_CHECK_TABLE_ID) }
    }

    /// The combined value of a row of the table with the id `table_id`.
    pub fn combine(&self, row: &[F], table_id: F) -> F {
        let columns = row.iter().rev().fold(F::zero(), |sum, column| sum * self.joint + column);
        columns + self.table_id * table_id
    }
}

impl<F: Arithmetic> JointCombiner<F> {
    /// The same combiner as something else.
    pub(super) fn map<T>(&self, mut f: impl FnMut(F) -> T) -> JointCombiner<T> {
        JointCombiner { joint: f(self.joint), table_id: f(self.table_id), range_check: f(self.range_check) }
    }

    /// Σ jⁱ·(column i).
    #[inline]
    fn columns<const N: usize>(&self, columns: [F; N]) -> F {
        columns.into_iter().rev().fold(F::zero(), |sum, column| sum * self.joint + column)
    }
}
