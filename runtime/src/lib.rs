//! Verification of Kimchi and Pickles proofs: bytes and tables in, verdicts out.
//!
//! This is the inside of the crate `quickpickle`, which whoever verifies proofs should use: it brings the tables and the
//! randomness, and shows no step that is not a verdict. Here the steps are public, for the prover and the project's tools, and
//! may change with any version. [`verifier`] gives verdicts; of all else, an `Ok` says only that nothing was wrong so far.
#![forbid(unsafe_code)]

pub mod challenge;
pub mod curve;
pub mod error;
pub mod ipa;
pub mod kimchi;
pub mod limits;
pub mod lockstep;
pub mod pickles;
pub mod poseidon;
pub mod sponge;
pub mod tables;
pub mod verifier;
pub mod watch;
pub mod wire;
