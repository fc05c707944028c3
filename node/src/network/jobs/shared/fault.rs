//! What goes wrong with the servers, as whoever asks the board is told.

use std::error::Error;

use async_nats::jetstream::{self, ErrorCode};
use tonic::Status;

/// The servers do not keep a board's jobs.
#[derive(Debug, thiserror::Error)]
#[error("the NATS servers do not keep {name}")]
pub struct SharedError {
    name: String,
    source: Box<dyn Error + Send + Sync>,
}

impl SharedError {
    pub(super) fn new(name: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { name: name.to_owned(), source: source.into() }
    }
}

/// The servers did not answer, or not as they should: another time they may.
pub(super) fn fault(error: impl Into<Box<dyn Error + Send + Sync>>) -> Status {
    let error = error.into();
    tracing::warn!(error = %chain(&*error), "the NATS servers");
    Status::unavailable("the servers that keep the jobs do not answer")
}

/// Something was not written: for want of room, or because the servers do not answer.
pub(super) fn refused(error: impl Into<Box<dyn Error + Send + Sync>>) -> Status {
    let error = error.into();
    if is_full(&*error) { busy() } else { fault(error) }
}

/// The board has its number of jobs, or their bytes.
pub(super) fn busy() -> Status {
    Status::resource_exhausted("busy: there are too many jobs, try again later")
}

/// Whether a stream refused a message because of its bounds.
fn is_full(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(|error| {
        let said = error.downcast_ref::<jetstream::Error>();
        said.is_some_and(|said| said.error_code() == ErrorCode::STREAM_STORE_FAILED)
    })
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let source =
        |error: &&'a (dyn Error + 'static)| -> Option<&'a (dyn Error + 'static)> { (*error).source() };
    std::iter::successors(Some(error), source)
}

fn chain(error: &(dyn Error + 'static)) -> String {
    sources(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
