//! What Mina's networks send: blocks, ledger proofs, commands, accounts; read, hashed and verified.
//!
//! An [`Object`] is read from whatever form it comes in. [`Known`] holds the networks with their keys; an object of another
//! network, or of another fork, is refused by name. [`Verifier::verify_objects`](crate::Verifier::verify_objects) verifies objects of
//! any kinds as one batch:
//!
//! ```
//! use quickpickle::Verifier;
//! use quickpickle::mina::{Known, Object};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let input = b"{}";
//! match Object::read(input) {
//!     Ok(objects) => {
//!         for verdict in Verifier::baked().verify_objects(&objects, &Known::baked().only("mainnet")) {
//!             match verdict {
//!                 Ok(valid) => println!("valid: {}", valid.network),
//!                 Err(error) => println!("{}: {error}", error.kind()), // rejected, malformed, input, unavailable
//!             }
//!         }
//!     }
//!     Err(error) => println!("{}: {error}", error.kind()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Each object gives its statement and its tasks as well ([`Block::task`](block::Block::task),
//! [`LedgerProof::task`](ledger_proof::LedgerProof::task)), which go into batches beside proofs of any other kind.

mod account_keys;
mod attempt;
mod block_commands;
mod error;
#[cfg(feature = "fetch")]
mod fetch;
mod known;
mod object;
mod verify;

#[doc(inline)]
pub use quickpickle_mina::{
    account, block, chain, consensus, currency, daemon, formats, hash, identity, key, ledger_proof, light,
    memo, network, protocol_state, signature, signed_command, snark_work, transaction_hash, verdict,
    zkapp_command,
};

pub use block_commands::{BlockCommands, VerifiedCommands};
pub use error::{ObjectError, Part};
#[cfg(feature = "fetch")]
pub use fetch::{Daemon, FetchError};
pub use known::Known;
pub use object::Object;
pub use verify::{Valid, network_of};
