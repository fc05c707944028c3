//! Asks a node how it is, as a balancer or a supervisor of containers does: by the standard service of health.

use std::time::Duration;

use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::config::{Peer, TlsFiles};
use crate::peer::{PeerError, connect};
use crate::tls::{Tls, TlsError};

/// What a node says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It takes requests.
    Serving,
    /// It starts, or drains, or lacks its workers.
    NotServing,
    /// It does not know the service.
    UnknownService,
}

/// A node cannot be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// The address.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The files of TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no thread, or no socket.
    #[error("cannot wait for an answer")]
    Io(#[from] std::io::Error),
    /// It does not answer.
    #[error("{0} does not say how it is")]
    NoAnswer(Peer, #[source] Status),
}

/// Asks the node there about a service, or about all of it where the name is empty.
pub fn ask_health(
    peer: &Peer,
    tls: Option<&TlsFiles>,
    service: &str,
    patience: Duration,
) -> Result<Health, ProbeError> {
    let tls = tls.map(Tls::read).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut client = HealthClient::new(connect(peer, tls.as_ref())?);
        let request = Request::new(HealthCheckRequest { service: service.to_owned() });
        // The connection takes of this time as well.
        let answer = tokio::time::timeout(patience, client.check(request)).await;
        match answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time"))) {
            Ok(response) if response.get_ref().status() == ServingStatus::Serving => Ok(Health::Serving),
            Ok(_) => Ok(Health::NotServing),
            Err(status) if status.code() == Code::NotFound => Ok(Health::UnknownService),
            Err(status) => Err(ProbeError::NoAnswer(peer.clone(), status)),
        }
    })
}
