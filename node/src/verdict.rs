//! The library's error kinds, and the verdicts of its Mina objects, as verdicts of the service.

use quickpickle_mina::verdict::{Culprit, Invalid, InvalidKind, Verdict as Mina};
use quickpickle_runtime::error::ErrorKind;

use crate::proto::v1;
use crate::proto::v1::culprit::Part;
use crate::proto::v1::mina_verdict::Word;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{MinaVerdict, Verdict};

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
        Self { kind: kind.into(), reason: reason.into(), ..Self::default() }
    }

    /// With the word that Mina's verifier has for it.
    pub(crate) fn with_word(self, word: Word) -> Self {
        Self { mina: Some(MinaVerdict { word: word.into(), ..MinaVerdict::default() }), ..self }
    }
}

impl From<Mina> for Verdict {
    fn from(verdict: Mina) -> Self {
        let kind = match &verdict {
            Mina::Valid => Kind::Valid,
            Mina::ValidAssuming => Kind::Unavailable,
            Mina::Invalid(invalid) => invalid.kind.kind().into(),
        };
        match verdict {
            Mina::Valid => Self::new(kind, "").with_word(Word::Valid),
            Mina::ValidAssuming => {
                Self::new(kind, "a proof could not be verified").with_word(Word::ValidAssuming)
            }
            Mina::Invalid(ref invalid) => {
                Self { mina: Some(invalid.into()), ..Self::new(kind, verdict.to_string()) }
            }
        }
    }
}

impl From<&Invalid> for MinaVerdict {
    fn from(invalid: &Invalid) -> Self {
        // As many keys as culprits.
        let culprits = invalid.culprits.iter().zip(&invalid.keys).map(|(culprit, key)| {
            let part = match culprit {
                Culprit::FeePayer => Part::FeePayer(true),
                Culprit::Receiver => Part::Receiver(true),
                // A command has at most some hundred.
                Culprit::AccountUpdate(place) => {
                    Part::AccountUpdate(u32::try_from(*place).unwrap_or(u32::MAX))
                }
            };
            v1::Culprit { part: Some(part), public_key: key.to_string() }
        });
        Self { word: Word::from(invalid.kind).into(), culprits: culprits.collect() }
    }
}

impl From<InvalidKind> for Word {
    fn from(kind: InvalidKind) -> Self {
        match kind {
            InvalidKind::InvalidKeys => Self::InvalidKeys,
            InvalidKind::InvalidSignature => Self::InvalidSignature,
            InvalidKind::InvalidProof => Self::InvalidProof,
            InvalidKind::MissingVerificationKey => Self::MissingVerificationKey,
            InvalidKind::UnexpectedVerificationKey => Self::UnexpectedVerificationKey,
            InvalidKind::MismatchedAuthorizationKind => Self::MismatchedAuthorizationKind,
            InvalidKind::MismatchedVerificationKey => Self::MismatchedVerificationKey,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_library() {
        for kind in InvalidKind::ALL {
            assert_eq!(Word::from(kind).as_str_name().to_lowercase(), kind.word());
        }
        for verdict in [Mina::Valid, Mina::ValidAssuming] {
            let word = verdict.word();
            let mina = Verdict::from(verdict).mina.map(|mina| mina.word().as_str_name().to_lowercase());
            assert_eq!(mina.as_deref(), Some(word));
        }
    }
}
