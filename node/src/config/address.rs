//! Where a node listens, and where others do.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// A place to listen at: `127.0.0.1:7100`, `[::1]:7100`, `unix:/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// TCP; port 0 lets the system choose one.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Listen {
    /// Whether only processes of this machine can connect.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no address: {expected}")]
pub struct AddressError {
    text: String,
    expected: &'static str,
}

impl FromStr for Listen {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        let expected = "IP:PORT or unix:PATH is";
        text.parse().map(Self::Tcp).map_err(|_| AddressError { text: text.to_owned(), expected })
    }
}

/// Another node: `http://HOST:PORT`, `https://HOST:PORT`, `unix:/path`. `HOST:PORT` is the first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// TCP, with TLS where the address begins with `https`.
    Tcp(String),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Peer {
    /// Whether it is on this machine, so that the connection crosses no network.
    pub fn is_local(&self) -> bool {
        let Self::Tcp(uri) = self else { return true };
        let Ok(uri) = uri.parse::<tonic::transport::Uri>() else { return false };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether the connection is by TLS.
    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tcp(uri) if uri.starts_with("https://"))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(uri) => f.write_str(uri),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Peer {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        let uri = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let parsed = uri.parse::<tonic::transport::Uri>().ok();
        let good = parsed.is_some_and(|parsed| {
            matches!(parsed.scheme_str(), Some("http" | "https")) && parsed.port().is_some()
        });
        let expected = "HOST:PORT, http://HOST:PORT, https://HOST:PORT or unix:PATH is";
        if good { Ok(Self::Tcp(uri)) } else { Err(AddressError { text: text.to_owned(), expected }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_sockets_are_local() {
        for (text, local) in [
            ("127.0.0.1:1", true),
            ("[::1]:0", true),
            ("unix:/a", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
            ("192.0.2.1:1", false),
        ] {
            assert_eq!(text.parse::<Listen>().map(|listen| listen.is_local()), Ok(local), "{text}");
        }
        for text in ["", "unix:", "localhost:1", "127.0.0.1", "127.0.0.1:70000"] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }

    #[test]
    fn peers_name_a_port() {
        for (text, local, tls) in [
            ("127.0.0.1:1", true, false),
            ("http://localhost:1", true, false),
            ("https://[::1]:2", true, true),
            ("https://example.org:3", false, true),
            ("http://192.0.2.1:3", false, false),
            ("unix:/a", true, false),
        ] {
            let peer: Peer = text.parse().unwrap();
            assert_eq!((peer.is_local(), peer.is_tls()), (local, tls), "{text}");
        }
        for text in ["", "unix:", "example.org", "ftp://a:1", "http://a", "http://a b:1"] {
            assert!(text.parse::<Peer>().is_err(), "{text}");
        }
    }
}
