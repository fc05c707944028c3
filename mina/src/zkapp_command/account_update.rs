//! Account updates: what a command does to one account, and by which right.
//!
//! Facts: Mina, `src/lib/mina_base/account_update.ml`, `zkapp_basic.ml`, `control.ml`.

use std::sync::{Arc, OnceLock};

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::{Proof, VerificationKey};

use super::permissions::Permissions;
use super::preconditions::Preconditions;
use super::{AccountId, Protocol, Signature};
use crate::currency::Signed;
use crate::key::CompressedKey;

/// An account update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountUpdate {
    /// How many account updates it is called through.
    pub call_depth: u32,
    /// What it does.
    pub body: Body,
    /// What it shows for its right to do so.
    pub authorization: Authorization,
}

/// What an account update does, and what its hash is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The account's key.
    pub public_key: CompressedKey,
    /// The account's token.
    pub token_id: Fp,
    /// What is set.
    pub update: Update,
    /// What is added to the balance.
    pub balance_change: Signed,
    /// Whether the nonce is counted up.
    pub increment_nonce: bool,
    /// Events.
    pub events: Vec<Vec<Fp>>,
    /// Actions.
    pub actions: Vec<Vec<Fp>>,
    /// What is handed to the caller's proof.
    pub call_data: Fp,
    /// What must hold.
    pub preconditions: Preconditions,
    /// Whether its signature is of fee payer and memo too.
    pub use_full_commitment: bool,
    /// Whether a new account's fee is taken from its balance change.
    pub implicit_account_creation_fee: bool,
    /// Whose token it may use.
    pub may_use_token: MayUseToken,
    /// Which right it claims.
    pub authorization_kind: AuthorizationKind,
}

/// What an account update sets; `None` keeps what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// The elements of the state, as many as the protocol has.
    pub app_state: Vec<Option<Fp>>,
    /// Whom the account delegates to.
    pub delegate: Option<CompressedKey>,
    /// The key that its proofs are verified with.
    pub verification_key: Option<HashedKey>,
    /// Its permissions.
    pub permissions: Option<Permissions>,
    /// A URI, of at most [`MAX_URI`] bytes.
    pub zkapp_uri: Option<Vec<u8>>,
    /// The symbol of its token, of at most [`MAX_SYMBOL`] bytes.
    pub token_symbol: Option<Vec<u8>>,
    /// When its balance may be spent.
    pub timing: Option<Timing>,
    /// The state that it votes for.
    pub voting_for: Option<Fp>,
}

/// Bytes of a URI at most.
pub const MAX_URI: usize = 255;
/// Bytes of a token's symbol at most.
pub const MAX_SYMBOL: usize = 6;

/// A verification key with its hash, which was worked out from it.
#[derive(Clone, Debug)]
pub struct HashedKey {
    key: Box<VerificationKey>,
    hash: Fp,
    /// Made with the first proof.
    prepared: Arc<OnceLock<Result<PreparedKey, KimchiError>>>,
}

impl PartialEq for HashedKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for HashedKey {}

impl HashedKey {
    /// Hashes a key.
    pub fn new(key: VerificationKey) -> Self {
        let hash = key.hash();
        Self { key: Box::new(key), hash, prepared: Arc::default() }
    }

    /// The key.
    pub fn key(&self) -> &VerificationKey {
        &self.key
    }

    /// Its hash.
    pub fn hash(&self) -> Fp {
        self.hash
    }

    /// The key made ready for verifying, once for it and its clones.
    ///
    /// # Errors
    /// Where nothing can be verified with it.
    pub fn prepared(&self) -> Result<&PreparedKey, &KimchiError> {
        self.prepared.get_or_init(|| PreparedKey::new(self.key().clone())).as_ref()
    }
}

/// When a balance may be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timing {
    /// What must stay, at first.
    pub initial_minimum_balance: u64,
    /// The slot from which less must stay.
    pub cliff_time: u32,
    /// By how much less then.
    pub cliff_amount: u64,
    /// The slots after which less must stay again.
    pub vesting_period: u32,
    /// By how much less each time.
    pub vesting_increment: u64,
}

/// Whose token an account update may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MayUseToken {
    /// Nobody's.
    #[default]
    No,
    /// That of the account that called it.
    ParentsOwnToken,
    /// That which its caller may use.
    InheritFromParent,
}

/// Which right an account update claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AuthorizationKind {
    /// None.
    #[default]
    NoneGiven,
    /// A signature.
    Signature,
    /// A proof, for the key of this hash.
    Proof(Fp),
}

/// What an account update shows for its right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Authorization {
    /// Nothing.
    #[default]
    NoneGiven,
    /// A signature.
    Signature(Signature),
    /// A proof.
    Proof(Box<Proof>),
}

impl AccountUpdate {
    /// One that does nothing, in the protocol's shape.
    pub(super) fn blank(protocol: Protocol) -> Self {
        Self { call_depth: 0, body: Body::blank(protocol), authorization: Authorization::NoneGiven }
    }

    /// The account that it is about.
    pub fn account(&self) -> AccountId {
        AccountId { public_key: self.body.public_key, token_id: self.body.token_id }
    }
}

impl Body {
    /// One that does nothing, in the protocol's shape.
    pub(super) fn blank(protocol: Protocol) -> Self {
        Self {
            public_key: CompressedKey::default(),
            token_id: Fp::default(),
            update: Update { app_state: protocol.blank_state(), ..Update::default() },
            balance_change: Signed::default(),
            increment_nonce: false,
            events: Vec::new(),
            actions: Vec::new(),
            call_data: Fp::default(),
            preconditions: Preconditions::blank(protocol),
            use_full_commitment: false,
            implicit_account_creation_fee: false,
            may_use_token: MayUseToken::No,
            authorization_kind: AuthorizationKind::NoneGiven,
        }
    }
}
