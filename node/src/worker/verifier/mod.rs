//! The verifier worker: collects what is queued into one batch, and verifies it.
//!
//! Requests wait in a queue until the verifying thread has time; it takes a share of each caller's proofs ([`queue`]), passes
//! over those whose callers have gone, and verifies the others together. Waiting for more would gain nothing: while a batch
//! is verified the next one collects.

mod batch;
mod decode;
mod due;
mod item;
mod mina;
mod queue;
mod suspects;
mod tables;

use std::sync::{Arc, OnceLock};

use prost::bytes::Bytes;
use quickpickle_mina::identity::Networks;
use quickpickle_prover::circuit::SourceError;
use quickpickle_prover::progress::Stage;
use quickpickle_runtime::error::chain;
use quickpickle_runtime::limits::Limits;
use quickpickle_runtime::wire::DecodeError;
use tokio::sync::{mpsc, oneshot};
use tonic::{Request, Response, Status};

use self::batch::Batches;
use self::decode::{Decoder, Shared};
use self::mina::Home;
use self::queue::Queued;
use super::busy::Busy;
use super::circuits::{KeyCache, load};
use crate::config::CircuitSpec;
use crate::environment::Environment;
use crate::keys::{KeySet, Messages as _, PreparedKeys};
use crate::proto::v1::Verdict;
use crate::proto::worker as wire;
use crate::proto::worker::verifier_server::Verifier;

/// Requests that wait for the thread at most. The main process lets in fewer by default; this is for the case that it does not.
const QUEUE: usize = 1 << 16;

/// The service of the verifier worker.
#[derive(Debug)]
pub(super) struct Service {
    environment: Environment,
    busy: Arc<Busy>,
    queue: OnceLock<mpsc::Sender<Queued>>,
}

impl Service {
    pub(super) fn new(environment: Environment) -> Self {
        Self { environment, busy: Arc::default(), queue: OnceLock::new() }
    }

    /// The keys of a request: those in it, or those of the circuits in it, which are made here.
    fn keys(
        &self,
        keys: Vec<crate::proto::v1::VerificationKey>,
        circuits: Vec<wire::Circuit>,
    ) -> Result<(KeySet, PreparedKeys), Status> {
        let mut keys = KeySet::from_wire(keys).map_err(|e| Status::invalid_argument(e.to_string()))?;
        if !circuits.is_empty() {
            let specs = circuit_specs(circuits)?;
            let work = self.busy.begin("keys");
            let progress = |stage: Stage, done, total| work.progress(stage.name(), done, total);
            let key = |spec: &CircuitSpec| {
                let circuit = load(spec, KeyCache(None), self.environment.tables, &progress);
                let circuit = circuit
                    .map_err(|e| Status::invalid_argument(format!("circuit {}: {}", spec.name, chain(&e))))?;
                Ok(circuit.key())
            };
            let made = specs.iter().map(key).collect::<Result<Vec<_>, Status>>()?;
            let all = keys.keys().iter().cloned().chain(made).collect();
            keys = KeySet::new(all).map_err(|e| Status::invalid_argument(e.to_string()))?;
        }
        let prepared = PreparedKeys::new(&keys).map_err(|(name, fault)| {
            Status::invalid_argument(format!("the key {name}: {}", chain(&fault)))
        })?;
        // Which one is missing the first proof that takes it will say as well.
        if let Err(error) = tables::make_ready(&prepared, self.environment.tables) {
            tracing::warn!(%error, "a table is not there");
        }
        Ok((keys, prepared))
    }
}

/// The bounds in a message, the default ones where it has none.
fn limits(message: Option<wire::Limits>) -> Limits {
    let mut limits = Limits::default();
    if let Some(message) = message {
        limits.domain_log2 = message.domain_log2;
        limits.srs_log2 = message.srs_log2;
        limits.chunks = message.chunks as usize;
        limits.previous_openings = message.previous_openings as usize;
        limits.statement = message.statement as usize;
    }
    limits
}

/// The networks that are built in, and those of the files in a message.
fn known_networks(files: &[Bytes]) -> Result<Networks, Status> {
    let mut networks = Networks::default();
    for file in files {
        let refused =
            |error: DecodeError| Status::invalid_argument(format!("network keys: {}", chain(&error)));
        networks.add_file(file).map_err(refused)?;
    }
    Ok(networks)
}

/// The circuits in a message.
pub(super) fn circuit_specs(circuits: Vec<wire::Circuit>) -> Result<Vec<CircuitSpec>, Status> {
    let spec = |circuit: wire::Circuit| {
        let name = circuit
            .name
            .parse()
            .map_err(|e: crate::keys::BadName| Status::invalid_argument(e.to_string()))?;
        let source =
            circuit.source.parse().map_err(|e: SourceError| Status::invalid_argument(e.to_string()))?;
        Ok(CircuitSpec { name, source })
    };
    circuits.into_iter().map(spec).collect()
}

#[tonic::async_trait]
impl Verifier for Arc<Service> {
    async fn initialise(
        &self,
        request: Request<wire::InitialiseVerifierRequest>,
    ) -> Result<Response<wire::InitialiseResponse>, Status> {
        let service = Arc::clone(self);
        let wire::InitialiseVerifierRequest { keys, circuits, max_batch, limits, networks, network } =
            request.into_inner();
        let (max_batch, limits) = (max_batch.max(1) as usize, self::limits(limits));
        let networks = known_networks(&networks)?;
        let made = tokio::task::spawn_blocking(move || service.keys(keys, circuits)).await;
        let (keys, prepared) =
            made.map_err(|_| Status::failed_precondition("making the keys panicked"))??;
        let (queue, queued) = mpsc::channel(QUEUE);
        let network = Some(network.as_str()).filter(|name| !name.is_empty());
        let home = Home::of(&prepared, networks, network, &self.environment);
        let home = home.map_err(|error| Status::invalid_argument(chain(&error)))?;
        tracing::info!(networks = home.names(), "the keys are those of these networks");
        let decoder = Decoder::new(prepared, home, limits);
        let batches = Batches::new(decoder, self.environment.tables, max_batch, Arc::clone(&self.busy));
        if self.queue.set(queue).is_err() {
            return Err(Status::failed_precondition("the verifier has been initialised before"));
        }
        std::thread::Builder::new()
            .name("verifier".to_owned())
            .spawn(move || batches.run(queued))
            .map_err(|error| Status::resource_exhausted(error.to_string()))?;
        Ok(Response::new(wire::InitialiseResponse { keys: keys.to_wire() }))
    }

    async fn verify(
        &self,
        request: Request<wire::VerifyRequest>,
    ) -> Result<Response<wire::VerifyResponse>, Status> {
        let queue = self.queue.get().ok_or_else(|| Status::failed_precondition("not initialised"))?;
        let (reply, answer) = oneshot::channel::<Vec<Verdict>>();
        let wire::VerifyRequest { proofs, caller, key } = request.into_inner();
        let queued = Queued::new(caller, proofs, key.map(Shared::new), reply);
        queue
            .try_send(queued)
            .map_err(|_| Status::resource_exhausted("busy: the verifier's queue is full"))?;
        let verdicts = answer.await.map_err(|_| Status::internal("the verifying thread has ended"))?;
        Ok(Response::new(wire::VerifyResponse { verdicts }))
    }

    async fn status(
        &self,
        _: Request<wire::StatusRequest>,
    ) -> Result<Response<wire::StatusResponse>, Status> {
        Ok(Response::new(self.busy.status()))
    }
}
