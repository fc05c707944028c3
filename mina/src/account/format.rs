//! The records as OCaml derives them.

use quickpickle_runtime::pickles::proof::VerificationKey;
use quickpickle_runtime::wire::parts::{Walk, blank_key, verification_key};

use super::{Account, Timing, TokenSymbol, Zkapp};
use crate::formats::{Format, Version};
use crate::zkapp_command::account_update::{MAX_SYMBOL, MAX_URI};
use crate::zkapp_command::format::{CommandFormat, timing as timed};
use crate::zkapp_command::{HashedKey, permissions};

pub(super) fn account<F: CommandFormat>(f: &mut F, account: &mut Account) -> Walk<F> {
    f.record(|f| {
        f.field("public_key", |f| f.public_key(&mut account.public_key))?;
        f.field("token_id", |f| f.hash(Version::TokenId, &mut account.token_id))?;
        f.field("token_symbol", |f| symbol(f, &mut account.token_symbol))?;
        f.field("balance", |f| f.u64(&mut account.balance))?;
        f.field("nonce", |f| f.u32(&mut account.nonce))?;
        f.field("receipt_chain_hash", |f| {
            f.hash(Version::ReceiptChainHash, &mut account.receipt_chain_hash)
        })?;
        f.field("delegate", |f| f.option(&mut account.delegate, F::public_key))?;
        f.field("voting_for", |f| f.hash(Version::StateHash, &mut account.voting_for))?;
        f.field("timing", |f| timing(f, &mut account.timing))?;
        f.field("permissions", |f| permissions(f, &mut account.permissions))?;
        f.field("zkapp", |f| f.option(&mut account.zkapp, |f, part| zkapp(f, part)))
    })?;
    f.check(|| account.check())
}

pub(super) fn symbol<F: Format>(f: &mut F, symbol: &mut TokenSymbol) -> Walk<F> {
    let mut bytes = symbol.as_bytes().to_vec();
    f.resize(&mut bytes, 0);
    f.string(MAX_SYMBOL, &mut bytes)?;
    f.check(|| {
        *symbol = TokenSymbol::new(&bytes)?;
        Ok(())
    })
}

fn timing<F: CommandFormat>(f: &mut F, timing: &mut Option<Timing>) -> Walk<F> {
    let mut position = usize::from(timing.is_some());
    f.choice(&["Untimed", "Timed"], &mut position, |f, position| match position {
        0 => Ok(()),
        _ => timed(f, timing.get_or_insert_default()),
    })
}

fn zkapp<F: Format>(f: &mut F, zkapp: &mut Zkapp) -> Walk<F> {
    f.record(|f| {
        f.field("app_state", |f| f.array(&mut zkapp.app_state, F::element))?;
        f.field("verification_key", |f| {
            let mut key = zkapp.verification_key.as_ref().map(|key| Key(key.key().clone()));
            f.option(&mut key, |f, key| verification_key(f, &mut key.0))?;
            zkapp.verification_key = key.map(|key| HashedKey::new(key.0));
            Ok(())
        })?;
        f.field("zkapp_version", |f| f.u32(&mut zkapp.zkapp_version))?;
        f.field("action_state", |f| f.array(&mut zkapp.action_state, F::element))?;
        f.field("last_action_slot", |f| f.slot(&mut zkapp.last_action_slot))?;
        f.field("proved_state", |f| f.boolean(&mut zkapp.proved_state))?;
        f.field("zkapp_uri", |f| f.string(MAX_URI, &mut zkapp.zkapp_uri))
    })
}

/// A key to be read into.
struct Key(VerificationKey);

impl Default for Key {
    fn default() -> Self {
        Self(blank_key())
    }
}
