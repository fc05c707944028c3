//! The verification keys of Mina's networks: which there are, and the files of those that are built in.

use core::fmt;

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// The main network.
    Mainnet,
    /// The network for developers.
    Devnet,
}

impl Network {
    /// The name, as files and the command line use it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Devnet => "devnet",
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a network's key verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkProof {
    /// The proof of a block, of the blockchain up to it.
    Blockchain,
    /// A transaction snark.
    Transaction,
}

impl NetworkProof {
    /// The name, as files and the command line use it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blockchain => "blockchain",
            Self::Transaction => "transaction",
        }
    }
}

impl fmt::Display for NetworkProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The identity of a published key, and its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkKeyFile {
    /// The network.
    pub network: Network,
    /// The protocol version: a hard fork brings new keys.
    pub protocol_version: &'static str,
    /// What the key verifies.
    pub proof: NetworkProof,
    /// Kimchi's digest of the key, decimal: the pin.
    pub digest: &'static str,
    /// The text of the file, where the network's feature is on.
    pub text: Option<&'static str>,
}

/// The text of a key's file, where the feature of the network is on.
macro_rules! text {
    ($feature:literal, $file:literal) => {{
        #[cfg(feature = $feature)]
        const TEXT: Option<&str> = Some(include_str!(concat!("../networks/", $file)));
        #[cfg(not(feature = $feature))]
        const TEXT: Option<&str> = None;
        TEXT
    }};
}

/// Every published key.
pub const NETWORK_KEYS: [NetworkKeyFile; 4] = [
    NetworkKeyFile {
        network: Network::Mainnet,
        protocol_version: "3.0.0",
        proof: NetworkProof::Blockchain,
        digest: "19210909764352229239754015926269234247655689654211871016334750326654674354680",
        text: text!("mainnet", "mainnet-blockchain.json"),
    },
    NetworkKeyFile {
        network: Network::Mainnet,
        protocol_version: "3.0.0",
        proof: NetworkProof::Transaction,
        digest: "11522760935934281808965753080788655036270900437542893932637189340434750754950",
        text: text!("mainnet", "mainnet-transaction.json"),
    },
    NetworkKeyFile {
        network: Network::Devnet,
        protocol_version: "3.0.0",
        proof: NetworkProof::Blockchain,
        digest: "27413372650305777331568266454809682207773200268004525410015286142538704636274",
        text: text!("devnet", "devnet-blockchain.json"),
    },
    NetworkKeyFile {
        network: Network::Devnet,
        protocol_version: "3.0.0",
        proof: NetworkProof::Transaction,
        digest: "23415626234947000852670752923457805252197068866276289507445996557171837950872",
        text: text!("devnet", "devnet-transaction.json"),
    },
];
