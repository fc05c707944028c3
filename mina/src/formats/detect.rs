//! What an input is among Mina's objects, told from its look: above [`quickpickle_runtime::wire::detect`], which knows proofs and keys.
//!
//! JSON is told by the names of its fields, an s-expression by how it begins. bin_prot says nothing of itself: it is that whose
//! decoder reads farthest into the beginning. As there, nothing is checked here, and what is told is decoded for the first time
//! afterwards.

use core::fmt;
use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use quickpickle_runtime::wire::parts::{BinProtReader, Bytes, read};
use quickpickle_runtime::wire::{DecodeError, detect};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::formats::{begins_with, is_text, sexp_of};
use crate::{ledger_proof, protocol_state, signed_command, snark_work, zkapp_command};

/// What an input looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A block in any of its forms, or the answer of a daemon with blocks.
    Block,
    /// A ledger proof in any of its forms.
    LedgerProof,
    /// A snark work, in all forms but the message of the pool.
    SnarkWork,
    /// The message of the pool that offers a snark work, in bin_prot.
    PoolDiff,
    /// A job to merge two ledger proofs, or one or two such jobs.
    MergeJob,
    /// The answer of a coordinator with jobs, in bin_prot.
    AssignedWork,
    /// A zkApp command in bin_prot.
    ZkappCommand,
    /// Base64 of one ([`zkapp_command_of_base64`]).
    ZkappCommandBase64,
    /// A zkApp command in JSON: o1js's and GraphQL's, or OCaml's own.
    ZkappCommandJson,
    /// A payment or delegation in any of its forms, or the answer of a daemon with some.
    SignedCommand,
    /// None of these.
    Other(detect::Kind),
}

/// What `input` looks like.
pub fn kind(input: &[u8]) -> Kind {
    if let Some(sexp) = sexp_of(input) {
        let found = SEXPS.iter().find(|(_, tokens)| begins_with(sexp, tokens));
        return found.map_or_else(|| Kind::Other(detect::kind(input)), |(kind, _)| *kind);
    }
    let text = input.trim_ascii();
    let found = match text {
        [b'{', ..] if is_text(text) => object(text),
        [b'[', ..] if is_text(text) => variant(text),
        _ => bin_prot(input).or_else(|| base64(text)),
    };
    found.unwrap_or_else(|| Kind::Other(detect::kind(input)))
}

/// How the s-expressions begin. A proof of Pickles has a statement as well, which is about the proof's state.
const SEXPS: [(Kind, &[&str]); 7] = [
    (Kind::LedgerProof, &["(", "(", "statement", "(", "(", "source"]),
    (Kind::SnarkWork, &["(", "(", "proofs"]),
    (Kind::SnarkWork, &["(", "(", "fee"]),
    (Kind::MergeJob, &["(", "One"]),
    (Kind::MergeJob, &["(", "Two"]),
    (Kind::MergeJob, &["(", "Merge"]),
    (Kind::MergeJob, &["(", "Transition"]),
];

/// How many bytes of an input a decoder reads.
type Reach = fn(&[u8]) -> usize;

/// The decoders of bin_prot.
const READERS: [(Kind, Reach); 8] = [
    (Kind::Block, |input| reach(input, protocol_state::format::protocol_state)),
    (Kind::LedgerProof, |input| reach(input, ledger_proof::format::ledger_proof)),
    (Kind::SnarkWork, |input| reach(input, snark_work::format::snark_work)),
    (Kind::PoolDiff, |input| reach(input, snark_work::format::pool_diff)),
    (Kind::MergeJob, |input| reach(input, snark_work::format::merge_job)),
    (Kind::AssignedWork, |input| reach(input, snark_work::format::assigned_work)),
    (Kind::ZkappCommand, |input| reach(input, zkapp_command::format::zkapp_command)),
    (Kind::SignedCommand, |input| reach(input, signed_command::signed_command)),
];

/// Bytes of bin_prot that are looked at. A wrong decoder comes no farther than some field elements or numbers.
const LOOKED_AT: usize = 1024;

/// Bytes that a decoder must read before they are likely to be what it decodes.
const LIKELY: usize = 100;

fn bin_prot(input: &[u8]) -> Option<Kind> {
    let input = input.get(..LOOKED_AT).unwrap_or(input);
    let (kind, reach) =
        (READERS.iter().map(|(kind, reach)| (*kind, reach(input)))).max_by_key(|(_, reach)| *reach)?;
    (reach >= LIKELY).then_some(kind)
}

/// How many bytes are read of an input until it ends to be what `walk` describes.
fn reach<'a, T: Default>(
    input: &'a [u8],
    walk: impl FnOnce(&mut BinProtReader<'a>, &mut T) -> Result<(), DecodeError>,
) -> usize {
    let mut reader = BinProtReader { bytes: Bytes::new(input) };
    // It need not come to its end.
    let _ = read(&mut reader, T::default(), walk);
    reader.bytes.offset()
}

/// The longest base64 that is looked at.
const MAX_BASE64: usize = zkapp_command::MAX_BINPROT.div_ceil(3) * 4 + 4;
/// The version of the types whose base64 has it in front, as GraphQL's ids do.
const ZKAPP_VERSION: u8 = 1;

fn base64(text: &[u8]) -> Option<Kind> {
    let bytes = decode(text)?;
    match (bin_prot(&bytes), bin_prot(bytes.get(1..)?)) {
        (Some(Kind::ZkappCommand), _) | (_, Some(Kind::ZkappCommand)) => Some(Kind::ZkappCommandBase64),
        (_, Some(Kind::SignedCommand)) => Some(Kind::SignedCommand),
        _ => None,
    }
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    text.get(..text.len().min(MAX_BASE64)).filter(|whole| whole.len() == text.len())?;
    STANDARD.decode(text).ok()
}

/// The bin_prot of a zkApp command in base64, which may have its version in front, as the ids of GraphQL do.
pub fn zkapp_command_of_base64(text: &[u8]) -> Option<Vec<u8>> {
    let bytes = decode(text.trim_ascii())?;
    match bytes.split_first() {
        Some((&ZKAPP_VERSION, rest)) if bin_prot(rest) == Some(Kind::ZkappCommand) => Some(rest.to_vec()),
        _ => Some(bytes),
    }
}

/// How the JSON of a worker's job begins.
const JOBS: [&str; 4] = ["\"One\"", "\"Two\"", "\"Merge\"", "\"Transition\""];

/// The command of `["Signed_command", ...]` or `["Zkapp_command", ...]`, or a job.
fn variant(text: &[u8]) -> Option<Kind> {
    let name = text.get(1..)?.trim_ascii_start();
    let is = |due: &str| name.starts_with(due.as_bytes());
    match () {
        () if is("\"Signed_command\"") => Some(Kind::SignedCommand),
        () if is("\"Zkapp_command\"") => Some(Kind::ZkappCommandJson),
        () if JOBS.into_iter().any(is) => Some(Kind::MergeJob),
        () => None,
    }
}

/// The object whose fields a text has.
fn object(text: &[u8]) -> Option<Kind> {
    let (mut fields, mut of_data) = (Vec::new(), Vec::new());
    let names = Names { found: &mut fields, of_data: Some(&mut of_data) };
    // What was seen before an error counts as well.
    let _ = serde_json::Deserializer::from_slice(text).deserialize_map(names);
    let has = |name: &str| fields.iter().any(|field| field == name);
    // GraphQL's aliases begin with the name.
    let data_has = |name: &str| of_data.iter().any(|field| field.starts_with(name));
    if ["protocol_state", "protocolState", "bestChain", "block"].into_iter().any(data_has)
        || ["protocol_state", "external_transition", "errors"].into_iter().any(has)
    {
        Some(Kind::Block)
    } else if ["accountUpdates", "zkappCommand", "account_updates"].into_iter().any(has)
        || ["variables", "input"].into_iter().any(has)
    {
        Some(Kind::ZkappCommandJson)
    } else if has("statement") && has("proof") {
        Some(Kind::LedgerProof)
    } else if has("proofs") && has("prover") {
        Some(Kind::SnarkWork)
    } else if has("payload") || has("publicKey") && has("signature") || !of_data.is_empty() {
        // What else a daemon answers has the commands' ids in it.
        Some(Kind::SignedCommand)
    } else {
        None
    }
}

/// Names that are looked at of an object.
const MAX_NAMES: usize = 64;

/// Notes the names of an object's fields, and of those of its field `data`.
struct Names<'a> {
    found: &'a mut Vec<String>,
    of_data: Option<&'a mut Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Names<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self { found, mut of_data } = self;
        while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
            let inner = of_data.take_if(|_| name == "data");
            if found.len() < MAX_NAMES {
                found.push(name.into_owned());
            }
            match inner {
                Some(inner) => fields.next_value_seed(Names { found: inner, of_data: None })?,
                None => fields.next_value::<IgnoredAny>().map(|_| ())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Kind {
        kind(text.as_bytes())
    }

    #[test]
    fn text_is_told_by_its_fields_also_where_it_is_cut_off() {
        for text in [
            r#"{"version":3,"data":{"scheduled_time":"1","protocol_state":{}}}"#,
            r#"{"version":3,"data":{"protocol_state":{},"protocol_state_proof":"a"#,
            r#" {"data":{"bestChain":[]}}"#,
            r#"{"data":{"protocolState_tip":"","block_1":null}}"#,
            r#"{"data":null,"errors":[{"message":"no"}]}"#,
            r#"{"protocol_state":{},"staged_ledger_diff":{}}"#,
        ] {
            assert_eq!(of(text), Kind::Block, "{text}");
        }
        for (text, kind) in [
            (r#"{"feePayer":{},"accountUpdates":[],"memo":""}"#, Kind::ZkappCommandJson),
            (r#"{"query":"","variables":{"input":{"zkappCommand":{}}}}"#, Kind::ZkappCommandJson),
            (r#"["Zkapp_command",{}]"#, Kind::ZkappCommandJson),
            (r#"{"statement":{"source":1},"proof":"AA"}"#, Kind::LedgerProof),
            (r#"{"proofs":["One",{}],"statements":["One",{}],"prover":"","fee":"0"}"#, Kind::SnarkWork),
            (r#"{"fee":"0.1","proofs":["One",{}],"prover":""}"#, Kind::SnarkWork),
            (r#"["One",["Merge",{},{},{}]]"#, Kind::MergeJob),
            (r#"["Two", [["Transition""#, Kind::MergeJob),
            (r#"["Merge",{}"#, Kind::MergeJob),
            (r#"[ "Signed_command",{}]"#, Kind::SignedCommand),
            (r#"{"signature":{},"publicKey":"B62","data":{"to":""}}"#, Kind::SignedCommand),
            (r#"{"data":{"pooledUserCommands":[{"id":""}]}}"#, Kind::SignedCommand),
        ] {
            assert_eq!(of(text), kind, "{text}");
        }
        for (text, kind) in [
            ("((statement((source((first_pass_ledger 1)", Kind::LedgerProof),
            ("((proofs(One((statement((source", Kind::SnarkWork),
            ("Successfully proved. Result: \n   ((proofs\n  (Two\n", Kind::SnarkWork),
            ("((fee 1)(proofs(One(", Kind::SnarkWork),
            ("(One(Merge((source", Kind::MergeJob),
            ("(Two((Merge((source", Kind::MergeJob),
            ("(Merge((source", Kind::MergeJob),
            ("(Transition((source", Kind::MergeJob),
            ("((statement((proof_state(", Kind::Other(detect::Kind::ProofSexp)),
            ("(a b)", Kind::Other(detect::Kind::Text)),
        ] {
            assert_eq!(of(text), kind, "{text}");
        }
        for text in [r#"{"data":"AAAA","hash":"1"}"#, r#"{"publicInput":[]}"#, "{", "", "[1]", "text"] {
            assert_eq!(of(text), Kind::Other(detect::kind(text.as_bytes())), "{text}");
        }
    }
}
