//! zkApp commands: a fee payer, and account updates that are signed or proven.
//!
//! Facts: Mina, `src/lib/mina_base/zkapp_command.ml`.

mod account_keys;
pub mod account_update;
mod check;
mod dummy_proof;
mod forest;
pub(crate) mod format;
mod hash;
mod permissions;
mod preconditions;
mod protocol;
mod read;

use quickpickle_runtime::wire::DecodeError;
use quickpickle_runtime::wire::parts::Walk;

use self::dummy_proof::dummy_proof;
use self::format::CommandFormat;
use crate::formats::json::Json;
use crate::formats::{read_binprot, read_graphql, read_json, write_binprot};
use crate::key::CompressedKey;
use crate::memo::Memo;
use crate::signature::Signature;
use crate::transaction_hash::TransactionHash;

pub use account_keys::{AccountId, AccountKey, AccountKeys};
pub use account_update::{AccountUpdate, Authorization, AuthorizationKind, Body, HashedKey};
pub use check::{Candidate, Checked, Walked, check};
pub use forest::{Forest, ForestHashes, MAX_ACCOUNT_UPDATES, Statement};
pub use hash::Hashes;
pub(crate) use hash::{DUMMY_KEY, uri_hash};
pub(crate) use permissions::permissions;
pub use permissions::{AuthRequired, Permissions};
pub use preconditions::{
    AccountPrecondition, ClosedInterval, EpochDataPrecondition, NetworkPrecondition, Preconditions,
};
pub use protocol::Protocol;

/// The longest encoding in bin_prot that is read. A proof has about 11 kB, and a block allows a command no more than seven.
pub const MAX_BINPROT: usize = 1 << 20;

/// A zkApp command (`Zkapp_command.Stable.V1`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZkappCommand {
    /// The version of the protocol that it is of.
    pub protocol: Protocol,
    /// Who pays for it.
    pub fee_payer: FeePayer,
    /// What it does.
    pub account_updates: Forest,
    /// A memo.
    pub memo: Memo,
}

/// The account that a fee is taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeePayer {
    /// Its key.
    pub public_key: CompressedKey,
    /// The fee, in nanomina.
    pub fee: u64,
    /// The last slot in which the command may be applied.
    pub valid_until: Option<u32>,
    /// The account's nonce.
    pub nonce: u32,
    /// The signature of the full commitment.
    pub authorization: Signature,
}

impl ZkappCommand {
    /// Decodes bin_prot, in the form of the network: a list of trees, without their digests.
    ///
    /// # Errors
    /// Where the bytes are not exactly one command of the protocol.
    pub fn from_binprot(bytes: &[u8], protocol: Protocol) -> Result<Self, DecodeError> {
        read_binprot(bytes, MAX_BINPROT, |f, command| walk(f, command, protocol))
    }

    /// Reads a command by `read`, in the form of whichever protocol it is in: forms differ in the length of a state, so that a command
    /// with an account update is read in one of them alone. What is wrong in the oldest form is told where it is in none.
    ///
    /// # Errors
    /// Where `read` takes it in no form.
    pub fn of_any_protocol<E>(read: impl Fn(Protocol) -> Result<Self, E>) -> Result<Self, E> {
        let [first, others @ ..] = Protocol::ALL;
        read(first).or_else(|error| others.into_iter().find_map(|protocol| read(protocol).ok()).ok_or(error))
    }

    /// Encodes bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        write_binprot(self, format::zkapp_command)
    }

    /// The hash by which explorers and wallets know the command: of its bin_prot with other signatures and proofs in the place of
    /// its own.
    pub fn transaction_hash(&self) -> TransactionHash {
        let mut command = self.clone();
        command.fee_payer.authorization = Signature::PLACEHOLDER;
        command.account_updates.replace_authorizations(|authorization| match authorization {
            Authorization::NoneGiven => Authorization::NoneGiven,
            Authorization::Signature(_) => Authorization::Signature(Signature::PLACEHOLDER),
            Authorization::Proof(_) => Authorization::Proof(Box::new(dummy_proof().clone())),
        });
        TransactionHash::of(&command.to_binprot())
    }

    /// Decodes OCaml's own JSON, as a precomputed block has it. The digests in it are not looked at but for their form.
    ///
    /// # Errors
    /// Where the value is not exactly one command of the protocol.
    pub fn from_json(json: &Json, protocol: Protocol) -> Result<Self, DecodeError> {
        read_json(json, |f, command| walk(f, command, protocol))
    }

    /// Decodes what o1js's `tx.toJSON()` gives and GraphQL's `sendZkapp` takes (`ZkappCommandInput`). What is optional is
    /// `null` or left out.
    ///
    /// # Errors
    /// Where the value is not exactly one command of the protocol.
    pub fn from_graphql(json: &Json, protocol: Protocol) -> Result<Self, DecodeError> {
        read_graphql(json, |f, command| walk(f, command, protocol))
    }
}

/// A command of the protocol.
fn walk<F: CommandFormat>(f: &mut F, command: &mut ZkappCommand, protocol: Protocol) -> Walk<F> {
    command.protocol = protocol;
    format::zkapp_command(f, command)
}
