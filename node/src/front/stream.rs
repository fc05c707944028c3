//! Verification of a stream: each proof is answered as it is done. What finds no room in the queue waits, and with it the
//! stream: the caller cannot send faster than the node verifies.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::receive::Received;
use crate::admission::Size;
use crate::caller::Caller;
use crate::dispatch::Dispatch;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{Verdict, VerifyStreamRequest, VerifyStreamResponse};

/// Proofs of one stream that are verified at the same time.
const AT_ONCE: usize = 64;
/// Once the node stops, what a caller has sent is still answered: its stream ends when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(200);

type Answer = Result<VerifyStreamResponse, Status>;

/// The answers to a stream of requests.
pub(super) fn answer(
    dispatch: Arc<Dispatch>,
    caller: Caller,
    requests: Streaming<VerifyStreamRequest>,
    received: Received,
) -> ReceiverStream<Answer> {
    let (answers, receiver) = mpsc::channel(AT_ONCE);
    tokio::spawn(async move {
        let listener = answers.clone();
        tokio::select! {
            end = run(&dispatch, &caller, requests, &received, &answers) => if let Err(status) = end {
                // The last thing that the caller hears, if it still listens.
                let _ = answers.send(Err(status)).await;
            },
            // Dropping the other branch takes what waits out of the queue.
            () = listener.closed() => {}
        }
    });
    ReceiverStream::new(receiver)
}

async fn run(
    dispatch: &Arc<Dispatch>,
    caller: &Caller,
    mut requests: Streaming<VerifyStreamRequest>,
    received: &Received,
    answers: &mpsc::Sender<Answer>,
) -> Result<(), Status> {
    let mut verifying = JoinSet::new();
    let mut end_of_reading = None;
    let end = loop {
        while verifying.len() >= AT_ONCE {
            verifying.join_next().await;
        }
        let request = tokio::select! {
            request = requests.message() => match request {
                Ok(Some(request)) => request,
                Ok(None) => break Ok(()),
                Err(status) => break Err(status),
            },
            () = quiet(dispatch, &mut end_of_reading) => break Err(Status::unavailable("the node stops")),
        };
        let VerifyStreamRequest { id, proof } = request;
        let proofs: Vec<_> = proof.into_iter().collect();
        let admitted = match dispatch.verifying.enter(caller, Size::of(&proofs, None)).await {
            Ok(admitted) => admitted,
            Err(status) => break Err(status),
        };
        // From here on the queue counts it.
        received.free();
        let (dispatch, answers) = (Arc::clone(dispatch), answers.clone());
        verifying.spawn(async move {
            let verdict = if proofs.is_empty() {
                Ok(Verdict::new(Kind::Malformed, "a message without a proof"))
            } else {
                let longest = dispatch.limits.request;
                let verified = timeout(longest, dispatch.verify(proofs, None, admitted)).await;
                let late = || Status::deadline_exceeded(format!("not done in {longest:?}"));
                let none = || Status::internal("no verdict");
                verified.unwrap_or_else(|_| Err(late())).and_then(|mut v| v.pop().ok_or_else(none))
            };
            // Every request gets an answer, so that its caller need not give up the stream for it.
            let verdict = verdict.unwrap_or_else(|status| Verdict::new(Kind::Unavailable, status.message()));
            // Fails where the caller has gone.
            let _ = answers.send(Ok(VerifyStreamResponse { id, verdict: Some(verdict) })).await;
        });
    };
    while verifying.join_next().await.is_some() {}
    end
}

/// Returns once the node stops and nothing more is to be waited for. Who never ceases to send is heard for half of the time
/// that the node has to stop.
async fn quiet(dispatch: &Dispatch, end: &mut Option<Instant>) {
    dispatch.stopping().await;
    let now = Instant::now();
    let end = *end.get_or_insert(now + dispatch.limits.drain / 2);
    sleep_until(end.min(now + QUIET)).await;
}
