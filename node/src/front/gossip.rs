//! What other nodes tell.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::deadline::within;
use crate::gossip::Gossip;
use crate::proto::v1;
use crate::workers::Workers;

pub(super) struct Service {
    pub(super) workers: Arc<Workers>,
    pub(super) gossip: Arc<Gossip>,
}

#[tonic::async_trait]
impl v1::gossip_server::Gossip for Service {
    async fn announce(
        &self,
        mut request: Request<v1::AnnounceRequest>,
    ) -> Result<Response<v1::AnnounceResponse>, Status> {
        let block = std::mem::take(request.get_mut());
        let heard = self.gossip.hear(&self.workers, block);
        Ok(Response::new(within(&request, self.workers.limits.request, heard).await?))
    }
}
