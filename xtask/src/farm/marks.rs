//! What is done to a farm, and when.

use std::time::{Duration, Instant};

use super::report::tenth;

/// The marks of a run, in seconds from its start.
pub struct Marks {
    started: Instant,
    set: Vec<(f64, String)>,
}

impl Marks {
    /// None yet.
    pub fn since(started: Instant) -> Self {
        Self { started, set: Vec::new() }
    }

    /// Waits for a second of the run, and says what is done then.
    pub async fn at(&mut self, second: u64, what: &str) {
        tokio::time::sleep_until((self.started + Duration::from_secs(second)).into()).await;
        self.set(second as f64, what);
    }

    /// Says what is done now.
    pub fn now(&mut self, what: &str) {
        self.set(tenth(self.started.elapsed().as_secs_f64()), what);
    }

    fn set(&mut self, second: f64, what: &str) {
        eprintln!("{second:.0} s: {what}");
        self.set.push((second, what.to_owned()));
    }

    /// All of them.
    pub fn into_list(self) -> Vec<(f64, String)> {
        self.set
    }
}
