//! The forms in which Mina's objects come, each read into the same types.
//!
//! OCaml derives most of them, so an object is the same tree in bin_prot, in JSON and in an s-expression: it is described once, as
//! `quickpickle-runtime` describes proofs, by lines that walk it with a [`Format`]. The leaves are what differs: a state hash is
//! 32 bytes here and base58check there. Where a form has another shape (o1js's flat lists, GraphQL's names), its reader is a
//! file of its own.

pub mod base58;
mod binprot;
pub mod detect;
pub mod dialect;
pub mod json;
mod sexp;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::{Proof, ProofsVerified};
use quickpickle_runtime::wire::DecodeError;
use quickpickle_runtime::wire::parts::{Ocaml, Walk};

pub use base58::Version;
pub(crate) use binprot::variant;
pub use binprot::{read_binprot, write_binprot};
pub use json::{read_graphql, read_json};
pub(crate) use sexp::{begins_with, read_sexp, sexp_of};

use crate::key::CompressedKey;
use crate::signature::Signature;

/// How many proofs the network's type of proofs has room for.
const NETWORK_WIDTH: ProofsVerified = ProofsVerified::N2;

/// How JSON has bytes, which bin_prot has as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Base58check with this version byte.
    Base58(Version),
    /// Base64 with the letters for URLs, padded.
    Base64Url,
    /// Hex.
    Hex,
    /// The bytes themselves: the text has a character for each, the one of its number ([`Json::parse_bytes`](json::Json::parse_bytes)).
    Raw,
}

/// One serialisation of Mina's objects in one direction: the leaves that it has beside those of all OCaml's types.
///
/// A field element as such ([`element`](quickpickle_runtime::wire::parts::Codec::element)) is `0x` and 64 hex digits in OCaml's
/// JSON, highest first, and decimal in GraphQL's.
pub trait Format: Ocaml {
    /// Whether it is JSON, for which some types of Mina's have shapes of their own, where the other forms are derived.
    const IS_JSON: bool;

    /// A hash or another field element that JSON has as base58check.
    fn hash(&mut self, version: Version, element: &mut Fp) -> Walk<Self>;
    /// As many bytes as the type says.
    fn bytes<const N: usize>(&mut self, text: Text, bytes: &mut [u8; N]) -> Walk<Self>;
    /// `UInt32`; a decimal string in JSON.
    fn u32(&mut self, number: &mut u32) -> Walk<Self>;
    /// `UInt64`; a decimal string in JSON.
    fn u64(&mut self, number: &mut u64) -> Walk<Self>;
    /// A global slot: a number, which bin_prot has behind the constructor that says what it is counted from.
    fn slot(&mut self, slot: &mut u32) -> Walk<Self>;
    /// A compressed public key; base58check in JSON.
    fn public_key(&mut self, key: &mut CompressedKey) -> Walk<Self>;
    /// A signature; base58check in JSON.
    fn signature(&mut self, signature: &mut Signature) -> Walk<Self>;
    /// A fee in nanomina; in OCaml's JSON a decimal number of mina, as `0.25`, alone among the amounts.
    fn fee(&mut self, fee: &mut u64) -> Walk<Self>;
    /// A string of at most `max` bytes, which OCaml's need not be text.
    fn string(&mut self, max: usize, bytes: &mut Vec<u8>) -> Walk<Self>;
    /// A Pickles proof of the network's type; base64 of its s-expression in JSON.
    fn proof(&mut self, proof: &mut Proof) -> Walk<Self>;
    /// A constructor, its position among `names`, and then its content, of which `walk` is told the position.
    fn choice(
        &mut self,
        names: &[&'static str],
        position: &mut usize,
        walk: impl FnOnce(&mut Self, usize) -> Walk<Self>,
    ) -> Walk<Self>;
    /// The same for a polymorphic variant, which bin_prot alone writes in another way: as a hash of its name.
    fn variant(
        &mut self,
        names: &[&'static str],
        position: &mut usize,
        walk: impl FnOnce(&mut Self, usize) -> Walk<Self>,
    ) -> Walk<Self> {
        self.choice(names, position, walk)
    }
    /// The next of a constructor's arguments, where it has several. `name` is for errors alone: no form has it, and a field of
    /// bin_prot has no name either.
    fn argument(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self> {
        self.field(name, walk)
    }
}

/// What an input is in JSON, whose strings may be bytes, or `None` where it does not look like that.
///
/// # Errors
/// Where it looks like JSON and is none, or is longer than `max` bytes.
pub(crate) fn json_of(input: &[u8], max: usize) -> Result<Option<json::Json>, DecodeError> {
    match input.trim_ascii_start() {
        [b'{' | b'[', ..] if is_text(input) => json::Json::parse_bytes(input, max).map(Some),
        _ => Ok(None),
    }
}

/// Whether an input that begins like JSON is text. bin_prot may begin so as well, but has bytes that no text has: those of its
/// booleans and options.
pub(crate) fn is_text(input: &[u8]) -> bool {
    input.iter().all(|byte| *byte >= b' ' || byte.is_ascii_whitespace())
}
