//! The coordinator's service.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::jobs::Coordinator;
use crate::caller::Caller;
use crate::dispatch::Dispatch;
use crate::front::deadline::within;
use crate::keys::{MAX_NAME, Messages as _};
use crate::proto::v1;
use crate::proto::v1::jobs_server::Jobs;

pub(super) struct Service {
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) coordinator: Arc<Coordinator>,
}

#[tonic::async_trait]
impl Jobs for Service {
    async fn submit(
        &self,
        request: Request<v1::SubmitRequest>,
    ) -> Result<Response<v1::SubmitResponse>, Status> {
        let request = request.into_inner();
        // What could not be verified would be proved for nothing.
        let keys = self.dispatch.keys.borrow().clone().unwrap_or_default();
        if !keys.keys().iter().any(|key| key.name.as_str() == request.circuit) {
            let circuit: String = request.circuit.chars().take(MAX_NAME).collect();
            let known = keys.names();
            return Err(Status::invalid_argument(format!(
                "the coordinator has no key of {circuit:?}, so that it could not verify its proofs; its keys: {known}"
            )));
        }
        let job = self.coordinator.submit(request).await?;
        Ok(Response::new(v1::SubmitResponse { job }))
    }

    async fn pull(
        &self,
        mut request: Request<v1::PullRequest>,
    ) -> Result<Response<v1::PullResponse>, Status> {
        let pull = self.coordinator.pull(std::mem::take(request.get_mut()));
        let job = tokio::select! {
            job = within(&request, self.dispatch.limits.request, pull) => job?,
            () = self.dispatch.stopping() => None,
        };
        Ok(Response::new(v1::PullResponse { job }))
    }

    async fn extend(
        &self,
        request: Request<v1::ExtendRequest>,
    ) -> Result<Response<v1::ExtendResponse>, Status> {
        let lease = self.coordinator.extend(request.into_inner()).await?;
        let lease_ms = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        Ok(Response::new(v1::ExtendResponse { lease_ms }))
    }

    async fn complete(
        &self,
        mut request: Request<v1::CompleteRequest>,
    ) -> Result<Response<v1::CompleteResponse>, Status> {
        let complete = std::mem::take(request.get_mut());
        let caller = Caller::of(&request);
        let work = self.coordinator.complete(&self.dispatch, &caller, complete);
        within(&request, self.dispatch.limits.request, work).await?;
        Ok(Response::new(v1::CompleteResponse {}))
    }

    async fn get(&self, request: Request<v1::GetRequest>) -> Result<Response<v1::GetResponse>, Status> {
        self.coordinator.get(request.get_ref().job).await.map(Response::new)
    }
}
