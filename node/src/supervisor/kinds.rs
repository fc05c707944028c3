//! The two kinds of workers, and how each is made ready.

use std::sync::Arc;

use prost::bytes::Bytes;
use quickpickle_runtime::limits::Limits;
use tokio::sync::watch;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::config::CircuitSpec;
use crate::keys::{KeySet, KeySetError, Messages as _};
use crate::proto::worker as wire;
use crate::proto::worker::prover_client::ProverClient;
use crate::proto::worker::verifier_client::VerifierClient;
use crate::registry;

/// Bytes of a message between the processes at most: beyond any that the front door lets in.
pub const MAX_MESSAGE: usize = 256 << 20;

/// Why a worker does not become ready.
#[derive(Debug)]
pub enum NotReady {
    /// Another worker would fail in the same way.
    Refused(String),
    /// The worker was lost.
    Lost(Status),
}

impl From<Status> for NotReady {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::InvalidArgument | Code::FailedPrecondition => Self::Refused(status.message().to_owned()),
            _ => Self::Lost(status),
        }
    }
}

impl From<KeySetError> for NotReady {
    fn from(error: KeySetError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A kind of worker.
pub trait WorkerKind: Send + Sync + 'static {
    /// Its name: the worker's subcommand, and how the registry knows it.
    const NAME: &'static str;
    /// What requests are made with.
    type Client: Clone + Send + Sync + std::fmt::Debug + 'static;

    /// A client over a connection.
    fn client(channel: Channel) -> Self::Client;

    /// Makes a new worker ready.
    fn initialise(&self, client: Self::Client) -> impl Future<Output = Result<(), NotReady>> + Send;

    /// Asks a worker how it is.
    fn status(client: Self::Client) -> impl Future<Output = Result<wire::StatusResponse, Status>> + Send;
}

/// Keys as they become known.
pub type KnownKeys = watch::Sender<Option<Arc<KeySet>>>;

/// The verifier worker.
#[derive(Debug)]
pub struct VerifierKind {
    /// The keys that it is handed, or makes from `circuits`.
    pub keys: Arc<KnownKeys>,
    /// Circuits whose keys it makes itself.
    pub circuits: Vec<CircuitSpec>,
    /// Files of networks that are not built in, as they were read.
    pub networks: Vec<Bytes>,
    /// The name of the network that the keys are of, where it was said.
    pub network: Option<String>,
    /// As much work as so many proofs is what it verifies together at most.
    pub batch: usize,
    /// What keys and statements in requests may be.
    pub limits: Limits,
}

impl WorkerKind for VerifierKind {
    const NAME: &'static str = registry::VERIFIER;
    type Client = VerifierClient<Channel>;

    fn client(channel: Channel) -> Self::Client {
        VerifierClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    async fn initialise(&self, mut client: Self::Client) -> Result<(), NotReady> {
        let handed = if self.circuits.is_empty() { self.keys.borrow().clone() } else { None };
        let request = wire::InitialiseVerifierRequest {
            keys: handed.as_deref().map(KeySet::to_wire).unwrap_or_default(),
            circuits: to_wire(&self.circuits),
            max_batch: u32::try_from(self.batch).unwrap_or(u32::MAX),
            limits: Some(limits(&self.limits)),
            networks: self.networks.clone(),
            network: self.network.clone().unwrap_or_default(),
        };
        let response = client.initialise(request).await?.into_inner();
        if !self.circuits.is_empty() {
            agree(&self.keys, KeySet::from_wire(response.keys)?)?;
        }
        Ok(())
    }

    async fn status(mut client: Self::Client) -> Result<wire::StatusResponse, Status> {
        Ok(client.status(wire::StatusRequest {}).await?.into_inner())
    }
}

/// The prover worker.
#[derive(Debug)]
pub struct ProverKind {
    /// The keys of the node: those that the prover makes become these where there are none yet, and are compared with them otherwise.
    pub keys: Arc<KnownKeys>,
    /// Whether the node's keys are those that the prover makes.
    pub is_source: bool,
    /// What it proves.
    pub circuits: Vec<CircuitSpec>,
    /// Where it keeps proving keys.
    pub key_dir: Option<std::path::PathBuf>,
}

impl WorkerKind for ProverKind {
    const NAME: &'static str = registry::PROVER;
    type Client = ProverClient<Channel>;

    fn client(channel: Channel) -> Self::Client {
        ProverClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    async fn initialise(&self, mut client: Self::Client) -> Result<(), NotReady> {
        let key_dir = self.key_dir.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let request = wire::InitialiseProverRequest { circuits: to_wire(&self.circuits), key_dir };
        let made = KeySet::from_wire(client.initialise(request).await?.into_inner().keys)?;
        if self.is_source {
            return agree(&self.keys, made);
        }
        let contradiction = self.keys.borrow().as_ref().and_then(|keys| keys.contradiction(&made).cloned());
        match contradiction {
            Some(name) => Err(NotReady::Refused(format!(
                "the prover's key of {name} is not the one that the verifier was given"
            ))),
            None => Ok(()),
        }
    }

    async fn status(mut client: Self::Client) -> Result<wire::StatusResponse, Status> {
        Ok(client.status(wire::StatusRequest {}).await?.into_inner())
    }
}

fn limits(limits: &Limits) -> wire::Limits {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    wire::Limits {
        domain_log2: limits.domain_log2,
        srs_log2: limits.srs_log2,
        chunks: number(limits.chunks),
        previous_openings: number(limits.previous_openings),
        statement: number(limits.statement),
    }
}

/// Tells keys the first time, and compares them each further time: a worker that was replaced makes the same ones.
fn agree(known: &KnownKeys, made: KeySet) -> Result<(), NotReady> {
    let mut same = true;
    known.send_if_modified(|known| match known {
        Some(known) => {
            same = **known == made;
            false
        }
        None => {
            *known = Some(Arc::new(made));
            true
        }
    });
    if same {
        Ok(())
    } else {
        Err(NotReady::Refused("a new worker made other keys than the one before".into()))
    }
}

fn to_wire(circuits: &[CircuitSpec]) -> Vec<wire::Circuit> {
    let circuit = |circuit: &CircuitSpec| wire::Circuit {
        name: circuit.name.to_string(),
        source: circuit.source.to_string(),
    };
    circuits.iter().map(circuit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeyData, NamedKey};

    #[test]
    fn keys_are_told_once_and_then_compared() {
        let set = |byte| {
            let key = NamedKey { name: "a".parse().unwrap(), data: KeyData::Pickles(vec![byte]) };
            KeySet::new(vec![key]).unwrap()
        };
        let known = KnownKeys::new(None);
        assert!(agree(&known, set(1)).is_ok());
        assert!(agree(&known, set(1)).is_ok());
        assert!(matches!(agree(&known, set(2)), Err(NotReady::Refused(_))));
        assert_eq!(*known.borrow(), Some(Arc::new(set(1))));
    }
}
