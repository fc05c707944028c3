//! The processes of a node that verifies and makes Mina proofs.
//!
//! The main process ([`run`]) listens at the front door ([`front`]) and supervises ([`supervisor`]) a verifier and, where the
//! node's role proves, a prover: workers of their own ([`worker`]), the same binary under another subcommand, so that what
//! goes wrong in them, and the memory that they take, stays theirs. They talk gRPC over Unix sockets in a private directory;
//! the messages are in `proto/`.
//!
//! With the feature `network` nodes also make blocks, tell them to each other and share jobs (`network`): a simulated network
//! that verifiers and provers are measured under.
//!
//! The order of a start with `--keys prover` is that of Mina's pull request 16201: the prover makes or loads the proving keys
//! and returns the verification keys in an RPC response; only then the verifier is started, and handed the keys. The verifier
//! makes nothing: its tables lie in the binary ([`Environment`]).

#![deny(unsafe_code)]

mod admission;
mod caller;
pub mod config;
mod dispatch;
mod environment;
pub mod front;
#[cfg(feature = "jetstream")]
pub mod jetstream;
pub mod keys;
pub mod logging;
mod memory;
mod metrics;
#[cfg(feature = "network")]
pub mod network;
mod networks;
mod peer;
mod probe;
pub mod proto;
pub mod record;
pub mod registry;
mod run;
mod startup;
pub mod supervisor;
mod tls;
mod verdict;
mod weight;
pub mod worker;

pub use environment::Environment;
pub use probe::{Health, ProbeError, ask_health};
pub use run::{NodeError, run};
