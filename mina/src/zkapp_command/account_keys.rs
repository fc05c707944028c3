//! The verification keys that accounts have.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::VerificationKey;

use super::HashedKey;
use crate::formats::{Version, base58};
use crate::key::CompressedKey;

/// Which account: there is one for each key and token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    /// Its key.
    pub public_key: CompressedKey,
    /// Its token.
    pub token_id: Fp,
}

impl AccountId {
    /// The account for MINA of a key.
    pub fn of_mina(public_key: CompressedKey) -> Self {
        Self { public_key, token_id: Fp::from(1u64) }
    }
}

impl fmt::Display for AccountId {
    /// The key, and the token where it is not MINA.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { public_key, token_id } = self;
        write!(f, "{public_key}")?;
        if *self == Self::of_mina(*public_key) {
            return Ok(());
        }
        write!(f, " (token {})", base58::encode_element(Version::TokenId, token_id))
    }
}

/// The verification keys of accounts before a command, as a ledger has them.
#[derive(Clone, Debug, Default)]
pub struct AccountKeys(HashMap<AccountId, AccountKey>);

/// An account's key.
#[derive(Clone, Debug)]
pub struct AccountKey {
    /// The key.
    pub key: Arc<HashedKey>,
    /// The hash that it was handed over with. It is not believed.
    pub claimed_hash: Option<Fp>,
}

impl AccountKey {
    /// Whether no other hash was claimed.
    pub fn has_claimed_hash(&self) -> bool {
        self.claimed_hash.is_none_or(|claimed| claimed == self.key.hash())
    }
}

impl AccountKeys {
    /// No account has a key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that an account has a key; gives back which one it had.
    pub fn insert(&mut self, account: AccountId, key: AccountKey) -> Option<AccountKey> {
        self.0.insert(account, key)
    }

    /// All accounts with their keys, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&AccountId, &AccountKey)> {
        self.0.iter()
    }

    /// The key of an account.
    pub fn get(&self, account: &AccountId) -> Option<&AccountKey> {
        self.0.get(account)
    }
}

impl From<VerificationKey> for AccountKey {
    fn from(key: VerificationKey) -> Self {
        Self { key: Arc::new(HashedKey::new(key)), claimed_hash: None }
    }
}

impl From<HashedKey> for AccountKey {
    fn from(key: HashedKey) -> Self {
        Self { key: Arc::new(key), claimed_hash: None }
    }
}
