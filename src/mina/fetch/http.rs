//! Requests over HTTP whose answers are bounded, in bytes and in time.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quickpickle_mina::daemon::{self, MAX_ANSWER};
use quickpickle_runtime::wire::excerpt;
use ureq::Agent;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::FetchError;

/// Bytes of an answer's head.
const MAX_HEAD: usize = 16 << 10;

/// An address that requests are posted to.
pub struct Endpoint {
    agent: Agent,
    address: Uri,
    name: String,
    timeout: Duration,
    /// When `timeout` is over; never, where that is beyond what the clock can say.
    end: Option<Instant>,
}

impl Endpoint {
    /// The endpoint of an address, which may take `timeout` for all answers together.
    pub fn new(address: &str, timeout: Duration) -> Result<Self, FetchError> {
        let address: Uri = address.parse().map_err(|_| FetchError::Address)?;
        let scheme = address.scheme().filter(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
        let (Some(scheme), Some(host)) = (scheme, address.host().filter(|host| !host.is_empty())) else {
            return Err(FetchError::Address);
        };
        let port = address.port().map(|port| format!(":{port}")).unwrap_or_default();
        let name = format!("{scheme}://{host}{port}");
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_response_header_size(MAX_HEAD)
            .user_agent(concat!("quickpickle/", env!("CARGO_PKG_VERSION")));
        let config = if *scheme == Scheme::HTTPS { config.tls_config(tls()) } else { config };
        let agent = Agent::new_with_config(config.build());
        Ok(Self { agent, address, name, timeout, end: Instant::now().checked_add(timeout) })
    }

    /// Scheme, host and port.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Posts a request in JSON; the body of the answer.
    pub fn ask(&self, request: String) -> Result<Vec<u8>, FetchError> {
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(self.timeout());
        }
        let post = self.agent.post(&self.address).config().timeout_global(left).build();
        let post = post.header("content-type", "application/json").header("accept", "application/json");
        let response = post.send(request).map_err(|error| self.error(error))?;
        let (head, mut body) = response.into_parts();
        if head.status.is_redirection() {
            return Err(FetchError::Redirected { status: head.status.as_u16() });
        }
        if body.content_length().is_some_and(|length| length > MAX_ANSWER as u64) {
            return Err(FetchError::TooLong);
        }
        let body = body.with_config().limit(MAX_ANSWER as u64).read_to_vec();
        if head.status.is_success() {
            return body.map_err(|error| self.error(error));
        }
        // A daemon says with status 400 what is wrong with a query.
        let told = body.ok().and_then(|body| daemon::refusal(&body));
        Err(told.map_or(FetchError::Status { status: head.status.as_u16() }, FetchError::from))
    }

    fn timeout(&self) -> FetchError {
        FetchError::Timeout { within: self.timeout }
    }

    fn error(&self, error: ureq::Error) -> FetchError {
        match error {
            ureq::Error::Timeout(_) => self.timeout(),
            ureq::Error::BodyExceedsLimit(_) => FetchError::TooLong,
            // Its words may be the other side's: names in a certificate, for one.
            error => FetchError::Connection { reason: excerpt(&error) },
        }
    }
}

/// The arithmetic of `ring`, and the certificates that the system trusts.
fn tls() -> TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    if let (true, Some(error)) = (found.certs.is_empty(), found.errors.first()) {
        log::warn!("the certificates that this system trusts cannot be read: {error}");
    }
    let roots: Vec<_> = found.certs.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

impl fmt::Debug for Endpoint {
    /// Without what in the address may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("name", &self.name).field("timeout", &self.timeout).finish()
    }
}
