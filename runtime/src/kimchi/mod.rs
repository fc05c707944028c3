//! Kimchi: the PLONK-like proof system under Pickles, verified on its own or as a wrap proof.

pub mod alphas;
mod columns;
pub mod error;
pub mod evaluations;
pub mod ft;
pub mod gates;
pub mod index;
pub mod linearization;
pub mod lookup;
pub mod names;
pub mod opening;
pub mod permutation;
pub mod proof;
mod public_input;
mod shape;
pub mod verifier;
