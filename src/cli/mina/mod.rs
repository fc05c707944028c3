//! What the subcommands have in common that take what Mina's networks send.

mod args;
mod daemon;
mod tip;

pub use args::NetworkArgs;
pub use daemon::{Asked, DaemonArgs, account_id};
pub use tip::{TipArgs, add_proof, read_block, verified};
