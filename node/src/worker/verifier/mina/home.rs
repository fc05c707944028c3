//! Of which networks the verifier's keys are: told by the keys' digests, wherever they came from.

use std::collections::BTreeSet;
use std::sync::Arc;

use quickpickle_mina::block::Block;
use quickpickle_mina::identity::{Identity, IdentityError, Keys, Networks};
use quickpickle_mina::network::NetworkId;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::chain;
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::wire::DecodeError;
use quickpickle_srs_data::{Network, NetworkProof};

use super::super::item::Undecided;
use crate::environment::Environment;
use crate::keys::{BLOCKCHAIN, Prepared, PreparedKeys};

/// Characters of a network's name at most.
const MAX_NAME: usize = 32;

/// The networks that are known, and the verifier's keys of one.
#[derive(Debug)]
#[cfg_attr(test, derive(Default))]
pub(in super::super) struct Home {
    networks: Networks,
    blockchain: Circuit,
    transaction: Circuit,
}

/// A key under the name of a network's circuit.
#[derive(Debug)]
#[cfg_attr(test, derive(Default))]
struct Circuit {
    name: &'static str,
    key: Option<Arc<PreparedKey>>,
    /// The networks that it is of: forks and networks may share their keys.
    networks: Vec<Identity>,
}

/// Why a network's keys are not what they have to be.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum HomeError {
    /// A network that the main process knows and this one does not.
    #[error("no network is known by the name {0}")]
    Unknown(String),
    /// A key was handed over that is another than the network's.
    #[error("the key {key} is not that of {network}")]
    OtherKey { key: &'static str, network: String },
    /// The network's key is not in the binary.
    #[error("this binary does not hold the keys of {0}: build it with --features {0}")]
    NotBaked(Network),
    /// The network's key in the binary is none.
    #[error("the key of {0} in the binary")]
    Baked(Network, #[source] DecodeError),
    /// Nothing can be verified with the network's key.
    #[error("the key {0}")]
    Key(&'static str, #[source] KimchiError),
}

impl Home {
    /// By the digests of the keys that the verifier was handed. Where the network is named they must be that network's, and those
    /// that are not among them are its published ones.
    pub(in super::super) fn of(
        keys: &PreparedKeys,
        networks: Networks,
        only: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, HomeError> {
        let named = |name: &str| networks.iter().filter(|known| known.network == name).last();
        let unknown = |name: &str| HomeError::Unknown(name.to_owned());
        let only = only.map(|name| named(name).ok_or_else(|| unknown(name))).transpose()?;
        let circuit = |proof: NetworkProof| {
            let name = proof.name();
            let key = match (keys.get(name), only) {
                (Some(Prepared::Pickles(key)), _) => Arc::clone(key),
                (_, Some(only)) => published(only, proof, environment)?,
                (_, None) => return Ok(Circuit { name, key: None, networks: Vec::new() }),
            };
            let own = key.index().digest();
            let is_meant = |known: &&Identity| only.is_none_or(|only| known.network == only.network);
            let is_its = |known: &&Identity| digest(known, proof) == own;
            let of: Vec<_> = networks.iter().filter(is_meant).filter(is_its).cloned().collect();
            match only {
                Some(only) if of.is_empty() => {
                    Err(HomeError::OtherKey { key: name, network: only.to_string() })
                }
                _ => Ok(Circuit { name, key: Some(key), networks: of }),
            }
        };
        let (blockchain, transaction) =
            (circuit(NetworkProof::Blockchain)?, circuit(NetworkProof::Transaction)?);
        Ok(Self { blockchain, transaction, networks })
    }

    /// The networks that the keys are of.
    fn networks_of_keys(&self) -> impl Iterator<Item = &Identity> {
        self.blockchain.networks.iter().chain(&self.transaction.networks)
    }

    /// What they are called.
    pub(in super::super) fn names(&self) -> String {
        let names: BTreeSet<_> = self.networks_of_keys().map(ToString::to_string).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// What the network is called that a block says it is of, if it is known.
    pub(super) fn name(&self, block: &Block) -> String {
        self.networks.of_state(block.state()).map(ToString::to_string).unwrap_or_default()
    }

    /// The key for a block, which must be of the network that is expected and of that of the key.
    pub(super) fn blockchain(&self, block: &Block, expected: &str) -> Result<Arc<PreparedKey>, Undecided> {
        let other = |error: IdentityError| Undecided::input(chain(&error));
        let found = self.networks.of_block(block).map_err(other)?;
        let is_not = |expected: &dyn ToString| {
            other(IdentityError::OtherNetwork { found: found.to_string(), expected: expected.to_string() })
        };
        if let Some(expected) = name(expected)?
            && expected != found.network
        {
            return Err(is_not(&expected));
        }
        let key = self.blockchain.key()?;
        let is_own = |own: &Identity| own.genesis_state_hash == found.genesis_state_hash;
        match self.blockchain.networks.as_slice() {
            networks if networks.iter().any(is_own) => Ok(key),
            [own, ..] => Err(is_not(own)),
            [] => Err(Undecided::input(format!(
                "a block of {found}, and the verifier's key {BLOCKCHAIN:?} is of no network that is known"
            ))),
        }
    }

    /// The key for a ledger proof, which does not say of which network it is; it must be that of the one that is expected.
    pub(super) fn transaction(&self, expected: &str) -> Result<Arc<PreparedKey>, Undecided> {
        let key = self.transaction.key()?;
        match (name(expected)?, self.transaction.networks.as_slice()) {
            (None, _) => Ok(key),
            (Some(expected), networks) if networks.iter().any(|own| own.network == expected) => Ok(key),
            (Some(expected), [own, ..]) => Err(other_home(&own.to_string(), expected)),
            (Some(expected), []) => Err(other_home("no network that is known", expected)),
        }
    }

    /// The network that a command must be signed for: the one that is expected, which is the verifier's where that has a network's keys.
    pub(super) fn signer(&self, expected: &str) -> Result<NetworkId, Undecided> {
        let signer = |own: &Identity| NetworkId::named(&own.network);
        let own: Vec<&Identity> = self.networks_of_keys().collect();
        match (name(expected)?, own.as_slice()) {
            (None, []) => {
                Err(Undecided::input("for which network the command is: the verifier has no network's keys"))
            }
            (None, [first, others @ ..]) if others.iter().all(|other| signer(other) == signer(first)) => {
                Ok(signer(first))
            }
            (None, _) => Err(Undecided::input(format!(
                "for which network the command is: the verifier's keys are those of {}",
                self.names()
            ))),
            (Some(expected), []) => Ok(NetworkId::named(expected)),
            (Some(expected), [first, ..]) => {
                let network = NetworkId::named(expected);
                let is_own = own.iter().any(|own| signer(own) == network);
                if is_own { Ok(network) } else { Err(other_home(&first.to_string(), expected)) }
            }
        }
    }
}

fn digest(network: &Identity, proof: NetworkProof) -> Fp {
    match proof {
        NetworkProof::Blockchain => network.blockchain_digest,
        NetworkProof::Transaction => network.transaction_digest,
    }
}

/// A network's published key, in the binary or of a file.
fn published(
    network: &Identity,
    proof: NetworkProof,
    environment: &Environment,
) -> Result<Arc<PreparedKey>, HomeError> {
    let key = match (&network.keys, proof) {
        (Keys::BuiltIn(network), proof) => {
            let key = (environment.network_key)(*network, proof);
            key.map_err(|error| HomeError::Baked(*network, error))?.ok_or(HomeError::NotBaked(*network))?
        }
        (Keys::File { blockchain: key, .. }, NetworkProof::Blockchain)
        | (Keys::File { transaction: key, .. }, NetworkProof::Transaction) => key.as_ref().clone(),
    };
    Ok(Arc::new(PreparedKey::new(key).map_err(|error| HomeError::Key(proof.name(), error))?))
}

impl Circuit {
    fn key(&self) -> Result<Arc<PreparedKey>, Undecided> {
        let none = || Undecided::input(format!("the verifier has no key {:?} of a network", self.name));
        self.key.clone().ok_or_else(none)
    }
}

/// The name of a network in a message, `None` where it is empty.
fn name(text: &str) -> Result<Option<&str>, Undecided> {
    if text.len() <= MAX_NAME {
        Ok(Some(text).filter(|text| !text.is_empty()))
    } else {
        Err(Undecided::input(format!("a network's name has at most {MAX_NAME} characters")))
    }
}

fn other_home(own: &str, expected: &str) -> Undecided {
    Undecided::input(format!("the verifier's keys are of {own}, not of {expected:?}"))
}
