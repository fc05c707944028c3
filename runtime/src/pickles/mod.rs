//! Pickles: recursion over Kimchi. A Pickles proof is a wrap proof whose public input binds a step proof's deferred
//! values, the messages for the next proofs and the statement.

pub mod deferred;
pub mod dummies;
pub mod error;
pub mod key;
mod key_hash;
pub mod messages;
pub mod proof;
pub mod statement;
pub mod verifier;
mod width;
