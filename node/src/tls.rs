//! TLS with certificates on both sides: a client shows one of a known authority.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::config::TlsFiles;

/// The certificates of a node.
#[derive(Clone, Debug)]
pub struct Tls {
    identity: Identity,
    authorities: Certificate,
}

/// A file of TLS cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", path.display())]
pub struct TlsError {
    path: PathBuf,
    source: io::Error,
}

impl Tls {
    /// Reads the files.
    pub fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|source| TlsError { path: path.to_path_buf(), source });
        Ok(Self {
            identity: Identity::from_pem(read(&files.certificate)?, read(&files.key)?),
            authorities: Certificate::from_pem(read(&files.authorities)?),
        })
    }

    /// For the front door; a handshake takes no longer than `patience`.
    pub fn server(&self, patience: Duration) -> ServerTlsConfig {
        ServerTlsConfig::new()
            .identity(self.identity.clone())
            .client_ca_root(self.authorities.clone())
            .timeout(patience)
    }

    /// Towards other nodes, which show a certificate of the same authorities.
    pub fn client(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().identity(self.identity.clone()).ca_certificate(self.authorities.clone())
    }
}
