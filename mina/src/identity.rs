//! Which network, and which fork of it, a state is of: told from its genesis state hash, before any proof is looked at.
//!
//! Keys of forks that this version does not know come in a file ([`Networks::add_file`]):
//!
//! ```json
//! {
//!   "network": "mainnet",
//!   "protocolVersion": "4.0.0",
//!   "genesisStateHash": "3N...",
//!   "keys": {
//!     "blockchain": {"digest": "decimal", "data": "base64"},
//!     "transaction": {"digest": "decimal", "data": "base64"}
//!   }
//! }
//! ```
//!
//! `data` is a key as o1js writes it (base64 of bin_prot), `digest` Kimchi's digest of it. The digest of the key in the file is
//! computed, and must be the one that stands beside it.

use core::fmt;
use std::borrow::Cow;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::VerificationKey;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::parts::{Within as _, bounded};
use quickpickle_runtime::wire::{DecodeError, Fault, Object, excerpt, o1js};
use quickpickle_srs_data::{NETWORK_KEYS, Network, NetworkProof};
use serde::Deserialize;

use crate::block::{Block, ProtocolVersion, state_hash_from_text, state_hash_text};
use crate::protocol_state::ProtocolState;

/// The longest file of a network's keys that is read, in bytes. One has about 6,000.
pub const MAX_FILE: usize = 64 << 10;
/// Characters of a network's name at most.
const MAX_NAME: usize = 32;

/// The networks whose keys are built in, by the hash of the first state of their present fork.
const BUILT_IN: [(Network, &str); 2] = [
    (Network::Mainnet, "3NK4BpDSekaqsG6tx8Nse2zJchRft2JpnbvMiog55WCr5xJZaKeP"),
    (Network::Devnet, "3NL93SipJfAMNDBRfQ8Uo8LPovC74mnJZfZYB5SK7mTtkL72dsPx"),
];

/// A network since one of its forks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The network's name.
    pub network: Cow<'static, str>,
    /// The version of the protocol since the fork.
    pub protocol_version: ProtocolVersion,
    /// The hash of the first state since the fork.
    pub genesis_state_hash: Fp,
    /// Kimchi's digest of the key for blocks.
    pub blockchain_digest: Fp,
    /// Kimchi's digest of the key for ledger proofs.
    pub transaction_digest: Fp,
    /// Where the keys are.
    pub keys: Keys,
}

/// Where a network's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Among those that are built in, where the feature with the network's name is on.
    BuiltIn(Network),
    /// In a file, which was read.
    File {
        /// The key for blocks.
        blockchain: Box<VerificationKey>,
        /// The key for ledger proofs.
        transaction: Box<VerificationKey>,
    },
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (protocol {})", self.network, self.protocol_version)
    }
}

/// Why a state is not one to verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The state is of another network than it has to be, or of another fork of it.
    #[error("a block of {found}, not of {expected}")]
    OtherNetwork {
        /// Whose it is.
        found: String,
        /// Whose it has to be.
        expected: String,
    },
    /// No known network began with this state.
    #[error("a block of a network that is not known: its genesis state hash is {}", state_hash_text(.genesis_state_hash))]
    Unknown {
        /// The genesis state hash.
        genesis_state_hash: Fp,
    },
    /// The block says that it is of another version of the protocol than its network.
    #[error("a block of protocol {found} with the genesis state hash of {network}")]
    OtherVersion {
        /// The version.
        found: ProtocolVersion,
        /// The network.
        network: String,
    },
}

/// The networks that are known.
#[derive(Clone, Debug)]
pub struct Networks {
    known: Vec<Identity>,
}

impl Default for Networks {
    /// Those whose keys are built in.
    fn default() -> Self {
        Self {
            known: BUILT_IN.into_iter().filter_map(|(network, genesis)| built_in(network, genesis)).collect(),
        }
    }
}

impl Networks {
    /// Adds the network of a file of keys.
    ///
    /// # Errors
    /// Where the text is not such a file, a key has another digest, or another network of this genesis state hash is known.
    pub fn add_file(&mut self, text: &[u8]) -> Result<&Identity, DecodeError> {
        let identity = read_file(text)?;
        if self.known.iter().any(|known| known.genesis_state_hash == identity.genesis_state_hash) {
            return Err(Fault::Inconsistent(
                "the network of this genesis state hash is known, with its keys",
            ))
            .within("genesisStateHash");
        }
        self.known.push(identity);
        // What was pushed is there.
        self.known.last().ok_or(Fault::UnexpectedEnd.into())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.known.iter()
    }

    /// The network that a state is of.
    ///
    /// # Errors
    /// Where it is of none that is known.
    pub fn of_state(&self, state: &ProtocolState) -> Result<&Identity, IdentityError> {
        let genesis_state_hash = state.genesis_state_hash();
        self.known
            .iter()
            .find(|identity| identity.genesis_state_hash == genesis_state_hash)
            .ok_or(IdentityError::Unknown { genesis_state_hash })
    }

    /// The network that a block is of: that of its state, whose version of the protocol must be the one that the block says.
    ///
    /// # Errors
    /// Where it is of none that is known, or says another version.
    pub fn of_block(&self, block: &Block) -> Result<&Identity, IdentityError> {
        let identity = self.of_state(block.state())?;
        match block.protocol_version {
            Some(found) if !found.is_of(identity.protocol_version) => {
                Err(IdentityError::OtherVersion { found, network: identity.to_string() })
            }
            _ => Ok(identity),
        }
    }
}

impl Identity {
    /// Checks that a state is of this network.
    ///
    /// # Errors
    /// Where it is of another one, which is named if `networks` knows it.
    pub fn expect(&self, state: &ProtocolState, networks: &Networks) -> Result<(), IdentityError> {
        let found = networks.of_state(state)?;
        if found.genesis_state_hash == self.genesis_state_hash {
            Ok(())
        } else {
            Err(IdentityError::OtherNetwork { found: found.to_string(), expected: self.to_string() })
        }
    }
}

fn built_in(network: Network, genesis: &str) -> Option<Identity> {
    let key = |proof| NETWORK_KEYS.iter().find(move |file| file.network == network && file.proof == proof);
    let (blockchain, transaction) = (key(NetworkProof::Blockchain)?, key(NetworkProof::Transaction)?);
    Some(Identity {
        network: network.name().into(),
        protocol_version: blockchain.protocol_version.parse().ok()?,
        genesis_state_hash: state_hash_from_text(genesis).ok()?,
        blockchain_digest: element_from_decimal(blockchain.digest).ok()?,
        transaction_digest: element_from_decimal(transaction.digest).ok()?,
        keys: Keys::BuiltIn(network),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FileJson<'a> {
    #[serde(borrow)]
    network: Cow<'a, str>,
    #[serde(borrow)]
    protocol_version: Cow<'a, str>,
    #[serde(borrow)]
    genesis_state_hash: Cow<'a, str>,
    #[serde(borrow)]
    keys: Object<KeysJson<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysJson<'a> {
    #[serde(borrow)]
    blockchain: Object<KeyJson<'a>>,
    #[serde(borrow)]
    transaction: Object<KeyJson<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyJson<'a> {
    #[serde(borrow)]
    digest: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

fn read_file(text: &[u8]) -> Result<Identity, DecodeError> {
    let Object(file): Object<FileJson<'_>> =
        serde_json::from_slice(bounded(text, MAX_FILE)?).map_err(|e| Fault::Carrier(excerpt(&e)))?;
    let is_name = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(allowed)
    };
    if !is_name(&file.network) {
        return Err(Fault::Inconsistent("a name has 1 to 32 lower-case letters, digits and hyphens"))
            .within("network");
    }
    let (blockchain, blockchain_digest) =
        key(&file.keys.0.blockchain.0).within("blockchain").within("keys")?;
    let (transaction, transaction_digest) =
        key(&file.keys.0.transaction.0).within("transaction").within("keys")?;
    Ok(Identity {
        network: file.network.into_owned().into(),
        protocol_version: file.protocol_version.parse::<ProtocolVersion>().within("protocolVersion")?,
        genesis_state_hash: state_hash_from_text(&file.genesis_state_hash).within("genesisStateHash")?,
        blockchain_digest,
        transaction_digest,
        keys: Keys::File { blockchain, transaction },
    })
}

/// A key and its digest, which must be the one beside it.
fn key(json: &KeyJson<'_>) -> Result<(Box<VerificationKey>, Fp), DecodeError> {
    let claimed = element_from_decimal::<Fp>(&json.digest).within("digest")?;
    let key = o1js::verification_key_from_base64(&json.data).within("data")?;
    if key.verifier_index().digest() == claimed {
        Ok((Box::new(key), claimed))
    } else {
        Err(Fault::Inconsistent("the digest of the key is another")).within("digest")
    }
}
