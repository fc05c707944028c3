//! Where the time goes, stage by stage.

use std::fmt;
use std::time::{Duration, Instant};

/// What the command does, in this order. Reading, decoding and verifying come again with each window.
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// From the first instruction of the command to the arguments understood.
    Start,
    /// The tables made available.
    Tables,
    /// The key read and decoded.
    Key,
    /// The key made ready.
    KeyPreparation,
    /// The proofs read.
    Read,
    /// The proofs decoded, on all cores.
    Decode,
    /// The proofs verified, on all cores.
    Verify,
}

const STAGES: [(Stage, &str, &str); 7] = [
    (Stage::Start, "start", "start"),
    (Stage::Tables, "tables", "tables"),
    (Stage::Key, "key", "key"),
    (Stage::KeyPreparation, "key preparation", "key_preparation"),
    (Stage::Read, "reading", "read"),
    (Stage::Decode, "decoding", "decode"),
    (Stage::Verify, "verification", "verify"),
];

/// The time that each stage took so far.
pub struct Timings {
    started: Instant,
    spent: [Duration; STAGES.len()],
}

impl Timings {
    /// Begins with what has passed since `started`.
    pub fn new(started: Instant) -> Self {
        let mut timings = Self { started, spent: [Duration::ZERO; STAGES.len()] };
        timings.spent[Stage::Start as usize] = started.elapsed();
        timings
    }

    /// Adds the time of `work` to a stage.
    pub fn during<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.spent[stage as usize] += start.elapsed();
        result
    }

    /// One JSON object: milliseconds by stage, and the number of proofs.
    pub fn json(&self, proofs: u64) -> serde_json::Value {
        let mut stages: serde_json::Map<_, _> =
            self.rows().map(|(_, key, spent)| (key.to_owned(), milliseconds(spent).into())).collect();
        stages.insert("total".into(), milliseconds(self.started.elapsed()).into());
        serde_json::json!({ "timings_ms": stages, "proofs": proofs })
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, &'static str, Duration)> {
        STAGES.into_iter().map(|(stage, name, key)| (name, key, self.spent[stage as usize]))
    }
}

/// A line a stage, in milliseconds.
impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, _, spent) in self.rows() {
            writeln!(f, "{name:<16}{:>12.3} ms", milliseconds(spent))?;
        }
        write!(f, "{:<16}{:>12.3} ms", "total", milliseconds(self.started.elapsed()))
    }
}

/// To the microsecond.
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_shown_in_its_own_place() {
        let mut timings = Timings::new(Instant::now());
        for (i, (stage, ..)) in STAGES.iter().enumerate() {
            assert_eq!(*stage as usize, i);
            timings.spent[i] = Duration::from_micros(1500 * i as u64);
        }
        timings.during(Stage::Decode, || std::thread::sleep(Duration::from_millis(2)));
        let text = timings.to_string();
        assert_eq!(text.lines().count(), STAGES.len() + 1);
        assert!(text.contains("\nkey                    3.000 ms\n"), "{text}");
        let json = timings.json(3);
        assert_eq!((&json["proofs"], &json["timings_ms"]["read"]), (&3.into(), &6.0.into()));
        assert!(json["timings_ms"]["decode"].as_f64() >= Some(9.5));
    }
}
