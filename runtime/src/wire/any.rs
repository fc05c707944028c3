//! Keys and public inputs in any of their forms, told by their look.

use super::detect::{self, Kind};
use super::error::{DecodeError, Result};
use super::{binprot, elements_from_json_within, kimchi, o1js};
use crate::curve::{KimchiCurve, ScalarField};
use crate::limits::Limits;
use crate::pickles::proof::VerificationKey;

/// A verification key: o1js's JSON, its base64 `data` alone, or the bin_prot that this encodes.
///
/// # Errors
/// Where the input is none of these, or the key does not decode.
pub fn verification_key(input: &[u8]) -> Result<VerificationKey> {
    match detect::kind(input) {
        Kind::BinProtKey => binprot::verification_key_from_bytes(input),
        Kind::O1jsKey | Kind::NetworkKey => o1js::verification_key_from_json(input).map(|(key, _)| key),
        Kind::KeyBase64 => o1js::verification_key_from_base64(&String::from_utf8_lossy(input.trim_ascii())),
        found => {
            let swapped = "proof and key may be swapped";
            let advice = if found.is_proof() { swapped } else { found.advice() };
            Err(DecodeError::OtherKind { expected: "a verification key", found, advice })
        }
    }
}

/// A public input of a Kimchi proof: a JSON list of decimal strings, or 32 bytes little-endian an element.
///
/// JSON begins with a bracket. So may bytes, one time in 256: a length that fits elements decides for them.
///
/// # Errors
/// Where it is neither, longer than the limits allow, or an element is not canonical.
pub fn public_input<C: KimchiCurve>(input: &[u8], limits: &Limits) -> Result<Vec<ScalarField<C>>> {
    if input.trim_ascii_start().starts_with(b"[") {
        let json = elements_from_json_within(input, limits);
        if json.is_ok() || !input.len().is_multiple_of(32) {
            return json;
        }
    }
    kimchi::public_input_from_bytes_within::<C>(input, limits)
}
