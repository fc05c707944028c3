//! Work queues of NATS JetStream: how a node connects to the servers.
//!
//! Verification and proving run beyond one machine on an engine that operators know, not on a queue of this project.

mod access;
mod connection;
mod server;

pub use access::{Access, AccessError, Credentials, TrustFiles};
pub use connection::{ConnectError, Connection, Options, connect};
pub use server::{Server, ServerError};
