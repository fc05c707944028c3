//! Keys, and proofs one at a time.

use super::answers::{QuickpickleAnswers, answered, or_error};
use super::raw::{self, bytes, shared};
use crate::{Answer, Item, Key, KeyOptions, Proof, Refusal, verify};

/// A key, prepared once.
#[derive(Debug)]
pub struct QuickpickleKey(pub(super) Key);

/// What is said of a null handle or of bytes that cannot be any.
pub(super) const NULL: Refusal = Refusal::Usage("a null pointer");

/// Reads and prepares a key: o1js's JSON, its base64 `data` alone, bin_prot, the file of a network's key, Kimchi's MessagePack of a
/// verifier index. Without bytes the options say which key it is: `{"network": "mainnet", "circuit": "blockchain"}`, or
/// `{"fixtures": true}` where each proof is a Kimchi fixture with its own key. Null where it is refused.
///
/// # Safety
/// Of `key` and `options` as many bytes can be read as their lengths say; `error` is null, or a pointer can be written there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_key_new(
    key: *const u8,
    key_length: usize,
    options: *const u8,
    options_length: usize,
    error: *mut *mut QuickpickleAnswers,
) -> *mut QuickpickleKey {
    // SAFETY: as the caller promises.
    let (key, options) = unsafe { (bytes(key, key_length), bytes(options, options_length)) };
    let read = || {
        let options = KeyOptions::read(options.ok_or(NULL)?)?;
        Ok(raw::share(QuickpickleKey(Key::read(key.ok_or(NULL)?, &options)?)))
    };
    // SAFETY: as the caller promises.
    unsafe { or_error(error, std::ptr::null_mut(), read) }
}

/// Frees a key; null is passed over.
///
/// # Safety
/// `key` is null or a handle that was not freed, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_key_free(key: *mut QuickpickleKey) {
    // SAFETY: as the caller promises.
    unsafe { raw::free(key) }
}

/// Verifies one proof: there is one answer. The statement is a JSON list of decimal strings, or 32 bytes little-endian an element, of
/// proofs in bin_prot, base64 or Kimchi's MessagePack; null for those that hold theirs.
///
/// # Safety
/// `key` is null or a handle that was not freed; of the others as many bytes can be read as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_verify_proof(
    key: *const QuickpickleKey,
    proof: *const u8,
    proof_length: usize,
    statement: *const u8,
    statement_length: usize,
) -> *mut QuickpickleAnswers {
    // SAFETY: as the caller promises.
    let (key, proof) = unsafe { (shared(key), bytes(proof, proof_length)) };
    // SAFETY: the same.
    let statement = unsafe { self::statement(statement, statement_length) };
    answered(|| match (key, proof, statement) {
        (Some(key), Some(bytes), Some(statement)) => verify(Item::Proof(&key.0, Proof { bytes, statement })),
        _ => vec![Answer::refused(0, &NULL)],
    })
}

/// A statement, or that there is none, or `None` where pointer and length cannot be those of any.
///
/// # Safety
/// As [`bytes`].
#[expect(
    clippy::option_option,
    reason = "null with a length of 0 is no statement, null with another is an error"
)]
pub(super) unsafe fn statement<'a>(pointer: *const u8, length: usize) -> Option<Option<&'a [u8]>> {
    if pointer.is_null() && length == 0 {
        return Some(None);
    }
    // SAFETY: as the caller promises.
    unsafe { bytes(pointer, length) }.map(Some)
}
