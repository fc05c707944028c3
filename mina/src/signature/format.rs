//! A signature as it is written.

use core::fmt;

use quickpickle_runtime::wire::number::{
    ELEMENT_BYTES, element_from_bytes, element_from_decimal, element_to_bytes,
};
use quickpickle_runtime::wire::parts::Within as _;
use quickpickle_runtime::wire::{DecodeError, Fault};

use super::Signature;
use crate::formats::json::Json;
use crate::formats::{Version, base58};

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

    /// Decodes `{"field": ..., "scalar": ...}` with decimal numbers, as o1js writes it and GraphQL takes it.
    ///
    /// # Errors
    /// Where the value is not exactly that.
    pub fn from_json(json: &Json) -> Result<Self, DecodeError> {
        let Json::Object(fields) = json else {
            return Err(Fault::Carrier("an object with field and scalar expected".to_owned()).into());
        };
        let number = |name: &'static str| {
            let text = json.get(name).and_then(Json::as_text);
            text.ok_or_else(|| Fault::Carrier("a decimal number in quotes expected".to_owned()))
        };
        let r = number("field").and_then(element_from_decimal).within("field")?;
        let s = number("scalar").and_then(element_from_decimal).within("scalar")?;
        if fields.len() > 2 {
            return Err(Fault::TooMany { max: 2 }.into());
        }
        Ok(Self { r, s })
    }
}

impl fmt::Display for Signature {
    /// Base58check, `7m...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [element_to_bytes(&self.r), element_to_bytes(&self.s)].concat();
        f.write_str(&base58::encode(Version::Signature, &bytes))
    }
}
