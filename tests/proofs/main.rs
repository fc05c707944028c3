//! Whole proofs, real and altered.

mod checks;
mod commands;
mod common;
mod kimchi;
mod light;
mod mina;
mod o1js;
