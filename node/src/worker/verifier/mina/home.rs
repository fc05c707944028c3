//! Of which networks the verifier's keys are: told by the keys' digests, wherever they came from.

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
pub(super) struct Home {
    networks: Networks,
    blockchain: Circuit,
    transaction: Circuit,
}

/// A key under the name of a network's circuit.
#[derive(Debug)]
struct Circuit {
    name: &'static str,
    key: Option<Arc<PreparedKey>>,
    /// The network that it is of, if one is known.
    network: Option<Identity>,
}

impl Home {
    pub(super) fn of(keys: &PreparedKeys) -> Self {
        let networks = Networks::default();
        let circuit = |name, digest: fn(&Identity) -> Fp| {
            let Some(Prepared::Pickles(key)) = keys.get(name) else {
                return Circuit { name, key: None, network: None };
            };
            let own = key.index().digest();
            let network = networks.iter().find(|known| digest(known) == own).cloned();
            Circuit { name, key: Some(Arc::clone(key)), network }
        };
        Self {
            blockchain: circuit(BLOCKCHAIN, |network| network.blockchain_digest),
            transaction: circuit(TRANSACTION, |network| network.transaction_digest),
            networks,
        }
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
        match &self.blockchain.network {
            Some(own) if own.genesis_state_hash == found.genesis_state_hash => Ok(key),
            Some(own) => Err(is_not(own)),
            None => Err(Undecided::input(format!(
                "a block of {found}, and the verifier's key {BLOCKCHAIN:?} is of no network that is known"
            ))),
        }
    }

    /// The key for a ledger proof, which does not say of which network it is; it must be that of the one that is expected.
    pub(super) fn transaction(&self, expected: &str) -> Result<Arc<PreparedKey>, Undecided> {
        let key = self.transaction.key()?;
        match (name(expected)?, &self.transaction.network) {
            (None, _) => Ok(key),
            (Some(expected), Some(own)) if own.network == expected => Ok(key),
            (Some(expected), Some(own)) => Err(other_home(&own.to_string(), expected)),
            (Some(expected), None) => Err(other_home("no network that is known", expected)),
        }
    }

    /// The network that a command must be signed for: the one that is expected, which is the verifier's where that has a network's keys.
    pub(super) fn signer(&self, expected: &str) -> Result<NetworkId, Undecided> {
        let own = self.blockchain.network.as_ref().or(self.transaction.network.as_ref());
        match (name(expected)?, own) {
            (None, None) => {
                Err(Undecided::input("for which network the command is: the verifier has no network's keys"))
            }
            (None, Some(own)) => Ok(NetworkId::named(&own.network)),
            (Some(expected), None) => Ok(NetworkId::named(expected)),
            (Some(expected), Some(own)) => {
                let network = NetworkId::named(expected);
                let is_own = network == NetworkId::named(&own.network);
                if is_own { Ok(network) } else { Err(other_home(&own.to_string(), expected)) }
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
