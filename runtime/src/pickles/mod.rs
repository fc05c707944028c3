//! Pickles: recursion over Kimchi. A Pickles proof is a wrap proof whose public input binds a step proof's deferred
//! values, the messages for the next proofs and the statement.

mod key_hash;
pub mod proof;
