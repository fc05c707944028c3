//! Where the verification keys come from, before the verifier is started.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use quickpickle_mina::identity::{Identity, Keys};
use quickpickle_runtime::wire::{DecodeError, binprot};
use quickpickle_srs_data::{Network, NetworkProof};
use tokio::sync::watch;
use tokio::time::sleep;
use tonic::{Code, Request, Status};

use crate::config::{Config, KeySource, Peer};
use crate::environment::Environment;
use crate::keys::{
    KeyData, KeyFileError, KeySet, KeySetError, KeysDigest, Messages as _, NamedKey, read, write,
};
use crate::networks::KnownNetworks;
use crate::peer::{PeerError, connect};
use crate::proto::v1::GetVerificationKeysRequest;
use crate::proto::v1::quickpickle_client::QuickpickleClient;
use crate::supervisor::KnownKeys;
use crate::tls::Tls;

/// How long a peer may take to tell its keys, which it may have to make first.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(300);

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The keys file.
    #[error("keys file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyFileError,
    },
    /// The keys are not those that were asked for.
    #[error("the keys have the digest {found}, --keys-digest says {expected}")]
    OtherKeys {
        /// What was asked for.
        expected: KeysDigest,
        /// What there is.
        found: KeysDigest,
    },
    /// No network of this name is known.
    #[error("no network is known by the name {name}, but {}", known.join(", "))]
    UnknownNetwork {
        /// The name.
        name: String,
        /// What the networks are called that are known.
        known: Vec<String>,
    },
    /// The network's keys are not in the binary.
    #[error("this binary does not hold the keys of {0}: build it with --features {0}")]
    NotBaked(Network),
    /// The network's key in the binary is not the pinned one.
    #[error("the key of {0} in the binary")]
    Baked(Network, #[source] DecodeError),
    /// The keys are no set.
    #[error(transparent)]
    Set(#[from] KeySetError),
    /// The other node cannot be asked.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The other node does not tell.
    #[error("{0} does not tell its keys")]
    NotTold(Peer, #[source] Box<Status>),
}

/// The keys that exist before a worker has started; `None` where a worker makes them.
pub(crate) async fn ready_made(
    config: &Config,
    environment: &Environment,
    networks: &KnownNetworks,
    tls: Option<&Tls>,
) -> Result<Option<KeySet>, KeysError> {
    Ok(Some(match &config.keys {
        KeySource::Prover | KeySource::Duplicated => return Ok(None),
        KeySource::Baked => match &config.network {
            Some(name) => published(name, networks, environment)?,
            None => KeySet::default(),
        },
        KeySource::File(path) => {
            read(path).map_err(|source| KeysError::File { path: path.clone(), source })?
        }
        KeySource::Peer(peer) => ask(peer, tls, config.limits.message).await?,
    }))
}

/// The network of this name.
pub(crate) fn known_network<'a>(name: &str, networks: &'a KnownNetworks) -> Result<&'a Identity, KeysError> {
    let unknown = || KeysError::UnknownNetwork { name: name.to_owned(), known: networks.names() };
    networks.named(name).ok_or_else(unknown)
}

/// The keys of the network of this name, in the binary or of a file.
fn published(name: &str, networks: &KnownNetworks, environment: &Environment) -> Result<KeySet, KeysError> {
    let identity = known_network(name, networks)?;
    tracing::info!(network = %identity, "the keys are those of a network");
    let baked = |network: Network, circuit| {
        let key = (environment.network_key)(network, circuit);
        let key = key.map_err(|error| KeysError::Baked(network, error))?;
        Ok::<_, KeysError>(binprot::verification_key_to_bytes(&key.ok_or(KeysError::NotBaked(network))?))
    };
    let key = |circuit: NetworkProof| {
        let data = match (&identity.keys, circuit) {
            (Keys::BuiltIn(network), circuit) => baked(*network, circuit)?,
            (Keys::File { blockchain: key, .. }, NetworkProof::Blockchain)
            | (Keys::File { transaction: key, .. }, NetworkProof::Transaction) => {
                binprot::verification_key_to_bytes(key)
            }
        };
        let name = circuit.name().parse().map_err(KeySetError::from)?;
        Ok(NamedKey { name, data: KeyData::Pickles(data) })
    };
    let keys = [NetworkProof::Blockchain, NetworkProof::Transaction].into_iter().map(key);
    Ok(KeySet::new(keys.collect::<Result<_, KeysError>>()?)?)
}

/// Asks until the other node is there and has its keys.
async fn ask(peer: &Peer, tls: Option<&Tls>, message: usize) -> Result<KeySet, KeysError> {
    let mut client = QuickpickleClient::new(connect(peer, tls)?).max_decoding_message_size(message);
    loop {
        let mut request = Request::new(GetVerificationKeysRequest {});
        request.set_timeout(PATIENCE);
        match client.get_verification_keys(request).await {
            Ok(response) => return Ok(KeySet::from_wire(response.into_inner().keys)?),
            Err(status) => match status.code() {
                Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::ResourceExhausted => {
                    tracing::info!(%peer, %status, "waiting for the keys");
                    sleep(PAUSE).await;
                }
                _ => return Err(KeysError::NotTold(peer.clone(), Box::new(status))),
            },
        }
    }
}

/// What is done with keys once they are known: they are compared with the digest that was asked for, and written.
pub(crate) fn known(config: &Config, keys: &KeySet) -> Result<(), KeysError> {
    let found = keys.digest();
    if let Some(expected) = config.keys_digest.filter(|expected| *expected != found) {
        return Err(KeysError::OtherKeys { expected, found });
    }
    tracing::info!(digest = %found, keys = keys.names(), "the keys are known");
    if keys.keys().is_empty() {
        tracing::info!(
            "without keys of its own the node verifies proofs that bring theirs along: --network or --keys name some"
        );
    }
    match &config.write_keys {
        Some(path) => write(path, keys).map_err(|source| KeysError::File { path: path.clone(), source }),
        None => Ok(()),
    }
}

/// Returns once a worker has told the keys.
pub(crate) async fn told(keys: &KnownKeys) -> Option<Arc<KeySet>> {
    let mut keys: watch::Receiver<_> = keys.subscribe();
    let told = keys.wait_for(Option::is_some).await;
    told.ok().and_then(|keys| keys.clone())
}
