//! Bounds what is on its way in: its bytes, over all requests, and the time it may take.
//!
//! A message is collected whole before anything looks at it, so that a thousand clients that each send all but the last byte
//! of a large one would fill the memory, and hold it for as long as they like.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Request;
use http_body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tonic::Status;
use tonic::body::Body;

/// The one method whose requests have no end.
const STREAMING: &str = "/quickpickle.v1.Quickpickle/VerifyStream";

/// The bounds of everything that is being received.
#[derive(Clone, Debug)]
pub(super) struct Receiving {
    budget: Arc<Semaphore>,
    whole: Duration,
    silence: Duration,
}

/// The bytes of a request that are counted. A handler of a stream frees them with each message that it takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Received(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Received {
    /// What has come in so far is no longer on its way.
    pub(super) fn free(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn hold(&self, more: OwnedSemaphorePermit) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *held {
            Some(permit) => permit.merge(more),
            None => *held = Some(more),
        }
    }
}

impl Receiving {
    /// At most `budget` bytes at the same time; each request comes in whole within `whole`, a stream is never silent for longer
    /// than `silence`.
    pub(super) fn new(budget: usize, whole: Duration, silence: Duration) -> Self {
        Self { budget: Arc::new(Semaphore::new(budget.min(Semaphore::MAX_PERMITS))), whole, silence }
    }

    /// The request with its body bounded.
    pub(super) fn bound(&self, request: Request<Body>) -> Request<Body> {
        let (mut parts, body) = request.into_parts();
        let streaming = parts.uri.path() == STREAMING;
        let received = Received::default();
        parts.extensions.insert(received.clone());
        let patience = if streaming { self.silence } else { self.whole };
        let body = Bounded {
            body,
            received,
            budget: Arc::clone(&self.budget),
            timer: Box::pin(sleep(patience)),
            silence: streaming.then_some(self.silence),
        };
        Request::from_parts(parts, Body::new(body))
    }
}

struct Bounded {
    body: Body,
    received: Received,
    budget: Arc<Semaphore>,
    timer: Pin<Box<Sleep>>,
    /// Where the time counts from one piece to the next, and not from the start.
    silence: Option<Duration>,
}

impl http_body::Body for Bounded {
    type Data = <Body as http_body::Body>::Data;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            ready!(self.timer.as_mut().poll(cx));
            return Poll::Ready(Some(Err(Status::deadline_exceeded("the request did not arrive in time"))));
        };
        let Some(frame) = frame.transpose()? else { return Poll::Ready(None) };
        let bytes = frame.data_ref().map_or(0, |data| data.len());
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        match Arc::clone(&self.budget).try_acquire_many_owned(permits) {
            Ok(permit) => self.received.hold(permit),
            Err(_) => {
                let busy = "busy: too much is on its way in, try again later";
                return Poll::Ready(Some(Err(Status::resource_exhausted(busy))));
            }
        }
        if let Some(silence) = self.silence {
            self.timer.as_mut().reset(Instant::now() + silence);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use hyper::body::Bytes;
    use tonic::Code;

    fn request(path: &str, body: Body) -> Request<Body> {
        Request::builder().uri(path).body(body).unwrap()
    }

    #[tokio::test]
    async fn bytes_are_counted_over_all_requests_until_they_are_freed() {
        let receiving = Receiving::new(10, Duration::from_secs(9), Duration::from_secs(9));
        let full = || Body::new(Full::new(Bytes::from_static(b"1234567")));
        let first = receiving.bound(request("/a", full()));
        let held = first.extensions().get::<Received>().unwrap().clone();
        assert!(first.into_body().collect().await.is_ok());
        let refused = receiving.bound(request("/b", full())).into_body().collect().await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        held.free();
        assert!(receiving.bound(request("/b", full())).into_body().collect().await.is_ok());
    }

    #[tokio::test]
    async fn a_request_that_does_not_end_is_ended() {
        let receiving = Receiving::new(10, Duration::from_millis(30), Duration::from_millis(30));
        let endless = || {
            let pending = tokio_stream::pending::<Result<Frame<Bytes>, Status>>();
            Body::new(StreamBody::new(pending))
        };
        for path in ["/a", STREAMING] {
            let ended = receiving.bound(request(path, endless())).into_body().collect().await.unwrap_err();
            assert_eq!(ended.code(), Code::DeadlineExceeded);
        }
    }
}
