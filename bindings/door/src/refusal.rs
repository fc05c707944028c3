//! Why something that was handed in is not known to be valid.

use quickpickle::answer::Verdict;
use quickpickle::mina::ObjectError;
use quickpickle::wire::DecodeError;
use quickpickle::{Error, ErrorKind, VerifyError};

/// Why a proof or an object is not known to be valid, or why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The proof does not decode, or does not verify.
    #[error(transparent)]
    Proof(#[from] Error),
    /// It is none of the things that Mina's networks send, or it was refused.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The key cannot be used.
    #[error("key")]
    Key(#[source] Error),
    /// The statement, or public input, is none.
    #[error("statement")]
    Statement(#[source] DecodeError),
    /// A network's keys, or those of accounts, are none.
    #[error("{what}")]
    Keys {
        /// Which of the two.
        what: &'static str,
        /// Why not.
        source: DecodeError,
    },
    /// An input of Mina's has no object in it.
    #[error("no object is in it")]
    Empty,
    /// What was handed in does not go together.
    #[error("{0}")]
    Usage(&'static str),
    /// An option is none, or does not go with the key.
    #[error("options: {0}")]
    Options(String),
    /// The key is not the one that is meant.
    #[error("the key's hash is {found}, not the one that is expected")]
    OtherKey {
        /// Its hash, a decimal number.
        found: String,
    },
    /// The statement has another number of elements than the program's.
    #[error("the statement has {found} elements, not the {expected} that are expected")]
    Length {
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The keys of a network are not in this build.
    #[error("this build does not hold the keys of {network}")]
    NoKeys {
        /// The network.
        network: &'static str,
    },
    /// Something failed that should not be able to: a fault of this library. Nothing is known of the proof.
    #[error("the verification ended early, by a fault of this library")]
    Internal,
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::Proof(error.into())
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        Self::Proof(error.into())
    }
}

impl From<&Refusal> for Verdict {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Proof(error) => error.into(),
            Refusal::Object(error) => error.into(),
            Refusal::Empty => Self::NotValid(ErrorKind::Malformed),
            Refusal::NoKeys { .. } | Refusal::Internal => Self::NotValid(ErrorKind::Unavailable),
            Refusal::Key(_)
            | Refusal::Statement(_)
            | Refusal::Keys { .. }
            | Refusal::Usage(_)
            | Refusal::Options(_)
            | Refusal::OtherKey { .. }
            | Refusal::Length { .. } => Self::NotValid(ErrorKind::Input),
        }
    }
}
