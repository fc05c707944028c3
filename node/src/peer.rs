//! Connections to other nodes.

use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

use crate::config::Peer;
use crate::tls::Tls;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// A peer cannot be connected to, whenever one tries.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The address, or the certificates.
    #[error("{0}")]
    Endpoint(Peer, #[source] tonic::transport::Error),
    /// TLS without certificates.
    #[error("{0} is by TLS: that takes --tls-cert, --tls-key and --tls-client-ca")]
    NoCertificate(Peer),
    /// Another machine without TLS.
    #[error("{0} is on another machine: connect to it by https")]
    Plain(Peer),
}

/// A connection that is made when it is first used, and again whenever it breaks.
pub fn connect(peer: &Peer, tls: Option<&Tls>) -> Result<Channel, PeerError> {
    let uri = match peer {
        Peer::Tcp(uri) => uri.clone(),
        Peer::Unix(path) => format!("unix:{}", path.display()),
    };
    let error = |error| PeerError::Endpoint(peer.clone(), error);
    let mut endpoint = Endpoint::from_shared(uri).map_err(error)?.connect_timeout(CONNECT).tcp_nodelay(true);
    match (peer.is_tls(), tls) {
        (true, Some(tls)) => endpoint = endpoint.tls_config(tls.client()).map_err(error)?,
        (true, None) => return Err(PeerError::NoCertificate(peer.clone())),
        (false, _) if !peer.is_local() => return Err(PeerError::Plain(peer.clone())),
        (false, _) => {}
    }
    Ok(endpoint.connect_lazy())
}
