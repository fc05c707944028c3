//! The page that Prometheus reads, on a loopback port or a Unix socket of its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;

use super::Metrics;
use crate::front::{Door, Stream};

/// How long a client may take to ask, and a connection to be silent.
const PATIENCE: Duration = Duration::from_secs(5);
/// After an error of the system, such as too many open files, the next connection waits so long.
const PAUSE: Duration = Duration::from_millis(100);
/// Connections at the same time.
const CONNECTIONS: usize = 16;
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves `/metrics` as long as it is polled. `update` is called before each answer.
pub async fn serve(
    door: Door,
    metrics: Arc<Metrics>,
    update: impl Fn(&Metrics) + Clone + Send + Sync + 'static,
) -> Infallible {
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let stream = match door.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection to the metrics was not accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Beyond the bound a connection is closed at once.
        let Ok(permit) = Arc::clone(&connections).try_acquire_owned() else { continue };
        let (metrics, update) = (Arc::clone(&metrics), update.clone());
        tokio::spawn(async move {
            let _permit = permit;
            answer(stream, &metrics, update).await;
        });
    }
}

async fn answer(stream: Stream, metrics: &Metrics, update: impl Fn(&Metrics)) {
    let page = |request: Request<Incoming>| {
        let mut response = match (request.method(), request.uri().path()) {
            (&Method::GET, "/metrics") => {
                update(metrics);
                Response::new(Full::new(Bytes::from(metrics.text())))
            }
            _ => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
        };
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(OPENMETRICS));
        async move { Ok::<_, Infallible>(response) }
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .max_buf_size(8192)
        .serve_connection(TokioIo::new(stream), service_fn(page));
    // One answer a connection, so that a client that reads slowly does not hold it for long.
    if let Ok(Err(error)) = tokio::time::timeout(2 * PATIENCE, connection).await {
        tracing::debug!(%error, "a connection to the metrics");
    }
}
