//! The records as OCaml derives them, and what is not written alike in all forms.

mod binprot;
mod json;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;
use quickpickle_runtime::wire::parts::Walk;

use super::account_update::{
    AccountUpdate, Authorization, AuthorizationKind, Body, HashedKey, MAX_SYMBOL, MAX_URI, MayUseToken,
    Timing, Update,
};
use super::permissions::{AuthRequired, permissions};
use super::preconditions::preconditions;
use super::{FeePayer, ZkappCommand};
use crate::currency::signed;
use crate::formats::{Format, Version};
use crate::memo::memo;

/// Events or actions of an account update at most, and elements of one. The network takes 100 elements a command, from the
/// next fork on 1024.
const MAX_EVENTS: usize = 1024;

/// The constructors of an optional change.
const SET: [&str; 2] = ["Set", "Keep"];

/// A form in which commands come: what it writes in a way of its own.
pub(crate) trait CommandFormat: Format {
    /// An option that OCaml has as a type with two constructors, the first of them with a content.
    fn optional<T: Default>(
        &mut self,
        names: &'static [&'static str; 2],
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self>;
    /// Account updates, each like `blank` before it is read.
    fn forest(
        &mut self,
        account_updates: &mut Vec<AccountUpdate>,
        blank: &AccountUpdate,
        walk: impl Fn(&mut Self, &mut AccountUpdate) -> Walk<Self> + Sync,
    ) -> Walk<Self>;
    /// The depth of an account update, where a list of them is flat.
    fn call_depth(&mut self, _depth: &mut u32) -> Walk<Self> {
        Ok(())
    }
    /// Who may set a key, and up to which version of the protocol.
    fn set_verification_key(&mut self, required: &mut AuthRequired, version: &mut u32) -> Walk<Self>;
    /// The state that is voted for.
    fn voting_for(&mut self, hash: &mut Fp) -> Walk<Self> {
        self.hash(Version::StateHash, hash)
    }
    /// Whose token may be used.
    fn may_use_token(&mut self, may_use_token: &mut MayUseToken) -> Walk<Self>;
    /// Which right is claimed.
    fn authorization_kind(&mut self, kind: &mut AuthorizationKind) -> Walk<Self>;
    /// What is shown for it.
    fn authorization(&mut self, authorization: &mut Authorization) -> Walk<Self>;
    /// A verification key; where its hash comes along, it is the right one.
    fn verification_key(&mut self, key: &mut Option<HashedKey>) -> Walk<Self>;
}

/// A command, of the protocol that `command` has before it is read.
pub(crate) fn zkapp_command<F: CommandFormat>(f: &mut F, command: &mut ZkappCommand) -> Walk<F> {
    let blank = AccountUpdate::blank(command.protocol);
    f.record(|f| {
        f.field("fee_payer", |f| fee_payer(f, &mut command.fee_payer))?;
        f.field("account_updates", |f| {
            f.forest(&mut command.account_updates.0, &blank, account_update)?;
            f.check(|| command.account_updates.check_depths())
        })?;
        f.field("memo", |f| memo(f, &mut command.memo))
    })
}

fn fee_payer<F: CommandFormat>(f: &mut F, fee_payer: &mut FeePayer) -> Walk<F> {
    f.record(|f| {
        f.field("body", |f| {
            f.record(|f| {
                f.field("public_key", |f| f.public_key(&mut fee_payer.public_key))?;
                f.field("fee", |f| f.fee(&mut fee_payer.fee))?;
                f.field("valid_until", |f| f.option(&mut fee_payer.valid_until, F::slot))?;
                f.field("nonce", |f| f.u32(&mut fee_payer.nonce))
            })
        })?;
        f.field("authorization", |f| f.signature(&mut fee_payer.authorization))
    })
}

fn account_update<F: CommandFormat>(f: &mut F, account_update: &mut AccountUpdate) -> Walk<F> {
    f.record(|f| {
        f.field("body", |f| body(f, &mut account_update.body, &mut account_update.call_depth))?;
        f.field("authorization", |f| f.authorization(&mut account_update.authorization))
    })
}

fn body<F: CommandFormat>(f: &mut F, body: &mut Body, call_depth: &mut u32) -> Walk<F> {
    f.record(|f| {
        f.field("public_key", |f| f.public_key(&mut body.public_key))?;
        f.field("token_id", |f| f.hash(Version::TokenId, &mut body.token_id))?;
        f.field("update", |f| update(f, &mut body.update))?;
        f.field("balance_change", |f| signed(f, &mut body.balance_change))?;
        f.field("increment_nonce", |f| f.boolean(&mut body.increment_nonce))?;
        f.field("events", |f| events(f, &mut body.events))?;
        f.field("actions", |f| events(f, &mut body.actions))?;
        f.field("call_data", |f| f.element(&mut body.call_data))?;
        f.call_depth(call_depth)?;
        f.field("preconditions", |f| preconditions(f, &mut body.preconditions))?;
        f.field("use_full_commitment", |f| f.boolean(&mut body.use_full_commitment))?;
        f.field("implicit_account_creation_fee", |f| f.boolean(&mut body.implicit_account_creation_fee))?;
        f.field("may_use_token", |f| f.may_use_token(&mut body.may_use_token))?;
        f.field("authorization_kind", |f| f.authorization_kind(&mut body.authorization_kind))
    })
}

fn events<F: CommandFormat>(f: &mut F, events: &mut Vec<Vec<Fp>>) -> Walk<F> {
    f.list(MAX_EVENTS, events, |f, event| f.list(MAX_EVENTS, event, F::element))
}

fn update<F: CommandFormat>(f: &mut F, update: &mut Update) -> Walk<F> {
    f.record(|f| {
        f.field("app_state", |f| {
            f.array(&mut update.app_state, |f, element| f.optional(&SET, element, F::element))
        })?;
        f.field("delegate", |f| f.optional(&SET, &mut update.delegate, F::public_key))?;
        f.field("verification_key", |f| f.verification_key(&mut update.verification_key))?;
        f.field("permissions", |f| f.optional(&SET, &mut update.permissions, permissions))?;
        f.field("zkapp_uri", |f| f.optional(&SET, &mut update.zkapp_uri, |f, uri| f.string(MAX_URI, uri)))?;
        f.field("token_symbol", |f| {
            f.optional(&SET, &mut update.token_symbol, |f, symbol| f.string(MAX_SYMBOL, symbol))
        })?;
        f.field("timing", |f| f.optional(&SET, &mut update.timing, timing))?;
        f.field("voting_for", |f| f.optional(&SET, &mut update.voting_for, F::voting_for))
    })
}

pub(crate) fn timing<F: CommandFormat>(f: &mut F, timing: &mut Timing) -> Walk<F> {
    f.record(|f| {
        f.field("initial_minimum_balance", |f| f.u64(&mut timing.initial_minimum_balance))?;
        f.field("cliff_time", |f| f.slot(&mut timing.cliff_time))?;
        f.field("cliff_amount", |f| f.u64(&mut timing.cliff_amount))?;
        f.field("vesting_period", |f| f.slot(&mut timing.vesting_period))?;
        f.field("vesting_increment", |f| f.u64(&mut timing.vesting_increment))
    })
}

/// Two bits of which one at most is set, as GraphQL has them.
fn one_of_two(first: bool, second: bool) -> Result<usize, Fault> {
    match (first, second) {
        (false, false) => Ok(0),
        (true, false) => Ok(1),
        (false, true) => Ok(2),
        (true, true) => Err(Fault::Inconsistent("both of two things that exclude each other")),
    }
}
