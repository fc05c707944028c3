//! A client of a work queue, which sends requests and reads verdicts.

use std::collections::BTreeMap;
use std::time::Instant;

use async_nats::jetstream::Context;
use async_nats::{ConnectOptions, HeaderMap};
use prost::Message as _;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{Proof, VerifyRequest, VerifyResponse};
use tokio_stream::StreamExt as _;

use super::LONG;

/// Who sends requests.
pub struct Sender {
    /// JetStream.
    pub context: Context,
}

/// What was said about a request: the verdict, and the digest of the request that it is about.
pub type Answer = (Kind, String, String);

impl Sender {
    /// Connects.
    pub async fn connect(url: &str, options: ConnectOptions) -> Self {
        let client = options.connect(url).await.expect("a connection");
        Self { context: async_nats::jetstream::new(client) }
    }

    /// Sends a request; `false` where the server had one of this id.
    pub async fn send(&self, id: &str, proof: &Proof) -> bool {
        self.send_bytes(Some(id), VerifyRequest { proof: Some(proof.clone()) }.encode_to_vec()).await
    }

    /// The same with a message of any kind.
    pub async fn send_bytes(&self, id: Option<&str>, payload: Vec<u8>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(id) = id {
            headers.insert("Nats-Msg-Id", id);
        }
        let end = Instant::now() + LONG;
        loop {
            let sent = self.context.publish_with_headers(
                "quickpickle.requests",
                headers.clone(),
                payload.clone().into(),
            );
            match async { sent.await?.await }.await {
                Ok(stored) => return !stored.duplicate,
                Err(error) => assert!(Instant::now() < end, "not sent: {error}"),
            }
        }
    }

    /// How many messages are in a stream.
    pub async fn count(&self, stream: &str) -> u64 {
        let stream = self.context.get_stream(stream).await.expect("a stream");
        stream.cached_info().state.messages
    }

    /// Waits until no requests are left.
    pub async fn empty(&self) {
        let end = Instant::now() + LONG;
        while self.count("quickpickle-requests").await > 0 {
            assert!(Instant::now() < end, "requests are left");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Waits until this many verdicts are there; returns all that were ever published, by id.
    pub async fn verdicts(&self, count: usize) -> BTreeMap<String, Answer> {
        let end = Instant::now() + LONG;
        let state = loop {
            let stream = self.context.get_stream("quickpickle-verdicts").await.expect("a stream");
            let state = stream.cached_info().state.clone();
            if state.messages >= count as u64 {
                break state;
            }
            assert!(Instant::now() < end, "{} verdicts came", state.messages);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        // None was taken out or replaced.
        assert_eq!(state.last_sequence, state.messages, "a verdict was published twice");
        let messages = self.all("quickpickle-verdicts").await;
        let answers: BTreeMap<_, _> = messages
            .into_iter()
            .map(|(subject, headers, payload)| {
                let response = VerifyResponse::decode(&payload[..]).expect("a verdict");
                let verdict = response.verdict.expect("a verdict");
                let digest = headers.get("Quickpickle-Request").expect("a digest").to_string();
                let id = subject.strip_prefix("quickpickle.verdicts.").expect("an id").to_owned();
                (id, (verdict.kind(), verdict.reason, digest))
            })
            .collect();
        assert_eq!(answers.len(), count);
        answers
    }

    /// The reason of each dead letter.
    pub async fn dead(&self) -> Vec<String> {
        let messages = self.all("quickpickle-dead").await;
        let reason = |headers: &HeaderMap| headers.get("Quickpickle-Reason").expect("a reason").to_string();
        messages.iter().map(|(_, headers, _)| reason(headers)).collect()
    }

    /// All messages of a stream.
    async fn all(&self, stream: &str) -> Vec<(String, HeaderMap, Vec<u8>)> {
        let stream = self.context.get_stream(stream).await.expect("a stream");
        let count = stream.cached_info().state.messages as usize;
        if count == 0 {
            return Vec::new();
        }
        let config = async_nats::jetstream::consumer::pull::Config::default();
        let consumer = stream.create_consumer(config).await.expect("a consumer");
        let messages = consumer.fetch().max_messages(count).expires(LONG).messages().await.expect("messages");
        let messages: Vec<_> = messages
            .map(|message| message.expect("a message"))
            .map(|m| (m.subject.to_string(), m.headers.clone().unwrap_or_default(), m.payload.to_vec()))
            .collect()
            .await;
        assert_eq!(messages.len(), count);
        messages
    }
}
