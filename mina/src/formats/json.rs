//! JSON: records are objects, tuples and lists arrays, numbers decimal strings. As OCaml derives it (`yojson`), variants are
//! arrays that begin with the name of the constructor; [`dialect`](super::dialect) has what differs elsewhere.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use ark_ff::PrimeField;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use quickpickle_runtime::curve::{Affine, Fp, KimchiCurve};
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::wire::parts::{Codec, Ocaml, Result, Within as _, bounded, read};
use quickpickle_runtime::wire::{DecodeError, Fault, binprot, excerpt, o1js};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::dialect::{Dialect, GraphQl, Yojson};
use super::{Format, NETWORK_WIDTH, Text, Version, base58};
use crate::key::CompressedKey;
use crate::signature::Signature;

/// A JSON value, whose objects have no two fields of one name.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number of 64 bits.
    Number(u64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, its fields in the order of the text.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a text of at most `max` bytes.
    ///
    /// # Errors
    /// Where it is longer or not JSON, an object has a field twice, or a number is not a whole one of 64 bits.
    pub fn parse(text: &[u8], max: usize) -> Result<Self> {
        serde_json::from_slice(bounded(text, max)?).map_err(|e| Fault::Carrier(excerpt(&e)).into())
    }

    /// Parses a text whose strings are bytes, as OCaml's are, and need not be UTF-8: each byte is read as the character of its
    /// number.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and where an escape stands for a character that is more than one of OCaml's bytes.
    pub fn parse_bytes(text: &[u8], max: usize) -> Result<Self> {
        let text = bounded(text, max)?;
        let mut rest = text;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
            match rest.get(at + 1..).unwrap_or_default() {
                [b'u', digits @ ..] if !matches!(digits, [b'0', b'0', b'0'..=b'7', ..]) => {
                    return Err(expected("an escape of ASCII").into());
                }
                // What is escaped is not looked at: it may be the same sign.
                escaped => rest = escaped.get(1..).unwrap_or_default(),
            }
        }
        let text: String = text.iter().map(|byte| char::from(*byte)).collect();
        Self::parse(text.as_bytes(), text.len())
    }

    /// The field of an object, if this is one and has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        JsonSeed(&Cell::new(MAX_VALUES)).deserialize(deserializer)
    }
}

/// A value of as many values inside it as are left: one that takes a few bytes of text takes many in memory.
#[derive(Clone, Copy)]
pub(crate) struct JsonSeed<'a>(pub &'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for JsonSeed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many JSON values"))?;
        self.0.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonSeed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            list.push(element);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut object: Vec<(String, Json)> = Vec::new();
        while let Some(name) = fields.next_key::<String>()? {
            if object.len() == MAX_FIELDS {
                return Err(A::Error::custom(format_args!("an object of more than {MAX_FIELDS} fields")));
            }
            if object.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom(format_args!("the field {:?} twice", excerpt(&name))));
            }
            object.push((name, fields.next_value_seed(self)?));
        }
        Ok(Json::Object(object))
    }
}

/// Fields that an object may have. The largest record here has 15; more would make the search for twins dear.
const MAX_FIELDS: usize = 64;
/// Values of one text at most. A block of mainnet has some ten thousand.
const MAX_VALUES: usize = 1 << 20;

/// Decodes what `walk` describes from a value.
///
/// # Errors
/// Where it is not that.
pub fn read_json<'a, T: Default>(
    json: &'a Json,
    walk: impl FnOnce(&mut JsonReader<'a>, &mut T) -> Result<()>,
) -> Result<T> {
    read(&mut JsonReader::new(json), T::default(), walk)
}

/// Decodes what `walk` describes from a value in the form of GraphQL's input types.
///
/// # Errors
/// Where it is not that.
pub fn read_graphql<'a, T: Default>(
    json: &'a Json,
    walk: impl FnOnce(&mut JsonReader<'a, GraphQl>, &mut T) -> Result<()>,
) -> Result<T> {
    read(&mut JsonReader::new(json), T::default(), walk)
}

/// The longest base64 of a proof that is read.
const MAX_PROOF: usize = binprot::MAX_INPUT.div_ceil(3) * 4;

/// Decodes a proof as precomputed blocks and daemons have it: base64 of bin_prot, with the letters for URLs.
pub(crate) fn proof_from_base64(text: &str) -> Result<Proof> {
    let text = bounded(text.as_bytes(), MAX_PROOF)?;
    let bytes = URL_SAFE.decode(text).map_err(|e| Fault::Carrier(excerpt(&e)))?;
    binprot::proof_from_bytes(&bytes)
}

/// A JSON value being read.
pub struct JsonReader<'a, D = Yojson> {
    value: &'a Json,
    /// The fields of the value's that were asked for.
    asked: Vec<&'static str>,
    /// How many arguments were, where the value is a constructor with several.
    taken: usize,
    dialect: PhantomData<D>,
}

/// What was found where something else was due.
pub(crate) fn expected(what: &str) -> Fault {
    Fault::Carrier(format!("{what} expected"))
}

/// A decimal number in the one form that it has.
pub(crate) fn number<N: core::str::FromStr + fmt::Display>(text: &str) -> Result<N, Fault> {
    let number = text.parse::<N>().ok().filter(|number| number.to_string() == text);
    number.ok_or_else(|| expected("a decimal number within its range"))
}

impl<'a, D> JsonReader<'a, D> {
    pub(crate) fn new(value: &'a Json) -> Self {
        Self { value, asked: Vec::new(), taken: 0, dialect: PhantomData }
    }

    pub(crate) fn value(&self) -> &'a Json {
        self.value
    }

    pub(crate) fn text(&self, what: &'static str) -> Result<&'a str, Fault> {
        self.value.as_text().ok_or_else(|| expected(what))
    }

    pub(crate) fn elements(&self) -> Result<&'a [Json], Fault> {
        self.value.as_list().ok_or_else(|| expected("a list"))
    }

    fn number<N: core::str::FromStr + fmt::Display>(&self) -> Result<N, Fault> {
        number(self.text("a decimal number in quotes")?)
    }
}

impl<D: Dialect> Codec for JsonReader<'_, D> {
    type Error = DecodeError;

    fn field(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.asked.push(name);
        let found = match self.value {
            Json::Object(fields) => fields.iter().find(|(found, _)| D::is_named(found, name)),
            _ => None,
        };
        match found.map(|(_, value)| value) {
            Some(value) => walk(&mut Self::new(value)).within(name),
            // What must be there is refused as `null`, too.
            None if D::ABSENT_IS_NULL => walk(&mut Self::new(&Json::Null)).within(name),
            None => Err(expected("a value")).within(name),
        }
    }

    fn array<T>(
        &mut self,
        elements: &mut [T],
        mut walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        let (found, due) = (self.elements()?, elements.len());
        match found.len() {
            len if len < due => return Err(Fault::TooFew { found: len, expected: due }.into()),
            len if len > due => return Err(Fault::TooMany { max: due }.into()),
            _ => (),
        }
        for (at, (element, value)) in elements.iter_mut().zip(found).enumerate() {
            walk(&mut Self::new(value), element).within_element(at)?;
        }
        Ok(())
    }

    fn list<T: Default>(
        &mut self,
        max: usize,
        elements: &mut Vec<T>,
        walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        let len = self.elements()?.len();
        if len > max {
            return Err(Fault::TooMany { max }.into());
        }
        self.resize(elements, len);
        self.array(elements, walk)
    }

    fn option<T: Default>(
        &mut self,
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        match self.value {
            Json::Null => Ok(()),
            _ => walk(self, value.insert(T::default())),
        }
    }

    fn boolean(&mut self, value: &mut bool) -> Result<()> {
        match self.value {
            Json::Boolean(boolean) => *value = *boolean,
            _ => return Err(expected("true or false").into()),
        }
        Ok(())
    }

    fn element<F: PrimeField>(&mut self, element: &mut F) -> Result<()> {
        *element = D::element(self.text("a field element in a string")?)?;
        Ok(())
    }

    fn point<C: KimchiCurve>(&mut self, point: &mut Affine<C>) -> Result<()> {
        self.coordinates(point)
    }

    fn check(&mut self, check: impl FnOnce() -> Result<(), Fault>) -> Result<()> {
        Ok(check()?)
    }

    fn resize<T: Default>(&self, elements: &mut Vec<T>, len: usize) {
        elements.resize_with(len, T::default);
    }
}

impl<D: Dialect> Ocaml for JsonReader<'_, D> {
    fn record(&mut self, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let Json::Object(fields) = self.value else { return Err(expected("an object").into()) };
        let mut inner = Self::new(self.value);
        walk(&mut inner)?;
        match fields.iter().find(|(found, _)| !inner.asked.iter().any(|name| D::is_named(found, name))) {
            None => Ok(()),
            Some((name, _)) => Err(Fault::Carrier(format!("an unknown field {:?}", excerpt(name))).into()),
        }
    }

    fn tuple<T>(&mut self, parts: &mut [T], walk: impl FnMut(&mut Self, &mut T) -> Result<()>) -> Result<()> {
        self.array(parts, walk)
    }

    fn unit(&mut self) -> Result<()> {
        match self.value {
            Json::Null => Ok(()),
            _ => Err(expected("null").into()),
        }
    }

    fn limb(&mut self, limb: &mut u64) -> Result<()> {
        self.u64(limb)
    }

    fn character(&mut self, _character: &mut u8) -> Result<()> {
        // No object here has one.
        Err(expected("another form than JSON").into())
    }

    fn constructor(&mut self, names: &[&'static str], position: &mut usize) -> Result<()> {
        let name = D::constructor(self.value);
        *position = (names.iter().position(|due| Some(*due) == name))
            .ok_or_else(|| expected("the name of one of the type's constructors"))?;
        Ok(())
    }
}

impl<D: Dialect> Format for JsonReader<'_, D> {
    const IS_JSON: bool = true;

    fn hash(&mut self, version: Version, element: &mut Fp) -> Result<()> {
        *element = D::hash(version, self.text("a hash in a string")?)?;
        Ok(())
    }

    fn bytes<const N: usize>(&mut self, text: Text, bytes: &mut [u8; N]) -> Result<()> {
        let value = self.text("bytes in a string")?;
        let content = match text {
            Text::Base58(version) => Some(base58::decode::<N>(version, value)?.to_vec()),
            Text::Base64Url => URL_SAFE.decode(value).ok(),
            Text::Hex => hex::decode(value).ok(),
            Text::Raw => value.chars().map(|character| u8::try_from(character).ok()).collect(),
        };
        let content = content.and_then(|content| content.try_into().ok());
        *bytes = content.ok_or_else(|| Fault::Carrier(format!("{N} bytes in {text:?} expected")))?;
        Ok(())
    }

    fn u32(&mut self, number: &mut u32) -> Result<()> {
        *number = self.number()?;
        Ok(())
    }

    fn u64(&mut self, number: &mut u64) -> Result<()> {
        *number = self.number()?;
        Ok(())
    }

    fn slot(&mut self, slot: &mut u32) -> Result<()> {
        self.u32(slot)
    }

    fn public_key(&mut self, key: &mut CompressedKey) -> Result<()> {
        *key = base58::decode_key(self.text("a public key in base58check")?)?;
        Ok(())
    }

    fn signature(&mut self, signature: &mut Signature) -> Result<()> {
        *signature = Signature::from_base58(self.text("a signature in base58check")?)?;
        Ok(())
    }

    fn fee(&mut self, fee: &mut u64) -> Result<()> {
        *fee = D::fee(self.text("a fee in quotes")?)?;
        Ok(())
    }

    fn string(&mut self, max: usize, bytes: &mut Vec<u8>) -> Result<()> {
        let text = self.text("a string")?;
        if text.len() > max {
            return Err(Fault::TooMany { max }.into());
        }
        bytes.extend(text.as_bytes());
        Ok(())
    }

    fn proof(&mut self, proof: &mut Proof) -> Result<()> {
        *proof = o1js::proof_from_base64(self.text("a proof in base64")?, NETWORK_WIDTH)?;
        Ok(())
    }

    fn choice(
        &mut self,
        names: &[&'static str],
        position: &mut usize,
        walk: impl FnOnce(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        let elements = self.elements()?;
        // One argument is the content; several follow each other in the same list, and are asked for one by one.
        let (content, several) = match elements {
            [_] => (&Json::Null, false),
            [_, content] => (content, false),
            _ => (self.value, true),
        };
        let name = elements.first().and_then(Json::as_text);
        *position = (names.iter().position(|due| Some(*due) == name))
            .ok_or_else(|| expected("a list that begins with the name of one of the type's constructors"))?;
        let mut inner = Self::new(content);
        walk(&mut inner, *position)?;
        let due = if several { elements.len() - 1 } else { 0 };
        match inner.taken == due {
            true => Ok(()),
            false => Err(expected("as many arguments as the constructor has").into()),
        }
    }

    fn argument(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        // The constructor's name is the first element.
        self.taken += 1;
        let found = self.elements()?.get(self.taken);
        walk(&mut Self::new(found.ok_or_else(|| expected("one more argument"))?)).within(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Json> {
        Json::parse(text.as_bytes(), 8 << 20)
    }

    #[test]
    fn texts_and_what_is_in_them_are_bounded() {
        assert_eq!(Json::parse(b"[1]", 3), Ok(Json::List(vec![Json::Number(1)])));
        assert!(Json::parse(b"[1] ", 3).is_err());
        let list = |values: usize| format!("[0{}]", ",0".repeat(values - 1));
        // The list itself is a value.
        assert!(parse(&list(MAX_VALUES - 1)).is_ok());
        assert!(parse(&list(MAX_VALUES)).is_err());
        let object = |fields: usize| {
            let fields: Vec<_> = (0..fields).map(|at| format!("\"{at}\":0")).collect();
            format!("{{{}}}", fields.join(","))
        };
        assert!(parse(&object(MAX_FIELDS)).is_ok());
        assert!(parse(&object(MAX_FIELDS + 1)).is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn strings_of_ocaml_are_bytes() {
        let read = |text: &[u8]| {
            let json = Json::parse_bytes(text, 64)?;
            read_json(&json, |f, bytes: &mut [u8; 4]| f.bytes(Text::Raw, bytes))
        };
        assert_eq!(read(b"\"\\u0000\x80\xffa\""), Ok([0, 0x80, 0xff, b'a']));
        assert_eq!(read(br#""\\\"\nu""#), Ok(*b"\\\"\nu"));
        assert_eq!(read(br#""\\u00""#), Ok(*b"\\u00"), "no escape of a character");
        for text in
            [&b"\"\\u0080abc\""[..], b"\"\\u0100abc\"", b"\"abc\"", b"\"abcde\"", b"\"abc", b"\"abc\\"]
        {
            assert!(read(text).is_err(), "{}", text.escape_ascii());
        }
        assert!(Json::parse_bytes(b"[1] ", 3).is_err());
        let text = parse("\"\u{100}abc\"").expect("JSON");
        assert!(read_json(&text, |f, bytes: &mut [u8; 4]| f.bytes(Text::Raw, bytes)).is_err(), "no byte");
    }

    #[test]
    fn no_field_is_there_twice_and_no_number_is_cut() {
        assert!(parse(r#"{"a":1,"b":1}"#).is_ok());
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, "1.0", "-1", "18446744073709551616", "1 1"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_end_at_their_bound() {
        let read = |text: &str| {
            let json = parse(text).expect("JSON");
            read_json(&json, |f, list: &mut Vec<u32>| f.list(2, list, JsonReader::u32))
        };
        assert_eq!(read(r#"["1","2"]"#), Ok(vec![1, 2]));
        for text in [r#"["1","2","3"]"#, r#"["01"]"#, r#"["4294967296"]"#, r#"["+1"]"#, "[1]", "null"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_unit_is_null() {
        let read = |text: &str| read_json(&parse(text).expect("JSON"), |f, (): &mut ()| f.unit());
        assert_eq!(read("null"), Ok(()));
        for text in ["[]", "{}", "0", "false", "\"\""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
