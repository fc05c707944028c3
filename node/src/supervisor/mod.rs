//! The main process over its workers: starts them, watches them, replaces them, and takes requests to them.
//!
//! A worker is the same binary under another subcommand. It inherits a listening socket as its standard input, which the
//! main process bound in a directory of its own: there is no moment at which it could not connect, and no other process
//! that could answer. A worker dies with the main process, whatever state either of them is in
//! ([`crate::worker::attach`]).
//!
//! A worker that ends, does not answer, makes no progress for too long or takes too much memory is killed and replaced: at
//! once if it has served somebody, and the first time; otherwise after growing pauses (`backoff`). Requests in flight go to
//! the new worker, each once; a request that loses two workers is answered with an error.

mod backoff;
mod instance;
mod kinds;
mod sockets;
mod spawner;
mod supervise;
pub(crate) mod watch;

pub use instance::{End, Instance};
pub use kinds::{KnownKeys, MAX_MESSAGE, NotReady, ProverKind, VerifierKind, WorkerKind};
pub use sockets::{SocketDir, SocketDirError};
pub use spawner::Spawner;
pub use supervise::{Report, Settings, Shared, Start, State, Supervisor};
