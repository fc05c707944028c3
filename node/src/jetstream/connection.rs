//! The connection to the servers, which the client makes anew whenever it breaks.

use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectErrorKind, Event};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::access::{Access, AccessError};
use super::server::Server;

/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(5);
/// The pause before the first attempt to connect again; it doubles from one to the next.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// A connection in which nothing comes for two of these is taken as broken.
const PING: Duration = Duration::from_secs(5);
/// The oldest release of the server that has what is used here.
const OLDEST: (i64, i64) = (2, 9);

/// How to reach the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Some of them; the client learns of the others of their cluster where TLS tells them apart from strangers.
    pub servers: Vec<Server>,
    /// How the node is let in.
    pub access: Access,
    /// How long the first connection may take to come about.
    pub patience: Duration,
    /// How long the servers may take for an answer.
    pub request: Duration,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No server is named.
    #[error("no NATS server is named")]
    NoServer,
    /// Another machine without TLS.
    #[error("the NATS server {0} is on another machine: connect to it by tls://")]
    Plain(Server),
    /// Some addresses are by TLS and some are not.
    #[error("of the NATS servers some are by TLS and {0} is not")]
    Mixed(Server),
    /// A file.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The servers do not let the node in, or it does not trust them.
    #[error("the NATS servers at {0}")]
    Refused(String, #[source] async_nats::ConnectError),
    /// No connection in time.
    #[error("the NATS servers at {servers} were not reached in {patience:?}")]
    Unreachable {
        /// Their addresses.
        servers: String,
        /// How long it was tried.
        patience: Duration,
        /// What happened the last time.
        source: Option<async_nats::ConnectError>,
    },
    /// The server lacks what is used.
    #[error("the NATS server has version {found}, and at least {}.{} is needed", OLDEST.0, OLDEST.1)]
    Old {
        /// Its version.
        found: String,
    },
    /// JetStream is not to be had.
    #[error("the NATS server has no JetStream for this user")]
    NoJetStream(#[source] async_nats::Error),
}

/// A connection with JetStream.
#[derive(Clone, Debug)]
pub struct Connection {
    client: Client,
    context: Context,
    connected: watch::Receiver<bool>,
}

impl Connection {
    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its JetStream.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether there is a connection now, and its changes.
    pub fn connected(&self) -> watch::Receiver<bool> {
        self.connected.clone()
    }

    /// Hands what is still to be sent to the server, if it takes it in this time, and closes.
    pub async fn close(self, patience: Duration) {
        if self.client.connection_state() == State::Connected {
            let flushed = tokio::time::timeout(patience, self.client.flush()).await;
            if !matches!(flushed, Ok(Ok(()))) {
                tracing::warn!("the last messages to the NATS server may be lost");
            }
        }
        // An error means that it is closed.
        let _ = self.client.drain().await;
    }
}

/// Connects under a name that the servers' operator sees. A server that is not there yet is waited for, one that refuses is not.
pub async fn connect(options: &Options, name: &str) -> Result<Connection, ConnectError> {
    check(&options.servers)?;
    let is_tls = options.servers.first().is_some_and(Server::is_tls);
    let servers = options.servers.iter().map(Server::to_string).collect::<Vec<_>>().join(", ");
    let addresses: Vec<_> = options.servers.iter().map(Server::address).collect();
    let (state, connected) = watch::channel(false);
    let deadline = Instant::now() + options.patience;
    let mut pause = PAUSE;
    let mut last = None;
    let client = loop {
        // Read anew each time: who waits for a server may wait for its certificate as well.
        let settings = settings(options, name, is_tls, state.clone())?;
        match timeout_at(deadline, settings.connect(&addresses[..])).await {
            Ok(Ok(client)) => break client,
            Ok(Err(error)) if is_final(error.kind()) => return Err(ConnectError::Refused(servers, error)),
            Ok(Err(error)) => {
                tracing::info!(servers, %error, "no NATS server yet");
                last = Some(error);
            }
            Err(_) => {}
        }
        if Instant::now() + pause >= deadline {
            let patience = options.patience;
            return Err(ConnectError::Unreachable { servers, patience, source: last });
        }
        sleep(pause).await;
        pause = (2 * pause).min(LONGEST_PAUSE);
    };
    state.send_replace(true);
    let (major, minor) = OLDEST;
    if !client.is_server_compatible(major, minor, 0) {
        return Err(ConnectError::Old { found: client.server_info().version });
    }
    let context = jetstream::ContextBuilder::new().timeout(options.request).ack_timeout(options.request);
    let context = context.build(client.clone());
    // Not by the client's own type of the answer, which servers of 2.9 do not fill.
    match context.request("INFO", &()).await {
        Ok(Response::Ok::<serde_json::Value>(_)) => {}
        Ok(Response::Err { error }) => return Err(ConnectError::NoJetStream(error.into())),
        Err(error) => return Err(ConnectError::NoJetStream(error.into())),
    }
    tracing::info!(servers, "connected to NATS");
    Ok(Connection { client, context, connected })
}

/// Whether the addresses are such that nobody between can read or alter what is sent.
fn check(servers: &[Server]) -> Result<(), ConnectError> {
    let first = servers.first().ok_or(ConnectError::NoServer)?;
    for server in servers {
        if !server.is_tls() && !server.is_local() {
            return Err(ConnectError::Plain(server.clone()));
        }
        if server.is_tls() != first.is_tls() {
            let plain = if server.is_tls() { first } else { server };
            return Err(ConnectError::Mixed(plain.clone()));
        }
    }
    Ok(())
}

fn settings(
    options: &Options,
    name: &str,
    is_tls: bool,
    connected: watch::Sender<bool>,
) -> Result<async_nats::ConnectOptions, AccessError> {
    let mut settings = options
        .access
        .options()?
        .name(name)
        .require_tls(is_tls)
        .connection_timeout(ATTEMPT)
        .request_timeout(Some(options.request))
        .ping_interval(PING)
        .reconnect_delay_callback(pause_before)
        .event_callback(move |event| {
            let connected = connected.clone();
            async move {
                match event {
                    Event::Connected => {
                        connected.send_replace(true);
                    }
                    Event::Disconnected | Event::Closed => {
                        connected.send_replace(false);
                        tracing::warn!("the connection to NATS is broken");
                    }
                    event => tracing::warn!(%event, "NATS"),
                }
            }
        });
    if !is_tls {
        // Servers of other machines that this one tells of would be connected to without TLS.
        settings = settings.ignore_discovered_servers();
    }
    Ok(settings)
}

/// The pause before an attempt to connect again.
fn pause_before(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

/// Whether another attempt would fail alike.
fn is_final(kind: ConnectErrorKind) -> bool {
    matches!(
        kind,
        ConnectErrorKind::AuthorizationViolation
            | ConnectErrorKind::Authentication
            | ConnectErrorKind::ServerParse
            | ConnectErrorKind::Tls
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(texts: &[&str]) -> Vec<Server> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    #[test]
    fn what_is_sent_crosses_a_network_by_tls_alone() {
        assert!(check(&servers(&["nats://127.0.0.1:1", "nats://localhost:2"])).is_ok());
        assert!(check(&servers(&["tls://192.0.2.1:1", "tls://queue.example"])).is_ok());
        let plain = check(&servers(&["nats://127.0.0.1:1", "nats://queue.example"]));
        assert!(matches!(plain, Err(ConnectError::Plain(server)) if server.to_string().contains("queue")));
        assert!(matches!(check(&servers(&["tls://127.0.0.1", "nats://[::1]"])), Err(ConnectError::Mixed(_))));
        assert!(matches!(check(&[]), Err(ConnectError::NoServer)));
    }

    #[test]
    fn pauses_grow_to_a_bound() {
        let pauses = [1, 2, 3, 6, usize::MAX].map(pause_before);
        assert_eq!(pauses.map(|pause| pause.as_millis()), [100, 200, 400, 3000, 3000]);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_waited_for_and_no_longer() {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = Options {
            servers: servers(&[&format!("nats://127.0.0.1:{port}")]),
            access: Access::default(),
            patience: 3 * PAUSE,
            request: ATTEMPT,
        };
        let error = connect(&options, "test").await.map(|_| ()).unwrap_err();
        let found = matches!(&error, ConnectError::Unreachable { source: Some(_), .. });
        assert!(found && error.to_string().contains(&port.to_string()), "{error}");
    }
}
