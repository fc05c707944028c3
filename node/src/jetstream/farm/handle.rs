//! One request, from its delivery to its acknowledgement. The verdict is published before the request is acknowledged: what
//! is lost between is delivered again, and found answered.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{AckKind, Message};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, interval_at, timeout};
use tonic::{Code, Status};

use super::FarmMetrics;
use super::answers::{Answered, Answers, Place};
use super::request::Request;
use super::window;
use crate::admission::Size;
use crate::caller::Caller;
use crate::dispatch::Dispatch;
use crate::proto::v1::Verdict;
use crate::proto::v1::verdict::Kind;

/// The pause before a request that has lost the verifier is handed out again; it doubles with each delivery.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What handles requests.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    pub dispatch: Arc<Dispatch>,
    pub caller: Caller,
    pub answers: Answers,
    pub metrics: FarmMetrics,
    /// Permits for requests that are verified side by side.
    pub together: Arc<Semaphore>,
    /// How many there are.
    pub most: u32,
    /// How often a request is tried.
    pub deliveries: i64,
    pub ack_wait: Duration,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has its verdict, or is a dead letter.
    Done,
    /// It was handed back, because the verifier was lost over it or did not come to it.
    Lost,
    /// It was handed back because this worker stops.
    Returned,
}

/// A verdict that was found, or why there is none.
enum Found {
    Verdict(Verdict),
    /// There will be none, here or elsewhere.
    Never(String),
    /// Another attempt may find it.
    Later(String),
}

impl Handler {
    /// Handles a message; hands it back when `hurry` says so.
    pub(super) async fn handle(&self, message: Message, mut hurry: watch::Receiver<bool>) -> Outcome {
        let third = self.ack_wait / 3;
        let mut alive = interval_at(Instant::now() + third, third);
        let work = self.answer(&message);
        tokio::pin!(work);
        let hurried = async {
            // An error means that the sender is gone, and the worker with it.
            let _ = hurry.wait_for(|hurry| *hurry).await;
        };
        tokio::pin!(hurried);
        let (kind, outcome) = loop {
            tokio::select! {
                done = &mut work => break done,
                () = &mut hurried => break (AckKind::Nak(None), Outcome::Returned),
                _ = alive.tick() => acknowledge(&message, AckKind::Progress).await,
            }
        };
        acknowledge(&message, kind).await;
        outcome
    }

    async fn answer(&self, message: &Message) -> (AckKind, Outcome) {
        let done = (AckKind::Ack, Outcome::Done);
        let Ok(info) = message.info() else { return done };
        let place = Place { sequence: info.stream_sequence, deliveries: info.delivered };
        if place.deliveries > 1 {
            self.metrics.redelivered();
        }
        let request = match Request::read(message.headers.as_ref(), &message.payload) {
            Ok(request) => request,
            Err(unreadable) => {
                let reason = unreadable.to_string();
                self.answers
                    .bury(place, unreadable.place().map(|(id, _)| id), &reason, &message.payload)
                    .await;
                if let Some((id, digest)) = unreadable.place() {
                    self.answers.publish(id, digest, Verdict::new(Kind::Malformed, reason)).await;
                }
                self.metrics.request("unreadable");
                return done;
            }
        };
        let Request { id, digest, proof } = request;
        match self.answers.answered(&id, &digest).await {
            Ok(Answered::Yes) => {
                self.metrics.request("answered_before");
                return done;
            }
            Ok(Answered::Another) => {
                self.answers.bury(place, Some(&id), "another request had this id", &message.payload).await;
                self.metrics.request("id_taken");
                return done;
            }
            // What cannot be found out now is found out when the verdict is published.
            Ok(Answered::No) | Err(_) => {}
        }
        let found = if place.deliveries > self.deliveries {
            Found::Never(format!("{} deliveries, and none was answered", self.deliveries))
        } else {
            self.verify(proof, place.deliveries).await
        };
        match found {
            Found::Verdict(verdict) => {
                let published = self.answers.publish(&id, &digest, verdict).await;
                if published == Answered::Another {
                    self.answers
                        .bury(place, Some(&id), "another request had this id", &message.payload)
                        .await;
                }
                self.metrics.request(match published {
                    Answered::No => "answered",
                    Answered::Yes => "answered_before",
                    Answered::Another => "id_taken",
                });
                done
            }
            Found::Later(_) if *self.dispatch.stop.borrow() => (AckKind::Nak(None), Outcome::Returned),
            Found::Later(reason) if place.deliveries < self.deliveries => {
                tracing::warn!(%id, deliveries = place.deliveries, reason, "a request is handed back");
                self.metrics.request("handed_back");
                (AckKind::Nak(Some(pause_after(place.deliveries))), Outcome::Lost)
            }
            Found::Later(reason) | Found::Never(reason) => {
                tracing::error!(%id, deliveries = place.deliveries, reason, "a request is given up");
                self.answers.bury(place, Some(&id), &reason, &message.payload).await;
                self.answers.publish(&id, &digest, Verdict::new(Kind::Unavailable, reason)).await;
                self.metrics.request("given_up");
                done
            }
        }
    }

    /// Verifies beside others, the fewer the more often it was delivered.
    async fn verify(&self, proof: crate::proto::v1::Proof, delivery: i64) -> Found {
        let share = window::share(delivery, self.most);
        // It is never closed.
        let _permit = self.together.acquire_many(share).await;
        let proofs = vec![proof];
        let verified = async {
            let admitted = self.dispatch.verifying.enter(&self.caller, Size::of(&proofs, None)).await?;
            self.dispatch.verify(proofs, None, admitted).await
        };
        let longest = self.dispatch.limits.request;
        match timeout(longest, verified).await {
            Ok(Ok(mut verdicts)) => match verdicts.pop() {
                Some(verdict) => Found::Verdict(verdict),
                None => Found::Later("no verdict".to_owned()),
            },
            Ok(Err(status)) => without_verdict(&status),
            Err(_) => Found::Later(format!("not done in {longest:?}")),
        }
    }
}

fn without_verdict(status: &Status) -> Found {
    let reason = status.message().to_owned();
    match status.code() {
        // It never fits the queue.
        Code::InvalidArgument => Found::Never(reason),
        _ => Found::Later(reason),
    }
}

fn pause_after(delivery: i64) -> Duration {
    let doublings = u32::try_from(delivery.saturating_sub(1)).unwrap_or(0).min(16);
    PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

/// An acknowledgement that does not arrive has the request delivered again, and found answered.
async fn acknowledge(message: &Message, kind: AckKind) {
    if let Err(error) = message.ack_with(kind).await {
        tracing::debug!(%error, "an acknowledgement was not sent");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_be_verified_is_not_tried_again() {
        assert!(matches!(without_verdict(&Status::invalid_argument("too large")), Found::Never(_)));
        for status in [Status::unavailable("lost"), Status::internal("?"), Status::deadline_exceeded("late")]
        {
            assert!(matches!(without_verdict(&status), Found::Later(_)), "{status}");
        }
        assert_eq!([1, 2, 4, 100].map(|delivery| pause_after(delivery).as_millis()), [100, 200, 800, 10_000]);
    }
}
