//! Blocks in JSON: what is kept of a text that may have megabytes of other things.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use quickpickle_runtime::wire::{Fault, Object, excerpt};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::graphql::{self, Entry};
use super::precomputed::{self, VersionJson};
use super::{Block, BlockError, MAX_BLOCKS};
use crate::formats::json::{Json, JsonSeed};

/// Values in the JSON of a protocol state at most. It has about 130.
const MAX_STATE_VALUES: usize = 1024;

/// What stands outermost, of any of the forms.
#[derive(Deserialize)]
struct Document<'a> {
    version: Option<u64>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
    errors: Option<First<Object<DaemonError<'a>>>>,
    // Where blocks of before the fork have their content.
    protocol_state: Option<IgnoredAny>,
    external_transition: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct DaemonError<'a> {
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
}

/// What is inside `data`: of a precomputed block, or of a daemon's answer.
#[derive(Default)]
pub(super) struct Data<'a> {
    /// `protocol_state`.
    pub state: Option<Json>,
    /// `protocol_state_proof`.
    pub proof: Option<Text<'a>>,
    /// `protocol_version`.
    pub version: Option<VersionJson>,
    /// `protocolState`.
    pub states: Vec<Text<'a>>,
    /// `bestChain` and `block`.
    pub entries: Vec<Entry<'a>>,
}

/// A string, borrowed where it can be.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// Reads the blocks of a text.
pub(super) fn read(text: &[u8]) -> Result<Vec<Block>, BlockError> {
    let Object(document): Object<Document<'_>> =
        serde_json::from_slice(text).map_err(|e| BlockError::Decode(Fault::Carrier(excerpt(&e)).into()))?;
    match document {
        Document { version: None, protocol_state: Some(_), .. }
        | Document { version: None, external_transition: Some(_), .. } => Err(BlockError::BeforeFork),
        Document { version: Some(found), .. } if found != precomputed::VERSION => {
            Err(BlockError::OtherVersion { found })
        }
        Document { version: Some(_), data: Some(data), .. } => Ok(vec![precomputed::block(data)?]),
        Document { errors: Some(First(Some(Object(error)))), .. } => {
            Err(BlockError::Daemon { message: excerpt(&error.message.unwrap_or_default()) })
        }
        // A precomputed block without its version is of before the fork too.
        Document { version: None, data: Some(Data { state: Some(_), .. }), .. } => {
            Err(BlockError::BeforeFork)
        }
        Document { version: None, data: Some(data), .. } => graphql::blocks(&data),
        Document { data: None, .. } => Err(BlockError::NoBlock),
    }
}

/// Whether a field of an answer is the one of this name, or has an alias that says so: the name, and more after `_`.
fn is_field(name: &str, field: &str) -> bool {
    name.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Data<'de>, A::Error> {
        let mut data = Data::default();
        while let Some(Text(name)) = fields.next_key::<Text<'de>>()? {
            match name.as_ref() {
                "protocol_state" => {
                    let state = fields.next_value_seed(JsonSeed(&Cell::new(MAX_STATE_VALUES)))?;
                    once(&mut data.state, state, "protocol_state")?;
                }
                "protocol_state_proof" => {
                    if let Some(proof) = fields.next_value()? {
                        once(&mut data.proof, proof, "protocol_state_proof")?;
                    }
                }
                "protocol_version" => {
                    let Object(version) = fields.next_value()?;
                    once(&mut data.version, version, "protocol_version")?;
                }
                name if is_field(name, "protocolState") => {
                    data.states.extend(fields.next_value::<Option<Text<'de>>>()?);
                }
                name if is_field(name, "block") => {
                    let entry: Option<Object<Entry<'de>>> = fields.next_value()?;
                    data.entries.extend(entry.map(|Object(entry)| entry));
                }
                name if is_field(name, "bestChain") => {
                    let entries: Option<Entries<'de>> = fields.next_value()?;
                    data.entries.extend(entries.into_iter().flat_map(|Entries(entries)| entries));
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
            if data.states.len() > MAX_BLOCKS || data.entries.len() > MAX_BLOCKS {
                return Err(too_many());
            }
        }
        Ok(data)
    }
}

fn once<T, E: serde::de::Error>(field: &mut Option<T>, value: T, name: &'static str) -> Result<(), E> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::duplicate_field(name)),
    }
}

fn too_many<E: serde::de::Error>() -> E {
    E::custom(format_args!("more than {MAX_BLOCKS} blocks in one answer"))
}

struct Entries<'a>(Vec<Entry<'a>>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of blocks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(Object(entry)) = list.next_element()? {
            if entries.len() == MAX_BLOCKS {
                return Err(too_many());
            }
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

/// The first element of a list.
struct First<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FirstVisitor(core::marker::PhantomData))
    }
}

struct FirstVisitor<T>(core::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
    type Value = First<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First<T>, A::Error> {
        let first = list.next_element()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(First(first))
    }
}
