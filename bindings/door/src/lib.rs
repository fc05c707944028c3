//! What the bindings of quickpickle have in common: bytes in, verdicts out.
//!
//! Each binding is a thin layer over this crate: the C library and the WASM module export the functions of [`abi`], the addon
//! for Node calls [`verify_batch`]. What the command `quickpickle verify` verifies is verified here, with the same words and
//! the same JSON (docs/verdicts.md):
//!
//! ```
//! use quickpickle_door::{Item, Key, KeyOptions, Proof, verify};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/o1js/n1-counter-depth1");
//! # let (key, proof) = (std::fs::read(format!("{folder}/vk.json"))?, std::fs::read(format!("{folder}/proof.json"))?);
//! let key = Key::read(&key, &KeyOptions::read(br#"{"input_length": 1, "output_length": 1}"#)?)?; // once a program
//! let answers = verify(Item::Proof(&key, Proof { bytes: &proof, statement: None }));
//! assert_eq!(answers[0].json(), r#"{"verdict":"valid"}"#);
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here reads files, a clock or the environment. Threads are those of rayon, which does without where the target has none.

pub mod abi;
mod answer;
mod job;
mod key;
mod known;
mod options;
mod proof;
mod refusal;
mod verify;

pub use answer::Answer;
pub use job::{Job, partial_sum};
pub use key::Key;
pub use known::Known;
pub use options::{KeyOptions, KnownOptions};
pub use proof::Proof;
pub use refusal::Refusal;
pub use verify::{Item, verify, verify_batch, verify_batch_elsewhere};

/// The verdicts and their words.
pub use quickpickle::answer::Verdict;

/// Whose SRS a sum is over.
pub use quickpickle::tables::Role;
