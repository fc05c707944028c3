//! What a worker publishes: one verdict on each request, and a dead letter for one that it gives up.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::{DirectGetErrorKind, Stream};
use prost::Message as _;
use prost::bytes::Bytes;
use tokio::time::sleep;

use super::super::Prefix;
use super::super::names::Id;
use super::request::RequestDigest;
use crate::proto::v1::{Verdict, VerifyResponse};

/// The header of a verdict with the digest of its request.
pub(super) const REQUEST: &str = "Quickpickle-Request";
/// Headers of a dead letter: why it is one, the id of the request, its place in the stream, how often it was delivered.
const REASON: &str = "Quickpickle-Reason";
const ID: &str = "Quickpickle-Id";
const SEQUENCE: &str = "Quickpickle-Sequence";
const DELIVERIES: &str = "Quickpickle-Deliveries";
/// Bytes of a reason at most.
const MAX_REASON: usize = 480;
/// The pause before something is published again.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Whether there is a verdict on a request already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// There is none.
    No,
    /// There is.
    Yes,
    /// Another request had its id.
    Another,
}

/// Where a dead letter is from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub sequence: u64,
    pub deliveries: i64,
}

/// Publishes.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub context: Context,
    pub prefix: Prefix,
    pub verdicts: Stream,
}

impl Answers {
    /// Whether there is a verdict on a request already; an error where that cannot be found out now.
    pub(super) async fn answered(&self, id: &Id, digest: &RequestDigest) -> Result<Answered, String> {
        match self.verdicts.direct_get_last_for_subject(self.prefix.verdict_subject(id)).await {
            Ok(found) => {
                let is_same =
                    found.headers.get(REQUEST).is_some_and(|found| found.as_str() == digest.as_str());
                Ok(if is_same { Answered::Yes } else { Answered::Another })
            }
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(Answered::No),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Publishes the verdict on a request, unless there is one. Does not return before it is known that one is there.
    pub(super) async fn publish(&self, id: &Id, digest: &RequestDigest, verdict: Verdict) -> Answered {
        let subject = self.prefix.verdict_subject(id);
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, id.to_string());
        // The server takes it only where the subject has no message.
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, "0");
        headers.insert(REQUEST, digest.as_str());
        let payload: Bytes = VerifyResponse { verdict: Some(verdict) }.encode_to_vec().into();
        let mut pause = PAUSE;
        loop {
            match self.send(&subject, &headers, &payload).await {
                Ok(false) => return Answered::No,
                // The server has seen the id before: the answer to the first attempt was lost, or another worker was faster.
                Ok(true) => {}
                Err(error) => tracing::debug!(%id, error, "a verdict was not taken"),
            }
            match self.answered(id, digest).await {
                Ok(Answered::No) => {}
                Ok(found) => return found,
                Err(error) => tracing::warn!(%id, error, "a verdict waits for the NATS server"),
            }
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// Publishes a request that is given up, as it came, with the reason.
    pub(super) async fn bury(&self, place: Place, id: Option<&Id>, reason: &str, payload: &Bytes) {
        let mut headers = HeaderMap::new();
        let place_in_stream = format!("{}-{}", self.prefix.requests(), place.sequence);
        headers.insert(NATS_MESSAGE_ID, place_in_stream);
        headers.insert(REASON, line(reason));
        headers.insert(SEQUENCE, place.sequence.to_string());
        headers.insert(DELIVERIES, place.deliveries.to_string());
        if let Some(id) = id {
            headers.insert(ID, id.to_string());
        }
        let mut pause = PAUSE;
        while let Err(error) = self.send(&self.prefix.dead_subject(), &headers, payload).await {
            tracing::warn!(error, "a dead letter waits for the NATS server");
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// Publishes, and waits until the stream has it; `true` where it had it before.
    async fn send(&self, subject: &str, headers: &HeaderMap, payload: &Bytes) -> Result<bool, String> {
        let (subject, headers) = (subject.to_owned(), headers.clone());
        let sent = self.context.publish_with_headers(subject, headers, payload.clone()).await;
        let stored = sent.map_err(|error| error.to_string())?.await;
        stored.map(|stored| stored.duplicate).map_err(|error| error.to_string())
    }
}

/// A reason as a header holds it: one line, of a bounded length.
fn line(reason: &str) -> String {
    let mut line: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = (0..=MAX_REASON.min(line.len())).rev().find(|end| line.is_char_boundary(*end));
    line.truncate(end.unwrap_or(0));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(line("a\r\nb\0c"), "a  b c");
        let long = line(&"ä".repeat(MAX_REASON));
        assert!(long.len() <= MAX_REASON && long.len() > MAX_REASON - 2 && long.chars().all(|c| c == 'ä'));
    }
}
