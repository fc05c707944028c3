//! The coordinator's service.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::jobs::Coordinator;
use crate::dispatch::Dispatch;
use crate::front::deadline::within;
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
        let job = self.coordinator.submit(request.into_inner())?;
        Ok(Response::new(v1::SubmitResponse { job }))
    }

    async fn pull(&self, request: Request<v1::PullRequest>) -> Result<Response<v1::PullResponse>, Status> {
        let pull = self.coordinator.pull(request.get_ref());
        let job = tokio::select! {
            job = within(&request, self.dispatch.limits.request, async { Ok(pull.await) }) => job?,
            () = self.dispatch.stopping() => None,
        };
        Ok(Response::new(v1::PullResponse { job }))
    }

    async fn complete(
        &self,
        mut request: Request<v1::CompleteRequest>,
    ) -> Result<Response<v1::CompleteResponse>, Status> {
        let complete = std::mem::take(request.get_mut());
        let work = self.coordinator.complete(&self.dispatch, complete);
        within(&request, self.dispatch.limits.request, work).await?;
        Ok(Response::new(v1::CompleteResponse {}))
    }

    async fn get(&self, request: Request<v1::GetRequest>) -> Result<Response<v1::GetResponse>, Status> {
        self.coordinator.get(request.get_ref().job).map(Response::new)
    }
}
