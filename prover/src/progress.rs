//! What long work tells about how far it has come.

/// A stage of key generation or of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The SRS and the Lagrange basis are fetched, or computed where there are none.
    Tables,
    /// The key's columns are committed to.
    Keys,
    /// The witness is compared with the constraints.
    Check,
    /// The witness columns are committed to.
    Witness,
    /// Lookups are sorted, aggregated and committed to.
    Lookups,
    /// The permutation argument's aggregation.
    Permutation,
    /// The constraints are evaluated on the cosets of the domain.
    Constraints,
    /// The quotient is committed to.
    Quotient,
    /// All columns are evaluated.
    Evaluations,
    /// The rounds of the inner-product argument.
    Opening,
}

impl Stage {
    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::Keys => "commitments",
            Self::Check => "witness check",
            Self::Witness => "witness",
            Self::Lookups => "lookups",
            Self::Permutation => "permutation",
            Self::Constraints => "constraints",
            Self::Quotient => "quotient",
            Self::Evaluations => "evaluations",
            Self::Opening => "opening",
        }
    }
}

/// Is told that `done` of `total` steps of a stage are done; called at the start of a stage with 0 of `total`, from the
/// thread that does the work.
pub type Progress<'a> = &'a dyn Fn(Stage, usize, usize);

/// Reports nothing.
pub fn silent(_: Stage, _: usize, _: usize) {}
