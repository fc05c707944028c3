//! What is hashed of a command. Facts: Mina, `src/lib/mina_base/account_update.ml`, `zkapp_account.ml`, `zkapp_command.ml`.

use std::sync::LazyLock;

use ark_ff::{AdditiveGroup as _, MontFp, PrimeField as _};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::poseidon;
use rayon::prelude::*;

use super::account_update::{AuthorizationKind, Body, MayUseToken, Timing, Update};
use super::forest::{CONS, ForestHashes};
use super::permissions::Permissions;
use super::preconditions::ClosedInterval;
use super::{FeePayer, Protocol, ZkappCommand};
use crate::currency::Signed;
use crate::hash::{Input, LegacyInput, Prefix, ToInput};
use crate::memo::Memo;
use crate::network::NetworkId;

static NO_EVENTS: LazyLock<Fp> = LazyLock::new(|| empty_hash("MinaZkappEventsEmpty"));
static NO_ACTIONS: LazyLock<Fp> = LazyLock::new(|| empty_hash("MinaZkappActionsEmpty"));
static EVENT: Prefix = Prefix::new("MinaZkappEvent");
static EVENTS: Prefix = Prefix::new("MinaZkappEvents");
static ACTIONS: Prefix = Prefix::new("MinaZkappSeqEvents");
static URI: Prefix = Prefix::new("MinaZkappUri");
static MEMO: Prefix = Prefix::new("MinaZkappMemo");

/// What is hashed where a URI is kept: the hash of a default.
const NO_URI: Fp = MontFp!("22930868938364086394602058221028773520482901241511717002947639863679740444066");
/// What is hashed where no proof is claimed: the hash of Pickles' dummy key.
pub(crate) const DUMMY_KEY: Fp =
    MontFp!("3392518251768960475377392625298437850623664973002200885669375116181514017494");
/// The id of MINA.
const DEFAULT_TOKEN: Fp = MontFp!("1");

/// The hashes of a command, for one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Of the account updates.
    pub forest: ForestHashes,
    /// Of the fee payer, as an account update.
    pub fee_payer: Fp,
    /// Of the memo.
    pub memo: Fp,
    /// The commitment to account updates, fee payer and memo.
    pub full_commitment: Fp,
}

impl Hashes {
    /// The commitment to the account updates alone.
    pub fn commitment(&self) -> Fp {
        self.forest.forest
    }
}

impl ZkappCommand {
    /// The command's hashes on a network.
    pub fn hashes(&self, network: &NetworkId) -> Hashes {
        let prefix = network.account_update_prefix();
        let fee_payer = self.fee_payer.body(self.protocol);
        let account_updates = self.account_updates.account_updates();
        // The fee payer's last, so that account updates keep their places.
        let bodies: Vec<&Body> =
            account_updates.iter().map(|update| &update.body).chain([&fee_payer]).collect();
        let input = |body: &&Body| body.input(self.protocol).to_fields();
        let (mut hashes, memo) = rayon::join(
            || prefix.hash_each(&bodies.par_iter().map(input).collect::<Vec<_>>()),
            || memo_hash(&self.memo),
        );
        // There is a hash for each body.
        let fee_payer = hashes.pop().unwrap_or_default();
        let forest = self.account_updates.hashes(&hashes);
        let full_commitment = CONS.hash(&[memo, fee_payer, forest.forest]);
        Hashes { forest, fee_payer, memo, full_commitment }
    }
}

impl Body {
    /// What is hashed.
    pub fn input(&self, protocol: Protocol) -> Input {
        let mut input = Input::default();
        input.add(&self.public_key).field(self.token_id);
        self.update.add_to(&mut input, protocol);
        input
            .add(&self.balance_change)
            .bit(self.increment_nonce)
            .field(events_hash(&EVENTS, &NO_EVENTS, &self.events))
            .field(events_hash(&ACTIONS, &NO_ACTIONS, &self.actions))
            .field(self.call_data)
            .add(&self.preconditions)
            .bit(self.use_full_commitment)
            .bit(self.implicit_account_creation_fee)
            .add(&self.may_use_token)
            .add(&self.authorization_kind);
        input
    }
}

impl Update {
    fn add_to(&self, input: &mut Input, protocol: Protocol) {
        for element in &self.app_state {
            input.optional_field(*element, Fp::ZERO);
        }
        input
            .optional_key(self.delegate)
            .optional_field(self.verification_key.as_ref().map(|key| key.hash()), Fp::ZERO)
            .option(self.permissions.as_ref(), &Permissions::none(protocol.transaction_version()), |i, p| {
                i.add(p);
            })
            .optional_field(self.zkapp_uri.as_deref().map(uri_hash), NO_URI)
            .bit(self.token_symbol.is_some())
            .symbol(self.token_symbol.as_deref().unwrap_or_default())
            .option(self.timing.as_ref(), &Timing::default(), |input, timing| {
                input.add(timing);
            })
            .optional_field(self.voting_for, Fp::ZERO);
    }
}

impl Input {
    /// The symbol of a token, of at most six bytes: a number of 48 bits, the first byte its lowest.
    pub(crate) fn symbol(&mut self, symbol: &[u8]) -> &mut Self {
        let number = symbol.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        self.packed.push((number, 48));
        self
    }
}

impl ToInput for Timing {
    fn to_input(&self, input: &mut Input) {
        input
            .u64(self.initial_minimum_balance)
            .u32(self.cliff_time)
            .u64(self.cliff_amount)
            .u32(self.vesting_period)
            .u64(self.vesting_increment);
    }
}

impl ToInput for MayUseToken {
    fn to_input(&self, input: &mut Input) {
        input.bit(*self == Self::ParentsOwnToken).bit(*self == Self::InheritFromParent);
    }
}

impl ToInput for AuthorizationKind {
    fn to_input(&self, input: &mut Input) {
        let (is_signed, is_proved, key) = match self {
            Self::NoneGiven => (false, false, DUMMY_KEY),
            Self::Signature => (true, false, DUMMY_KEY),
            Self::Proof(hash) => (false, true, *hash),
        };
        input.bit(is_signed).bit(is_proved).field(key);
    }
}

impl FeePayer {
    /// The fee payer as an account update.
    fn body(&self, protocol: Protocol) -> Body {
        let mut body = Body::blank(protocol);
        body.public_key = self.public_key;
        body.token_id = DEFAULT_TOKEN;
        body.balance_change = Signed { magnitude: self.fee, is_negative: true };
        body.increment_nonce = true;
        let slots = ClosedInterval { lower: 0, upper: self.valid_until.unwrap_or(u32::MAX) };
        body.preconditions.network.global_slot_since_genesis = Some(slots);
        body.preconditions.account.nonce = Some(ClosedInterval { lower: self.nonce, upper: self.nonce });
        body.use_full_commitment = true;
        body.implicit_account_creation_fee = true;
        body.authorization_kind = AuthorizationKind::Signature;
        body
    }
}

/// The hash of events or actions, from the last to the first.
fn events_hash(prefix: &Prefix, empty: &Fp, events: &[Vec<Fp>]) -> Fp {
    let add = |hash, event: &Vec<Fp>| prefix.hash(&[hash, EVENT.hash(event)]);
    events.iter().rev().fold(*empty, add)
}

/// The hash of nothing: what is squeezed after a name, which is as long as it is.
fn empty_hash(name: &str) -> Fp {
    poseidon::hash(&[Fp::from_le_bytes_mod_order(name.as_bytes())])
}

/// The hash of a URI.
pub(crate) fn uri_hash(uri: &[u8]) -> Fp {
    let mut input = Input::default();
    // One more bit, so that zeros at the end count.
    input.bytes(uri).bit(true);
    URI.hash_input(&input)
}

/// The hash of a memo, whose elements are filled as the legacy input's are.
fn memo_hash(memo: &Memo) -> Fp {
    MEMO.hash(&LegacyInput::default().bytes(&memo.0).to_fields())
}
