//! The service that the node is named for.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::Services;
use super::deadline::within;
use super::receive::Received;
use super::stream;
use crate::caller::Caller;
use crate::keys::{KeySet, Messages as _};
use crate::proto::v1;
use crate::proto::v1::proof::Kind;
use crate::proto::v1::quickpickle_server::Quickpickle;
use crate::supervisor::{Supervisor, WorkerKind};

/// A proof that a message must have.
pub(super) fn required(proof: Option<v1::Proof>) -> Result<v1::Proof, Status> {
    proof
        .filter(|proof| proof.kind.is_some())
        .ok_or_else(|| Status::invalid_argument("there is no proof in the request"))
}

/// The items of a request, each as what is verified.
fn all<T>(items: Vec<T>, kind: impl Fn(T) -> Kind) -> Vec<v1::Proof> {
    items.into_iter().map(|item| v1::Proof { kind: Some(kind(item)) }).collect()
}

impl Services {
    /// The verdicts on all proofs of a request, in their order.
    async fn verify_all<T: Sync>(
        &self,
        request: &Request<T>,
        proofs: Vec<v1::Proof>,
        key: Option<v1::SharedKey>,
    ) -> Result<Vec<v1::Verdict>, Status> {
        if proofs.is_empty() {
            return Ok(Vec::new());
        }
        let admitted = self.dispatch.admit(&Caller::of(request), &proofs, key.as_ref())?;
        let work = self.dispatch.verify(proofs, key, admitted);
        within(request, self.dispatch.limits.request, work).await
    }
}

#[tonic::async_trait]
impl Quickpickle for Services {
    async fn verify(
        &self,
        mut request: Request<v1::VerifyRequest>,
    ) -> Result<Response<v1::VerifyResponse>, Status> {
        let proof = required(request.get_mut().proof.take())?;
        let caller = Caller::of(&request);
        let work = self.dispatch.verify_one(&caller, proof);
        let verdict = within(&request, self.dispatch.limits.request, work).await?;
        Ok(Response::new(v1::VerifyResponse { verdict: Some(verdict) }))
    }

    async fn verify_batch(
        &self,
        mut request: Request<v1::VerifyBatchRequest>,
    ) -> Result<Response<v1::VerifyBatchResponse>, Status> {
        let v1::VerifyBatchRequest { proofs, key } = std::mem::take(request.get_mut());
        let verdicts = self.verify_all(&request, proofs, key).await?;
        Ok(Response::new(v1::VerifyBatchResponse { verdicts }))
    }

    async fn verify_blocks(
        &self,
        mut request: Request<v1::VerifyBlocksRequest>,
    ) -> Result<Response<v1::VerifyBlocksResponse>, Status> {
        let proofs = all(std::mem::take(&mut request.get_mut().blocks), Kind::Block);
        let verdicts = self.verify_all(&request, proofs, None).await?;
        Ok(Response::new(v1::VerifyBlocksResponse { verdicts }))
    }

    async fn verify_ledger_proofs(
        &self,
        mut request: Request<v1::VerifyLedgerProofsRequest>,
    ) -> Result<Response<v1::VerifyLedgerProofsResponse>, Status> {
        let proofs = all(std::mem::take(&mut request.get_mut().ledger_proofs), Kind::LedgerProof);
        let verdicts = self.verify_all(&request, proofs, None).await?;
        Ok(Response::new(v1::VerifyLedgerProofsResponse { verdicts }))
    }

    async fn verify_commands(
        &self,
        mut request: Request<v1::VerifyCommandsRequest>,
    ) -> Result<Response<v1::VerifyCommandsResponse>, Status> {
        let proofs = all(std::mem::take(&mut request.get_mut().commands), Kind::Command);
        let verdicts = self.verify_all(&request, proofs, None).await?;
        Ok(Response::new(v1::VerifyCommandsResponse { verdicts }))
    }

    type VerifyStreamStream = ReceiverStream<Result<v1::VerifyStreamResponse, Status>>;

    async fn verify_stream(
        &self,
        request: Request<Streaming<v1::VerifyStreamRequest>>,
    ) -> Result<Response<Self::VerifyStreamStream>, Status> {
        let received = request.extensions().get::<Received>().cloned().unwrap_or_default();
        let (dispatch, caller) = (Arc::clone(&self.dispatch), Caller::of(&request));
        Ok(Response::new(stream::answer(dispatch, caller, request.into_inner(), received)))
    }

    async fn get_verification_keys(
        &self,
        request: Request<v1::GetVerificationKeysRequest>,
    ) -> Result<Response<v1::GetVerificationKeysResponse>, Status> {
        let known = async {
            let mut keys = self.dispatch.keys.subscribe();
            let keys = keys.wait_for(Option::is_some).await;
            keys.ok().and_then(|keys| keys.clone()).ok_or_else(|| Status::unavailable("the node stops"))
        };
        let keys: Arc<KeySet> = within(&request, self.dispatch.limits.request, known).await?;
        let response =
            v1::GetVerificationKeysResponse { keys: keys.to_wire(), digest: keys.digest().to_string() };
        Ok(Response::new(response))
    }

    async fn prove(
        &self,
        mut request: Request<v1::ProveRequest>,
    ) -> Result<Response<v1::ProveResponse>, Status> {
        let v1::ProveRequest { circuit, witness } = std::mem::take(request.get_mut());
        let witness =
            witness.ok_or_else(|| Status::invalid_argument("there is no witness in the request"))?;
        let work = self.dispatch.prove(circuit, witness);
        let proof = within(&request, self.dispatch.limits.prove, work).await?;
        Ok(Response::new(v1::ProveResponse { proof: Some(proof) }))
    }

    async fn status(&self, _: Request<v1::StatusRequest>) -> Result<Response<v1::StatusResponse>, Status> {
        let dispatch = &self.dispatch;
        let reports = [dispatch.verifier.as_deref().map(report), dispatch.prover.as_deref().map(report)];
        let keys = dispatch.keys.borrow().clone();
        let status = v1::StatusResponse {
            role: dispatch.role.to_string(),
            version: self.version.to_owned(),
            networks: self.networks.clone(),
            keys_digest: keys.map(|keys| keys.digest().to_string()).unwrap_or_default(),
            workers: reports.into_iter().flatten().collect(),
            queued: dispatch.verifying.taken() as u64,
            queue_capacity: dispatch.verifying.capacity() as u64,
            proofs_made: dispatch.proofs_made.load(Ordering::Relaxed),
            ..v1::StatusResponse::default()
        };
        #[cfg(feature = "network")]
        let status = {
            let mut status = status;
            self.network.add_status(&mut status).await;
            status
        };
        Ok(Response::new(status))
    }
}

fn report<K: WorkerKind>(supervisor: &Supervisor<K>) -> v1::Worker {
    let report = supervisor.report();
    v1::Worker {
        name: K::NAME.to_owned(),
        state: report.state.to_owned(),
        pid: report.pid.unwrap_or_default(),
        replaced: report.replaced,
        last_end: report.last_end,
        progress: report.progress,
    }
}
