//! Payments and delegations: commands that their fee payer signed.
//!
//! Facts: Mina, `src/lib/mina_base/signed_command.ml` and `signed_command_payload.ml`.

mod format;
mod hash;
mod read;
mod verify;
mod wallet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle_runtime::wire::parts::bounded;
use quickpickle_runtime::wire::{DecodeError, Fault};

use crate::formats::json::Json;
use crate::formats::{read_binprot, read_json, write_binprot};
use crate::key::CompressedKey;
use crate::memo::Memo;
use crate::signature::Signature;

pub(crate) use format::signed_command;
pub use read::{CommandError, MAX_INPUT};
pub use verify::verify_each;

/// The longest encoding in bin_prot that is read. A payment has at most 269 bytes.
pub const MAX_BINPROT: usize = 512;
/// The version of the type, with which a transaction's id begins.
const VERSION: u8 = 2;

/// A signed command (`Signed_command.Stable.V2`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedCommand {
    /// What is signed.
    pub payload: Payload,
    /// Whose signature it is: the fee payer's.
    pub signer: CompressedKey,
    /// The signature.
    pub signature: Signature,
}

/// What is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// The fee, in nanomina.
    pub fee: u64,
    /// Whose account pays the fee, and whose it is that sends or delegates.
    pub fee_payer: CompressedKey,
    /// The account's nonce.
    pub nonce: u32,
    /// The last slot in which the command may be applied.
    pub valid_until: u32,
    /// A memo.
    pub memo: Memo,
    /// What it does.
    pub body: Body,
}

/// What a signed command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Sends an amount.
    Payment {
        /// To whom.
        receiver: CompressedKey,
        /// In nanomina.
        amount: u64,
    },
    /// Delegates the account's stake.
    Delegation {
        /// To whom.
        new_delegate: CompressedKey,
    },
}

impl Default for Body {
    fn default() -> Self {
        Self::Payment { receiver: CompressedKey::default(), amount: 0 }
    }
}

impl Body {
    /// To whom something is sent or delegated.
    pub fn receiver(&self) -> CompressedKey {
        match self {
            Self::Payment { receiver, .. } => *receiver,
            Self::Delegation { new_delegate } => *new_delegate,
        }
    }
}

impl SignedCommand {
    /// Decodes bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one command.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        read_binprot(input, MAX_BINPROT, signed_command)
    }

    /// Encodes as bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        write_binprot(self, signed_command)
    }

    /// Decodes the JSON that OCaml derives, as precomputed blocks have it: the fee is a number of mina there.
    ///
    /// # Errors
    /// Where the value is not exactly one command.
    pub fn from_json(json: &Json) -> Result<Self, DecodeError> {
        read_json(json, signed_command)
    }

    /// Decodes a transaction's id, as the daemon's GraphQL has it: base64 of the type's version and the command in bin_prot.
    ///
    /// # Errors
    /// Where the text is not the id of exactly one command.
    pub fn from_id(id: &str) -> Result<Self, DecodeError> {
        let id = bounded(id.as_bytes(), 2 * MAX_BINPROT)?;
        let bytes = STANDARD.decode(id).map_err(|_| Fault::Carrier("base64 expected".to_owned()))?;
        match bytes.split_first() {
            Some((&VERSION, command)) => Self::from_binprot(command),
            _ => Err(Fault::Carrier(format!("version {VERSION} of signed commands expected")).into()),
        }
    }

    /// The transaction's id.
    pub fn to_id(&self) -> String {
        STANDARD.encode([&[VERSION], self.to_binprot().as_slice()].concat())
    }
}
