//! Values of any length in a key-value bucket: in chunks that fit into the server's messages.

use std::collections::BTreeSet;

use async_nats::jetstream::Context;
use async_nats::jetstream::kv::Store;
use async_nats::jetstream::stream::{self, DiscardPolicy, StorageType};
use tokio_stream::StreamExt as _;
use tonic::Status;

use super::fault::{SharedError, fault, refused};

/// Bytes of a chunk. A server takes messages of 1 MiB if it is not told otherwise.
const CHUNK: usize = 256 << 10;
/// Chunks of a value at most: 32 MiB.
const MAX_CHUNKS: u32 = 128;

/// A value in a bucket, as other records name it.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Named {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(uint32, tag = "2")]
    chunks: u32,
    /// BLAKE3.
    #[prost(bytes = "vec", tag = "3")]
    digest: Vec<u8>,
}

/// A bucket of values, each under a name that is used once.
#[derive(Debug)]
pub(super) struct Chunks(Store);

/// Takes a bucket, which is made if there is none; `bytes` bounds it, where it is bounded.
pub(super) async fn bucket(context: &Context, name: &str, bytes: Option<i64>) -> Result<Store, SharedError> {
    // As the client makes buckets, which asks servers for more than those of 2.9 say.
    let config = stream::Config {
        name: format!("KV_{name}"),
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        max_bytes: bytes.unwrap_or(-1),
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        storage: StorageType::File,
        ..stream::Config::default()
    };
    // Its operator may have made it with more replicas.
    let made = context.create_stream(config).await;
    context.get_key_value(name).await.map_err(|error| match made {
        Ok(_) => SharedError::new(name, error),
        Err(error) => SharedError::new(name, error),
    })
}

impl Chunks {
    pub(super) async fn open(context: &Context, name: &str, bytes: Option<i64>) -> Result<Self, SharedError> {
        bucket(context, name, bytes).await.map(Self)
    }

    /// Bytes that are in it.
    pub(super) async fn bytes(&self) -> Result<u64, Status> {
        self.0.stream.get_info().await.map(|info| info.state.bytes).map_err(fault)
    }

    /// Writes a message. Where there is no room for all of it, what was written is removed again.
    pub(super) async fn put(&self, name: String, value: &impl prost::Message) -> Result<Named, Status> {
        let value = value.encode_to_vec();
        let digest = blake3::hash(&value).as_bytes().to_vec();
        let mut named = Named { name, chunks: 0, digest };
        for chunk in value.chunks(CHUNK) {
            if named.chunks == MAX_CHUNKS {
                self.remove(&named).await;
                return Err(Status::invalid_argument("a proof or witness is too long to be kept"));
            }
            if let Err(error) = self.0.put(named.key(named.chunks), chunk.to_vec().into()).await {
                self.remove(&named).await;
                return Err(refused(error));
            }
            named.chunks += 1;
        }
        Ok(named)
    }

    /// Reads a message; `None` where it, or a part of it, is not there any more, or is another one.
    pub(super) async fn get<T: prost::Message + Default>(&self, named: &Named) -> Result<Option<T>, Status> {
        let mut value = Vec::new();
        for chunk in 0..named.chunks.min(MAX_CHUNKS) {
            match self.0.get(named.key(chunk)).await.map_err(fault)? {
                Some(chunk) => value.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
        let is_whole = blake3::hash(&value).as_bytes()[..] == named.digest;
        Ok(is_whole.then(|| T::decode(&*value).ok()).flatten())
    }

    /// Removes a value. What cannot be removed now is found by a later [`sweep`](Self::sweep).
    pub(super) async fn remove(&self, named: &Named) {
        let subject = format!("{}{}.*", self.0.prefix, named.name);
        if let Err(error) = self.0.stream.purge().filter(&subject).await {
            tracing::warn!(name = named.name, %error, "a value that nobody needs is left with the server");
        }
    }

    /// The names of all values.
    pub(super) async fn names(&self) -> Result<BTreeSet<String>, Status> {
        let mut names = BTreeSet::new();
        let mut keys = self.0.keys().await.map_err(fault)?;
        while let Some(key) = keys.next().await {
            let key = key.map_err(fault)?;
            names.extend(key.rsplit_once('.').map(|(name, _)| name.to_owned()));
        }
        Ok(names)
    }

    /// Removes the value of this name.
    pub(super) async fn remove_name(&self, name: String) {
        self.remove(&Named { name, ..Named::default() }).await;
    }
}

impl Named {
    fn key(&self, chunk: u32) -> String {
        format!("{}.{chunk}", self.name)
    }
}
