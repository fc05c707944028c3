//! A signature as it is written.

use core::fmt;

use quickpickle_runtime::wire::number::{
    ELEMENT_BYTES, element_from_bytes, element_from_decimal, element_to_bytes,
};
use quickpickle_runtime::wire::parts::{Codec as _, Ocaml as _, Result};
use quickpickle_runtime::wire::{DecodeError, Fault};

use super::Signature;
use crate::formats::json::{Json, JsonReader};
use crate::formats::{Version, base58, read_json};

/// The bytes of a signature: r, then s.
const BYTES: usize = 2 * ELEMENT_BYTES;

impl Signature {
    /// The signature that a text in base58check (`7m...`) stands for.
    ///
    /// # Errors
    /// Where it is not base58check of a signature with canonical numbers.
    pub fn from_base58(text: &str) -> Result<Self, Fault> {
        let bytes = base58::decode::<BYTES>(Version::Signature, text)?;
        let (r, s) = bytes.split_first_chunk().ok_or(Fault::UnexpectedEnd)?;
        let s = s.try_into().map_err(|_| Fault::UnexpectedEnd)?;
        Ok(Self { r: element_from_bytes(r)?, s: element_from_bytes(s)? })
    }

    /// Decodes `{"field": ..., "scalar": ...}` with decimal numbers, as wallets write it and GraphQL takes it.
    ///
    /// # Errors
    /// Where the value is not exactly that.
    pub fn from_wallet_json(json: &Json) -> Result<Self, DecodeError> {
        read_json(json, wallet_signature)
    }
}

/// Reads a signature of a wallet's.
pub(crate) fn wallet_signature(f: &mut JsonReader<'_>, signature: &mut Signature) -> Result<()> {
    const NUMBER: &str = "a decimal number in quotes";
    f.record(|f| {
        f.field("field", |f| {
            signature.r = element_from_decimal(f.text(NUMBER)?)?;
            Ok(())
        })?;
        f.field("scalar", |f| {
            signature.s = element_from_decimal(f.text(NUMBER)?)?;
            Ok(())
        })
    })
}

impl fmt::Display for Signature {
    /// Base58check, `7m...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [element_to_bytes(&self.r), element_to_bytes(&self.s)].concat();
        f.write_str(&base58::encode(Version::Signature, &bytes))
    }
}
