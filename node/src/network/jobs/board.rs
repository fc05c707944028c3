//! Where jobs are kept, as the coordinator sees it.

use std::fmt;
use std::time::Duration;

use tonic::Status;

use crate::proto::v1::{GetResponse, Job, KimchiProof, Witness};

/// Keeps jobs, leases them, and keeps their proofs. [`Embedded`](super::embedded::Embedded) is one of this process, `Shared` one on NATS
/// JetStream, which several coordinators share. What is refused is told as a status for the one who asked.
#[tonic::async_trait]
pub(super) trait Board: fmt::Debug + Send + Sync {
    /// Adds a job; returns its number.
    async fn submit(&self, job: NewJob) -> Result<u64, Status>;

    /// Leases a job of one of these circuits once there is one; `None` where there is none for so long.
    async fn pull(
        &self,
        worker: String,
        circuits: Vec<String>,
        patience: Duration,
    ) -> Result<Option<Job>, Status>;

    /// The worker is still at it; returns for how long the lease lasts now.
    async fn extend(&self, job: u64, lease: u64) -> Result<Duration, Status>;

    /// A worker has a proof. If it holds the lease, the lease lasts for `patience` at least, while the proof is verified.
    async fn hand_in(&self, job: u64, lease: u64, patience: Duration) -> Result<HandedIn, Status>;

    /// The proof that was handed in is valid.
    async fn complete(&self, job: u64, lease: u64, proof: KimchiProof) -> Result<(), Status>;

    /// The proof that was handed in is not: another worker may try.
    async fn give_up(&self, job: u64, lease: u64);

    /// How a job stands.
    async fn get(&self, job: u64) -> Result<GetResponse, Status>;

    /// How many jobs there are.
    async fn counts(&self) -> Result<Counts, Status>;
}

/// A job that is added.
#[derive(Clone, Debug)]
pub(super) struct NewJob {
    pub(super) circuit: String,
    pub(super) witness: Witness,
    /// What the public input of its proof begins with.
    pub(super) public_input: Vec<u8>,
    /// Under which it is one job if several coordinators that share their jobs submit it.
    pub(super) name: Option<String>,
}

/// What is to be done with a proof that is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HandedIn {
    /// It must be a valid one of this circuit, whose public input begins so.
    ToVerify { circuit: String, public_input: Vec<u8> },
    /// Nothing: this lease has done the job already.
    Done,
}

/// How many jobs there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// That wait.
    pub waiting: u64,
    /// That a worker has leased.
    pub leased: u64,
    /// That have been done since the start.
    pub done: u64,
}
