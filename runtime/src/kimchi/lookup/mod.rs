//! The lookup argument: every row's lookups are rows of a table (the book, "Lookup"; plookup, eprint 2020/315).
//!
//! Several tables, fixed and runtime ones, lie under each other in one, each row with the id of its table; a row is
//! combined to one value by powers of the joint combiner. Facts: `circuits/lookup/` of proof-systems.

mod constraints;
mod patterns;

#[cfg(test)]
mod tests;

pub use constraints::{LookupCells, LookupChallenges, MAX_CONSTRAINTS, constraints};
pub use patterns::{JointCombiner, RANGE_CHECK_TABLE_ID, Row, XOR_TABLE_ID};

use super::evaluations::LookupPattern;

/// What a circuit looks up. A circuit without patterns has no lookup argument at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LookupFeatures {
    /// The patterns that some row has, in the order of [`LookupPattern::ALL`].
    pub patterns: [bool; 4],
    /// Whether there is a runtime table.
    pub runtime_table: bool,
}

impl LookupFeatures {
    /// The patterns that some row has.
    pub fn patterns(&self) -> impl Iterator<Item = LookupPattern> {
        let patterns = self.patterns;
        LookupPattern::ALL.into_iter().zip(patterns).filter_map(|(pattern, used)| used.then_some(pattern))
    }

    /// Lookups in a row at most. Rows with fewer are filled up, so that the sorted table has one column more than this.
    pub fn max_per_row(&self) -> usize {
        self.patterns().map(LookupPattern::per_row).max().unwrap_or(0)
    }

    /// Columns, without the table's id, of a looked-up row at most: the joint combiner's power that goes with the id.
    pub fn max_joint_size(&self) -> u32 {
        self.patterns().map(LookupPattern::joint_size).max().unwrap_or(0)
    }

    /// Whether a lookup has several columns, so that a joint combiner is drawn.
    ///
    /// Where none has, the transcript does not yield one, and the joint combiner is the expansion of the scalar challenge
    /// 0, which is not 0 (`oracles` in `verifier.rs`).
    pub fn joint_lookup_used(&self) -> bool {
        self.max_joint_size() > 1
    }
}
