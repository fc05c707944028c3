//! The coordinator of jobs: hands them out, takes their proofs, and verifies them.

mod board;

pub use board::Counts;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quickpickle_memory::Mark;
use tokio::sync::Notify;
use tonic::Status;

use self::board::Board;
use super::{Coordination, NetworkMetrics, element};
use crate::caller::Caller;
use crate::dispatch::Dispatch;
use crate::keys::TRANSACTION;
use crate::proto::v1;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{KimchiProof, Proof, Witness, kimchi_proof, proof, witness};

/// How long a pull waits for a job.
const PULL: Duration = Duration::from_secs(10);

/// The jobs of a coordinator.
#[derive(Debug)]
pub struct Coordinator {
    board: Mutex<Board>,
    jobs_per_block: u64,
    changed: Notify,
    metrics: NetworkMetrics,
}

impl Coordinator {
    /// A coordinator without jobs.
    pub fn new(coordination: Coordination, metrics: NetworkMetrics) -> Self {
        let Coordination { lease, jobs_per_block } = coordination;
        Self { board: Mutex::new(Board::new(lease)), jobs_per_block, changed: Notify::new(), metrics }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job.
    pub fn submit(&self, request: v1::SubmitRequest) -> Result<u64, Status> {
        let v1::SubmitRequest { circuit, witness, public_input } = request;
        let none = || Status::invalid_argument("there is no witness in the request");
        let witness = witness.filter(|witness| witness.kind.is_some()).ok_or_else(none)?;
        let job = self.board().submit(circuit, witness, public_input)?;
        self.metrics.job("submitted");
        self.changed.notify_waiters();
        Ok(job)
    }

    /// A new block brings its jobs along: as many transactions, each about a number of its own.
    pub fn block(&self, slot: u64) {
        for i in 0..self.jobs_per_block {
            let seed = slot.wrapping_mul(self.jobs_per_block).wrapping_add(i);
            let request = v1::SubmitRequest {
                circuit: TRANSACTION.to_owned(),
                witness: Some(Witness { kind: Some(witness::Kind::Seed(seed)) }),
                public_input: element(seed).to_vec().into(),
            };
            if let Err(status) = self.submit(request) {
                tracing::warn!(slot, %status, "a block's job is left out");
            }
        }
    }

    /// A job for this worker, once there is one; `None` after a while.
    pub async fn pull(&self, request: &v1::PullRequest) -> Option<v1::Job> {
        let end = Instant::now() + PULL;
        loop {
            let changed = self.changed.notified();
            let now = Instant::now();
            let (job, next) = {
                let mut board = self.board();
                for (job, worker) in board.expire(now) {
                    tracing::warn!(job, worker, "a lease has run out");
                    self.metrics.job("expired");
                }
                (board.pull(&request.worker, &request.circuits, now), board.next_expiry())
            };
            if job.is_some() {
                self.metrics.job("leased");
                return job;
            }
            if now >= end {
                return None;
            }
            let until = next.map_or(end, |next| next.min(end));
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(until.into()) => {}
            }
        }
    }

    /// Takes the proof of a job, if it is a valid one and the lease still holds.
    pub async fn complete(
        &self,
        dispatch: &Dispatch,
        caller: &Caller,
        request: v1::CompleteRequest,
    ) -> Result<(), Status> {
        let v1::CompleteRequest { job, lease, proof } = request;
        let mut proof = proof.ok_or_else(|| Status::invalid_argument("there is no proof in the request"))?;
        let (circuit, public_input) =
            self.board().hand_in(job, lease, dispatch.limits.request, Instant::now())?;
        if !proof.public_input.starts_with(&public_input) {
            self.give_up(job, lease, "it is about something else");
            return Err(Status::invalid_argument("the proof is not about the job's public input"));
        }
        // By the coordinator's own key, whatever the worker says.
        proof.key = Some(kimchi_proof::Key::KeyName(circuit));
        let verdict =
            dispatch.verify_one(caller, Proof { kind: Some(proof::Kind::Kimchi(proof.clone())) }).await?;
        match verdict.kind() {
            Kind::Valid => {
                self.board().complete(job, lease, proof)?;
                self.metrics.job("done");
                dispatch.registry.mark(Mark::JobDone(job));
                tracing::info!(job, "a job is done");
                Ok(())
            }
            Kind::Unavailable => Err(Status::unavailable(verdict.reason)),
            _ => {
                self.give_up(job, lease, &verdict.reason);
                Err(Status::invalid_argument(format!("the proof is not valid: {}", verdict.reason)))
            }
        }
    }

    fn give_up(&self, job: u64, lease: u64, reason: &str) {
        tracing::warn!(job, reason, "a job's proof is refused");
        self.metrics.job("refused");
        self.board().give_up(job, lease);
        self.changed.notify_waiters();
    }

    /// How a job stands.
    pub fn get(&self, job: u64) -> Result<v1::GetResponse, Status> {
        self.board().get(job)
    }

    /// How many jobs there are.
    pub fn counts(&self) -> Counts {
        self.board().counts()
    }
}

/// The public input that a job's proof begins with, and its circuit.
type Expected = (String, Vec<u8>);

/// A proof as the board keeps it.
type Done = KimchiProof;
