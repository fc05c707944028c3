//! What a run found out: kept as JSON, from which graphs and page are drawn.

use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// Everything.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    pub machine: Machine,
    pub engines: Vec<String>,
    pub beside: String,
    pub throughput: Vec<Throughput>,
    pub balanced: Faults,
    pub queue: Faults,
    pub proving: Proving,
}

impl Report {
    /// Whether nothing was lost in any farm.
    pub fn is_good(&self) -> bool {
        self.balanced.is_good() && self.queue.is_good() && self.proving.is_good()
    }
}

/// A run of the proving farm: its jobs stand for requests, their proofs for verdicts.
#[derive(Debug, Serialize, Deserialize)]
pub struct Proving {
    pub faults: Faults,
    /// How long one job took while there was nothing else, and for how long a lease lasts by itself, in seconds.
    pub alone: f64,
    pub lease: f64,
    /// Results that came after their lease had been lost.
    pub late: usize,
}

impl Proving {
    /// Whether each job got its proof, once, and what was to be tried has happened.
    pub fn is_good(&self) -> bool {
        self.faults.is_good() && self.late > 0 && self.faults.again > 0
    }
}

/// One measurement: how long many valid proofs took.
#[derive(Debug, Serialize, Deserialize)]
pub struct Throughput {
    /// What answered, and how it was asked.
    pub what: String,
    pub proofs: usize,
    pub seconds: f64,
}

impl Throughput {
    /// Milliseconds a proof.
    pub fn each(&self) -> f64 {
        self.seconds * 1e3 / self.proofs as f64
    }
}

/// A run with faults.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Faults {
    pub requests: usize,
    /// Requests with the right verdict, exactly one.
    pub right: usize,
    /// Requests with another verdict.
    pub wrong: usize,
    /// Requests without a verdict.
    pub lost: usize,
    /// Requests with more than one.
    pub twice: usize,
    /// Requests that were given up.
    pub dead: usize,
    /// Requests that their sender, or the queue, had to hand out again.
    pub again: usize,
    /// Connections that the balancer opened, where there is one.
    pub connections: usize,
    pub kills: usize,
    /// When answers came, in seconds from the start, to a tenth, in order.
    pub answers: Vec<f64>,
    /// What was done when.
    pub marks: Vec<(f64, String)>,
}

impl Faults {
    /// Whether each request got its verdict, once.
    pub fn is_good(&self) -> bool {
        self.right == self.requests
            && self.wrong + self.lost + self.twice + self.dead == 0
            && self.requests > 0
    }
}

/// A time as it is kept.
pub fn tenth(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
