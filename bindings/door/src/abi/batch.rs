//! Many proofs and objects at once.

use std::sync::{Arc, Mutex, PoisonError};

use super::answers::{QuickpickleAnswers, answered};
use super::key::{NULL, QuickpickleKey};
use super::known::QuickpickleKnown;
use super::raw::{self, bytes, guarded, shared};
use crate::{Answer, Item, Job, Known, Proof, verify_batch};

/// What is to be verified together.
#[derive(Debug, Default)]
pub struct QuickpickleBatch(Mutex<Vec<Kept>>);

impl QuickpickleBatch {
    /// Begins to verify all items, and empties the batch: for systems whose threads share no memory.
    pub fn begin(&self) -> Job {
        Job::new(self.take())
    }

    fn take(&self) -> Vec<Kept> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An item with all that it needs.
#[derive(Debug)]
pub(crate) enum Kept {
    Proof(Arc<QuickpickleKey>, Vec<u8>, Option<Vec<u8>>),
    /// With what was known when it was added.
    Object(Arc<Known>, Vec<u8>),
    /// A pointer was null.
    Null,
}

/// An empty batch.
#[unsafe(no_mangle)]
pub extern "C" fn quickpickle_batch_new() -> *mut QuickpickleBatch {
    raw::share(QuickpickleBatch::default())
}

/// Adds a proof, as `quickpickle_verify_proof` takes it; key and bytes may be freed afterwards. Where a pointer is null that
/// must not be, the item's verdict is `input`. False where the batch is null.
///
/// # Safety
/// `batch` and `key` are null or handles that were not freed; of the others as many bytes can be read as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_batch_add_proof(
    batch: *const QuickpickleBatch,
    key: *const QuickpickleKey,
    proof: *const u8,
    proof_length: usize,
    statement: *const u8,
    statement_length: usize,
) -> bool {
    // SAFETY: as the caller promises.
    let (batch, key) = unsafe { (shared(batch), shared(key)) };
    // SAFETY: the same.
    let (proof, statement) =
        unsafe { (bytes(proof, proof_length), super::key::statement(statement, statement_length)) };
    add(batch, || match (key, proof, statement) {
        (Some(key), Some(proof), Some(statement)) => {
            Kept::Proof(key, proof.to_vec(), statement.map(<[u8]>::to_vec))
        }
        _ => Kept::Null,
    })
}

/// Adds what Mina's networks send, as `quickpickle_verify_object` takes it: what is added to `known` later does not count for it. The rest is as for `quickpickle_batch_add_proof`.
///
/// # Safety
/// As `quickpickle_batch_add_proof`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_batch_add_object(
    batch: *const QuickpickleBatch,
    known: *const QuickpickleKnown,
    input: *const u8,
    input_length: usize,
) -> bool {
    // SAFETY: as the caller promises.
    let (batch, known, input) = unsafe { (shared(batch), shared(known), bytes(input, input_length)) };
    add(batch, || match (known, input) {
        (Some(known), Some(input)) => Kept::Object(known.now(), input.to_vec()),
        _ => Kept::Null,
    })
}

fn add(batch: Option<Arc<QuickpickleBatch>>, item: impl FnOnce() -> Kept) -> bool {
    let Some(batch) = batch else { return false };
    let push = || {
        batch.0.lock().unwrap_or_else(PoisonError::into_inner).push(item());
        true
    };
    guarded(push, || false)
}

/// Verifies all items of a batch and empties it. The answers are in the order of the items; `quickpickle_answers_item` tells
/// which each is about. A proof has one, an input as many as it has objects.
///
/// # Safety
/// `batch` is null or a handle that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_batch_verify(batch: *const QuickpickleBatch) -> *mut QuickpickleAnswers {
    // SAFETY: as the caller promises.
    let batch = unsafe { shared(batch) };
    answered(|| match batch {
        Some(batch) => verify_batch(&batch.take().iter().map(Kept::item).collect::<Vec<_>>()),
        None => vec![Answer::refused(0, &NULL)],
    })
}

impl Kept {
    pub(crate) fn item(&self) -> Item<'_> {
        match self {
            Self::Proof(key, bytes, statement) => {
                Item::Proof(&key.0, Proof { bytes, statement: statement.as_deref() })
            }
            Self::Object(known, input) => Item::Object(known, input),
            Self::Null => Item::Refused(&NULL),
        }
    }
}

/// Frees a batch; null is passed over.
///
/// # Safety
/// `batch` is null or a handle that was not freed, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_batch_free(batch: *mut QuickpickleBatch) {
    // SAFETY: as the caller promises.
    unsafe { raw::free(batch) }
}
