//! What Mina's networks send, through the library's front and through the command: the right verdict on each, and the right
//! refusal of what was altered.

mod block_commands;
mod blocks;
mod chain;
mod commands;
mod delegation;
#[cfg(feature = "fetch")]
mod fetch;
mod mesa;
mod support;
mod works;
