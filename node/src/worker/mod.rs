//! The worker processes: what runs under `quickpickle worker`.

mod busy;
mod circuits;
mod prover;
mod verifier;

pub use circuits::{CircuitError, KeyCache, Provable, load};

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use rustix::process::{Pid, Signal};
use tokio::net::UnixListener as AsyncListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;

use crate::environment::Environment;
use crate::proto::worker::prover_server::ProverServer;
use crate::proto::worker::verifier_server::VerifierServer;
use crate::supervisor::MAX_MESSAGE;

/// Which worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Verifies proofs.
    Verifier,
    /// Makes keys and proofs.
    Prover,
}

/// Why a worker does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The main process ended before the worker had begun.
    #[error("a worker is started by the main process, which is not there")]
    Orphan,
    /// A system call failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The server ended.
    #[error("the worker's server")]
    Server(#[from] tonic::transport::Error),
}

/// Ties this process to the life of its parent, the process `parent`: from here on it is killed when the parent ends, even
/// where it is stopped itself.
pub fn attach(parent: u32) -> Result<(), WorkerError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
    // It may have ended before; then somebody else has adopted this process.
    let now = rustix::process::getppid().map_or(0, Pid::as_raw_pid);
    if u32::try_from(now) == Ok(parent) { Ok(()) } else { Err(WorkerError::Orphan) }
}

/// Runs a worker over the socket that is its standard input, until it is killed.
pub fn run(kind: Kind, environment: Environment) -> Result<(), WorkerError> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    // One thread for the messages; the work is done on threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(kind, environment, socket.into()))
}

async fn serve(kind: Kind, environment: Environment, socket: UnixListener) -> Result<(), WorkerError> {
    // The main process ends its workers by killing them. A signal to the whole process group is meant for the main process.
    let _ignored =
        [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?];
    let incoming = UnixListenerStream::new(AsyncListener::from_std(socket)?);
    let mut server =
        Server::builder().initial_stream_window_size(1 << 20).initial_connection_window_size(4 << 20);
    match kind {
        Kind::Verifier => {
            let service = VerifierServer::new(Arc::new(verifier::Service::new(environment)))
                .max_decoding_message_size(MAX_MESSAGE)
                .max_encoding_message_size(MAX_MESSAGE);
            server.add_service(service).serve_with_incoming(incoming).await?;
        }
        Kind::Prover => {
            let service = ProverServer::new(Arc::new(prover::Service::new(environment)))
                .max_decoding_message_size(MAX_MESSAGE)
                .max_encoding_message_size(MAX_MESSAGE);
            server.add_service(service).serve_with_incoming(incoming).await?;
        }
    }
    Ok(())
}
