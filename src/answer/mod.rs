//! What is answered about a proof or an object: the same words, and the same JSON, from the command and from the bindings.

mod describe;
mod facts;

use quickpickle_runtime::error::{Error, ErrorKind, chain};
use serde::Serialize;

use crate::mina::ObjectError;

pub use describe::describe;
pub use facts::Facts;

/// The verdict on one proof or object: the first word of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The proof holds.
    Valid,
    /// It is not known to hold.
    NotValid(ErrorKind),
    /// There is no proof in it.
    Unproven,
    /// The file could not be read.
    Unreadable,
}

impl Verdict {
    /// The proof was checked and is wrong.
    pub const REJECTED: Self = Self::NotValid(ErrorKind::Rejected);

    /// All of them.
    pub const ALL: [Self; ErrorKind::ALL.len() + 3] = {
        let [a, b, c, d] = ErrorKind::ALL;
        [
            Self::Valid,
            Self::NotValid(a),
            Self::NotValid(b),
            Self::NotValid(c),
            Self::NotValid(d),
            Self::Unproven,
            Self::Unreadable,
        ]
    };

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotValid(kind) => kind.name(),
            Self::Unproven => "unproven",
            Self::Unreadable => "unreadable",
        }
    }
}

impl From<&Error> for Verdict {
    fn from(error: &Error) -> Self {
        Self::NotValid(error.kind())
    }
}

impl From<&ObjectError> for Verdict {
    fn from(error: &ObjectError) -> Self {
        match error {
            ObjectError::NoProof => Self::Unproven,
            other => Self::NotValid(other.kind()),
        }
    }
}

/// What is said besides the verdict.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Details {
    /// What it is, of an object that was read.
    #[serde(flatten)]
    pub facts: Option<Facts>,
    /// Mina's own word for the verdict, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mina: Option<&'static str>,
    /// Why it is not valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Details {
    /// The reason, in an error's own words and those of its sources.
    pub fn because(error: &(dyn std::error::Error + 'static)) -> Self {
        Self { reason: Some(chain(error)), ..Self::default() }
    }
}
