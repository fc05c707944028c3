//! A snark worker: pulls jobs, proves them, hands the proofs in.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::dispatch::Dispatch;
use crate::proto::v1::jobs_client::JobsClient;
use crate::proto::v1::{CompleteRequest, Job, PullRequest};

/// After trouble with the coordinator or the prover.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the coordinator may take to answer; a pull waits for a job.
const PATIENCE: Duration = Duration::from_secs(60);

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
