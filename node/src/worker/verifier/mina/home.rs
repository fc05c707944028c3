//! Of which networks the verifier's keys are: told by the keys' digests, wherever they came from.

use std::collections::BTreeSet;
use std::sync::Arc;

use quickpickle_mina::block::Block;
use quickpickle_mina::identity::{Identity, IdentityError, Networks};
use quickpickle_mina::network::NetworkId;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::chain;
use quickpickle_runtime::pickles::key::PreparedKey;

use super::super::item::Undecided;
use crate::keys::{BLOCKCHAIN, Prepared, PreparedKeys, TRANSACTION};

/// Characters of a network's name at most.
const MAX_NAME: usize = 32;

/// The networks that are known, and the verifier's keys of one.
#[derive(Debug)]
pub(in super::super) struct Home {
    networks: Networks,
    blockchain: Circuit,
    transaction: Circuit,
}

/// A key under the name of a network's circuit.
#[derive(Debug)]
struct Circuit {
    name: &'static str,
    key: Option<Arc<PreparedKey>>,
    /// The networks that it is of: forks and networks may share their keys.
    networks: Vec<Identity>,
}

impl Home {
    /// By the keys' digests, among the networks of this name where one is given.
    pub(in super::super) fn of(keys: &PreparedKeys, networks: Networks, only: Option<&str>) -> Self {
        let circuit = |name, digest: fn(&Identity) -> Fp| {
            let Some(Prepared::Pickles(key)) = keys.get(name) else {
                return Circuit { name, key: None, networks: Vec::new() };
            };
            let own = key.index().digest();
            let is_meant = |known: &&Identity| only.is_none_or(|only| known.network == only);
            let is_its = |known: &&Identity| digest(known) == own;
            let networks = networks.iter().filter(is_meant).filter(is_its).cloned().collect();
            Circuit { name, key: Some(Arc::clone(key)), networks }
        };
        Self {
            blockchain: circuit(BLOCKCHAIN, |network| network.blockchain_digest),
            transaction: circuit(TRANSACTION, |network| network.transaction_digest),
            networks,
        }
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
