//! Keys and proofs of circuits whose keys and proofs are known.

mod builtin;
mod files;
mod keys;
mod proofs;
mod refused;
mod stored;
mod tables;
