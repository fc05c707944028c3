//! Verdicts on commands, in the words of Mina's verifier (`src/lib/verifier/verifier_intf.ml`).

use core::fmt;

use quickpickle_runtime::error::ErrorKind;

use crate::key::CompressedKey;

/// What a command is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All signatures and proofs are valid.
    Valid,
    /// The signatures are, and so is the command if its proofs are, which were not checked.
    ValidAssuming,
    /// Something is wrong.
    Invalid(Invalid),
}

/// Why a command is not valid, and whose fault it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Why.
    pub kind: InvalidKind,
    /// The first that is at fault, or all of those whose proofs are wrong.
    pub culprits: Vec<Culprit>,
    /// The public keys of the accounts concerned, as many.
    pub keys: Vec<CompressedKey>,
}

/// A part of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Culprit {
    /// The fee payer.
    FeePayer,
    /// To whom a signed command sends or delegates.
    Receiver,
    /// The account update at this place of the flat list.
    AccountUpdate(usize),
}

/// Why a command is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InvalidKind {
    /// A public key that should have signed, or to which a payment or delegation goes, is no point of the curve.
    InvalidKeys,
    /// A signature is wrong.
    InvalidSignature,
    /// A proof is wrong.
    InvalidProof,
    /// An account has no verification key, or none was handed over.
    MissingVerificationKey,
    /// An account has another verification key than the account update names.
    UnexpectedVerificationKey,
    /// What an account update shows is not what it says that it shows.
    MismatchedAuthorizationKind,
    /// A verification key was handed over under another key's hash.
    MismatchedVerificationKey,
}

impl InvalidKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::InvalidKeys,
        Self::InvalidSignature,
        Self::InvalidProof,
        Self::MissingVerificationKey,
        Self::UnexpectedVerificationKey,
        Self::MismatchedAuthorizationKind,
        Self::MismatchedVerificationKey,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::InvalidKeys => "invalid_keys",
            Self::InvalidSignature => "invalid_signature",
            Self::InvalidProof => "invalid_proof",
            Self::MissingVerificationKey => "missing_verification_key",
            Self::UnexpectedVerificationKey => "unexpected_verification_key",
            Self::MismatchedAuthorizationKind => "mismatched_authorization_kind",
            Self::MismatchedVerificationKey => "mismatched_verification_key",
        }
    }

    /// What kind of error this is: what the keys that were handed in lack or claim is their fault, not the command's.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::MissingVerificationKey | Self::MismatchedVerificationKey => ErrorKind::Input,
            _ => ErrorKind::Rejected,
        }
    }
}

impl Verdict {
    /// Whether nothing is left to be checked, and all is right.
    pub const fn is_valid(&self) -> bool {
        matches!(self, Self::Valid)
    }

    /// The verdict in one word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ValidAssuming => "valid_assuming",
            Self::Invalid(invalid) => invalid.kind.word(),
        }
    }
}

impl Invalid {
    /// One part's fault.
    pub fn of(kind: InvalidKind, culprit: Culprit, key: CompressedKey) -> Self {
        Self { kind, culprits: vec![culprit], keys: vec![key] }
    }
}

impl fmt::Display for Verdict {
    /// The word, and the culprits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        let Self::Invalid(invalid) = self else { return Ok(()) };
        for (at, culprit) in invalid.culprits.iter().enumerate() {
            write!(f, "{} {culprit}", if at == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FeePayer => f.write_str("fee payer"),
            Self::Receiver => f.write_str("receiver"),
            Self::AccountUpdate(at) => write!(f, "account update {at}"),
        }
    }
}
