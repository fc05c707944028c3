//! One worker process, from its start to its end.

use std::fmt;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::WorkerKind;

/// Why a worker ended, or was ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Exited(Option<ExitStatus>),
    /// It did not answer for this long.
    Stalled(Duration),
    /// Its work made no progress for so long.
    Overdue(Duration),
    /// It took this many bytes of memory.
    Memory(u64),
    /// A connection to it broke.
    Lost,
    /// It could not be started.
    NotStarted(String),
    /// It had nothing to do.
    Idle,
    /// The node stops.
    Stopped,
}

impl End {
    /// Whether something went wrong.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::Idle | Self::Stopped)
    }

    /// A word for it, for the metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Exited(_) => "exited",
            Self::Stalled(_) => "stalled",
            Self::Overdue(_) => "overdue",
            Self::Memory(_) => "memory",
            Self::Lost => "lost",
            Self::NotStarted(_) => "not_started",
            Self::Idle => "idle",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(Some(status)) => write!(f, "it ended ({status})"),
            Self::Exited(None) => f.write_str("it ended"),
            Self::Stalled(time) => write!(f, "it did not answer for {time:?}"),
            Self::Overdue(time) => write!(f, "its work made no progress for {time:?}"),
            Self::Memory(bytes) => write!(f, "it took {} MiB of memory", bytes >> 20),
            Self::Lost => f.write_str("the connection to it broke"),
            Self::NotStarted(reason) => write!(f, "it could not be started: {reason}"),
            Self::Idle => f.write_str("it had nothing to do"),
            Self::Stopped => f.write_str("the node stops"),
        }
    }
}

/// A worker that runs, or ran.
#[derive(Debug)]
pub struct Instance<K: WorkerKind> {
    /// Counts the workers of its kind.
    pub number: u64,
    /// Its process.
    pub pid: u32,
    pub(super) client: K::Client,
    pub(super) suspect: Notify,
    served: AtomicBool,
    pub(super) ended: watch::Sender<bool>,
}

impl<K: WorkerKind> Instance<K> {
    pub(super) fn new(number: u64, pid: u32, client: K::Client) -> Self {
        Self {
            number,
            pid,
            client,
            suspect: Notify::new(),
            served: AtomicBool::new(false),
            ended: watch::Sender::new(false),
        }
    }

    /// What requests are made with.
    pub fn client(&self) -> K::Client {
        self.client.clone()
    }

    /// Tells the supervisor that a request was lost.
    pub fn suspect(&self) {
        self.suspect.notify_one();
    }

    /// Notes that it has answered a request.
    pub(super) fn has_served(&self) {
        self.served.store(true, Ordering::Relaxed);
    }

    /// Whether it has answered a request.
    pub(super) fn served(&self) -> bool {
        self.served.load(Ordering::Relaxed)
    }

    /// Waits until it has ended.
    pub async fn ended(&self) {
        let mut ended = self.ended.subscribe();
        // The sender is a part of `self`, so that it is there as long as this waits.
        let _ = ended.wait_for(|ended| *ended).await;
    }
}
