//! What a worker's thread is at, for the main process to ask.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::proto::v1::Progress;
use crate::proto::worker::StatusResponse;

/// How far a thread is with its present work, and since when.
#[derive(Debug, Default)]
pub(super) struct Busy(Mutex<Option<(Instant, Progress)>>);

/// As long as it is there, there is work.
pub(super) struct Work<'a>(&'a Busy);

impl Busy {
    /// Work begins.
    pub(super) fn begin(&self, stage: &str) -> Work<'_> {
        *self.lock() = Some((Instant::now(), Progress { stage: stage.to_owned(), done: 0, total: 0 }));
        Work(self)
    }

    /// How it is.
    pub(super) fn status(&self) -> StatusResponse {
        match &*self.lock() {
            Some((since, progress)) => StatusResponse {
                // Zero would say that there is no work.
                busy_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX).max(1),
                progress: Some(progress.clone()),
            },
            None => StatusResponse::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Instant, Progress)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work<'_> {
    /// The work has come so far.
    pub(super) fn progress(&self, stage: &str, done: usize, total: usize) {
        if let Some((since, progress)) = &mut *self.0.lock() {
            let now = (done as u64, total as u64);
            if progress.stage == stage && (progress.done, progress.total) == now {
                return;
            }
            if progress.stage != stage {
                stage.clone_into(&mut progress.stage);
            }
            (progress.done, progress.total) = now;
            *since = Instant::now();
        }
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn work_is_seen_while_it_lasts() {
        let busy = Busy::default();
        assert_eq!(busy.status(), StatusResponse::default());
        let work = busy.begin("a");
        std::thread::sleep(Duration::from_millis(20));
        work.progress("a", 0, 0);
        assert!(busy.status().busy_ms >= 20, "nothing has changed");
        let before = busy.lock().as_ref().map(|(since, _)| *since);
        work.progress("b", 1, 2);
        assert!(busy.lock().as_ref().map(|(since, _)| *since) > before);
        let status = busy.status();
        assert!(status.busy_ms >= 1);
        assert_eq!(status.progress, Some(Progress { stage: "b".into(), done: 1, total: 2 }));
        drop(work);
        assert_eq!(busy.status(), StatusResponse::default());
    }
}
