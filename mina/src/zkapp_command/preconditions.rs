//! What must hold of the chain and of the account for an account update to be applied.
//!
//! Facts: Mina, `src/lib/mina_base/zkapp_precondition.ml`.

use ark_ff::{AdditiveGroup as _, MontFp};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::parts::Walk;

use super::Protocol;
use super::format::CommandFormat;
use crate::formats::Version;
use crate::hash::{Input, ToInput};
use crate::key::CompressedKey;

/// What is hashed where the action state is not checked: that of an account without actions.
const NO_ACTIONS: Fp =
    MontFp!("25079927036070901246064867767436987657692091363973573142121686150614948079097");

/// Numbers from one to another, both included. Nothing says that there are any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClosedInterval<T> {
    /// The least.
    pub lower: T,
    /// The greatest.
    pub upper: T,
}

/// An account update's preconditions; where nothing is said, everything will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preconditions {
    /// Of the protocol state.
    pub network: NetworkPrecondition,
    /// Of the account.
    pub account: AccountPrecondition,
    /// The global slots since genesis.
    pub valid_while: Option<ClosedInterval<u32>>,
}

impl Preconditions {
    /// None, in the protocol's shape.
    pub(super) fn blank(protocol: Protocol) -> Self {
        let account = AccountPrecondition { state: protocol.blank_state(), ..AccountPrecondition::default() };
        Self { network: NetworkPrecondition::default(), account, valid_while: None }
    }
}

/// Preconditions of the protocol state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkPrecondition {
    /// The ledger that is proven.
    pub snarked_ledger_hash: Option<Fp>,
    /// The chain's length.
    pub blockchain_length: Option<ClosedInterval<u32>>,
    /// The least density of its windows.
    pub min_window_density: Option<ClosedInterval<u32>>,
    /// All that there is.
    pub total_currency: Option<ClosedInterval<u64>>,
    /// The global slot since genesis.
    pub global_slot_since_genesis: Option<ClosedInterval<u32>>,
    /// The epoch whose stakes count.
    pub staking_epoch_data: EpochDataPrecondition,
    /// The next one.
    pub next_epoch_data: EpochDataPrecondition,
}

/// Preconditions of an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EpochDataPrecondition {
    /// Its ledger.
    pub ledger_hash: Option<Fp>,
    /// All that is in the ledger.
    pub total_currency: Option<ClosedInterval<u64>>,
    /// Its randomness.
    pub seed: Option<Fp>,
    /// The state before it.
    pub start_checkpoint: Option<Fp>,
    /// The state that fixes the next epoch's ledger.
    pub lock_checkpoint: Option<Fp>,
    /// Its blocks.
    pub epoch_length: Option<ClosedInterval<u32>>,
}

/// Preconditions of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountPrecondition {
    /// The balance.
    pub balance: Option<ClosedInterval<u64>>,
    /// The nonce.
    pub nonce: Option<ClosedInterval<u32>>,
    /// The hash of its commands.
    pub receipt_chain_hash: Option<Fp>,
    /// Whom it delegates to.
    pub delegate: Option<CompressedKey>,
    /// The elements of its state, as many as the protocol has.
    pub state: Vec<Option<Fp>>,
    /// One of its last action states.
    pub action_state: Option<Fp>,
    /// Whether proofs alone have set its state.
    pub proved_state: Option<bool>,
    /// Whether this command creates it.
    pub is_new: Option<bool>,
}

impl Input {
    /// An option: a bit that says whether it is there, and the value or what is hashed in its place.
    pub(super) fn option<T>(
        &mut self,
        value: Option<&T>,
        default: &T,
        add: impl FnOnce(&mut Self, &T),
    ) -> &mut Self {
        self.bit(value.is_some());
        add(self, value.unwrap_or(default));
        self
    }

    /// An optional element.
    pub(super) fn optional_field(&mut self, value: Option<Fp>, default: Fp) -> &mut Self {
        self.option(value.as_ref(), &default, |input, element| {
            input.field(*element);
        })
    }

    /// An optional key; (0, even) where there is none.
    pub(super) fn optional_key(&mut self, value: Option<CompressedKey>) -> &mut Self {
        self.option(value.as_ref(), &CompressedKey::default(), |input, key| {
            input.add(key);
        })
    }

    fn optional_bit(&mut self, value: Option<bool>) -> &mut Self {
        self.bit(value.is_some()).bit(value.unwrap_or_default())
    }

    fn interval32(&mut self, value: Option<ClosedInterval<u32>>) -> &mut Self {
        self.option(value.as_ref(), &ClosedInterval { lower: 0, upper: u32::MAX }, |input, interval| {
            input.u32(interval.lower).u32(interval.upper);
        })
    }

    fn interval64(&mut self, value: Option<ClosedInterval<u64>>) -> &mut Self {
        self.option(value.as_ref(), &ClosedInterval { lower: 0, upper: u64::MAX }, |input, interval| {
            input.u64(interval.lower).u64(interval.upper);
        })
    }
}

impl ToInput for Preconditions {
    fn to_input(&self, input: &mut Input) {
        input.add(&self.network).add(&self.account).interval32(self.valid_while);
    }
}

impl ToInput for NetworkPrecondition {
    fn to_input(&self, input: &mut Input) {
        input
            .optional_field(self.snarked_ledger_hash, Fp::ZERO)
            .interval32(self.blockchain_length)
            .interval32(self.min_window_density)
            .interval64(self.total_currency)
            .interval32(self.global_slot_since_genesis)
            .add(&self.staking_epoch_data)
            .add(&self.next_epoch_data);
    }
}

impl ToInput for EpochDataPrecondition {
    fn to_input(&self, input: &mut Input) {
        input
            .optional_field(self.ledger_hash, Fp::ZERO)
            .interval64(self.total_currency)
            .optional_field(self.seed, Fp::ZERO)
            .optional_field(self.start_checkpoint, Fp::ZERO)
            .optional_field(self.lock_checkpoint, Fp::ZERO)
            .interval32(self.epoch_length);
    }
}

impl ToInput for AccountPrecondition {
    fn to_input(&self, input: &mut Input) {
        input
            .interval64(self.balance)
            .interval32(self.nonce)
            .optional_field(self.receipt_chain_hash, Fp::ZERO)
            .optional_key(self.delegate);
        for element in &self.state {
            input.optional_field(*element, Fp::ZERO);
        }
        input
            .optional_field(self.action_state, NO_ACTIONS)
            .optional_bit(self.proved_state)
            .optional_bit(self.is_new);
    }
}

pub(crate) fn preconditions<F: CommandFormat>(f: &mut F, preconditions: &mut Preconditions) -> Walk<F> {
    f.record(|f| {
        f.field("network", |f| network(f, &mut preconditions.network))?;
        f.field("account", |f| account(f, &mut preconditions.account))?;
        f.field("valid_while", |f| checked(f, &mut preconditions.valid_while, |f, i| interval(f, i, F::slot)))
    })
}

/// The constructors of an optional precondition.
const CHECK: [&str; 2] = ["Check", "Ignore"];

fn checked<F: CommandFormat, T: Default>(
    f: &mut F,
    value: &mut Option<T>,
    walk: impl FnOnce(&mut F, &mut T) -> Walk<F>,
) -> Walk<F> {
    f.optional(&CHECK, value, walk)
}

fn interval<F: CommandFormat, T>(
    f: &mut F,
    interval: &mut ClosedInterval<T>,
    mut walk: impl FnMut(&mut F, &mut T) -> Walk<F>,
) -> Walk<F> {
    f.record(|f| {
        f.field("lower", |f| walk(f, &mut interval.lower))?;
        f.field("upper", |f| walk(f, &mut interval.upper))
    })
}

fn network<F: CommandFormat>(f: &mut F, network: &mut NetworkPrecondition) -> Walk<F> {
    f.record(|f| {
        f.field("snarked_ledger_hash", |f| {
            checked(f, &mut network.snarked_ledger_hash, |f, hash| f.hash(Version::LedgerHash, hash))
        })?;
        f.field("blockchain_length", |f| {
            checked(f, &mut network.blockchain_length, |f, i| interval(f, i, F::u32))
        })?;
        f.field("min_window_density", |f| {
            checked(f, &mut network.min_window_density, |f, i| interval(f, i, F::u32))
        })?;
        f.field("total_currency", |f| {
            checked(f, &mut network.total_currency, |f, i| interval(f, i, F::u64))
        })?;
        f.field("global_slot_since_genesis", |f| {
            checked(f, &mut network.global_slot_since_genesis, |f, i| interval(f, i, F::slot))
        })?;
        f.field("staking_epoch_data", |f| epoch_data(f, &mut network.staking_epoch_data))?;
        f.field("next_epoch_data", |f| epoch_data(f, &mut network.next_epoch_data))
    })
}

fn epoch_data<F: CommandFormat>(f: &mut F, epoch: &mut EpochDataPrecondition) -> Walk<F> {
    f.record(|f| {
        f.field("ledger", |f| {
            f.record(|f| {
                f.field("hash", |f| {
                    checked(f, &mut epoch.ledger_hash, |f, hash| f.hash(Version::LedgerHash, hash))
                })?;
                f.field("total_currency", |f| {
                    checked(f, &mut epoch.total_currency, |f, i| interval(f, i, F::u64))
                })
            })
        })?;
        f.field("seed", |f| checked(f, &mut epoch.seed, |f, hash| f.hash(Version::EpochSeed, hash)))?;
        f.field("start_checkpoint", |f| {
            checked(f, &mut epoch.start_checkpoint, |f, hash| f.hash(Version::StateHash, hash))
        })?;
        f.field("lock_checkpoint", |f| {
            checked(f, &mut epoch.lock_checkpoint, |f, hash| f.hash(Version::StateHash, hash))
        })?;
        f.field("epoch_length", |f| checked(f, &mut epoch.epoch_length, |f, i| interval(f, i, F::u32)))
    })
}

fn account<F: CommandFormat>(f: &mut F, account: &mut AccountPrecondition) -> Walk<F> {
    f.record(|f| {
        f.field("balance", |f| checked(f, &mut account.balance, |f, i| interval(f, i, F::u64)))?;
        f.field("nonce", |f| checked(f, &mut account.nonce, |f, i| interval(f, i, F::u32)))?;
        f.field("receipt_chain_hash", |f| {
            checked(f, &mut account.receipt_chain_hash, |f, hash| f.hash(Version::ReceiptChainHash, hash))
        })?;
        f.field("delegate", |f| checked(f, &mut account.delegate, F::public_key))?;
        f.field("state", |f| f.array(&mut account.state, |f, element| checked(f, element, F::element)))?;
        f.field("action_state", |f| checked(f, &mut account.action_state, F::element))?;
        f.field("proved_state", |f| checked(f, &mut account.proved_state, F::boolean))?;
        f.field("is_new", |f| checked(f, &mut account.is_new, F::boolean))
    })
}
