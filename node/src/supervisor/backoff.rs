//! How long to wait before a worker is started again.

use std::time::{Duration, Instant};

/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(10);
/// After a worker that was ready for this long, the failures before it are forgotten.
const FORGIVEN: Duration = Duration::from_secs(30);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    ready: Option<Instant>,
    ever_ready: bool,
}

impl Backoff {
    /// A worker has become ready; tells whether it is the first one.
    pub(super) fn ready(&mut self) -> bool {
        self.ready = Some(Instant::now());
        !std::mem::replace(&mut self.ever_ready, true)
    }

    /// Whether a worker has ever been ready.
    pub(super) fn ever_ready(&self) -> bool {
        self.ever_ready
    }

    /// A worker has failed; tells how long to wait. The first time there is no need to.
    pub(super) fn failed(&mut self) -> Duration {
        if self.ready.take().is_some_and(|since| since.elapsed() >= FORGIVEN) {
            self.failures = 0;
        }
        let pause = match self.failures.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => FIRST.saturating_mul(1 << doublings.min(10)).min(LONGEST),
        };
        self.failures = self.failures.saturating_add(1);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_start_anew_after_a_good_time() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..10).map(|_| backoff.failed().as_millis()).collect();
        assert_eq!(pauses, [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert!(!backoff.ever_ready() && backoff.ready() && backoff.ever_ready() && !backoff.ready());
        assert_eq!(backoff.failed(), LONGEST, "it was ready for a moment only");
        backoff.ready = Instant::now().checked_sub(FORGIVEN);
        assert_eq!(backoff.failed(), Duration::ZERO);
        (0..u32::BITS).for_each(|_| assert!(backoff.failed() <= LONGEST));
    }
}
