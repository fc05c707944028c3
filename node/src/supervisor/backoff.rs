//! How long to wait before a worker is started again.

use std::time::{Duration, Instant};

/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest pause after a worker that had become ready: whatever ends it, it is not its start.
const LONGEST_READY: Duration = Duration::from_secs(1);
/// A worker that was ready for so long is no longer held against its successor.
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

    /// A worker has failed; tells how long to wait. The first time there is no need to, and none after a worker that has
    /// `served` somebody: with whatever ends such workers more is done the sooner the next one is there.
    pub(super) fn failed(&mut self, served: bool) -> Duration {
        let ready = self.ready.take();
        if served || ready.is_some_and(|since| since.elapsed() >= FORGIVEN) {
            self.failures = 0;
        }
        let longest = if ready.is_some() { LONGEST_READY } else { LONGEST };
        let pause = match self.failures.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => FIRST.saturating_mul(1 << doublings.min(10)).min(longest),
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
        let pauses: Vec<_> = (0..10).map(|_| backoff.failed(false).as_millis()).collect();
        assert_eq!(pauses, [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert!(!backoff.ever_ready() && backoff.ready() && backoff.ever_ready() && !backoff.ready());
        assert_eq!(backoff.failed(false), LONGEST_READY, "it was ready for a moment only");
        assert_eq!(backoff.failed(false), LONGEST, "and this one not at all");
        backoff.ready = Instant::now().checked_sub(FORGIVEN);
        assert_eq!(backoff.failed(false), Duration::ZERO);
        (0..u32::BITS).for_each(|_| assert!(backoff.failed(false) <= LONGEST));
    }

    #[test]
    fn what_became_ready_and_served_is_no_crash_loop() {
        let mut backoff = Backoff::default();
        for _ in 0..50 {
            backoff.ready();
            assert_eq!(backoff.failed(true), Duration::ZERO);
        }
        assert_eq!(backoff.failed(false), FIRST);
    }
}
