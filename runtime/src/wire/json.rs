//! JSON, and the lists of decimal field elements in it.
//!
//! Two things `serde` would let pass are refused: an array in the place of an object, and a list of more elements than
//! anything here has, which costs no more than to be read over.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use ark_ff::PrimeField;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::detect::{self, Kind};
use super::error::{DecodeError, Fault, Result, bounded, excerpt};
use super::number;
use crate::curve::Fp;

/// The longest JSON text that is read: room for a proof and [`MAX_ELEMENTS`] field elements of its statement.
pub const MAX_JSON: usize = 4 << 20;
/// Field elements in a list at most.
pub const MAX_ELEMENTS: usize = 50_000;

/// Decodes the JSON list of decimal strings that the statement of a Pickles proof is.
///
/// # Errors
/// Where the text is not a JSON list of canonical decimal field elements.
pub fn statement_from_json(text: impl AsRef<[u8]>) -> Result<Vec<Fp>> {
    elements_from_json(text)
}

/// Decodes a JSON list of at most [`MAX_ELEMENTS`] field elements as decimal strings.
///
/// # Errors
/// Where the text is not a JSON list of canonical decimal field elements, or a longer one.
pub fn elements_from_json<F: PrimeField>(text: impl AsRef<[u8]>) -> Result<Vec<F>> {
    let text = text.as_ref();
    let elements = from_json(text).and_then(Elements::elements);
    detect::expect(elements, text, "a JSON list of field elements", &[Kind::Statement])
}

/// Encodes field elements as [`elements_from_json`] decodes them.
pub fn elements_to_json<F: PrimeField>(elements: &[F]) -> String {
    to_json(&Elements(Ok(elements.to_vec())))
}

/// A JSON list of decimal strings, or what is wrong with it: an error of `serde`'s own would lose place and kind.
pub(super) struct Elements<F>(pub Result<Vec<F>>);

impl<F> Elements<F> {
    pub(super) fn elements(self) -> Result<Vec<F>> {
        self.0
    }
}

impl<F: PrimeField> Serialize for Elements<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let elements = self.0.as_deref().unwrap_or_default();
        serializer.collect_seq(elements.iter().map(|element| element.into_bigint().to_string()))
    }
}

impl<'de, F: PrimeField> Deserialize<'de> for Elements<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ElementsVisitor(PhantomData))
    }
}

struct ElementsVisitor<F>(PhantomData<F>);

impl<'de, F: PrimeField> Visitor<'de> for ElementsVisitor<F> {
    type Value = Elements<F>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of decimal numbers in quotes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Elements<F>, A::Error> {
        let mut elements = Vec::new();
        let fault = loop {
            if elements.len() == MAX_ELEMENTS {
                match list.next_element::<IgnoredAny>()? {
                    None => return Ok(Elements(Ok(elements))),
                    Some(_) => break Fault::TooMany { max: MAX_ELEMENTS }.into(),
                }
            }
            match list.next_element::<Digits<'de>>()? {
                None => return Ok(Elements(Ok(elements))),
                Some(Digits(digits)) => match number::element_from_decimal(&digits) {
                    Ok(element) => elements.push(element),
                    Err(fault) => break DecodeError::from(fault).inside_element(elements.len()),
                },
            }
        };
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Elements(Err(fault)))
    }
}

/// A string, borrowed where it can be.
#[derive(Deserialize)]
struct Digits<'a>(#[serde(borrow)] Cow<'a, str>);

/// A `T` from a JSON object, and from nothing else: `serde` would take an array for the fields in order.
#[derive(Clone, Copy, Debug)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

impl<T: Serialize> Serialize for Object<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Object)
    }
}

/// Why a text is not the JSON that it is taken for: the words of `serde_json`, and no more of the text than an error needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self(excerpt(&error))
    }
}

pub(super) fn from_json<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T> {
    serde_json::from_slice(bounded(text, MAX_JSON)?).map_err(|e| Fault::Carrier(excerpt(&e)).into())
}

pub(super) fn object_from_json<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T> {
    from_json::<Object<T>>(text).map(|Object(value)| value)
}

pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and lists of them are JSON")
}
