//! Mina proofs, verified from a cold start in milliseconds.
//!
//! Verifying a Pickles proof takes points that everybody computes anew: the SRS and the commitments to its Lagrange
//! bases. Here the build computes them once and the binary carries them, so a [`Verifier`] is ready when the process is.
//!
//! ```
//! use quickpickle::{PreparedKey, Verifier, wire::o1js};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/o1js/n1-counter-depth1");
//! let proof = o1js::proof_from_json(std::fs::read(format!("{folder}/proof.json"))?)?;
//! let (key, _hash) = o1js::verification_key_from_json(std::fs::read(format!("{folder}/vk.json"))?)?;
//! let key = PreparedKey::new(key)?; // once a key, for any number of proofs
//!
//! match Verifier::baked().verify(&key, &proof.statement(), &proof.proof) {
//!     Ok(()) => println!("valid"),
//!     Err(error) if error.is_rejected() => println!("rejected: {error}"),
//!     Err(error) => println!("not verified: {error}"),
//! }
//! # assert!(Verifier::baked().verify(&key, &proof.statement(), &proof.proof).is_ok());
//! # assert!(Verifier::baked().verify(&key, &[], &proof.proof).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Many proofs at once are cheaper each: [`Verifier::verify_batch`], and [`Verifier::verify_stream`] in bounded memory.
//! What each error kind means is told in [`docs/verdicts.md`][verdicts].
//!
//! [verdicts]: https://github.com/quickpickle/quickpickle/blob/main/docs/verdicts.md

#![forbid(unsafe_code)]

pub mod tables;
mod verifier;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use quickpickle_runtime::curve::{Fp, Fq};
pub use quickpickle_runtime::error::{ErrorKind, VerifyError};
pub use quickpickle_runtime::pickles::key::PreparedKey;
pub use quickpickle_runtime::pickles::proof::{Proof, VerificationKey};
pub use quickpickle_runtime::tables::TableSource;
pub use quickpickle_runtime::verifier::{OwnedTask, Task};
pub use quickpickle_runtime::{curve, kimchi, pickles, wire};
pub use quickpickle_srs_data::{Network, NetworkProof};
pub use verifier::Verifier;

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
