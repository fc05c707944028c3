//! What comes back when a proof does not verify.

use core::fmt;

use crate::kimchi::error::KimchiError;
use crate::pickles::error::PicklesError;
use crate::tables::TableError;
use crate::wire::DecodeError;

pub use quickpickle_srs_data::chain;

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
    /// The verification was given up before a verdict was found, because nobody waited for it any more.
    #[error("the verification was given up before its end")]
    Abandoned,
    /// A Pickles proof failed a check before its opening.
    #[error(transparent)]
    Pickles(PicklesError),
    /// A Kimchi proof failed a check before its opening.
    #[error(transparent)]
    Kimchi(KimchiError),
    /// The statement does not have the length that the caller expects of this program's statements.
    #[error("{part}: expected {expected} elements, found {found}")]
    StatementLength {
        /// Public input or public output.
        part: &'static str,
        /// The number expected.
        expected: usize,
        /// The number found.
        found: usize,
    },
}

/// Why something that should be a proof, with its key, is not known to be valid: it does not decode, or it does not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no encoding of what they should be.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The proof does not verify.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

impl Error {
    /// What kind of error this is. What does not decode is malformed.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Decode(_) => ErrorKind::Malformed,
            Self::Verify(error) => error.kind(),
        }
    }

    /// Whether a proof was checked and found wrong.
    pub fn is_rejected(&self) -> bool {
        self.kind() == ErrorKind::Rejected
    }
}

/// The kinds of [`Error`] and [`VerifyError`]: what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The proof is well formed and wrong.
    Rejected,
    /// The proof does not have the shape of a proof for this key.
    Malformed,
    /// The key or the statement that was handed in cannot be right, whatever the proof.
    Input,
    /// The proof was not checked: the points that the check needs are not available, or it was given up.
    Unavailable,
}

impl ErrorKind {
    /// All kinds, the worst news about the proof first.
    pub const ALL: [Self; 4] = [Self::Rejected, Self::Malformed, Self::Input, Self::Unavailable];

    /// The kind in one word, as the command prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Malformed => "malformed",
            Self::Input => "input",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl VerifyError {
    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Opening | Self::Accumulator => ErrorKind::Rejected,
            Self::StatementLength { .. } => ErrorKind::Input,
            Self::Abandoned => ErrorKind::Unavailable,
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
