//! Networks as signatures and hashes know them.
//!
//! Facts: Mina, `src/lib/mina_signature_kind` and `src/lib/hash_prefixes/hash_prefixes.ml`.

use std::borrow::Cow;
use std::fmt;

use crate::hash::Prefix;

/// Bytes of a network's name at most. Longer names are no network's: their prefixes would be cut off.
pub const MAX_NAME: usize = 32;

/// Which network something is signed for. Devnet and all test networks but those with a name of their own here are one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NetworkId {
    /// Mainnet.
    Mainnet,
    /// Devnet and other test networks.
    Testnet,
    /// A network whose signatures have its name in them.
    Other(String),
}

impl NetworkId {
    /// The network of this name: `mainnet`, `devnet` and `testnet`, or another one's own.
    pub fn named(name: &str) -> Self {
        match name {
            "mainnet" => Self::Mainnet,
            "devnet" | "testnet" => Self::Testnet,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The prefix of what is signed. That of another network is made anew, and costs a permutation when first used.
    pub fn signature_prefix(&self) -> Cow<'static, Prefix> {
        static MAINNET: Prefix = Prefix::new("MinaSignatureMainnet");
        static TESTNET: Prefix = Prefix::new("CodaSignature");
        self.prefix(&MAINNET, &TESTNET, "Signature")
    }

    /// The prefix of the hash of an account update. That of another network is made anew, and costs a permutation when first
    /// used.
    pub fn account_update_prefix(&self) -> Cow<'static, Prefix> {
        static MAINNET: Prefix = Prefix::new("MainnetZkappBody");
        static TESTNET: Prefix = Prefix::new("TestnetZkappBody");
        self.prefix(&MAINNET, &TESTNET, "ZkappBody")
    }

    fn prefix(
        &self,
        mainnet: &'static Prefix,
        testnet: &'static Prefix,
        suffix: &str,
    ) -> Cow<'static, Prefix> {
        match self {
            Self::Mainnet => Cow::Borrowed(mainnet),
            Self::Testnet => Cow::Borrowed(testnet),
            Self::Other(name) => Cow::Owned(Prefix::new(&format!("{name}{suffix}"))),
        }
    }
}

impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
            Self::Other(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_has_prefixes_of_its_own() {
        let elements = |network: &NetworkId| {
            [network.signature_prefix().element(), network.account_update_prefix().element()]
        };
        let other = NetworkId::named("a network of its own");
        assert_eq!(other, NetworkId::Other("a network of its own".to_owned()));
        // A name of 20 characters leaves no room for what it is a prefix of.
        assert_eq!(elements(&other), [Prefix::new("a network of its own").element(); 2]);
        let short = elements(&NetworkId::named("x"));
        assert_eq!(short, ["xSignature", "xZkappBody"].map(|name| Prefix::new(name).element()));
        let known = ["mainnet", "testnet"].map(NetworkId::named);
        let [mainnet, testnet] = known.each_ref().map(elements);
        assert_ne!(mainnet[0], testnet[0]);
        assert_ne!(mainnet[1], testnet[1]);
        assert_eq!(NetworkId::named("devnet"), NetworkId::Testnet);
        assert_eq!(known.map(|network| network.to_string()), ["mainnet", "testnet"]);
    }
}
