//! A snark worker: pulls jobs, proves them, hands the proofs in.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::NetworkError;
use crate::dispatch::Dispatch;
use crate::keys::{KeySet, Messages as _};
use crate::proto::v1::jobs_client::JobsClient;
use crate::proto::v1::quickpickle_client::QuickpickleClient;
use crate::proto::v1::{CompleteRequest, GetVerificationKeysRequest, Job, PullRequest};

/// After trouble with the coordinator or the prover.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the coordinator may take to answer; a pull waits for a job.
const PATIENCE: Duration = Duration::from_secs(60);

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

async fn one(dispatch: &Dispatch, client: &mut JobsClient<Channel>, job: Job) -> Result<(), Status> {
    let witness = job.witness.ok_or_else(|| Status::invalid_argument("a job without a witness"))?;
    // After the lease the coordinator would refuse the proof.
    let time = Duration::from_millis(job.lease_ms);
    let proof = timeout(time, dispatch.prove(job.circuit, witness))
        .await
        .map_err(|_| Status::deadline_exceeded("the lease has run out"))??;
    let mut complete = Request::new(CompleteRequest { job: job.id, lease: job.lease, proof: Some(proof) });
    complete.set_timeout(PATIENCE);
    client.complete(complete).await?;
    Ok(())
}
