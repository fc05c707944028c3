//! The address of a NATS server.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use async_nats::ServerAddr;

/// A server: `nats://HOST:PORT` without TLS, `tls://HOST:PORT` with it. The port may be left out, it is 4222 then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server(ServerAddr);

/// Why a text is no address of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// It is of another form.
    #[error("{0:?} is no address of a NATS server: nats://HOST:PORT or tls://HOST:PORT is")]
    Form(String),
    /// It has a password, or what stands for one, which every user of the machine could read.
    #[error(
        "the address of a NATS server has no user and no password: give a file, by --nats-credentials, --nats-nkey or --nats-token"
    )]
    Secret,
}

impl Server {
    /// Whether it is on this machine, so that the connection crosses no network.
    pub fn is_local(&self) -> bool {
        let host = self.0.host();
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether the connection is by TLS.
    pub fn is_tls(&self) -> bool {
        self.0.tls_required()
    }

    pub(super) fn address(&self) -> ServerAddr {
        self.0.clone()
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.0.scheme(), self.0.host(), self.0.port())
    }
}

impl FromStr for Server {
    type Err = ServerError;

    fn from_str(text: &str) -> Result<Self, ServerError> {
        // Before anything that repeats the text.
        if text.contains('@') {
            return Err(ServerError::Secret);
        }
        let form = || ServerError::Form(text.to_owned());
        // The client takes lists as well; here an address is one.
        let address: ServerAddr =
            Some(text).filter(|text| !text.contains(',')).ok_or_else(form)?.parse().map_err(|_| form())?;
        let is_known = matches!(address.scheme(), "nats" | "tls") && !address.host().is_empty();
        if is_known { Ok(Self(address)) } else { Err(form()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_whether_it_is_of_this_machine_and_by_tls() {
        for (text, local, tls, shown) in [
            ("nats://127.0.0.1:4300", true, false, "nats://127.0.0.1:4300"),
            ("localhost", true, false, "nats://localhost:4222"),
            ("tls://[::1]:1", true, true, "tls://::1:1"),
            ("tls://queue.example", false, true, "tls://queue.example:4222"),
            ("nats://192.0.2.1:1", false, false, "nats://192.0.2.1:1"),
        ] {
            let server: Server = text.parse().expect(text);
            assert_eq!((server.is_local(), server.is_tls()), (local, tls), "{text}");
            assert_eq!(server.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_server_or_has_a_password_is_refused() {
        for text in ["", "ws://a:1", "http://a:1", "nats://", "nats://a:70000", "nats://a:1,nats://b:1"] {
            assert_eq!(text.parse::<Server>(), Err(ServerError::Form(text.to_owned())), "{text}");
        }
        let error = "nats://user:secret@queue.example:1".parse::<Server>().unwrap_err();
        assert!(error == ServerError::Secret && !error.to_string().contains("secret"), "{error}");
    }
}
