//! Verification of Kimchi and Pickles proofs: bytes and tables in, verdicts out.
#![forbid(unsafe_code)]

pub mod challenge;
pub mod curve;
pub mod error;
pub mod field;
pub mod ipa;
pub mod kimchi;
pub mod limits;
pub mod msm;
pub mod pickles;
pub mod poseidon;
pub mod sponge;
pub mod tables;
pub mod verifier;
pub mod wire;
