//! Mina proofs, verified from a cold start in milliseconds.

pub mod tables;
