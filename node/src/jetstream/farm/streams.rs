//! The streams of a farm and its consumer: made where they are missing, compared with what is needed where they are there.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config as ConsumerConfig;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use async_nats::jetstream::context::CreateStreamError;
use async_nats::jetstream::stream::{
    Config as StreamConfig, ConsumerError, DiscardPolicy, RetentionPolicy, Stream,
};

use super::super::{Connection, Prefix};

/// The durable consumer that all workers share.
const CONSUMER: &str = "workers";
/// Requests that wait at most; more are refused when they are published, so that their senders slow down.
const MAX_REQUESTS: i64 = 1 << 20;
/// Requests that all workers together hold at most.
const MAX_PENDING: i64 = 1 << 14;
/// For how long a request that is published again is not taken in twice.
const DUPLICATES: Duration = Duration::from_secs(120);
/// For how long a verdict is kept.
const VERDICTS: Duration = Duration::from_secs(24 * 3600);
/// Dead letters that are kept.
const MAX_DEAD: i64 = 100_000;

/// How streams are made that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Creation {
    /// Servers that keep each message.
    pub replicas: usize,
    /// After how long without a sign of life of its worker a request is handed to another one.
    pub ack_wait: Duration,
}

/// What a worker takes requests from, and where its verdicts go.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    pub requests: PullConsumer,
    pub verdicts: Stream,
    pub ack_wait: Duration,
}

/// Why the streams cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamsError {
    /// A stream is not there and cannot be made, or cannot be asked for.
    #[error("the stream {0}")]
    Stream(String, #[source] CreateStreamError),
    /// The same of the consumer.
    #[error("the consumer {CONSUMER} of the stream {0}")]
    Consumer(String, #[source] ConsumerError),
    /// A stream is there and is another one than is needed.
    #[error("the stream {stream} {what}")]
    Unfit {
        /// Its name.
        stream: String,
        /// What it lacks.
        what: &'static str,
    },
    /// The same of the consumer.
    #[error("the consumer {CONSUMER} of the stream {stream} {what}")]
    UnfitConsumer {
        /// The stream.
        stream: String,
        /// What the consumer lacks.
        what: &'static str,
    },
}

impl StreamsError {
    /// Whether it takes a change of the streams' configuration.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Unfit { .. } | Self::UnfitConsumer { .. })
    }
}

/// Finds the streams, or makes them.
pub(super) async fn open(
    connection: &Connection,
    prefix: &Prefix,
    creation: &Creation,
    deliveries: i64,
) -> Result<Streams, StreamsError> {
    let stream = async |config: StreamConfig| {
        let name = config.name.clone();
        let found = connection.context().get_or_create_stream(config).await;
        found.map_err(|error| StreamsError::Stream(name, error))
    };
    let requests = stream(requests(prefix, creation)).await?;
    check_requests(&requests.cached_info().config, prefix)?;
    let verdicts = stream(verdicts(prefix, creation)).await?;
    check_verdicts(&verdicts.cached_info().config, prefix)?;
    let dead = stream(dead(prefix, creation)).await?;
    has_subject(&dead.cached_info().config, &prefix.dead_subject(), "has not the subject of dead letters")?;
    let consumer = requests.get_or_create_consumer(CONSUMER, consumer(prefix, creation)).await;
    let consumer = consumer.map_err(|error| StreamsError::Consumer(prefix.requests(), error))?;
    let config = &consumer.cached_info().config;
    let what = match config {
        config if config.ack_policy != AckPolicy::Explicit => Some("does not wait for each acknowledgement"),
        config if config.deliver_policy != DeliverPolicy::All => Some("does not deliver all requests"),
        config if config.headers_only => Some("delivers headers alone"),
        config if (1..=deliveries).contains(&config.max_deliver) => {
            Some("gives up before a worker may: let its max_deliver be -1")
        }
        config if config.ack_wait < Duration::from_secs(1) => Some("waits less than a second for a worker"),
        _ => None,
    };
    if let Some(what) = what {
        return Err(StreamsError::UnfitConsumer { stream: prefix.requests(), what });
    }
    let ack_wait = config.ack_wait;
    Ok(Streams { requests: consumer, verdicts, ack_wait })
}

fn requests(prefix: &Prefix, creation: &Creation) -> StreamConfig {
    StreamConfig {
        name: prefix.requests(),
        description: Some("proofs to be verified".to_owned()),
        subjects: vec![prefix.request_subject()],
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        max_messages: MAX_REQUESTS,
        duplicate_window: DUPLICATES,
        num_replicas: creation.replicas,
        ..StreamConfig::default()
    }
}

fn verdicts(prefix: &Prefix, creation: &Creation) -> StreamConfig {
    StreamConfig {
        name: prefix.verdicts(),
        description: Some("verdicts on proofs".to_owned()),
        subjects: vec![prefix.verdict_subjects()],
        // The second verdict on a request is refused, whoever publishes it.
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        max_age: VERDICTS,
        duplicate_window: DUPLICATES,
        allow_direct: true,
        num_replicas: creation.replicas,
        ..StreamConfig::default()
    }
}

fn dead(prefix: &Prefix, creation: &Creation) -> StreamConfig {
    StreamConfig {
        name: prefix.dead(),
        description: Some("requests that could not be answered".to_owned()),
        subjects: vec![prefix.dead_subject()],
        max_messages: MAX_DEAD,
        duplicate_window: DUPLICATES,
        num_replicas: creation.replicas,
        ..StreamConfig::default()
    }
}

fn consumer(prefix: &Prefix, creation: &Creation) -> ConsumerConfig {
    ConsumerConfig {
        durable_name: Some(CONSUMER.to_owned()),
        filter_subject: prefix.request_subject(),
        ack_policy: AckPolicy::Explicit,
        ack_wait: creation.ack_wait,
        // The workers count, and say why they give a request up.
        max_deliver: -1,
        max_ack_pending: MAX_PENDING,
        ..ConsumerConfig::default()
    }
}

fn check_requests(config: &StreamConfig, prefix: &Prefix) -> Result<(), StreamsError> {
    let unfit = |what| Err(StreamsError::Unfit { stream: config.name.clone(), what });
    has_subject(config, &prefix.request_subject(), "has not the subject of requests")?;
    if config.retention != RetentionPolicy::WorkQueue {
        return unfit("is no work queue: its retention must be workqueue");
    }
    let is_bounded = [config.max_messages, config.max_bytes].iter().any(|bound| *bound > 0);
    if is_bounded && config.discard != DiscardPolicy::New {
        return unfit("drops old requests where it is full: its discard must be new");
    }
    if config.no_ack { unfit("acknowledges nothing") } else { Ok(()) }
}

fn check_verdicts(config: &StreamConfig, prefix: &Prefix) -> Result<(), StreamsError> {
    let unfit = |what| Err(StreamsError::Unfit { stream: config.name.clone(), what });
    has_subject(config, &prefix.verdict_subjects(), "has not the subjects of verdicts")?;
    match config {
        // A verdict that is gone once somebody has read it could be given twice.
        config if config.retention != RetentionPolicy::Limits => {
            unfit("forgets what was read: its retention must be limits")
        }
        config if !config.allow_direct => unfit("must have allow_direct"),
        config if config.no_ack => unfit("acknowledges nothing"),
        _ => Ok(()),
    }
}

fn has_subject(config: &StreamConfig, subject: &str, what: &'static str) -> Result<(), StreamsError> {
    let is_own = config.mirror.is_none() && config.subjects.iter().any(|found| found == subject);
    if is_own { Ok(()) } else { Err(StreamsError::Unfit { stream: config.name.clone(), what }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_as_they_are_made_are_fit_and_others_are_named() {
        let (prefix, creation) =
            (Prefix::default(), Creation { replicas: 1, ack_wait: Duration::from_secs(1) });
        let (requests, verdicts) = (requests(&prefix, &creation), verdicts(&prefix, &creation));
        assert!(check_requests(&requests, &prefix).is_ok() && check_verdicts(&verdicts, &prefix).is_ok());
        type Change = fn(&mut StreamConfig);
        let of_requests: [(&str, Change); 4] = [
            ("subject", |config| config.subjects.clear()),
            ("workqueue", |config| config.retention = RetentionPolicy::Limits),
            ("discard", |config| config.discard = DiscardPolicy::Old),
            ("acknowledges", |config| config.no_ack = true),
        ];
        for (word, change) in of_requests {
            let mut changed = requests.clone();
            change(&mut changed);
            let error = check_requests(&changed, &prefix).unwrap_err();
            assert!(error.is_final() && error.to_string().contains(word), "{error}");
        }
        let of_verdicts: [(&str, Change); 3] = [
            ("subjects", |config| config.subjects = vec!["quickpickle.verdicts.1".to_owned()]),
            ("limits", |config| config.retention = RetentionPolicy::Interest),
            ("allow_direct", |config| config.allow_direct = false),
        ];
        for (word, change) in of_verdicts {
            let mut changed = verdicts.clone();
            change(&mut changed);
            let error = check_verdicts(&changed, &prefix).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
        // Without a bound nothing is dropped.
        let unbounded = StreamConfig { max_messages: -1, discard: DiscardPolicy::Old, ..requests };
        assert!(check_requests(&unbounded, &prefix).is_ok());
    }
}
