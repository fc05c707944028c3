//! Verification of Kimchi and Pickles proofs: bytes and tables in, verdicts out.
#![forbid(unsafe_code)]

pub mod curve;
pub mod kimchi;
pub mod pickles;
