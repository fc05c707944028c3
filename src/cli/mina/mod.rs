//! What the subcommands have in common that take what Mina's networks send.

mod args;
mod describe;

pub use args::NetworkArgs;
pub use describe::describe;
