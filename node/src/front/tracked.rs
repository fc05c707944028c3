//! What every request goes through: it is counted to the end of its answer, its caller is known, its body is bounded.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::transport::server::TlsConnectInfo;
use tower::{Layer, Service};

use super::activity::InFlight;
use super::listener::Link;
use super::receive::Receiving;
use crate::caller::{Callers, Identity};

/// Counts requests and tells callers.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) callers: Arc<Callers>,
    pub(super) receiving: Receiving,
}

/// A service under [`Track`].
#[derive(Clone, Debug)]
pub(super) struct Tracked<S> {
    track: Track,
    inner: S,
}

impl<S> Layer<S> for Track {
    type Service = Tracked<S>;

    fn layer(&self, inner: S) -> Tracked<S> {
        Tracked { track: self.clone(), inner }
    }
}

impl Track {
    fn begin(&self, request: Request<Body>) -> (Request<Body>, Option<InFlight>) {
        let mut request = self.receiving.bound(request);
        let extensions = request.extensions_mut();
        let certificates = extensions.get::<TlsConnectInfo<Link>>().and_then(TlsConnectInfo::peer_certs);
        let certificate = certificates.as_deref().and_then(|chain| chain.first());
        let known = certificate.map(|own| self.callers.known(Identity::Certificate(blake3::hash(own))));
        let link = extensions.get::<Link>().cloned();
        let in_flight = link.as_ref().map(|link| link.activity.begin());
        if let Some(caller) = known.or(link.map(|link| link.caller)) {
            extensions.insert(caller);
        }
        (request, in_flight)
    }
}

impl<S> Service<Request<Body>> for Tracked<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (request, in_flight) = self.track.begin(request);
        let response = self.inner.call(request);
        Box::pin(
            async move { Ok(response.await?.map(|body| Body::new(Answer { body, _in_flight: in_flight }))) },
        )
    }
}

/// The body of an answer, with which its request ends.
struct Answer {
    body: Body,
    _in_flight: Option<InFlight>,
}

impl http_body::Body for Answer {
    type Data = <Body as http_body::Body>::Data;
    type Error = <Body as http_body::Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
