//! TLS with certificates on both sides: a client shows one of a known authority.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity, Server, ServerTlsConfig};

use crate::config::TlsFiles;

/// The certificates of a node.
#[derive(Clone, Debug)]
pub struct Tls {
    identity: Identity,
    authorities: Certificate,
}

/// Why the files of TLS cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file does not hold what it is named for.
    #[error("{} holds no {what} in PEM, which {option} takes", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// The option that names it.
        option: &'static str,
    },
    /// The authorities' certificates decode and are none of an authority.
    #[error("{} holds no certificate of an authority, which --tls-client-ca takes", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: tonic::transport::Error,
    },
    /// The certificate and the key are not a pair, or of a kind that is not known.
    #[error("the certificate {} with the key {}", certificate.display(), key.display())]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// That of the key.
        key: PathBuf,
        /// What is wrong with them.
        source: tonic::transport::Error,
    },
}

impl Tls {
    /// Reads the files, and tries whether they can be used.
    pub fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_path_buf(), source })
        };
        let TlsFiles { certificate, key, authorities } = files;
        let pem = [read(certificate)?, read(key)?, read(authorities)?];
        let holds = |good: bool, path: &Path, what, option| {
            if good { Ok(()) } else { Err(TlsError::Pem { path: path.to_path_buf(), what, option }) }
        };
        holds(has_certificate(&pem[0]), certificate, "certificate", "--tls-cert")?;
        holds(PrivateKeyDer::from_pem_slice(&pem[1]).is_ok(), key, "private key", "--tls-key")?;
        holds(has_certificate(&pem[2]), authorities, "certificate", "--tls-client-ca")?;
        let [certificate_pem, key_pem, authorities_pem] = pem;
        let tls = Self {
            identity: Identity::from_pem(certificate_pem, key_pem),
            authorities: Certificate::from_pem(authorities_pem),
        };
        tls.check(files)?;
        Ok(tls)
    }

    /// What the door, and a connection to another node, would find out when they first use the files.
    fn check(&self, files: &TlsFiles) -> Result<(), TlsError> {
        let TlsFiles { certificate, key, authorities } = files.clone();
        let own = ServerTlsConfig::new().identity(self.identity.clone());
        if let Err(source) = Server::builder().tls_config(own) {
            return Err(TlsError::Pair { certificate, key, source });
        }
        if let Err(source) = Server::builder().tls_config(self.server(Duration::MAX)) {
            return Err(TlsError::Authorities { path: authorities, source });
        }
        match Endpoint::from_static("https://localhost").tls_config(self.client()) {
            Ok(_) => Ok(()),
            Err(source) => Err(TlsError::Authorities { path: authorities, source }),
        }
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

/// Whether there is a certificate, and nothing but certificates that decode from PEM.
fn has_certificate(pem: &[u8]) -> bool {
    let mut certificates = CertificateDer::pem_slice_iter(pem);
    certificates.next().is_some_and(|first| first.is_ok()) && certificates.all(|other| other.is_ok())
}
