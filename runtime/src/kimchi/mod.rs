//! Kimchi: the PLONK-like proof system under Pickles, verified on its own or as a wrap proof.

pub mod evaluations;
pub mod index;
pub mod proof;
