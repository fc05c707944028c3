//! A snark worker: pulls jobs, proves them, hands the proofs in.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::NetworkError;
use super::gossip::is_temporary;
use crate::dispatch::Dispatch;
use crate::keys::{KeySet, Messages as _};
use crate::proto::v1::jobs_client::JobsClient;
use crate::proto::v1::quickpickle_client::QuickpickleClient;
use crate::proto::v1::{CompleteRequest, ExtendRequest, GetVerificationKeysRequest, Job, PullRequest};

/// After trouble with the coordinator or the prover.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the coordinator may take to answer; a pull waits for a job.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a lease is extended in the time that it lasts.
const EXTENSIONS: u32 = 3;
/// How often a proof is handed in to a coordinator that is not there, or busy.
const ATTEMPTS: u32 = 60;

/// Refuses circuits whose proofs the coordinator would refuse, before any is made. Asks until the coordinator is there.
pub(super) async fn check(
    dispatch: &Dispatch,
    coordinator: Channel,
    circuits: &[String],
) -> Result<(), NetworkError> {
    let mut client = QuickpickleClient::new(coordinator).max_decoding_message_size(dispatch.limits.message);
    let keys = loop {
        let mut request = Request::new(GetVerificationKeysRequest {});
        request.set_timeout(PATIENCE);
        match client.get_verification_keys(request).await {
            Ok(response) => break KeySet::from_wire(response.into_inner().keys)?,
            Err(status) => {
                tracing::warn!(%status, "no job from the coordinator: it does not tell its keys");
                sleep(PAUSE).await;
            }
        }
    };
    let known = |name: &str| keys.keys().iter().any(|key| key.name.as_str() == name);
    if let Some(circuit) = circuits.iter().find(|circuit| !known(circuit)) {
        return Err(NetworkError::UnknownCircuit { circuit: circuit.clone(), known: keys.names() });
    }
    // A lazy prover has not told its keys yet.
    let own = dispatch.keys.borrow().clone();
    match own.as_ref().and_then(|own| own.contradiction(&keys)) {
        Some(name) => Err(NetworkError::OtherCircuit(name.clone())),
        None => Ok(()),
    }
}

/// Works until it is dropped.
pub(super) async fn work(
    dispatch: &Dispatch,
    coordinator: Channel,
    name: String,
    circuits: &[String],
) -> Infallible {
    let mut client = JobsClient::new(coordinator).max_decoding_message_size(dispatch.limits.message);
    loop {
        let mut pull = Request::new(PullRequest { worker: name.clone(), circuits: circuits.to_vec() });
        pull.set_timeout(PATIENCE);
        match client.pull(pull).await.map(|response| response.into_inner().job) {
            Ok(None) => {}
            Ok(Some(job)) => {
                let id = job.id;
                match one(dispatch, &mut client, job).await {
                    Ok(()) => tracing::info!(job = id, "a job is done"),
                    Err(status) => {
                        tracing::warn!(job = id, %status, "a job is not done");
                        sleep(PAUSE).await;
                    }
                }
            }
            Err(status) => {
                tracing::warn!(%status, "no job from the coordinator");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Proves a job, says meanwhile that it is at it, and hands the proof in.
async fn one(dispatch: &Dispatch, client: &mut JobsClient<Channel>, job: Job) -> Result<(), Status> {
    let witness = job.witness.ok_or_else(|| Status::invalid_argument("a job without a witness"))?;
    let first = Duration::from_millis(job.lease_ms);
    let (job, lease, circuit) = (job.id, job.lease, job.circuit);
    let proof = tokio::select! {
        proof = timeout(dispatch.limits.prove, dispatch.prove(circuit, witness)) => {
            proof.map_err(|_| Status::deadline_exceeded("no proof in time"))??
        }
        // The coordinator would refuse the proof.
        lost = hold(client.clone(), job, lease, first) => return Err(lost),
    };
    let mut attempt = 0;
    loop {
        attempt += 1;
        let mut complete = Request::new(CompleteRequest { job, lease, proof: Some(proof.clone()) });
        complete.set_timeout(PATIENCE);
        match client.complete(complete).await {
            Ok(_) => return Ok(()),
            Err(status) if attempt < ATTEMPTS && is_temporary(status.code()) => {
                tracing::warn!(job, %status, "a proof is handed in again");
                sleep(PAUSE).await;
            }
            Err(status) => return Err(status),
        }
    }
}

/// Extends a lease that lasts so long, again and again; returns once it is lost.
async fn hold(mut client: JobsClient<Channel>, job: u64, lease: u64, first: Duration) -> Status {
    let mut lasts = first;
    loop {
        sleep(lasts / EXTENSIONS).await;
        let mut extend = Request::new(ExtendRequest { job, lease });
        extend.set_timeout(PATIENCE);
        match client.extend(extend).await {
            Ok(response) => lasts = Duration::from_millis(response.into_inner().lease_ms.max(1)),
            Err(status) if is_temporary(status.code()) => {
                tracing::warn!(job, %status, "a lease is not extended now");
            }
            Err(status) => return status,
        }
    }
}
