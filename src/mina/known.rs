//! What is known before an object is looked at.

use std::sync::{Arc, OnceLock};

use quickpickle_mina::identity::{Identity, Keys, Networks};
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::zkapp_command::{AccountKeys, Protocol};
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::wire::DecodeError;
use quickpickle_srs_data::NetworkProof;

use super::{ObjectError, account_keys};

/// What is known before an object is looked at: the networks with their keys, which of them is meant, and the keys of accounts.
#[derive(Clone, Debug, Default)]
pub struct Known {
    networks: Networks,
    /// In the order of the networks.
    keys: Vec<Circuits>,
    only: Option<String>,
    protocol: Option<Protocol>,
    account_keys: AccountKeys,
}

/// The keys of a network, made ready when they are first needed.
#[derive(Clone, Debug, Default)]
struct Circuits {
    blockchain: OnceLock<Result<Arc<PreparedKey>, ObjectError>>,
    transaction: OnceLock<Result<Arc<PreparedKey>, ObjectError>>,
}

impl Known {
    /// The networks whose keys are in the binary, any of which an object may be of.
    pub fn baked() -> Self {
        let networks = Networks::default();
        let keys = networks.iter().map(|_| Circuits::default()).collect();
        Self { networks, keys, only: None, protocol: None, account_keys: AccountKeys::new() }
    }

    /// Adds the network of a file of keys: a later fork, or another network ([`identity`](super::identity) tells the form).
    ///
    /// # Errors
    /// Where the text is no such file, or the network is known already.
    pub fn add_network(&mut self, text: &[u8]) -> Result<&Identity, DecodeError> {
        self.keys.push(Circuits::default());
        let added = self.networks.add_file(text);
        if added.is_err() {
            self.keys.pop();
        }
        added
    }

    /// Adds the verification keys of zkApp accounts, as a ledger has them before the commands, from a JSON list of accounts
    /// `{"publicKey", "tokenId", "verificationKey": {"data", "hash"}}` or a daemon's answer with accounts in it. A command brings
    /// the keys that it sets itself.
    ///
    /// # Errors
    /// Where the text has no account with a key, or an account is there twice.
    pub fn add_account_keys(&mut self, text: &[u8]) -> Result<(), DecodeError> {
        account_keys::read(&mut self.account_keys, text)
    }

    /// The verification keys of accounts.
    pub fn account_keys(&self) -> &AccountKeys {
        &self.account_keys
    }

    /// Takes objects of the network of this name alone, of all its known forks.
    pub fn only(self, network: impl Into<String>) -> Self {
        Self { only: Some(network.into()), ..self }
    }

    /// Takes zkApp commands of this protocol alone, whichever the known networks have: for commands of a fork that is still to come.
    pub fn with_protocol(self, protocol: Protocol) -> Self {
        Self { protocol: Some(protocol), ..self }
    }

    /// The networks.
    pub fn networks(&self) -> &Networks {
        &self.networks
    }

    /// Whether objects of a network of this name are taken.
    pub(super) fn takes(&self, network: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == network)
    }

    /// The name of the only network that is meant, if it is one.
    pub(super) fn name(&self) -> Option<&str> {
        self.only.as_deref()
    }

    /// The networks that an object may be of which does not say of which it is.
    pub(super) fn candidates(&self) -> impl Iterator<Item = &Identity> {
        self.networks.iter().filter(|identity| self.takes(&identity.network))
    }

    /// The protocols that a zkApp command may be of: those of the networks that are meant. Of a network that is known by its name
    /// alone it may be any.
    pub(super) fn protocols(&self) -> Vec<Protocol> {
        if let Some(protocol) = self.protocol {
            return vec![protocol];
        }
        let versions: Vec<_> = self.candidates().map(|network| network.protocol_version).collect();
        let is_one = |protocol: &Protocol| {
            versions.is_empty() || versions.iter().any(|version| Protocol::of(*version) == Some(*protocol))
        };
        Protocol::ALL.into_iter().filter(is_one).collect()
    }

    /// The networks that a command may be signed for. All test networks sign alike.
    pub(super) fn signers(&self) -> Vec<NetworkId> {
        match &self.only {
            Some(name) => vec![NetworkId::named(name)],
            None => vec![NetworkId::Mainnet, NetworkId::Testnet],
        }
    }

    /// The key of a network's circuit.
    ///
    /// # Errors
    /// Where the network is not one of these, its keys are not in the binary, or the key cannot be used.
    pub fn key(&self, network: &Identity, circuit: NetworkProof) -> Result<Arc<PreparedKey>, ObjectError> {
        let is_it = |known: &Identity| known.genesis_state_hash == network.genesis_state_hash;
        let keys = self.networks.iter().position(is_it).and_then(|place| self.keys.get(place));
        let keys = keys.ok_or_else(|| ObjectError::NoSuchNetwork { name: network.to_string() })?;
        let ready = match circuit {
            NetworkProof::Blockchain => &keys.blockchain,
            NetworkProof::Transaction => &keys.transaction,
        };
        ready.get_or_init(|| prepare(network, circuit)).clone()
    }
}

fn prepare(network: &Identity, circuit: NetworkProof) -> Result<Arc<PreparedKey>, ObjectError> {
    let key = match &network.keys {
        Keys::BuiltIn(network) => {
            crate::network_key(*network, circuit)?.ok_or(ObjectError::NoKeys { network: *network })?
        }
        Keys::File { blockchain, transaction } => match circuit {
            NetworkProof::Blockchain => blockchain.as_ref().clone(),
            NetworkProof::Transaction => transaction.as_ref().clone(),
        },
    };
    Ok(Arc::new(PreparedKey::new(key).map_err(|error| ObjectError::Key(error.into()))?))
}
