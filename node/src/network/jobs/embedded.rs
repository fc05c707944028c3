//! A board in this process, whose jobs are in files where it is given a folder for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tonic::Status;

use super::board::{Board, Counts, HandedIn, NewJob};
use super::folder::{Folder, FolderError};
use super::table::{Jobs, Terms};
use crate::network::NetworkMetrics;
use crate::proto::v1::{GetResponse, Job, KimchiProof};

/// The board of one coordinator.
#[derive(Debug)]
pub(super) struct Embedded {
    kept: Arc<Mutex<Kept>>,
    changed: Notify,
    metrics: NetworkMetrics,
}

/// Jobs and the folder that they are in.
#[derive(Debug)]
struct Kept {
    jobs: Jobs,
    folder: Option<Folder>,
}

impl Embedded {
    /// A board with the jobs of this folder; without one it has none, and forgets them at the end.
    pub(super) fn open(
        terms: Terms,
        folder: Option<&std::path::Path>,
        metrics: NetworkMetrics,
    ) -> Result<Self, FolderError> {
        let kept = match folder {
            None => Kept { jobs: Jobs::new(terms, 0), folder: None },
            Some(path) => {
                let (folder, first, entries) = Folder::open(path)?;
                let mut jobs = Jobs::new(terms, first);
                let now = Instant::now();
                entries.into_iter().for_each(|(id, entry)| jobs.restore(id, entry, now));
                let Counts { waiting, leased, .. } = jobs.counts();
                tracing::info!(folder = %path.display(), waiting, leased, "jobs are kept");
                Kept { jobs, folder: Some(folder) }
            }
        };
        Ok(Self { kept: Arc::new(Mutex::new(kept)), changed: Notify::new(), metrics })
    }

    /// Does something with the jobs, and keeps what has changed before it returns: beside other work, as files are written.
    async fn with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Kept) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let kept = Arc::clone(&self.kept);
        let done = spawn_blocking(move || {
            let mut kept = lock(&kept);
            let done = act(&mut kept);
            kept.keep();
            done
        });
        done.await.map_err(|_| Status::internal("the board of jobs panicked"))
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// Writes what has changed. What cannot be written is tried again with the next change; returns which jobs these are.
    fn keep(&mut self) -> Vec<u64> {
        let changed = self.jobs.take_changed();
        let Some(folder) = &self.folder else { return Vec::new() };
        let mut failed = Vec::new();
        for (id, entry) in changed {
            if let Err(error) = folder.put(id, entry.as_ref()) {
                tracing::error!(job = id, %error, "a job is not kept as it is now");
                self.jobs.is_not_kept(id);
                failed.push(id);
            }
        }
        failed
    }

    /// Adds a job, unless it cannot be kept.
    fn submit(&mut self, job: NewJob) -> Result<u64, Status> {
        let id = self.jobs.submit(job)?;
        if self.keep().contains(&id) {
            self.jobs.withdraw(id);
            return Err(Status::unavailable("the job cannot be kept"));
        }
        Ok(id)
    }
}

#[tonic::async_trait]
impl Board for Embedded {
    async fn submit(&self, job: NewJob) -> Result<u64, Status> {
        let id = self.with(move |kept| kept.submit(job)).await??;
        self.changed.notify_waiters();
        Ok(id)
    }

    async fn pull(
        &self,
        worker: String,
        circuits: Vec<String>,
        patience: Duration,
    ) -> Result<Option<Job>, Status> {
        let end = Instant::now() + patience;
        let asked = Arc::new((worker, circuits));
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on nothing is missed.
            changed.as_mut().enable();
            let (now, asked) = (Instant::now(), Arc::clone(&asked));
            let pull = move |kept: &mut Kept| {
                let late = kept.jobs.expire(now);
                (late, kept.jobs.pull(&asked.0, &asked.1, now), kept.jobs.next_expiry())
            };
            let (late, job, next) = self.with(pull).await?;
            for (job, worker) in late {
                tracing::warn!(job, worker, "a lease has run out");
                self.metrics.job("expired");
            }
            if job.is_some() || now >= end {
                return Ok(job);
            }
            let until = next.map_or(end, |next| next.min(end));
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(until.into()) => {}
            }
        }
    }

    async fn extend(&self, job: u64, lease: u64) -> Result<Duration, Status> {
        self.with(move |kept| kept.jobs.extend(job, lease, Instant::now())).await?
    }

    async fn hand_in(&self, job: u64, lease: u64, patience: Duration) -> Result<HandedIn, Status> {
        self.with(move |kept| kept.jobs.hand_in(job, lease, patience, Instant::now())).await?
    }

    async fn complete(&self, job: u64, lease: u64, proof: KimchiProof) -> Result<(), Status> {
        self.with(move |kept| kept.jobs.complete(job, lease, proof)).await?
    }

    async fn give_up(&self, job: u64, lease: u64) {
        // Where that fails the lease runs out.
        let _ = self.with(move |kept| kept.jobs.give_up(job, lease)).await;
        self.changed.notify_waiters();
    }

    async fn get(&self, job: u64) -> Result<GetResponse, Status> {
        self.with(move |kept| kept.jobs.get(job)).await?
    }

    async fn counts(&self) -> Result<Counts, Status> {
        Ok(lock(&self.kept).jobs.counts())
    }
}
