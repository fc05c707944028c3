//! Networks and accounts, and objects one input at a time.

use std::sync::{Arc, PoisonError, RwLock};

use super::answers::{QuickpickleAnswers, answered, or_error};
use super::key::NULL;
use super::raw::{self, bytes, shared};
use crate::{Answer, Item, Known, KnownOptions, Refusal, verify};

/// The networks with their keys, which of them is meant, and the keys of accounts.
#[derive(Debug)]
pub struct QuickpickleKnown(RwLock<Arc<Known>>);

impl QuickpickleKnown {
    /// What is known now; what is added later is not in it.
    pub(super) fn now(&self) -> Arc<Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The networks whose keys are in the library. Options: `{"network": "mainnet"}` takes objects of that one alone, `"protocol"` zkApp
/// commands of that one alone, `"commands": true` verifies the commands in precomputed blocks too. Null where they are refused.
///
/// # Safety
/// Of `options` as many bytes can be read as the length says; `error` is null, or a pointer can be written there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_known_new(
    options: *const u8,
    options_length: usize,
    error: *mut *mut QuickpickleAnswers,
) -> *mut QuickpickleKnown {
    // SAFETY: as the caller promises.
    let options = unsafe { bytes(options, options_length) };
    let make = || {
        let known = Known::new(&KnownOptions::read(options.ok_or(NULL)?)?)?;
        Ok(raw::share(QuickpickleKnown(RwLock::new(Arc::new(known)))))
    };
    // SAFETY: as the caller promises.
    unsafe { or_error(error, std::ptr::null_mut(), make) }
}

/// Adds the network of a file of keys (docs/mina.md), for what is verified from now on. False where it is refused.
///
/// # Safety
/// `known` is null or a handle that was not freed; of `file` as many bytes can be read as the length says; `error` is null, or a
/// pointer can be written there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_known_add_network(
    known: *const QuickpickleKnown,
    file: *const u8,
    file_length: usize,
    error: *mut *mut QuickpickleAnswers,
) -> bool {
    // SAFETY: as the caller promises.
    unsafe { add(known, file, file_length, error, Known::add_network) }
}

/// Adds the verification keys of zkApp accounts, for what is verified from now on: a JSON list of accounts, or a daemon's answer
/// with accounts (docs/mina.md). False where it is refused.
///
/// # Safety
/// As `quickpickle_known_add_network`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_known_add_account_keys(
    known: *const QuickpickleKnown,
    accounts: *const u8,
    accounts_length: usize,
    error: *mut *mut QuickpickleAnswers,
) -> bool {
    // SAFETY: as the caller promises.
    unsafe { add(known, accounts, accounts_length, error, Known::add_account_keys) }
}

/// Adds to what is known, all of a text or nothing.
///
/// # Safety
/// As [`quickpickle_known_add_network`].
unsafe fn add(
    known: *const QuickpickleKnown,
    text: *const u8,
    length: usize,
    error: *mut *mut QuickpickleAnswers,
    add: fn(&mut Known, &[u8]) -> Result<(), Refusal>,
) -> bool {
    // SAFETY: as the caller promises.
    let (known, text) = unsafe { (shared(known), bytes(text, length)) };
    let added = || {
        let known = known.ok_or(NULL)?;
        let text = text.ok_or(NULL)?;
        let mut now = known.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Known::clone(&now);
        add(&mut next, text)?;
        *now = Arc::new(next);
        Ok(true)
    };
    // SAFETY: as the caller promises.
    unsafe { or_error(error, false, added) }
}

/// Frees what is known; null is passed over.
///
/// # Safety
/// `known` is null or a handle that was not freed, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_known_free(known: *mut QuickpickleKnown) {
    // SAFETY: as the caller promises.
    unsafe { raw::free(known) }
}

/// Verifies what Mina's networks send, in any of its forms: blocks, ledger proofs, snark work, zkApp commands, payments,
/// delegations. There is an answer for each object of the input, and one at least.
///
/// # Safety
/// `known` is null or a handle that was not freed; of `input` as many bytes can be read as the length says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_verify_object(
    known: *const QuickpickleKnown,
    input: *const u8,
    input_length: usize,
) -> *mut QuickpickleAnswers {
    // SAFETY: as the caller promises.
    let (known, input) = unsafe { (shared(known), bytes(input, input_length)) };
    answered(|| match (known, input) {
        (Some(known), Some(input)) => verify(Item::Object(&known.now(), input)),
        _ => vec![Answer::refused(0, &NULL)],
    })
}
