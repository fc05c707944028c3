//! Mina proofs, verified from a cold start in milliseconds.
//!
//! Verifying a Pickles proof takes points that everybody computes anew: the SRS and the commitments to its Lagrange
//! bases. Here the build computes them once and the binary carries them, so a [`Verifier`] is ready when the process is.
//!
//! # One proof
//!
//! An o1js proof and the verification key of its program, as o1js writes them (`proof.toJSON()`, `verificationKey`):
//!
//! ```
//! use quickpickle::{PreparedKey, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/o1js/n1-counter-depth1");
//! # let (key, proof) = (std::fs::read(format!("{folder}/vk.json"))?, std::fs::read(format!("{folder}/proof.json"))?);
//! let key = PreparedKey::from_o1js(&key)?; // once a program
//! let verdict = Verifier::baked().verify_o1js(&key, &proof);
//!
//! match &verdict {
//!     Ok(()) => println!("valid"),
//!     Err(error) => println!("{}: {error}", error.kind()), // rejected, malformed, input, unavailable
//! }
//! # assert!(verdict.is_ok());
//! # let altered = String::from_utf8(proof)?.replacen("\"publicInput\":[\"", "\"publicInput\":[\"1", 1);
//! # assert!(Verifier::baked().verify_o1js(&key, altered).is_err_and(|error| error.is_rejected()));
//! # Ok(())
//! # }
//! ```
//!
//! A proof is about a *statement*: for an o1js program the field elements ([`Fp`]) of its public input, then those of its
//! public output. [`wire::o1js::proof_from_json`] decodes a proof and shows them; the verdict says nothing about whether
//! they are the ones you want, nor where the input ends: [`O1jsProof::expect_lengths`](wire::o1js::O1jsProof::expect_lengths)
//! compares that with the program.
//!
//! Where key, statement and proof come apart ([`VerificationKey`], [`Proof`]; [`wire`] reads o1js's JSON, bin_prot and
//! Kimchi's MessagePack), [`Verifier::verify`] takes them one by one. The keys of Mina's networks are in the binary where
//! their features are on: [`network_key`] of a [`Network`] and a [`NetworkProof`].
//!
//! # Many proofs
//!
//! Many proofs at once are cheaper each. [`Verifier::verify_batch`] takes [`Task`]s of any keys and kinds, and
//! [`Verifier::verify_stream`] any number of [`OwnedTask`]s in bounded memory:
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//!
//! use quickpickle::{Error, PreparedKey, Verifier, wire::o1js};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/o1js/n1-counter-depth1");
//! # let (key, text) = (std::fs::read(format!("{folder}/vk.json"))?, std::fs::read(format!("{folder}/proof.json"))?);
//! let key = Arc::new(PreparedKey::from_o1js(&key)?);
//! let proof = o1js::proof_from_json(&text)?;
//! let verdicts = Verifier::baked().verify_batch(&[proof.task(&key), proof.task(&key)]);
//! # assert!(verdicts.iter().all(Result::is_ok));
//!
//! let texts = [text.clone(), text]; // any iterator: it is read a window at a time
//! let window = NonZeroUsize::new(64).expect("not zero");
//! let prepare = |text: &Vec<u8>| -> Result<_, Error> { Ok(o1js::proof_from_json(text)?.into_task(key.clone())) };
//! for (_text, verdict) in Verifier::baked().verify_stream(texts, window, prepare) {
//!     println!("{}", if verdict.is_ok() { "valid" } else { "not valid" });
//! #   assert!(verdict.is_ok());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Kimchi proofs on their own
//!
//! A Pickles proof is a Kimchi proof with more around it. Kimchi proofs of one's own circuits, over both curves, are tasks
//! too: [`Task::kimchi`], with a key from [`kimchi`] or from a file that [`wire::kimchi`] reads. The crate
//! `quickpickle-prover` makes them.
//!
//! # Verdicts
//!
//! `Ok(())` is the only acceptance. An [`Error`], or a [`VerifyError`] where nothing was decoded, has an [`ErrorKind`] that
//! tells a wrong proof from input that cannot be right and from a check that could not be made. What each means, and what
//! exactly "valid" promises, is told in [`docs/verdicts.md`][verdicts]. Verification handles public data only and is not
//! constant-time.
//!
//! # Tables
//!
//! [`Verifier::baked`] uses the [`tables`] in the binary; [`Verifier::with_tables`] any other [`TableSource`]. What is not
//! baked is computed when it is first needed, once a process, and the `log` crate is told.
//!
//! # Features
//!
//! | feature | default | what it does |
//! | --- | --- | --- |
//! | `wrap` | yes | bakes the wrap side's tables, 5.5 MiB: every Pickles proof is verified with them |
//! | `step` | yes | bakes the step SRS, 4 MiB: Pickles proofs' accumulators are checked with it |
//! | `step-lagrange` | | bakes the step side's Lagrange bases, 8 MiB: for provers and Kimchi proofs on Vesta |
//! | `mainnet`, `devnet` | yes | the verification keys of that network |
//! | `cli` | yes | the command `quickpickle`; a dependent that wants the library alone goes without |
//! | `fetch` | | blocks and accounts from a daemon's GraphQL: `mina::Daemon`, and `--node` of the command |
//! | `network` | | roles of `quickpickle node` that make blocks and jobs: a network on one machine |
//! | `jetstream` | | `quickpickle worker`: a node whose requests come from a work queue of NATS JetStream |
//! | `node`, `report` | | subcommands: processes behind gRPC, and graphs of their memory |
//!
//! Verdicts do not depend on features. Which profile settings a dependent crate needs so that tables are computed in
//! seconds is told in the [README][readme].
//!
//! [verdicts]: https://github.com/quickpickle/quickpickle/blob/main/docs/verdicts.md
//! [readme]: https://github.com/quickpickle/quickpickle#how-baking-works

#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod answer;
pub mod kimchi;
pub mod mina;
pub mod tables;
mod verifier;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Decoders and encoders of the formats in which proofs, keys and statements come.
#[doc(inline)]
pub use quickpickle_runtime::wire;

#[doc(inline)]
pub use quickpickle_runtime::curve::{Fp, Fq};
#[doc(inline)]
pub use quickpickle_runtime::error::{Error, ErrorKind, VerifyError};
#[doc(inline)]
pub use quickpickle_runtime::ipa::elsewhere;
#[doc(inline)]
pub use quickpickle_runtime::limits::Limits;
#[doc(inline)]
pub use quickpickle_runtime::pickles::key::PreparedKey;
#[doc(inline)]
pub use quickpickle_runtime::pickles::proof::{Proof, VerificationKey};
#[doc(inline)]
pub use quickpickle_runtime::tables::TableSource;
#[doc(inline)]
pub use quickpickle_runtime::verifier::{Hint, OwnedTask, Task, Watch};
#[doc(inline)]
pub use quickpickle_srs_data::{Network, NetworkProof};
pub use verifier::Verifier;

/// The steps of verification, for the prover, the project's tests and its tools.
///
/// No step by itself is a verification: one that returns `Ok` has found nothing wrong *so far*. Nothing in here is part of the
/// library's interface, and any of it may change with any version.
#[doc(hidden)]
pub mod internals {
    pub use quickpickle_runtime::*;
}

use quickpickle_srs_data::{NETWORK_KEYS, NetworkKeyFile};

/// The verification key of one of Mina's networks, or `None` where the feature of the network's name is off.
///
/// # Errors
/// Where the key in the binary is not the one that is pinned for this network and circuit.
pub fn network_key(
    network: Network,
    circuit: NetworkProof,
) -> Result<Option<VerificationKey>, wire::DecodeError> {
    let wanted = |file: &&NetworkKeyFile| file.network == network && file.proof == circuit;
    NETWORK_KEYS.iter().find(wanted).map_or(Ok(None), wire::network::built_in)
}
