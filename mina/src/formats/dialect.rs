//! The two ways in which Mina's objects are written in JSON: what differs between them, beside the shapes of their own.

use ark_ff::PrimeField;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;
use quickpickle_runtime::wire::number::{ELEMENT_BYTES, element_from_bytes, element_from_decimal};

use super::json::{Json, expected, number};
use super::{Version, base58};
use crate::currency::nanomina_from_mina;

/// How JSON names fields and writes leaves.
pub trait Dialect {
    /// Whether a field that is not there is one that is `null`.
    const ABSENT_IS_NULL: bool;

    /// Whether `found` is how the field `name` of OCaml's type is named.
    fn is_named(found: &str, name: &str) -> bool;
    /// A field element as such.
    ///
    /// # Errors
    /// Where the text is not the form of one.
    fn element<F: PrimeField>(text: &str) -> Result<F, Fault>;
    /// A field element that OCaml writes as base58check.
    ///
    /// # Errors
    /// Where the text is not the form of one.
    fn hash(version: Version, text: &str) -> Result<Fp, Fault>;
    /// A fee, in nanomina.
    ///
    /// # Errors
    /// Where the text is not the form of one.
    fn fee(text: &str) -> Result<u64, Fault>;
    /// The name of a constructor without arguments.
    fn constructor(value: &Json) -> Option<&str>;
}

/// OCaml's derived JSON: precomputed blocks, logs.
#[derive(Clone, Copy, Debug)]
pub enum Yojson {}

impl Dialect for Yojson {
    const ABSENT_IS_NULL: bool = false;

    fn is_named(found: &str, name: &str) -> bool {
        found == name
    }

    fn element<F: PrimeField>(text: &str) -> Result<F, Fault> {
        let mut bytes = [0; ELEMENT_BYTES];
        (text.strip_prefix("0x").and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok()))
            .ok_or_else(|| expected("0x and 64 hex digits"))?;
        bytes.reverse();
        element_from_bytes(&bytes)
    }

    fn hash(version: Version, text: &str) -> Result<Fp, Fault> {
        base58::decode_element(version, text)
    }

    fn fee(text: &str) -> Result<u64, Fault> {
        let fee = nanomina_from_mina(text);
        fee.ok_or_else(|| expected("a fee in mina with at most nine decimals, the last of them not zero,"))
    }

    fn constructor(value: &Json) -> Option<&str> {
        match value.as_list()? {
            [name] => name.as_text(),
            _ => None,
        }
    }
}

/// The input types of the daemon's GraphQL, which are also o1js's `toJSON()`: names in camel case, field elements and most
/// hashes decimal, `null` where there is nothing, or no field. `null` is taken where the schema takes it.
#[derive(Clone, Copy, Debug)]
pub enum GraphQl {}

impl Dialect for GraphQl {
    const ABSENT_IS_NULL: bool = true;

    fn is_named(found: &str, name: &str) -> bool {
        let mut found = found.chars();
        let mut after_bar = false;
        for letter in name.chars() {
            if letter == '_' {
                after_bar = true;
                continue;
            }
            let due = if after_bar { letter.to_ascii_uppercase() } else { letter };
            if found.next() != Some(due) {
                return false;
            }
            after_bar = false;
        }
        found.next().is_none()
    }

    fn element<F: PrimeField>(text: &str) -> Result<F, Fault> {
        element_from_decimal(text)
    }

    fn hash(version: Version, text: &str) -> Result<Fp, Fault> {
        match version {
            Version::TokenId => base58::decode_element(version, text),
            _ => element_from_decimal(text),
        }
    }

    fn fee(text: &str) -> Result<u64, Fault> {
        number(text)
    }

    fn constructor(value: &Json) -> Option<&str> {
        match value.as_text()? {
            "Positive" => Some("Pos"),
            "Negative" => Some("Neg"),
            // OCaml's own names of the signs are none here.
            "Pos" | "Neg" => None,
            name => Some(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_camel_case() {
        assert!(GraphQl::is_named("useFullCommitment", "use_full_commitment"));
        assert!(GraphQl::is_named("memo", "memo"));
        for other in
            ["use_full_commitment", "useFullcommitment", "useFullCommitmen", "useFullCommitments", ""]
        {
            assert!(!GraphQl::is_named(other, "use_full_commitment"), "{other}");
        }
    }

    #[test]
    fn signs_have_one_name() {
        let read = |text: &str| GraphQl::constructor(&Json::Text(text.to_owned())).map(str::to_owned);
        assert_eq!(read("Negative").as_deref(), Some("Neg"));
        assert_eq!(read("Neg"), None);
    }
}
