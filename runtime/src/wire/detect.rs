//! What an input is, told from its look: the one place that tells the formats apart.
//!
//! Nothing is checked here: what looks like a proof may still not decode. An input that a decoder refuses is looked at
//! again, so that the error names what was handed in where something else was meant ([`DecodeError::OtherKind`]).

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::error::{DecodeError, Result};

/// What an input looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// No bytes, or white space alone.
    Empty,
    /// Compressed by a program of this name.
    Compressed(&'static str),
    /// UTF-8 behind a byte order mark, which no format here has.
    ByteOrderMark,
    /// UTF-16.
    Utf16,
    /// A JSON object with the fields of o1js's `Proof.toJSON()`.
    O1jsProof,
    /// A JSON object with a bin_prot proof and its statement ([`super::stated`]).
    StatedProof,
    /// A JSON object with the fields of o1js's verification keys.
    O1jsKey,
    /// A JSON object with the fields of the file of a network's key (`srs-data/networks/`).
    NetworkKey,
    /// A JSON object with the fields of a node's keys file.
    KeysFile,
    /// A JSON object with the fields of a circuit.
    Circuit,
    /// A JSON object with the fields of a witness.
    Witness,
    /// A JSON object without any field that is known.
    JsonObject,
    /// A JSON array of strings or of nothing: a statement, or another list of field elements.
    Statement,
    /// A JSON array of o1js proofs.
    O1jsProofs,
    /// A JSON array of something else.
    JsonArray,
    /// More than one JSON document.
    JsonDocuments,
    /// JSON that is neither an object nor an array.
    JsonValue,
    /// Base64 of an s-expression: the string `proof` of o1js's JSON.
    ProofBase64,
    /// Base64 of bin_prot: the string `data` of an o1js key.
    KeyBase64,
    /// The s-expression of a proof.
    ProofSexp,
    /// A proof in bin_prot.
    BinProtProof,
    /// A verification key in bin_prot.
    BinProtKey,
    /// Kimchi's MessagePack of proof, verification key and public input together.
    KimchiFixture,
    /// Kimchi's MessagePack of a verification key.
    KimchiIndex,
    /// Kimchi's MessagePack of a proof.
    KimchiProof,
    /// A proving key of quickpickle's prover.
    ProvingKey,
    /// A table of quickpickle's, as the build makes it.
    Table,
    /// Other text.
    Text,
    /// Other bytes.
    Binary,
}

impl Kind {
    /// What it is, for a sentence: a noun with its article.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "an empty input",
            Self::Compressed(_) => "compressed data",
            Self::ByteOrderMark => "text with a byte order mark",
            Self::Utf16 => "text in UTF-16",
            Self::O1jsProof => "the JSON of an o1js proof",
            Self::StatedProof => "the JSON of a bin_prot proof with its statement",
            Self::O1jsKey => "the JSON of an o1js verification key",
            Self::NetworkKey => "the file of a network's verification key",
            Self::KeysFile => "a keys file",
            Self::Circuit => "the JSON of a circuit",
            Self::Witness => "the JSON of a witness",
            Self::JsonObject => "a JSON object of no known kind",
            Self::Statement => "a JSON list of field elements",
            Self::O1jsProofs => "a JSON array of o1js proofs",
            Self::JsonArray => "a JSON array of no known kind",
            Self::JsonDocuments => "several JSON documents",
            Self::JsonValue => "JSON that is no object",
            Self::ProofBase64 => "the base64 of an o1js proof",
            Self::KeyBase64 => "the base64 data of a verification key",
            Self::ProofSexp => "the s-expression of a proof",
            Self::BinProtProof => "a proof in bin_prot",
            Self::BinProtKey => "a verification key in bin_prot",
            Self::KimchiFixture => "a Kimchi fixture",
            Self::KimchiIndex => "a Kimchi verifier index",
            Self::KimchiProof => "a Kimchi proof",
            Self::ProvingKey => "a proving key",
            Self::Table => "a table of points",
            Self::Text => "text of no known format",
            Self::Binary => "bytes of no known format",
        }
    }

    /// What helps whoever handed this in where something else was meant; empty where there is nothing to say.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Compressed(_) => "decompress it first",
            Self::ByteOrderMark => "save it as UTF-8 without the mark",
            Self::Utf16 => "save it as UTF-8",
            Self::O1jsProofs | Self::JsonDocuments => "hand them in one by one, or one a line",
            Self::ProofBase64 => "hand in all of Proof.toJSON(), with the statement",
            _ => "",
        }
    }

    /// Whether it is a proof, in any form.
    pub const fn is_proof(self) -> bool {
        matches!(
            self,
            Self::O1jsProof
                | Self::StatedProof
                | Self::O1jsProofs
                | Self::ProofBase64
                | Self::ProofSexp
                | Self::BinProtProof
                | Self::KimchiFixture
                | Self::KimchiProof
        )
    }

    /// Whether it is a verification key, in any form.
    pub const fn is_key(self) -> bool {
        matches!(
            self,
            Self::O1jsKey
                | Self::NetworkKey
                | Self::KeysFile
                | Self::KeyBase64
                | Self::BinProtKey
                | Self::KimchiIndex
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compressed(program) => write!(f, "data compressed with {program}"),
            kind => f.write_str(kind.name()),
        }
    }
}

/// What `input` looks like. Of JSON and base64 all is read, once, of other input the beginning.
pub fn kind(input: &[u8]) -> Kind {
    let text = input.trim_ascii();
    if text.is_empty() {
        return Kind::Empty;
    }
    by_magic(input).or_else(|| msgpack(input)).or_else(|| bin_prot(input)).unwrap_or_else(|| match text {
        [b'{' | b'[' | b'"', ..] => json(text),
        [b'(', rest @ ..] if rest.trim_ascii_start().starts_with(b"(") => Kind::ProofSexp,
        _ => base64_of(text).unwrap_or_else(|| if is_text(input) { Kind::Text } else { Kind::Binary }),
    })
}

/// The refusal of `input` where a decoder wanted another kind, otherwise `error`. `expected` is a noun with its article.
pub(super) fn refusal(
    error: DecodeError,
    input: &[u8],
    expected: &'static str,
    wanted: &[Kind],
) -> DecodeError {
    if !matches!(error, DecodeError::Malformed { .. }) {
        return error;
    }
    let found = kind(input);
    if wanted.contains(&found) {
        return error;
    }
    // Bytes that show nothing are best told by where they stopped making sense.
    if found == Kind::Binary && !wanted.iter().any(|kind| kind.is_text()) {
        return error;
    }
    let swapped = wanted.iter().any(|kind| kind.is_proof()) && found.is_key()
        || wanted.iter().any(|kind| kind.is_key()) && found.is_proof();
    let advice = if swapped { "proof and key may be swapped" } else { found.advice() };
    DecodeError::OtherKind { expected, found, advice }
}

/// Adds [`refusal`] to a result.
pub(super) fn expect<T>(
    result: Result<T>,
    input: &[u8],
    expected: &'static str,
    wanted: &[Kind],
) -> Result<T> {
    result.map_err(|error| refusal(error, input, expected, wanted))
}

impl Kind {
    const fn is_text(self) -> bool {
        !matches!(
            self,
            Self::BinProtProof
                | Self::BinProtKey
                | Self::KimchiFixture
                | Self::KimchiIndex
                | Self::KimchiProof
                | Self::ProvingKey
                | Self::Table
                | Self::Binary
                | Self::Compressed(_)
        )
    }
}

/// What files begin with that say themselves what they are.
const MAGIC: [(&[u8], Kind); 10] = [
    (b"\x1f\x8b", Kind::Compressed("gzip")),
    (b"\x28\xb5\x2f\xfd", Kind::Compressed("zstd")),
    (b"\xfd7zXZ\0", Kind::Compressed("xz")),
    (b"BZh", Kind::Compressed("bzip2")),
    (b"PK\x03\x04", Kind::Compressed("zip")),
    (b"\xef\xbb\xbf", Kind::ByteOrderMark),
    (b"\xff\xfe", Kind::Utf16),
    (b"\xfe\xff", Kind::Utf16),
    (b"QPPKEY\0", Kind::ProvingKey),
    (b"quickpkl", Kind::Table),
];

fn by_magic(input: &[u8]) -> Option<Kind> {
    MAGIC.iter().find(|(magic, _)| input.starts_with(magic)).map(|(_, kind)| *kind)
}

/// Kimchi's files are MessagePack arrays. A fixture's first field is a list of many numbers, a proof's first field a struct
/// of four, an index's, of 21 fields, a byte string of 236.
fn msgpack(input: &[u8]) -> Option<Kind> {
    match input {
        [0x95 | 0x96, 0xdc | 0xdd, ..] => Some(Kind::KimchiFixture),
        [0x95, 0x94, ..] => Some(Kind::KimchiProof),
        [0xdc, 0, 21, 0xc4, ..] => Some(Kind::KimchiIndex),
        _ => None,
    }
}

/// The longest input of which the beginning alone shows a key: twice a key's length.
const MAX_KEY: usize = 2 * 1796;

/// A key begins with two numbers of proofs, a proof with a challenge: two integers of eight bytes and a unit.
fn bin_prot(input: &[u8]) -> Option<Kind> {
    match input {
        [0xfc, _, _, _, _, _, _, _, _, 0xfc, _, _, _, _, _, _, _, _, 0, ..] => Some(Kind::BinProtProof),
        [0..=2, 0..=2, ..] if input.len() <= MAX_KEY => Some(Kind::BinProtKey),
        _ => None,
    }
}

/// A line of fewer characters of the alphabet is a word.
const MIN_BASE64: usize = 16;

fn base64_of(text: &[u8]) -> Option<Kind> {
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if text.len() < MIN_BASE64 || !text.iter().all(alphabet) {
        return None;
    }
    match STANDARD.decode(text.get(..MIN_BASE64)?).ok()?.as_slice() {
        [b'(', ..] => Some(Kind::ProofBase64),
        [0..=2, 0..=2, ..] => Some(Kind::KeyBase64),
        _ => None,
    }
}

/// How much of an input is looked at to tell text from other bytes.
const LOOK: usize = 4096;

fn is_text(input: &[u8]) -> bool {
    let start = input.get(..LOOK).unwrap_or(input);
    let control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let valid = match core::str::from_utf8(start) {
        Ok(_) => true,
        // A character that the look cuts in two.
        Err(error) => error.error_len().is_none(),
    };
    valid && !start.iter().any(control)
}

/// The fields by which JSON objects are told apart.
const FIELDS: [&str; 16] = [
    "publicInput",
    "publicOutput",
    "maxProofsVerified",
    "proof",
    "data",
    "hash",
    "network",
    "digest",
    "version",
    "keys",
    "gates",
    "public_input_size",
    "witness",
    "runtime_columns",
    "previous",
    "statement",
];

/// Which of [`FIELDS`] an object has.
#[derive(Clone, Copy, Default)]
struct Fields(u32);

impl Fields {
    fn add(&mut self, name: &str) {
        if let Some(place) = FIELDS.iter().position(|field| *field == name) {
            self.0 |= 1 << place;
        }
    }

    fn any(self, names: &[&str]) -> bool {
        let has = |(place, field): (usize, &&str)| self.0 >> place & 1 == 1 && names.contains(field);
        FIELDS.iter().enumerate().any(has)
    }

    fn kind(self) -> Kind {
        if self.any(&["gates", "public_input_size"]) {
            Kind::Circuit
        } else if self.any(&["witness", "runtime_columns", "previous"]) {
            Kind::Witness
        } else if self.any(&["keys"]) {
            Kind::KeysFile
        } else if self.any(&["data"]) && self.any(&["network", "digest"]) {
            Kind::NetworkKey
        } else if self.any(&["statement"]) {
            Kind::StatedProof
        } else if self.any(&["publicInput", "publicOutput", "maxProofsVerified", "proof"]) {
            Kind::O1jsProof
        } else if self.any(&["data", "hash"]) {
            Kind::O1jsKey
        } else {
            Kind::JsonObject
        }
    }
}

/// What was seen of a JSON text before it ended or broke.
#[derive(Clone, Copy)]
enum Seen {
    Nothing,
    Value,
    String,
    Object(Fields),
    Array,
}

fn json(text: &[u8]) -> Kind {
    let (mut whole, mut first) = (Seen::Nothing, Seen::Nothing);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let look = Look { seen: &mut whole, first: Some(&mut first) };
    let complete = look.deserialize(&mut deserializer).is_ok();
    let more = complete && deserializer.end().is_err();
    match (whole, first) {
        // What stands alone in quotes may be text as well as JSON.
        (Seen::String | Seen::Nothing | Seen::Value, _) if !complete || more => Kind::Text,
        (Seen::Object(_) | Seen::Array, _) if more => Kind::JsonDocuments,
        (Seen::Object(fields), _) => fields.kind(),
        (Seen::Array, Seen::Object(fields)) if fields.kind() == Kind::O1jsProof => Kind::O1jsProofs,
        (Seen::Array, Seen::String) => Kind::Statement,
        (Seen::Array, Seen::Nothing) if complete => Kind::Statement,
        (Seen::Array, _) => Kind::JsonArray,
        _ => Kind::JsonValue,
    }
}

/// Goes through one value and notes what it is: also what there was before an error.
struct Look<'a> {
    seen: &'a mut Seen,
    /// For the first element of an array; its own elements are passed over.
    first: Option<&'a mut Seen>,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        *self.seen = Seen::String;
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        *self.seen = Seen::Value;
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        *self.seen = Seen::Value;
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        *self.seen = Seen::Value;
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        *self.seen = Seen::Value;
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.seen = Seen::Value;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        *self.seen = Seen::Array;
        if let Some(seen) = self.first {
            elements.next_element_seed(Look { seen, first: None })?;
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut fields = Fields::default();
        *self.seen = Seen::Object(fields);
        while entries.next_key_seed(Name(&mut fields))?.is_some() {
            *self.seen = Seen::Object(fields);
            entries.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Notes the name of a field.
struct Name<'a>(&'a mut Fields);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<(), E> {
        self.0.add(name);
        Ok(())
    }
}
