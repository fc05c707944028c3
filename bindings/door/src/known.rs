//! What objects of Mina's networks are judged by.

use quickpickle::mina;
use quickpickle::mina::network::MAX_NAME;
use quickpickle::mina::zkapp_command::Protocol;

use crate::{KnownOptions, Refusal};

/// The networks with their keys, which of them is meant, and the keys of accounts.
#[derive(Clone, Debug)]
pub struct Known {
    pub(crate) known: mina::Known,
    /// Whether the commands in blocks are verified too.
    pub(crate) commands: bool,
}

impl Known {
    /// The networks whose keys are in this build, within what the options say.
    ///
    /// # Errors
    /// Where the name of the network is none, or no protocol has that name.
    pub fn new(options: &KnownOptions) -> Result<Self, Refusal> {
        let mut known = mina::Known::baked();
        if let Some(name) = &options.network {
            if name.is_empty() || name.len() > MAX_NAME {
                return Err(Refusal::Options(format!("the name of a network has 1 to {MAX_NAME} bytes")));
            }
            known = known.only(name);
        }
        if let Some(name) = &options.protocol {
            let protocol = Protocol::ALL.into_iter().find(|protocol| protocol.name() == name);
            known = known.with_protocol(
                protocol.ok_or_else(|| Refusal::Options("no protocol of this name".to_owned()))?,
            );
        }
        Ok(Self { known, commands: options.commands })
    }

    /// Adds the network of a file of keys (docs/mina.md).
    ///
    /// # Errors
    /// Where the text is no such file, or the network is known already.
    pub fn add_network(&mut self, text: &[u8]) -> Result<(), Refusal> {
        let added = self.known.add_network(text).map(|_| ());
        added.map_err(|source| Refusal::Keys { what: "network keys", source })
    }

    /// Adds the verification keys of zkApp accounts, as a ledger has them before the commands: a JSON list of accounts, or a
    /// daemon's answer with accounts.
    ///
    /// # Errors
    /// Where the text has no account with a key, or an account is there twice.
    pub fn add_account_keys(&mut self, text: &[u8]) -> Result<(), Refusal> {
        self.known.add_account_keys(text).map_err(|source| Refusal::Keys { what: "keys", source })
    }
}
