//! JSON, and the lists of decimal field elements in it.

use ark_ff::PrimeField;
use serde::{Deserialize, Serialize};

use super::error::{Fault, Result, Within, bounded};
use super::number;
use crate::curve::Fp;

/// The longest JSON text that is read: room for a proof and about 50,000 field elements of its statement.
pub const MAX_JSON: usize = 4 << 20;

/// Decodes the JSON list of decimal strings that the statement of a Pickles proof is.
///
/// # Errors
/// Where the text is not a JSON list of canonical decimal field elements.
pub fn statement_from_json(text: impl AsRef<[u8]>) -> Result<Vec<Fp>> {
    elements_from_json(text)
}

/// Decodes a JSON list of field elements as decimal strings.
///
/// # Errors
/// Where the text is not a JSON list of canonical decimal field elements.
pub fn elements_from_json<F: PrimeField>(text: impl AsRef<[u8]>) -> Result<Vec<F>> {
    elements(&from_json::<Vec<String>>(text.as_ref())?)
}

/// Encodes field elements as [`elements_from_json`] decodes them.
pub fn elements_to_json<F: PrimeField>(elements: &[F]) -> String {
    to_json(&decimals(elements))
}

pub(super) fn elements<F: PrimeField>(decimals: &[String]) -> Result<Vec<F>> {
    let parse = |(i, digits): (usize, &String)| number::element_from_decimal(digits).within_element(i);
    decimals.iter().enumerate().map(parse).collect()
}

pub(super) fn decimals<F: PrimeField>(elements: &[F]) -> Vec<String> {
    elements.iter().map(|element| element.into_bigint().to_string()).collect()
}

pub(super) fn from_json<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T> {
    serde_json::from_slice(bounded(text, MAX_JSON)?).map_err(|e| Fault::Carrier(e.to_string()).into())
}

pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and lists of them are JSON")
}
