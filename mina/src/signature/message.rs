//! What is signed.

use quickpickle_runtime::curve::{Affine, Fp, PallasConfig};

use super::Signature;
use crate::hash::LegacyInput;
use crate::network::NetworkId;

/// What is signed, and how it is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Field elements, hashed with Kimchi's Poseidon: the commitment of a zkApp command, or what a zkApp wants to be signed.
    Elements(Vec<Fp>),
    /// Field elements and bits, hashed with the legacy parameters: a payment, a delegation, a text.
    Legacy(LegacyInput),
}

impl Default for Message {
    fn default() -> Self {
        Self::Elements(Vec::new())
    }
}

impl Message {
    /// A text, as wallets sign it.
    pub fn text(text: &str) -> Self {
        let mut input = LegacyInput::default();
        input.bytes_from_the_top(text.as_bytes());
        Self::Legacy(input)
    }

    /// The challenge: the hash of the message, the key and the nonce's point.
    pub(super) fn challenge(
        &self,
        network: &NetworkId,
        key: &Affine<PallasConfig>,
        signature: &Signature,
    ) -> Fp {
        let tail = [key.x, key.y, signature.r];
        let prefix = network.signature_prefix();
        match self {
            Self::Elements(elements) => prefix.hash(&[elements, tail.as_slice()].concat()),
            Self::Legacy(input) => {
                let mut input = input.clone();
                input.fields.extend(tail);
                prefix.hash_legacy(&input)
            }
        }
    }
}
