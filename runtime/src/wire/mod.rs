//! The formats of the outside world. Bytes come in here and nowhere else, and come out as the types of
//! [`crate::kimchi`] and [`crate::pickles`].
//!
//! Every decoder is strict: field elements are canonical, points lie on their curve, nothing follows the end, each
//! length is checked against a bound before anything is allocated for it, and an input longer than any honest one is
//! refused unread. What is refused is told with the place and the reason ([`DecodeError`]).

pub mod any;
pub mod binprot;
mod bytes;
mod codec;
pub mod detect;
mod error;
mod json;
pub mod kimchi;
pub mod network;
pub mod number;
pub mod o1js;
mod ocaml;
mod sexp;
mod side_loaded;
pub mod stated;

/// What the formats are made of, for the project's crates above this one: no part of the library's interface.
#[doc(hidden)]
pub mod parts {
    pub use super::binprot::{BinProtReader, BinProtWriter};
    pub use super::bytes::Bytes;
    pub use super::codec::{Codec, Walk, read, write};
    pub use super::error::{Result, Within, bounded};
    pub use super::ocaml::Ocaml;
    pub use super::sexp::{SexpReader, SexpWriter};
    pub use super::side_loaded::{blank_key, blank_proof, proof, verification_key};
}

pub use error::{DecodeError, Fault, MAX_EXCERPT, Path, excerpt};
pub use json::{
    JsonError, MAX_ELEMENTS, MAX_JSON, Object, elements_from_json, elements_from_json_within,
    elements_to_json, statement_from_json,
};
