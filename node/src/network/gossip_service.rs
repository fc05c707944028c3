//! What other nodes tell.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::gossip::Gossip;
use crate::caller::Caller;
use crate::dispatch::Dispatch;
use crate::front::deadline::within;
use crate::proto::v1;

pub(super) struct Service {
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) gossip: Arc<Gossip>,
}

#[tonic::async_trait]
impl v1::gossip_server::Gossip for Service {
    async fn announce(
        &self,
        mut request: Request<v1::AnnounceRequest>,
    ) -> Result<Response<v1::AnnounceResponse>, Status> {
        let block = std::mem::take(request.get_mut());
        let caller = Caller::of(&request);
        let heard = self.gossip.hear(&self.dispatch, &caller, block);
        Ok(Response::new(within(&request, self.dispatch.limits.request, heard).await?))
    }
}
