//! What a node is told when it starts.

mod address;
mod circuit;
mod limits;
mod role;

pub use address::{AddressError, Listen, Peer};
pub use circuit::{CircuitSpec, CircuitSpecError, Origin, Source};
pub use limits::Limits;
pub use role::{Role, UnknownRole};

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::keys::KeysDigest;
use crate::logging::LogFormat;

/// Where the keys come from that the verifier is initialised with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The prover makes or loads the proving keys and returns the verification keys; only then the verifier is started.
    Prover,
    /// The published keys in the binary.
    Baked,
    /// A keys file.
    File(PathBuf),
    /// Another node that has them.
    Peer(Peer),
    /// Every process makes its own: the old way, for comparison.
    Duplicated,
}

impl FromStr for KeySource {
    type Err = AddressError;

    /// What looks like an address is one, and never a file: that would be `./HOST:PORT`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Ok(match text {
            "prover" => Self::Prover,
            "baked" => Self::Baked,
            "duplicated" => Self::Duplicated,
            _ if text.starts_with("unix:") || text.contains("://") || is_host_and_port(text) => {
                Self::Peer(text.parse()?)
            }
            _ => Self::File(text.into()),
        })
    }
}

fn is_host_and_port(text: &str) -> bool {
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty() && !host.contains('/'));
    port.is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

/// When the prover runs, in the roles that have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProverPolicy {
    /// It is started at its first use, not with the node.
    pub lazy: bool,
    /// It is stopped when it has had nothing to do for this long.
    pub idle_stop: Option<Duration>,
}

/// The files of TLS, PEM all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// This node's certificate, and those that lead to its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authorities whose certificates clients, and other nodes, must show.
    pub authorities: PathBuf,
}

/// A node's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the node is for.
    pub role: Role,
    /// Where its front door is.
    pub listen: Listen,
    /// Where the verification keys come from.
    pub keys: KeySource,
    /// What their digest must be.
    pub keys_digest: Option<KeysDigest>,
    /// Where to write them.
    pub write_keys: Option<PathBuf>,
    /// The name of the network that blocks, ledger proofs and commands are of. Its published keys, in the binary or of a file, are the
    /// node's where `keys` takes none from elsewhere.
    pub network: Option<String>,
    /// Files of the keys of networks and forks that the binary does not know.
    pub network_keys: Vec<PathBuf>,
    /// The circuits that the node knows how to prove.
    pub circuits: Vec<CircuitSpec>,
    /// Where proving keys are kept.
    pub key_dir: Option<PathBuf>,
    /// When the prover runs.
    pub prover: ProverPolicy,
    /// How it takes part in a simulated network.
    #[cfg(feature = "network")]
    pub participation: crate::network::Participation,
    /// The farm whose work queue it takes requests from, beside those at the front door.
    #[cfg(feature = "jetstream")]
    pub farm: Option<crate::jetstream::farm::FarmOptions>,
    /// Where Prometheus finds the metrics, on this machine.
    pub metrics: Option<Listen>,
    /// Where the memory of the processes is recorded.
    pub record: Option<PathBuf>,
    /// Where the workers' sockets are, in a private directory of their own.
    pub socket_dir: Option<PathBuf>,
    /// TLS at the front door and towards other nodes.
    pub tls: Option<TlsFiles>,
    /// The bounds.
    pub limits: Limits,
    /// How logs look.
    pub log: LogFormat,
}

/// Why a configuration makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Other machines could connect, and there are no certificates to tell who they are.
    #[error(
        "the front door at {0} is open to other machines: that takes --tls-cert, --tls-key and --tls-client-ca"
    )]
    OpenDoor(Listen),
    /// TLS over a Unix socket.
    #[error("TLS is for TCP, not for the Unix socket {0}")]
    TlsOverUnix(Listen),
    /// A role without prover is to get its keys from one.
    #[error(
        "a {0} starts no prover that could make its keys: say --keys baked, --keys FILE, or the address of a node that has them"
    )]
    NoProver(Role),
    /// The keys of the circuits are to be made, and there are no circuits.
    #[error("--keys {0} makes the keys of the circuits, and there is no --circuit")]
    NoCircuits(&'static str),
    /// Two circuits have one name.
    #[error("two circuits have the name {0}")]
    SameName(String),
    /// A key that comes over the net must be the expected one.
    #[error("keys from another machine ({0}) must be pinned by --keys-digest")]
    Unpinned(Peer),
    /// A role that verifies by named keys has none.
    #[error(
        "a {0} verifies by keys that have names, and there are none: say --network, --keys FILE or --keys ADDRESS"
    )]
    NoKeys(Role),
    /// The role has nothing to do without a network.
    #[error("a {0} is part of a simulated network: build with --features network")]
    NoNetwork(Role),
    /// The part in a network.
    #[cfg(feature = "network")]
    #[error(transparent)]
    Participation(#[from] crate::network::ParticipationError),
    /// A role that verifies nothing takes no requests from a work queue.
    #[cfg(feature = "jetstream")]
    #[error("a {0} verifies nothing, and takes no requests from a work queue")]
    NoVerifier(Role),
    /// A bound is zero.
    #[error("{0} must not be zero")]
    Zero(&'static str),
}

impl Config {
    /// Whether the parts fit together.
    pub fn check(&self) -> Result<(), ConfigError> {
        if cfg!(not(feature = "network")) && self.role.needs_network() {
            return Err(ConfigError::NoNetwork(self.role));
        }
        if !self.listen.is_local() && self.tls.is_none() {
            return Err(ConfigError::OpenDoor(self.listen.clone()));
        }
        if matches!(self.listen, Listen::Unix(_)) && self.tls.is_some() {
            return Err(ConfigError::TlsOverUnix(self.listen.clone()));
        }
        match &self.keys {
            KeySource::Baked => {
                let named = matches!(self.role, Role::Seed | Role::Archive | Role::SnarkCoordinator);
                if named && self.network.is_none() {
                    return Err(ConfigError::NoKeys(self.role));
                }
            }
            KeySource::Prover if !self.role.proves() => return Err(ConfigError::NoProver(self.role)),
            KeySource::Prover if self.circuits.is_empty() => return Err(ConfigError::NoCircuits("prover")),
            KeySource::Duplicated if self.circuits.is_empty() => {
                return Err(ConfigError::NoCircuits("duplicated"));
            }
            KeySource::Peer(peer) if !peer.is_local() && self.keys_digest.is_none() => {
                return Err(ConfigError::Unpinned(peer.clone()));
            }
            _ => {}
        }
        for (i, circuit) in self.circuits.iter().enumerate() {
            if self.circuits.iter().take(i).any(|other| other.name == circuit.name) {
                return Err(ConfigError::SameName(circuit.name.to_string()));
            }
        }
        #[cfg(feature = "network")]
        self.participation.check(self.role, &self.circuits)?;
        #[cfg(feature = "jetstream")]
        if let Some(farm) = &self.farm {
            if !self.role.verifies() {
                return Err(ConfigError::NoVerifier(self.role));
            }
            if farm.deliveries == 0 {
                return Err(ConfigError::Zero("the number of a request's deliveries"));
            }
        }
        let Limits { queue, queue_bytes, prove_queue, batch, message, connections, .. } = self.limits;
        let bounds = [
            ("the queue", queue),
            ("the bytes of the queue", queue_bytes),
            ("the queue of the prover", prove_queue),
            ("a batch", batch),
            ("a caller's part of the queue", self.limits.caller_queue),
            ("the size of a message", message),
            ("the number of connections", connections),
            ("the number of streams", self.limits.streams as usize),
        ];
        bounds
            .into_iter()
            .find(|(_, bound)| *bound == 0)
            .map_or(Ok(()), |(name, _)| Err(ConfigError::Zero(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_no_file() {
        for text in
            ["unix:/a", "http://a:1", "https://a.example:1", "localhost:7100", "[::1]:1", "192.0.2.1:9"]
        {
            assert!(matches!(text.parse(), Ok(KeySource::Peer(_))), "{text}");
        }
        for text in ["keys.json", "./localhost:7100", "/a/b:1", "a:b", ":1", "a:70000"] {
            assert!(matches!(text.parse(), Ok(KeySource::File(_))), "{text}");
        }
        for text in ["unix:", "ftp://a:1", "http://a"] {
            assert!(text.parse::<KeySource>().is_err(), "{text}");
        }
    }
}
