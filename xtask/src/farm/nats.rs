//! The NATS server, and who sends requests to its work queue and counts verdicts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use async_nats::HeaderMap;
use async_nats::jetstream::{Context, consumer};
use prost::Message as _;
use quickpickle_node::proto::v1::{Proof, Verdict, VerifyRequest, VerifyResponse};
use tokio_stream::StreamExt as _;

use super::engines::Engines;
use super::processes::{Process, free_port};

/// Requests that are being published at once.
const PUBLISHING: usize = 64;

/// A server that can be ended and started again with what it has stored.
pub struct Server {
    process: Option<Process>,
    program: PathBuf,
    folder: PathBuf,
    pub port: u16,
}

impl Server {
    pub fn start(engines: &Engines, folder: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let text =
            format!("listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: {:?} }}\n", folder.join("store"));
        fs::create_dir_all(folder)?;
        fs::write(folder.join("server.conf"), text)?;
        let (program, folder) = (engines.nats.clone(), folder.to_owned());
        let mut server = Self { process: None, program, folder, port };
        server.again()?;
        Ok(server)
    }

    /// Ends it without warning.
    pub fn kill(&mut self) {
        self.process = None;
    }

    pub fn again(&mut self) -> anyhow::Result<()> {
        let arguments = ["-c".to_owned(), self.folder.join("server.conf").display().to_string()];
        let mut process = Process::start(&self.program, &arguments, &self.folder.join("server.log"))?;
        process.listens(self.port)?;
        self.process = Some(process);
        Ok(())
    }

    pub async fn client(&self) -> anyhow::Result<Context> {
        let client = async_nats::ConnectOptions::new().retry_on_initial_connect();
        Ok(async_nats::jetstream::new(client.connect(format!("127.0.0.1:{}", self.port)).await?))
    }
}

/// The id of a request by its number.
fn id(number: usize) -> String {
    format!("request-{number}")
}

/// Publishes requests from this number on, each until the server has it.
pub async fn publish(
    context: &Context,
    numbers: std::ops::Range<usize>,
    proof: impl Fn(usize) -> Proof,
) -> anyhow::Result<()> {
    let mut tasks = tokio::task::JoinSet::new();
    for number in numbers {
        let payload: Vec<u8> = VerifyRequest { proof: Some(proof(number)) }.encode_to_vec();
        if tasks.len() >= PUBLISHING {
            tasks.join_next().await.context("no task")??;
        }
        let context = context.clone();
        tasks.spawn(async move {
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", id(number));
            let mut sent = false;
            while !sent {
                let (headers, payload) = (headers.clone(), payload.clone());
                let publish = async {
                    context.publish_with_headers("quickpickle.requests", headers, payload.into()).await?.await
                };
                sent = publish.await.is_ok();
                if !sent {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done?;
    }
    Ok(())
}

/// How many messages a stream has; an error while the server is away, or before there is the stream.
pub async fn count(context: &Context, stream: &str) -> anyhow::Result<u64> {
    Ok(context.get_stream(stream).await?.cached_info().state.messages)
}

/// How often requests were handed out again.
pub async fn handed_out_again(context: &Context) -> anyhow::Result<usize> {
    let stream = context.get_stream("quickpickle-requests").await?;
    let info = stream.consumer_info("workers").await?;
    // Acknowledgements of requests that were delivered once are as many as these.
    Ok(usize::try_from(info.delivered.consumer_sequence.saturating_sub(info.delivered.stream_sequence))?)
}

/// All verdicts, by the number of their request, with the time since 1970 at which each was published; and how many were more
/// than one on a request.
pub async fn verdicts(context: &Context) -> anyhow::Result<(BTreeMap<usize, (Verdict, f64)>, usize)> {
    let stream = context.get_stream("quickpickle-verdicts").await?;
    let state = stream.cached_info().state.clone();
    let consumer = stream.create_consumer(consumer::pull::Config::default()).await?;
    let (mut verdicts, mut twice) = (BTreeMap::new(), 0);
    let mut left = usize::try_from(state.messages)?;
    while left > 0 {
        let mut messages =
            consumer.fetch().max_messages(left.min(500)).expires(Duration::from_secs(10)).messages().await?;
        let mut came = 0;
        while let Some(message) = messages.next().await {
            let message = message.map_err(|error| anyhow::anyhow!("{error}"))?;
            message.ack().await.map_err(|error| anyhow::anyhow!("{error}"))?;
            let number = message.subject.rsplit_once("request-").context("another subject")?.1.parse()?;
            let info = message.info().map_err(|error| anyhow::anyhow!("{error}"))?;
            let time = info.published.unix_timestamp_nanos() as f64 / 1e9;
            let verdict = VerifyResponse::decode(&message.payload[..])?.verdict.context("no verdict")?;
            twice += usize::from(verdicts.insert(number, (verdict, time)).is_some());
            came += 1;
        }
        ensure!(came > 0, "{left} verdicts did not come");
        left -= came;
    }
    // What was taken out or replaced has left a gap.
    twice += usize::try_from(state.last_sequence - state.messages)?;
    Ok((verdicts, twice))
}
