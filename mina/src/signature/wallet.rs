//! Messages that wallets signed: what mina-signer's `signMessage` and `signFields` give.
//!
//! Facts: o1js, `src/mina-signer/mina-signer.ts`.

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::parts::{Codec as _, Ocaml as _, Result};
use quickpickle_runtime::wire::{DecodeError, MAX_ELEMENTS};

use super::{Claim, Message, Signature, wallet_signature};
use crate::formats::json::{Json, JsonReader, expected};
use crate::formats::{Format as _, read_json};
use crate::key::CompressedKey;
use crate::network::NetworkId;

/// A text or field elements, and who signed them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedMessage {
    /// The key.
    pub key: CompressedKey,
    /// The signature.
    pub signature: Signature,
    /// What is signed.
    pub message: Message,
}

impl SignedMessage {
    /// Decodes `{"publicKey", "signature", "data"}`, where the data is a text or a list of decimal field elements, and the signature
    /// `{"field", "scalar"}` or base58check.
    ///
    /// # Errors
    /// Where the value is not exactly that.
    pub fn from_wallet_json(json: &Json) -> Result<Self, DecodeError> {
        read_json(json, |f, signed: &mut Self| {
            f.record(|f| {
                f.field("publicKey", |f| f.public_key(&mut signed.key))?;
                f.field("signature", |f| match f.value() {
                    Json::Text(_) => f.signature(&mut signed.signature),
                    _ => wallet_signature(f, &mut signed.signature),
                })?;
                f.field("data", |f| {
                    signed.message = match f.value() {
                        Json::Text(text) => Message::text(text),
                        _ => Message::Elements(elements(f)?),
                    };
                    Ok(())
                })
            })
        })
    }

    /// What is to be verified.
    pub fn claim<'a>(&self, network: &'a NetworkId) -> Claim<'a> {
        Claim { network, key: self.key, signature: self.signature, message: self.message.clone() }
    }
}

fn elements(f: &mut JsonReader<'_>) -> Result<Vec<Fp>> {
    let mut elements = Vec::new();
    f.list(MAX_ELEMENTS, &mut elements, |f, element| {
        *element = match f.value() {
            Json::Number(number) => Fp::from(*number),
            Json::Text(digits) => element_from_decimal(digits)?,
            _ => return Err(expected("a decimal number").into()),
        };
        Ok(())
    })?;
    Ok(elements)
}
