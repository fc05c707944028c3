//! Accounts: what a ledger's leaves are, and the paths by which they are shown to be in it.
//!
//! Facts: Mina, `src/lib/mina_base/{account,account_timing,zkapp_account}.ml`.

mod format;
mod graphql;
mod hash;
mod membership;
mod merkle;
mod symbol;
mod zkapp;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::DecodeError;

use crate::formats::{read_binprot, write_binprot};
use crate::key::CompressedKey;
use crate::zkapp_command::Permissions;
use crate::zkapp_command::account_update::Timing;

pub use membership::{AccountInState, Membership, NotContained};
pub use merkle::{DEPTH, MerklePath, Side};
pub use symbol::TokenSymbol;
pub use zkapp::{ACTION_STATES, APP_STATE, Zkapp};

/// The longest encoding in bin_prot that is read. An account has about 200 bytes, with a verification key 2,700.
pub const MAX_BINPROT: usize = 16 << 10;

/// An account (`Account.Stable.V2`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub public_key: CompressedKey,
    /// The token that it holds; MINA has the id 1.
    pub token_id: Fp,
    /// The symbol of the token that it owns.
    pub token_symbol: TokenSymbol,
    /// How much it holds; nanomina, if it is MINA.
    pub balance: u64,
    /// How many commands it has paid for or sent.
    pub nonce: u32,
    /// The hash of those.
    pub receipt_chain_hash: Fp,
    /// Whom its stake is delegated to.
    pub delegate: Option<CompressedKey>,
    /// The state that it votes for.
    pub voting_for: Fp,
    /// How much of the balance may not be spent yet, if any.
    pub timing: Option<Timing>,
    /// Who may change it.
    pub permissions: Permissions,
    /// What a zkApp has beside.
    pub zkapp: Option<Box<Zkapp>>,
}

impl Account {
    /// Decodes bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one account, or one that hashes like another account.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        read_binprot(input, MAX_BINPROT, format::account)
    }

    /// Encodes as bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        write_binprot(self, format::account)
    }
}
