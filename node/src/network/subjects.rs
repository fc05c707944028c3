//! Blocks on a subject of NATS: who publishes one reaches all nodes that listen, and need not know them.
//!
//! A node publishes what it has made, and what it has heard from a peer and found valid. What it has heard on the subject all others
//! have heard there too, so that it goes to peers alone. A message that is lost is lost, as with gossip among peers.

use std::convert::Infallible;
use std::sync::Arc;

use async_nats::{Client, Subscriber};
use prost::Message as _;
use tokio::sync::Semaphore;
use tokio_stream::StreamExt as _;

use super::NetworkError;
use super::gossip::{ATTEMPTS, Gossip, PAUSE, is_temporary};
use crate::caller::Caller;
use crate::dispatch::Dispatch;
use crate::jetstream::Connection;
use crate::proto::v1::AnnounceRequest;

const BLOCKS: &str = "quickpickle.blocks";
/// Blocks that are looked at at the same time, a message of the servers each; what comes beyond is left out.
const AT_A_TIME: usize = 64;

/// The subject of blocks.
#[derive(Debug)]
pub(super) struct Subjects {
    client: Client,
}

impl Subjects {
    pub(super) fn new(connection: &Connection) -> Self {
        Self { client: connection.client().clone() }
    }

    /// Publishes a block.
    pub(super) async fn tell(&self, block: &AnnounceRequest) {
        let bytes = block.encode_to_vec();
        let most = self.client.server_info().max_payload;
        if bytes.len() > most {
            tracing::warn!(bytes = bytes.len(), most, "a block is longer than the NATS servers take");
        } else if let Err(error) = self.client.publish(BLOCKS, bytes.into()).await {
            tracing::warn!(%error, "a block is not published");
        }
    }

    /// Begins to listen: what is published from now on is heard.
    pub(super) async fn listen(&self) -> Result<Subscriber, NetworkError> {
        let subscriber =
            self.client.subscribe(BLOCKS).await.map_err(|error| NetworkError::Listen(error.into()))?;
        self.client.flush().await.map_err(|error| NetworkError::Listen(error.into()))?;
        Ok(subscriber)
    }
}

/// Takes in what is published; for ever.
pub(super) async fn hear(mut told: Subscriber, gossip: &Arc<Gossip>, dispatch: &Arc<Dispatch>) -> Infallible {
    let limits = &dispatch.limits;
    let caller = Caller::published(limits.caller_queue, limits.caller_bytes());
    let room = Arc::new(Semaphore::new(AT_A_TIME));
    while let Some(message) = told.next().await {
        let block = match AnnounceRequest::decode(message.payload) {
            Ok(block) => block,
            Err(error) => {
                tracing::warn!(%error, "what is published is no block");
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            tracing::warn!(slot = block.slot, "too many blocks are published: this one is left out");
            continue;
        };
        let (gossip, dispatch, caller) = (Arc::clone(gossip), Arc::clone(dispatch), caller.clone());
        tokio::spawn(async move {
            take_in(&gossip, &dispatch, &caller, block).await;
            drop(permit);
        });
    }
    // The client has been closed, which the node does at its end.
    std::future::pending().await
}

async fn take_in(gossip: &Arc<Gossip>, dispatch: &Dispatch, caller: &Caller, block: AnnounceRequest) {
    for attempt in 1..=ATTEMPTS {
        match gossip.hear_published(dispatch, caller, block.clone()).await {
            Ok(_) => return,
            Err(status) if attempt < ATTEMPTS && is_temporary(status.code()) => {
                tokio::time::sleep(PAUSE * attempt).await;
            }
            Err(status) => {
                tracing::warn!(%status, "a published block is left out");
                return;
            }
        }
    }
}
