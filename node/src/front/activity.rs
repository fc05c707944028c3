//! What a connection does: one that has had no request for long makes room for others, and none stays for ever.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

/// The requests of a connection, and for how long there have been none.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    /// Requests in flight, and since when this is their number.
    requests: Mutex<(usize, Instant)>,
    close: Notify,
}

/// A request in flight, to the end of its answer.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self { opened: now, requests: Mutex::new((0, now)), close: Notify::new() })
    }

    fn requests(&self) -> MutexGuard<'_, (usize, Instant)> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request begins.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        let mut requests = self.requests();
        *requests = (requests.0 + 1, Instant::now());
        InFlight(Arc::clone(self))
    }

    /// For how long there has been no request.
    pub(super) fn idle(&self) -> Duration {
        match *self.requests() {
            (0, since) => since.elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// Has the connection closed.
    pub(super) fn close(&self) {
        self.close.notify_one();
    }

    /// Returns once the connection is to be closed: after `idle` without a request, after `age` whatever it does, or when
    /// somebody says so.
    pub(super) async fn over(&self, idle: Duration, age: Duration) {
        let too_long = async {
            loop {
                let left = idle.saturating_sub(self.idle());
                if left.is_zero() {
                    return;
                }
                sleep(left).await;
            }
        };
        tokio::select! {
            () = too_long => {}
            () = sleep_until(self.opened + age) => {}
            () = self.close.notified() => {}
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut requests = self.0.requests();
        *requests = (requests.0 - 1, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    const SHORT: Duration = Duration::from_millis(40);
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_connection_is_over_when_it_is_idle_or_old_or_in_the_way() {
        let activity = Activity::new();
        let request = activity.begin();
        assert!(timeout(4 * SHORT, activity.over(SHORT, LONG)).await.is_err(), "it has a request");
        assert_eq!(activity.idle(), Duration::ZERO);
        assert!(timeout(LONG, activity.over(LONG, SHORT)).await.is_ok(), "however busy");
        drop(request);
        assert!(timeout(LONG, activity.over(SHORT, LONG)).await.is_ok());
        activity.close();
        assert!(timeout(LONG, activity.over(LONG, LONG)).await.is_ok());
    }
}
