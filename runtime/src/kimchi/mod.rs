//! Kimchi: the PLONK-like proof system under Pickles, verified on its own or as a wrap proof.

pub mod alphas;
pub mod evaluations;
pub mod gates;
pub mod index;
pub mod linearization;
pub mod lookup;
pub mod permutation;
pub mod proof;
