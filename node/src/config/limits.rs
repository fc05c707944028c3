//! The bounds of a node: what it takes in, and how long it waits.

use std::time::Duration;

use quickpickle_runtime::limits::Limits as Foreign;

/// Bounds; the defaults fit a machine of a few cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Proofs that are queued or being verified at most; what comes beyond is refused as busy.
    pub queue: usize,
    /// Bytes of these proofs at most.
    pub queue_bytes: usize,
    /// Proofs of one caller among them at most.
    pub caller_queue: usize,
    /// Proofs that wait for the prover at most, the one at work included.
    pub prove_queue: usize,
    /// Proofs that the verifier verifies together at most. More cost less each and take more memory.
    pub batch: usize,
    /// What keys that come with requests, and statements, may be. The node's own keys may be as large as is supported.
    pub foreign: Foreign,
    /// Bytes of a message at most.
    pub message: usize,
    /// Connections at the front door at most.
    pub connections: usize,
    /// A connection without a request for so long is closed.
    pub idle: Duration,
    /// A connection of this age is asked to end; requests in it have as long again.
    pub age: Duration,
    /// Requests at the same time in one connection at most.
    pub streams: u32,
    /// How long a request may take without a deadline of its own, and a stream be silent.
    pub request: Duration,
    /// How long a request may take to arrive.
    pub receive: Duration,
    /// How long a proof may take to be made.
    pub prove: Duration,
    /// A worker that does not answer for this long is replaced.
    pub stall: Duration,
    /// A verifier whose work makes no progress for so long is replaced.
    pub verifying: Duration,
    /// A prover whose work makes no progress for so long is replaced.
    pub proving: Duration,
    /// Bytes of the verifier in memory at most, beyond which it is replaced.
    pub verifier_memory: u64,
    /// The same of the prover.
    pub prover_memory: u64,
    /// How long a node that is told to stop says that it does not serve, and serves all the same.
    pub drain_delay: Duration,
    /// How long requests may take to their end once the node stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 1024,
            queue_bytes: 64 << 20,
            caller_queue: 512,
            prove_queue: 8,
            batch: 64,
            foreign: Foreign::default(),
            message: 16 << 20,
            connections: 256,
            idle: Duration::from_secs(300),
            age: Duration::from_secs(3600),
            streams: 64,
            request: Duration::from_secs(60),
            receive: Duration::from_secs(15),
            prove: Duration::from_secs(30 * 60),
            stall: Duration::from_secs(5),
            verifying: Duration::from_secs(60),
            proving: Duration::from_secs(30 * 60),
            verifier_memory: 2 << 30,
            prover_memory: 16 << 30,
            drain_delay: Duration::ZERO,
            drain: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// Bytes of one caller's proofs in the queue at most: as large a part as of its proofs.
    pub fn caller_bytes(&self) -> usize {
        let (part, whole) = (self.caller_queue.min(self.queue) as u128, self.queue.max(1) as u128);
        usize::try_from(self.queue_bytes as u128 * part / whole).unwrap_or(self.queue_bytes)
    }
}
