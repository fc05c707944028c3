//! What Mina's networks send, and what it is worth: protocol states, ledger proofs, zkApp commands, accounts, signatures.
//!
//! `quickpickle-runtime` verifies proofs of statements that are field elements. Here is where those come from: the objects that
//! nodes, archives and wallets hand over, read from the forms in which they do ([`formats`]), their hashes ([`hash`]), and
//! verdicts on them. As there, nothing does I/O or reads a clock.
#![forbid(unsafe_code)]

pub mod account;
pub mod block;
pub mod chain;
pub mod consensus;
pub mod currency;
pub mod daemon;
pub mod formats;
pub mod hash;
pub mod identity;
pub mod key;
pub mod ledger_proof;
pub mod light;
pub mod memo;
pub mod network;
pub mod protocol_state;
pub mod signature;
pub mod signed_command;
pub mod snark_work;
pub mod transaction_hash;
pub mod verdict;
pub mod zkapp_command;
