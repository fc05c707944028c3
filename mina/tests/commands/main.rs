//! zkApp commands: decoded, encoded and hashed as others have them, and the verdicts on them.

mod cases;
mod decoding;
mod hashes;
mod ocaml;
mod reading;
#[path = "../signatures/signer.rs"]
mod signer;
mod verdicts;
