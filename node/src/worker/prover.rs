//! The prover worker: makes or loads the keys of its circuits, and proves one witness after the other.
//!
//! A proof that has begun is finished, even where its caller has gone; those that wait are passed over then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use quickpickle_prover::progress::Stage;
use quickpickle_runtime::error::chain;
use tokio::sync::{mpsc, oneshot};
use tonic::{Request, Response, Status};

use super::busy::Busy;
use super::circuits::{Failure, KeyCache, Provable, load};
use super::verifier::circuit_specs;
use crate::config::CircuitSpec;
use crate::environment::Environment;
use crate::keys::{KeySet, Messages as _};
use crate::proto::v1;
use crate::proto::worker as wire;
use crate::proto::worker::prover_server::Prover;

/// Requests that wait at most. The main process lets in fewer; this is for the case that it does not.
const QUEUE: usize = 1 << 10;

struct Queued {
    circuit: usize,
    witness: v1::Witness,
    /// Closed when the caller has gone.
    reply: oneshot::Sender<Result<v1::KimchiProof, Failure>>,
}

struct Ready {
    names: Vec<String>,
    queue: mpsc::Sender<Queued>,
}

/// The service of the prover worker.
pub(super) struct Service {
    environment: Environment,
    busy: Arc<Busy>,
    ready: OnceLock<Ready>,
}

impl Service {
    pub(super) fn new(environment: Environment) -> Self {
        Self { environment, busy: Arc::default(), ready: OnceLock::new() }
    }

    fn circuits(&self, specs: &[CircuitSpec], cache: KeyCache<'_>) -> Result<Vec<Box<dyn Provable>>, Status> {
        let work = self.busy.begin("keys");
        let progress = |stage: Stage, done, total| work.progress(stage.name(), done, total);
        let circuit = |spec: &CircuitSpec| {
            load(spec, cache, self.environment.tables, &progress)
                .map_err(|e| Status::invalid_argument(format!("circuit {}: {}", spec.name, chain(&e))))
        };
        specs.iter().map(circuit).collect()
    }
}

#[tonic::async_trait]
impl Prover for Arc<Service> {
    async fn initialise(
        &self,
        request: Request<wire::InitialiseProverRequest>,
    ) -> Result<Response<wire::InitialiseResponse>, Status> {
        let wire::InitialiseProverRequest { circuits, key_dir } = request.into_inner();
        let specs = circuit_specs(circuits)?;
        let names = specs.iter().map(|spec| spec.name.to_string()).collect();
        let service = Arc::clone(self);
        let make = move || {
            let folder = Some(Path::new(&key_dir)).filter(|_| !key_dir.is_empty());
            service.circuits(&specs, KeyCache(folder))
        };
        let made = tokio::task::spawn_blocking(make).await;
        let circuits = made.map_err(|_| Status::failed_precondition("making the keys panicked"))??;
        let keys = KeySet::new(circuits.iter().map(|circuit| circuit.key()).collect());
        let keys = keys.map_err(|error| Status::invalid_argument(error.to_string()))?;
        let (queue, queued) = mpsc::channel(QUEUE);
        if self.ready.set(Ready { names, queue }).is_err() {
            return Err(Status::failed_precondition("the prover has been initialised before"));
        }
        let service = Arc::clone(self);
        std::thread::Builder::new()
            .name("prover".to_owned())
            .spawn(move || service.run(&circuits, queued))
            .map_err(|error| Status::resource_exhausted(error.to_string()))?;
        Ok(Response::new(wire::InitialiseResponse { keys: keys.to_wire() }))
    }

    async fn prove(
        &self,
        request: Request<wire::ProveRequest>,
    ) -> Result<Response<wire::ProveResponse>, Status> {
        let ready = self.ready.get().ok_or_else(|| Status::failed_precondition("not initialised"))?;
        let wire::ProveRequest { circuit: name, witness } = request.into_inner();
        let circuit = ready.names.iter().position(|known| *known == name).ok_or_else(|| {
            let name: String = name.chars().take(80).collect();
            Status::not_found(format!("the prover has no circuit {name:?}"))
        })?;
        let witness =
            witness.ok_or_else(|| Status::invalid_argument("there is no witness in the request"))?;
        let (reply, answer) = oneshot::channel();
        let queued = Queued { circuit, witness, reply };
        ready
            .queue
            .try_send(queued)
            .map_err(|_| Status::resource_exhausted("busy: the prover's queue is full"))?;
        match answer.await.map_err(|_| Status::internal("the proving thread has ended"))? {
            Ok(proof) => Ok(Response::new(wire::ProveResponse { proof: Some(proof) })),
            Err(Failure { by_witness: true, reason }) => Err(Status::invalid_argument(reason)),
            Err(Failure { by_witness: false, reason }) => Err(Status::aborted(reason)),
        }
    }

    async fn status(
        &self,
        _: Request<wire::StatusRequest>,
    ) -> Result<Response<wire::StatusResponse>, Status> {
        Ok(Response::new(self.busy.status()))
    }
}

impl Service {
    /// Runs until nobody can send any more.
    fn run(&self, circuits: &[Box<dyn Provable>], mut queued: mpsc::Receiver<Queued>) {
        while let Some(Queued { circuit, witness, reply }) = queued.blocking_recv() {
            let Some(circuit) = circuits.get(circuit).filter(|_| !reply.is_closed()) else { continue };
            let work = self.busy.begin("proving");
            let progress = |stage: Stage, done, total| work.progress(stage.name(), done, total);
            let proved =
                catch_unwind(AssertUnwindSafe(|| circuit.prove(witness, self.environment.tables, &progress)));
            let panicked = |_| Err(Failure { by_witness: false, reason: "proving panicked".to_owned() });
            // Fails where the caller has gone meanwhile.
            let _ = reply.send(proved.unwrap_or_else(panicked));
        }
    }
}
