//! The library's error kinds as verdicts of the service.

use quickpickle_runtime::error::ErrorKind;

use crate::proto::v1::Verdict;
use crate::proto::v1::verdict::Kind;

impl From<ErrorKind> for Kind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Rejected => Self::Rejected,
            ErrorKind::Malformed => Self::Malformed,
            ErrorKind::Input => Self::Input,
            // Of a kind that is not known here all that can be said is that the proof is not known to be valid.
            _ => Self::Unavailable,
        }
    }
}

impl Kind {
    /// The verdict in one word, which is that of the library and of the command. No verdict counts as unavailable.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Rejected => ErrorKind::Rejected.name(),
            Self::Malformed => ErrorKind::Malformed.name(),
            Self::Input => ErrorKind::Input.name(),
            Self::Unavailable | Self::Unspecified => ErrorKind::Unavailable.name(),
        }
    }
}

impl Verdict {
    /// A verdict with its reason, which is empty for a valid proof.
    pub(crate) fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self { kind: kind.into(), reason: reason.into() }
    }
}
