//! The two orders in which Kimchi goes through the columns of a proof.
//!
//! The transcript absorbs the lookup argument's aggregation and table before its sorted columns; the opening combines
//! them after. Both orders are the reference's (`kimchi/src/plonk_sponge.rs`, `verifier.rs`).

use super::evaluations::Evaluations;

impl<E> Evaluations<E> {
    /// The columns in the order in which the transcript absorbs them, without `public`.
    pub fn absorbed(&self) -> impl Iterator<Item = &E> {
        let lookup = &self.lookup;
        self.always_and_optional_gates()
            .chain(&lookup.aggregation)
            .chain(&lookup.table)
            .chain(lookup.sorted.iter().flatten())
            .chain(self.lookup_tail())
    }

    /// The columns in the order in which the opening combines them, without `public`.
    pub fn opened(&self) -> impl Iterator<Item = &E> {
        let lookup = &self.lookup;
        self.always_and_optional_gates()
            .chain(lookup.sorted.iter().flatten())
            .chain(&lookup.aggregation)
            .chain(&lookup.table)
            .chain(self.lookup_tail())
    }

    fn always_and_optional_gates(&self) -> impl Iterator<Item = &E> {
        [&self.z]
            .into_iter()
            .chain(&self.selectors)
            .chain(&self.w)
            .chain(&self.coefficients)
            .chain(&self.s)
            .chain(self.optional_selectors.iter().flatten())
    }

    fn lookup_tail(&self) -> impl Iterator<Item = &E> {
        self.lookup
            .runtime_table
            .iter()
            .chain(&self.lookup.runtime_selector)
            .chain(self.lookup.pattern_selectors.iter().flatten())
    }
}
