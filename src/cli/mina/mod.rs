//! What the subcommands have in common that take what Mina's networks send.

mod args;
mod describe;
mod tip;

pub use args::NetworkArgs;
pub use describe::describe;
pub use tip::{TipArgs, add_proof, read_block, verified_tip};
