//! What a node is told when it starts.

mod address;
mod circuit;
mod limits;
mod role;

pub use address::{AddressError, Listen, Peer};
pub use circuit::{CircuitSpec, CircuitSpecError, Origin, Source};
pub use limits::Limits;
pub use role::{Role, UnknownRole};

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use quickpickle_srs_data::Network;

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
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "prover" => Self::Prover,
            "baked" => Self::Baked,
            "duplicated" => Self::Duplicated,
            _ if text.starts_with("unix:") || text.contains("://") => {
                text.parse().map_or_else(|_| Self::File(text.into()), Self::Peer)
            }
            _ => Self::File(text.into()),
        })
    }
}

/// When the prover runs, in the roles that have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProverPolicy {
    /// It is started at its first use, not with the node.
    pub lazy: bool,
    /// It is stopped when it has had nothing to do for so long.
    pub idle_stop: Option<Duration>,
}

/// The slots of a block producer: of the time since 1970 in slots of `length`, those are its own whose number is `turn`
/// modulo `producers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The length of a slot.
    pub length: Duration,
    /// Which of the producers it is, from 0.
    pub turn: u64,
    /// How many producers there are.
    pub producers: u64,
}

/// What a snark coordinator is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coordination {
    /// How long a worker has for a job.
    pub lease: Duration,
    /// Jobs that each new block brings along.
    pub jobs_per_block: u64,
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
    /// Whose published keys are meant.
    pub network: Option<Network>,
    /// The circuits that the node knows how to prove.
    pub circuits: Vec<CircuitSpec>,
    /// Where proving keys are kept.
    pub key_dir: Option<PathBuf>,
    /// When the prover runs.
    pub prover: ProverPolicy,
    /// Nodes that are told of new blocks.
    pub peers: Vec<Peer>,
    /// When a block producer makes blocks by itself.
    pub slots: Option<Slots>,
    /// Whose jobs a snark worker pulls.
    pub coordinator: Option<Peer>,
    /// What a coordinator does.
    pub coordination: Coordination,
    /// Where an archive keeps blocks.
    pub archive: Option<PathBuf>,
    /// Where Prometheus finds the metrics.
    pub metrics: Option<SocketAddr>,
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
    /// Others than processes of this machine could connect, and nothing says who they are.
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
    /// The keys are to be made, but of nothing.
    #[error("--keys {0} makes the keys of the circuits, and there is no --circuit")]
    NoCircuits(&'static str),
    /// Two circuits have one name.
    #[error("two circuits have the name {0}")]
    SameName(String),
    /// A key that comes over the net must be the expected one.
    #[error("keys from another machine ({0}) must be pinned by --keys-digest")]
    Unpinned(Peer),
    /// A worker has nobody to work for.
    #[error("a snark-worker needs the --coordinator whose jobs it pulls, and a --circuit at least")]
    NoCoordinator,
    /// A producer cannot prove.
    #[error("blocks are proofs of the circuit blockchain: say --circuit blockchain=...")]
    NoBlockCircuit,
    /// The turn is not one of the producers'.
    #[error("turn {turn} of {producers}: the turns begin with 0")]
    Turn {
        /// The turn.
        turn: u64,
        /// How many there are.
        producers: u64,
    },
    /// A bound of nothing.
    #[error("{0} must not be zero")]
    Zero(&'static str),
}

impl Config {
    /// Whether the parts fit together.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !self.listen.is_local() && self.tls.is_none() {
            return Err(ConfigError::OpenDoor(self.listen.clone()));
        }
        if matches!(self.listen, Listen::Unix(_)) && self.tls.is_some() {
            return Err(ConfigError::TlsOverUnix(self.listen.clone()));
        }
        match &self.keys {
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
        if self.role == Role::SnarkWorker && (self.coordinator.is_none() || self.circuits.is_empty()) {
            return Err(ConfigError::NoCoordinator);
        }
        if let Some(slots) = self.slots {
            if !self.circuits.iter().any(|circuit| circuit.name.as_str() == crate::keys::BLOCKCHAIN) {
                return Err(ConfigError::NoBlockCircuit);
            }
            if slots.turn >= slots.producers {
                return Err(ConfigError::Turn { turn: slots.turn, producers: slots.producers });
            }
            if slots.length.as_millis() == 0 {
                return Err(ConfigError::Zero("the length of a slot"));
            }
        }
        let Limits { queue, queue_bytes, prove_queue, batch, message, connections, .. } = self.limits;
        let bounds = [
            ("the queue", queue),
            ("the bytes of the queue", queue_bytes),
            ("the queue of the prover", prove_queue),
            ("a batch", batch),
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
