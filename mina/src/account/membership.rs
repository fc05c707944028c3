//! That an account is in a ledger.

use quickpickle_runtime::curve::Fp;

use super::{Account, MerklePath};
use crate::formats::{Version, base58};
use crate::protocol_state::ProtocolState;

/// An account, and a path that is claimed to lead from it to a ledger's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The account.
    pub account: Account,
    /// The path.
    pub path: MerklePath,
}

/// An account that is in the snarked ledger of a state: all that it says is as true as the state.
///
/// There is one only where the path was followed ([`Membership::in_state`]). That the state is valid is for whoever made it one
/// to have verified; its hash is here to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInState {
    account: Account,
    index: u64,
    state_hash: Fp,
}

/// Why an account is not shown to be in the snarked ledger of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotContained {
    /// The path leads to the ledger with the block's transactions, of which the block's proof does not tell that it is right.
    #[error("the path leads to the state's staged ledger, which no proof is about")]
    StagedLedger,
    /// The path leads elsewhere.
    #[error("the path leads to the ledger {}, and the state's is {}", text(.found), text(.expected))]
    OtherLedger {
        /// The root that the path leads to.
        found: Fp,
        /// The root of the state's snarked ledger.
        expected: Fp,
    },
}

fn text(root: &Fp) -> String {
    base58::encode_element(Version::LedgerHash, root)
}

impl Membership {
    /// The root that the path leads to.
    pub fn root(&self) -> Fp {
        self.path.root(self.account.hash())
    }

    /// The account, where the path leads to the state's snarked ledger.
    ///
    /// # Errors
    /// Where it does not.
    pub fn in_state(self, state: &ProtocolState) -> Result<AccountInState, NotContained> {
        let root = self.root();
        self.with_root(root, state, state.hash())
    }

    /// The same, where the root that the path leads to and the state's hash are known.
    pub(crate) fn with_root(
        self,
        found: Fp,
        state: &ProtocolState,
        state_hash: Fp,
    ) -> Result<AccountInState, NotContained> {
        let ledgers = &state.body.blockchain_state;
        let expected = ledgers.snarked_ledger_hash();
        if found == expected {
            let Self { account, path } = self;
            Ok(AccountInState { account, index: path.index(), state_hash })
        } else if found == ledgers.staged_ledger_hash.ledger_hash {
            Err(NotContained::StagedLedger)
        } else {
            Err(NotContained::OtherLedger { found, expected })
        }
    }
}

impl AccountInState {
    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Its position among the ledger's leaves.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The hash of the state in whose ledger it is.
    pub fn state_hash(&self) -> Fp {
        self.state_hash
    }
}
