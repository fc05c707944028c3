//! What comes back when a proof does not verify.

use crate::kimchi::error::KimchiError;
use crate::pickles::error::PicklesError;
use crate::tables::TableError;

/// Why a proof did not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The opening equation does not hold: some commitment, evaluation, challenge or the statement is not what the
    /// prover computed with.
    #[error("the opening of the committed polynomials is wrong")]
    Opening,
    /// The step side's accumulator is not the commitment that its challenges determine.
    #[error("the step accumulator is not the commitment that its challenges determine")]
    Accumulator,
    /// A Pickles proof failed a check before its opening.
    #[error(transparent)]
    Pickles(PicklesError),
    /// A Kimchi proof failed a check before its opening.
    #[error(transparent)]
    Kimchi(KimchiError),
}

/// The kinds of [`VerifyError`]: what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The proof is well formed and wrong.
    Rejected,
    /// The proof does not have the shape of a proof for this key.
    Malformed,
    /// The key or the statement that was handed in cannot be right, whatever the proof.
    Input,
    /// Nothing was found out about the proof: the points that the check needs are not to be had.
    Unavailable,
}

impl VerifyError {
    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Opening | Self::Accumulator => ErrorKind::Rejected,
            Self::Kimchi(error) | Self::Pickles(PicklesError::Wrap(error)) => match error {
                KimchiError::Shape { .. } | KimchiError::Mismatch { .. } => ErrorKind::Malformed,
                KimchiError::Key(_) | KimchiError::Limit(_) | KimchiError::PublicInput { .. } => {
                    ErrorKind::Input
                }
                KimchiError::DegenerateChallenge => ErrorKind::Rejected,
                KimchiError::Tables(_) => ErrorKind::Unavailable,
            },
            Self::Pickles(error) => match error {
                PicklesError::Limit(_) => ErrorKind::Input,
                PicklesError::MissingEvaluation | PicklesError::PreviousProofs { .. } => ErrorKind::Malformed,
                _ => ErrorKind::Rejected,
            },
        }
    }

    /// Whether a proof was checked and found wrong.
    pub fn is_rejected(&self) -> bool {
        self.kind() == ErrorKind::Rejected
    }
}

impl From<TableError> for VerifyError {
    fn from(error: TableError) -> Self {
        Self::Kimchi(error.into())
    }
}

impl From<KimchiError> for VerifyError {
    fn from(error: KimchiError) -> Self {
        Self::Kimchi(error)
    }
}

impl From<PicklesError> for VerifyError {
    fn from(error: PicklesError) -> Self {
        Self::Pickles(error)
    }
}
