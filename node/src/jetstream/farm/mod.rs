//! A worker of a verification farm: a second door, whose requests come from a work queue of JetStream.
//!
//! It pulls requests in batches, as many as the verifier can take, and verifies them as the front door does: the same queue, the
//! same bounds, the same worker process. Each request gets one verdict, whatever happens to workers, servers and
//! connections in between (docs/farm.md).

mod answers;
mod handle;
mod metrics;
mod request;
mod streams;
mod window;

pub use metrics::FarmMetrics;
pub use streams::{Creation, StreamsError};

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::PullConsumer;
use rand_core::{OsRng, RngCore as _};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_stream::StreamExt as _;

use self::answers::Answers;
use self::handle::{Handler, Outcome};
use self::streams::Streams;
use self::window::Window;
use super::{ConnectError, Connection, Options, Prefix, connect};
use crate::caller::Caller;
use crate::config::Limits;
use crate::dispatch::Dispatch;

/// How long a worker without requests waits for the next one before it asks again.
const IDLE: Duration = Duration::from_secs(1);
/// The pause after the server could not be asked.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the last acknowledgements may take to be sent.
const FLUSH: Duration = Duration::from_secs(1);

/// How a worker takes part in a farm.
#[derive(Clone, Debug)]
pub struct FarmOptions {
    /// Where the work queue is.
    pub nats: Options,
    /// How its streams are called.
    pub prefix: Prefix,
    /// How those are made that are not there.
    pub creation: Creation,
    /// How often a request is delivered before it is given up.
    pub deliveries: u32,
}

/// Why a worker cannot take part.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FarmError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The streams.
    #[error(transparent)]
    Streams(#[from] StreamsError),
}

/// A worker that is connected.
#[derive(Debug)]
pub struct Farm {
    options: FarmOptions,
    connection: Connection,
    dispatch: Arc<Dispatch>,
    metrics: FarmMetrics,
    streams: Streams,
}

impl Farm {
    /// Connects, and finds or makes the streams.
    pub async fn join(
        options: FarmOptions,
        dispatch: Arc<Dispatch>,
        metrics: FarmMetrics,
    ) -> Result<Self, FarmError> {
        let connection = connect(&options.nats, "quickpickle worker").await?;
        let deliveries = options.deliveries.into();
        let streams = streams::open(&connection, &options.prefix, &options.creation, deliveries).await?;
        Ok(Self { options, connection, dispatch, metrics, streams })
    }

    /// Takes requests until the node stops, answers what it has, and hands back what is not done in time. An error where the streams have
    /// become unfit meanwhile.
    pub async fn run(mut self) -> Result<(), FarmError> {
        let limits = self.dispatch.limits;
        let (hurry, hurried) = watch::channel(false);
        let mut window = Window::new(limits.batch);
        let mut held = JoinSet::new();
        let handler = Arc::new(self.handler(&limits));
        let mut connected = self.connection.connected();
        let result = loop {
            self.metrics.connected(*connected.borrow_and_update());
            while let Some(done) = held.try_join_next() {
                account(&mut window, done);
            }
            self.metrics.held(held.len());
            if *self.dispatch.stop.borrow() {
                break Ok(());
            }
            let room = window.room(held.len());
            if room == 0 {
                tokio::select! {
                    done = held.join_next() => if let Some(done) = done { account(&mut window, done) },
                    () = self.dispatch.stopping() => {}
                }
                continue;
            }
            match pull(&self.streams.requests, room, limits.caller_bytes() / 2).await {
                Ok(messages) => {
                    if messages.iter().any(came_often) {
                        window.lost();
                    }
                    for message in messages {
                        let (handler, hurried) = (Arc::clone(&handler), hurried.clone());
                        held.spawn(async move { handler.handle(message, hurried).await });
                    }
                }
                Err(error) => {
                    tracing::warn!(error, "the work queue cannot be asked");
                    sleep(PAUSE).await;
                    // It may have been made anew, or changed.
                    if let Err(error) = self.reopen().await {
                        break Err(error);
                    }
                }
            }
        };
        // A little less than the node waits, so that what is handed back is.
        let end = Instant::now() + limits.drain.saturating_sub(FLUSH + PAUSE);
        tokio::select! {
            () = async { while held.join_next().await.is_some() {} } => {}
            () = sleep_until(end) => {
                tracing::warn!(requests = held.len(), "requests are handed back");
                hurry.send_replace(true);
                while held.join_next().await.is_some() {}
            }
        }
        self.connection.close(FLUSH).await;
        result
    }

    fn handler(&self, limits: &Limits) -> Handler {
        let most = u32::try_from(limits.batch.saturating_mul(2)).unwrap_or(u32::MAX).clamp(1, 1 << 16);
        let answers = Answers {
            context: self.connection.context().clone(),
            prefix: self.options.prefix.clone(),
            verdicts: self.streams.verdicts.clone(),
        };
        Handler {
            dispatch: Arc::clone(&self.dispatch),
            caller: Caller::work_queue(limits.caller_queue, limits.caller_bytes()),
            answers,
            metrics: self.metrics.clone(),
            together: Arc::new(Semaphore::new(most as usize)),
            most,
            deliveries: self.options.deliveries.into(),
            ack_wait: self.streams.ack_wait,
        }
    }

    async fn reopen(&mut self) -> Result<(), FarmError> {
        let FarmOptions { prefix, creation, deliveries, .. } = &self.options;
        match streams::open(&self.connection, prefix, creation, (*deliveries).into()).await {
            Ok(streams) => self.streams = streams,
            Err(error) if error.is_final() => return Err(error.into()),
            Err(error) => tracing::warn!(%error, "the streams of the farm cannot be asked for"),
        }
        Ok(())
    }
}

fn account(window: &mut Window, done: Result<Outcome, tokio::task::JoinError>) {
    match done {
        Ok(Outcome::Done) => window.answered(),
        Ok(Outcome::Lost | Outcome::Returned) | Err(_) => window.lost(),
    }
}

/// Requests that wait, so many at most and so many bytes; where there are none the next one, if one comes soon. What was
/// tried before comes in any order, so that those behind one that ends a worker have their turn.
async fn pull(consumer: &PullConsumer, room: usize, bytes: usize) -> Result<Vec<Message>, String> {
    let began = Instant::now();
    let asked = consumer.fetch().max_messages(room).max_bytes(bytes).expires(IDLE).messages().await;
    let mut messages = collect(asked.map_err(|error| error.to_string())?).await?;
    // Some releases of the server say at once that there are none.
    if messages.is_empty() && began.elapsed() < IDLE / 2 {
        let asked = consumer.batch().max_messages(1).expires(IDLE).messages().await;
        messages = collect(asked.map_err(|error| error.to_string())?).await?;
    }
    messages.sort_by_cached_key(|message| if came_often(message) { OsRng.next_u64() } else { 0 });
    Ok(messages)
}

/// Whether a request is delivered for the third time or more: it is tried alone.
fn came_often(message: &Message) -> bool {
    message.info().is_ok_and(|info| info.delivered > 2)
}

/// All messages of an answer to its end: what is not read would be delivered again. Long after the server has ended it, it was
/// lost with a connection.
async fn collect(
    mut answer: impl tokio_stream::Stream<Item = Result<Message, async_nats::Error>> + Unpin,
) -> Result<Vec<Message>, String> {
    let mut messages = Vec::new();
    let end = Instant::now() + 3 * IDLE;
    while let Ok(Some(next)) = timeout_at(end, answer.next()).await {
        match next {
            Ok(message) => messages.push(message),
            // What has come is worth more than the reason why no more comes.
            Err(error) if messages.is_empty() => return Err(error.to_string()),
            Err(_) => break,
        }
    }
    Ok(messages)
}
