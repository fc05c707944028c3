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
use crate::limits::Limits;

/// The longest JSON text that is read by default ([`Limits::json_bytes`]): room for a proof and [`MAX_ELEMENTS`] field elements of its statement.
pub const MAX_JSON: usize = 4 << 20;
/// Field elements in a list at most, by default ([`Limits::statement`]).
pub const MAX_ELEMENTS: usize = 50_000;
/// Field elements in a list at most, whatever the limits.
pub(super) const LARGEST: usize = Limits::LARGEST.statement;

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
    elements_from_json_within(text, &Limits::default())
}

/// [`elements_from_json`] within other limits.
///
/// # Errors
/// As [`elements_from_json`].
pub fn elements_from_json_within<F: PrimeField>(text: impl AsRef<[u8]>, limits: &Limits) -> Result<Vec<F>> {
    let text = text.as_ref();
    let elements = if limits.statement <= MAX_ELEMENTS {
        from_json::<Elements<F>>(text, limits).and_then(|list| list.elements(limits))
    } else {
        from_json::<Elements<F, LARGEST>>(text, limits).and_then(|list| list.elements(limits))
    };
    detect::expect(elements, text, "a JSON list of field elements", &[Kind::Statement])
}

/// Encodes field elements as [`elements_from_json`] decodes them.
pub fn elements_to_json<F: PrimeField>(elements: &[F]) -> String {
    to_json(&Elements::<F, MAX_ELEMENTS>(Ok(elements.to_vec())))
}

/// A JSON list of decimal strings, or what is wrong with it: an error of `serde`'s own would lose place and kind.
///
/// `MAX` elements are kept at most, and none beyond is parsed.
pub(super) struct Elements<F, const MAX: usize = MAX_ELEMENTS>(pub Result<Vec<F>>);

impl<F, const MAX: usize> Elements<F, MAX> {
    /// The elements, within the limits.
    pub(super) fn elements(self, limits: &Limits) -> Result<Vec<F>> {
        let elements = self.0?;
        if elements.len() > limits.statement {
            return Err(Fault::TooMany { max: limits.statement }.into());
        }
        Ok(elements)
    }
}

impl<F: PrimeField, const MAX: usize> Serialize for Elements<F, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let elements = self.0.as_deref().unwrap_or_default();
        serializer.collect_seq(elements.iter().map(|element| element.into_bigint().to_string()))
    }
}

impl<'de, F: PrimeField, const MAX: usize> Deserialize<'de> for Elements<F, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ElementsVisitor::<F, MAX>(PhantomData))
    }
}

struct ElementsVisitor<F, const MAX: usize>(PhantomData<F>);

impl<'de, F: PrimeField, const MAX: usize> Visitor<'de> for ElementsVisitor<F, MAX> {
    type Value = Elements<F, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of decimal numbers in quotes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Elements<F, MAX>, A::Error> {
        let mut elements = Vec::new();
        let fault = loop {
            if elements.len() == MAX {
                match list.next_element::<IgnoredAny>()? {
                    None => return Ok(Elements(Ok(elements))),
                    Some(_) => break Fault::TooMany { max: MAX }.into(),
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

fn from_json<'a, T: Deserialize<'a>>(text: &'a [u8], limits: &Limits) -> Result<T> {
    serde_json::from_slice(bounded(text, limits.json_bytes)?).map_err(|e| Fault::Carrier(excerpt(&e)).into())
}

pub(super) fn object_from_json<'a, T: Deserialize<'a>>(text: &'a [u8], limits: &Limits) -> Result<T> {
    from_json::<Object<T>>(text, limits).map(|Object(value)| value)
}

pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and lists of them are JSON")
}
