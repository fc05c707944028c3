//! NATS JetStream: how a node connects to the servers, and verification farms over their work queues.
//!
//! Verification and proving run beyond one machine on an engine that operators know, not on a queue of this project.

mod access;
mod connection;
pub mod farm;
mod names;
mod server;

pub use access::{Access, AccessError, Credentials, TrustFiles};
pub use connection::{ConnectError, Connection, Options, connect};
pub use names::{Prefix, PrefixError};
pub use server::{Server, ServerError};
