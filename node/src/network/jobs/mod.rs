//! The coordinator of jobs: hands them out, takes their proofs, and verifies them.

mod board;
mod embedded;
mod folder;
#[cfg(test)]
mod forms;
#[cfg(feature = "jetstream")]
mod shared;
mod table;

pub use board::Counts;
pub use folder::FolderError;
#[cfg(feature = "jetstream")]
pub use shared::SharedError;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quickpickle_memory::Mark;
use tonic::Status;

use self::board::{Board, HandedIn, NewJob};
use self::embedded::Embedded;
#[cfg(feature = "jetstream")]
use self::shared::Shared;
use self::table::Terms;
use super::{Coordination, NetworkError, NetworkMetrics, element};
use crate::caller::Caller;
use crate::dispatch::Dispatch;
#[cfg(feature = "jetstream")]
use crate::jetstream::Connection;
use crate::keys::TRANSACTION;
use crate::proto::v1;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{Proof, Witness, kimchi_proof, proof, witness};

/// How long a pull waits for a job.
const PULL: Duration = Duration::from_secs(10);

/// Where jobs are kept.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// In this process, as long as it runs.
    Here,
    /// In a folder.
    Folder(&'a Path),
    /// On NATS servers, where other coordinators keep theirs.
    #[cfg(feature = "jetstream")]
    Servers(&'a Connection),
}

/// The jobs of a coordinator.
#[derive(Debug)]
pub struct Coordinator {
    board: Arc<dyn Board>,
    jobs_per_block: u64,
    metrics: NetworkMetrics,
}

impl Coordinator {
    /// A coordinator with the jobs that are kept in this place. No worker has a job for longer than `longest`, however
    /// often it extends its lease.
    pub async fn new(
        coordination: &Coordination,
        longest: Duration,
        place: Place<'_>,
        metrics: NetworkMetrics,
    ) -> Result<Self, NetworkError> {
        let Coordination { lease, jobs_per_block, .. } = *coordination;
        let terms = Terms { lease, longest };
        let board: Arc<dyn Board> = match place {
            Place::Here => Arc::new(Embedded::open(terms, None, metrics.clone())?),
            Place::Folder(path) => Arc::new(Embedded::open(terms, Some(path), metrics.clone())?),
            #[cfg(feature = "jetstream")]
            Place::Servers(connection) => Arc::new(Shared::open(connection, terms, metrics.clone()).await?),
        };
        Ok(Self { board, jobs_per_block, metrics })
    }

    /// Adds a job.
    pub async fn submit(&self, request: v1::SubmitRequest) -> Result<u64, Status> {
        self.add(request, None).await
    }

    async fn add(&self, request: v1::SubmitRequest, name: Option<String>) -> Result<u64, Status> {
        let v1::SubmitRequest { circuit, witness, public_input } = request;
        let none = || Status::invalid_argument("there is no witness in the request");
        let witness = witness.filter(|witness| witness.kind.is_some()).ok_or_else(none)?;
        let public_input = public_input.into();
        let job = self.board.submit(NewJob { circuit, witness, public_input, name }).await?;
        self.metrics.job("submitted");
        Ok(job)
    }

    /// A new block brings its jobs along: as many transactions, each about a number of its own.
    pub async fn block(&self, slot: u64) {
        for i in 0..self.jobs_per_block {
            let seed = slot.wrapping_mul(self.jobs_per_block).wrapping_add(i);
            let request = v1::SubmitRequest {
                circuit: TRANSACTION.to_owned(),
                witness: Some(Witness { kind: Some(witness::Kind::Seed(seed)) }),
                public_input: element(seed).to_vec().into(),
            };
            // Other coordinators that share the jobs hear of the block as well.
            if let Err(status) = self.add(request, Some(format!("block-{slot}-{i}"))).await {
                tracing::warn!(slot, %status, "a block's job is left out");
            }
        }
    }

    /// A job for this worker, once there is one; `None` after a while.
    pub async fn pull(&self, request: v1::PullRequest) -> Result<Option<v1::Job>, Status> {
        let job = self.board.pull(request.worker, request.circuits, PULL).await?;
        if job.is_some() {
            self.metrics.job("leased");
        }
        Ok(job)
    }

    /// The worker of a job is still at it; returns for how long it has the job now.
    pub async fn extend(&self, request: v1::ExtendRequest) -> Result<Duration, Status> {
        self.board.extend(request.job, request.lease).await
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
        let (circuit, public_input) = match self.board.hand_in(job, lease, dispatch.limits.request).await? {
            HandedIn::ToVerify { circuit, public_input } => (circuit, public_input),
            // Its answer was lost: the worker hands it in again.
            HandedIn::Done => return Ok(()),
        };
        if !proof.public_input.starts_with(&public_input) {
            self.give_up(job, lease, "it is about something else").await;
            return Err(Status::invalid_argument("the proof is not about the job's public input"));
        }
        // By the coordinator's own key, whatever the worker says.
        proof.key = Some(kimchi_proof::Key::KeyName(circuit));
        let verdict =
            dispatch.verify_one(caller, Proof { kind: Some(proof::Kind::Kimchi(proof.clone())) }).await?;
        match verdict.kind() {
            Kind::Valid => {
                self.board.complete(job, lease, proof).await?;
                self.metrics.job("done");
                dispatch.registry.mark(Mark::JobDone(job));
                tracing::info!(job, "a job is done");
                Ok(())
            }
            Kind::Unavailable => Err(Status::unavailable(verdict.reason)),
            _ => {
                self.give_up(job, lease, &verdict.reason).await;
                Err(Status::invalid_argument(format!("the proof is not valid: {}", verdict.reason)))
            }
        }
    }

    async fn give_up(&self, job: u64, lease: u64, reason: &str) {
        tracing::warn!(job, reason, "a job's proof is refused");
        self.metrics.job("refused");
        self.board.give_up(job, lease).await;
    }

    /// How a job stands.
    pub async fn get(&self, job: u64) -> Result<v1::GetResponse, Status> {
        self.board.get(job).await
    }

    /// How many jobs there are.
    pub async fn counts(&self) -> Result<Counts, Status> {
        self.board.counts().await
    }
}
