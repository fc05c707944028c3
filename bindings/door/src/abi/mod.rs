//! The C interface, which the WASM module has as well.
//!
//! # Handles
//!
//! | handle | what | made by | shared |
//! | --- | --- | --- | --- |
//! | [`QuickpickleKey`] | a key, prepared once | [`quickpickle_key_new`] | by any number of threads |
//! | [`QuickpickleKnown`] | networks, their keys, keys of accounts | [`quickpickle_known_new`] | by any number of threads |
//! | [`QuickpickleBatch`] | what is to be verified together | [`quickpickle_batch_new`] | by any number of threads |
//! | [`QuickpickleAnswers`] | verdicts, or why something was refused | every function that gives some | by any number of threads, until freed |
//!
//! Each is freed by its own function, once, when no call with it is running. A batch holds what it needs: its keys and bytes may be
//! freed before it is verified.
//!
//! # Rules
//!
//! - Bytes are a pointer and a length. They are read during the call alone. Null is refused where the length is not 0; for a
//!   statement, null says that there is none. Options are JSON ([`KeyOptions`], [`KnownOptions`]); null with 0 says nothing.
//! - A null handle is refused: an answer with the verdict `input`, `false`, null or 0 comes back.
//! - Functions that may refuse what they are given return null or `false` then, and put the answer that says why into `*error`,
//!   which the caller frees; `error` may be null.
//! - No panic leaves a function; one inside is the verdict `unavailable`, with its message on standard error. (In WASM it is a trap, after
//!   which the instance must not be used.) Memory that cannot be had ends the process.
//! - The first verification starts as many threads as there are cores. A process that forks afterwards must not verify in the child.
//!
//! # Verdicts
//!
//! Valid is [`QuickpickleVerdict::Valid`] and nothing else; zero is no verdict. [`quickpickle_answers_are_valid`] is the one
//! question whose answer accepts. The JSON of an answer is the line that the command prints with `--json`, without the file.
//!
//! ```c
//! QuickpickleAnswers *error = NULL;
//! QuickpickleKey *key = quickpickle_key_new(vk, vk_length, NULL, 0, &error);
//! QuickpickleAnswers *answers = quickpickle_verify_proof(key, proof, proof_length, NULL, 0);
//! if (quickpickle_answers_are_valid(answers)) puts("valid");
//! else puts(quickpickle_answers_json(answers, 0, NULL));
//! quickpickle_answers_free(answers);
//! quickpickle_key_free(key);
//! ```
#![allow(unsafe_code, reason = "the border to C: pointers come in, and names go out unmangled")]

mod answers;
pub(crate) mod batch;
mod key;
mod known;
mod raw;

use core::ffi::c_char;

pub use answers::*;
pub use batch::*;
pub use key::*;
pub use known::*;
pub use raw::bytes;

#[cfg(doc)]
use crate::{KeyOptions, KnownOptions};

/// The version of this interface. It changes where a function or a number changes its meaning, not where one is added.
pub const QUICKPICKLE_ABI_VERSION: u32 = 1;

/// The version of the interface that the library has, to be compared with `QUICKPICKLE_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn quickpickle_abi_version() -> u32 {
    QUICKPICKLE_ABI_VERSION
}

/// The version of the library, such as `0.1.0`: a text that is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn quickpickle_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
