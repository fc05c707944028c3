//! Why an object is not known to be valid.

use core::fmt;

use quickpickle_mina::block::BlockError;
use quickpickle_mina::identity::IdentityError;
use quickpickle_mina::ledger_proof::MismatchedSok;
use quickpickle_mina::signed_command::CommandError;
use quickpickle_mina::verdict::{Culprit, Invalid, InvalidKind, Verdict};
use quickpickle_mina::zkapp_command::Protocol;
use quickpickle_runtime::error::{ErrorKind, VerifyError};
use quickpickle_runtime::wire::DecodeError;
use quickpickle_srs_data::Network;

/// Why an object is not known to be valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// The bytes are no encoding of an object.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The input is no block, or not the one that it claims to be.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The block is of a network that is not known, or not the one that is meant.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The object is of another network than the one that is meant.
    #[error("{what} of {found}, not of {expected}")]
    OtherNetwork {
        /// What it is.
        what: &'static str,
        /// The network that it is of.
        found: String,
        /// The network that is meant.
        expected: String,
    },
    /// The zkApp command is of a protocol that none of the networks has which are meant.
    #[error(
        "a zkApp command of the protocol {found}, which none of the known networks has: a file of the keys of one can be added"
    )]
    OtherProtocol {
        /// The protocol.
        found: Protocol,
    },
    /// The block came without its proof. Its state hash is that of its state; that it is a block of the network is not shown.
    #[error("no proof came along: the state hash is that of the state, and nothing more is known")]
    NoProof,
    /// No network of this name is known.
    #[error("no keys of the network {name} are known: a file of them can be added")]
    NoSuchNetwork {
        /// The network.
        name: String,
    },
    /// The keys of the network are not in the binary.
    #[error("this binary does not hold the keys of {network}: build it with --features {network}")]
    NoKeys {
        /// The network.
        network: Network,
    },
    /// The network's key cannot be used.
    #[error("the key of the network cannot be used")]
    Key(#[source] VerifyError),
    /// Proofs of a work were made for another fee or prover.
    #[error(transparent)]
    Sok(#[from] MismatchedSok),
    /// A proof does not verify.
    #[error("{0}")]
    Proof(Part, #[source] VerifyError),
    /// The input is no payment or delegation, or claims something of it that is false.
    #[error(transparent)]
    SignedCommand(#[from] CommandError),
    /// A command is not valid.
    #[error("{}", Verdict::Invalid(.0.clone()))]
    Command(Invalid),
    /// A zkApp command is valid if its proofs are, which could not be verified.
    #[error("valid_assuming: the signatures are valid, and a proof could not be verified")]
    Assuming,
}

/// Which proof of an object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Its only one.
    Proof,
    /// One of several, from 0.
    ProofOf(usize),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proof => f.write_str("invalid_proof"),
            Self::ProofOf(place) => write!(f, "invalid_proof: proof {place}"),
        }
    }
}

impl ObjectError {
    /// What kind of error this is. A claim that is false was checked, so it is rejected; what names another network than the one
    /// that is meant is an error of what was handed in.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Decode(_) => ErrorKind::Malformed,
            Self::Block(error) => error.kind(),
            Self::Identity(_)
            | Self::OtherNetwork { .. }
            | Self::OtherProtocol { .. }
            | Self::NoSuchNetwork { .. }
            | Self::Key(_) => ErrorKind::Input,
            Self::NoProof | Self::NoKeys { .. } | Self::Assuming => ErrorKind::Unavailable,
            Self::Sok(_) => ErrorKind::Rejected,
            Self::Proof(_, error) => error.kind(),
            Self::SignedCommand(error) => error.kind(),
            Self::Command(invalid) => invalid.kind.kind(),
        }
    }

    /// Whether the object was checked and found wrong.
    pub fn is_rejected(&self) -> bool {
        self.kind() == ErrorKind::Rejected
    }

    /// The verdict on a command.
    pub(super) fn of_command(verdict: Verdict) -> Result<(), Self> {
        match verdict {
            Verdict::Valid => Ok(()),
            Verdict::ValidAssuming => Err(Self::Assuming),
            Verdict::Invalid(invalid) => Err(Self::Command(invalid)),
        }
    }

    /// Of the refusals by two networks the one that tells more: the first, but where its fee payer signed for the second.
    pub(super) fn likelier(first: Option<Result<impl Sized, Self>>, second: Self) -> Self {
        let is_unsigned = |error: &Self| match error {
            Self::Command(invalid) => {
                invalid.kind == InvalidKind::InvalidSignature
                    && invalid.culprits.first() == Some(&Culprit::FeePayer)
            }
            _ => false,
        };
        match first {
            Some(Err(first)) if !is_unsigned(&first) || is_unsigned(&second) => first,
            _ => second,
        }
    }

    /// Whether the object may be valid on another network.
    pub(super) fn is_of_one_network(&self) -> bool {
        self.is_rejected() || matches!(self, Self::NoKeys { .. })
    }

    /// The word that Mina's verifier has for it, where it has one.
    pub fn mina(&self) -> Option<&'static str> {
        match self {
            Self::Proof(_, error) if error.is_rejected() => Some("invalid_proof"),
            Self::Sok(_) => Some("mismatched_sok"),
            Self::Command(invalid) => Some(invalid.kind.word()),
            Self::Assuming => Some("valid_assuming"),
            _ => None,
        }
    }
}
