//! Why a Kimchi proof is refused.

use super::linearization::LinearizationError;
use crate::limits::Exceeded;
use crate::tables::TableError;

/// Why a Kimchi proof does not reduce to an opening claim.
///
/// None of these is a failed equation: those show only when the claim is checked. [`Shape`](Self::Shape) and
/// [`Mismatch`](Self::Mismatch) are faults of the proof, the others of the key or of what was handed in with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KimchiError {
    /// A part of the proof has another length than the key asks for.
    #[error("{part}: expected {expected}, found {found}")]
    Shape {
        /// Which part.
        part: &'static str,
        /// The length that the key asks for.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// An optional part of the proof is there although the key does not have it, or the reverse.
    #[error("{part}: {}", if *.expected { "missing, though the key uses it" } else { "present, though the key does not use it" })]
    Mismatch {
        /// Which part.
        part: &'static str,
        /// Whether the key has it.
        expected: bool,
    },
    /// The key itself is inconsistent.
    #[error("verification key: {0}")]
    Key(&'static str),
    /// The key is larger than its limits allow.
    #[error("verification key: {0}")]
    Limit(Exceeded),
    /// The number of public inputs is not the key's.
    #[error("public input: expected {expected} elements, found {found}")]
    PublicInput {
        /// The key's number.
        expected: usize,
        /// The number handed in.
        found: usize,
    },
    /// A challenge fell on a point where the proof's equations are not defined. An honest transcript does so with
    /// probability below 2^-100.
    #[error("the evaluation point lies in the circuit's domain")]
    DegenerateChallenge,
    /// The points that the check needs are not available.
    #[error(transparent)]
    Tables(#[from] TableError),
}

impl From<LinearizationError> for KimchiError {
    fn from(error: LinearizationError) -> Self {
        match error {
            LinearizationError::ZetaInDomain => Self::DegenerateChallenge,
            LinearizationError::MissingEvaluation(_) => {
                Self::Mismatch { part: "an evaluation that the key's constraints read", expected: true }
            }
        }
    }
}
