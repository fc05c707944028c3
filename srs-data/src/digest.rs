//! The digest that a table is pinned by.

use crate::PackedPoint;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// The BLAKE3 digest of the points of a table in packed form, without header or padding. Hexadecimal as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these points.
    pub fn of(points: &[PackedPoint]) -> Self {
        Self::of_bytes(bytemuck::cast_slice(points))
    }

    /// The digest of points that lie in bytes.
    pub fn of_bytes(points: &[u8]) -> Self {
        Self(*blake3::hash(points).as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&blake3::Hash::from_bytes(self.0).to_hex(), f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = blake3::HexError;

    fn from_str(hex: &str) -> Result<Self, blake3::HexError> {
        Ok(Self(*blake3::Hash::from_hex(hex)?.as_bytes()))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = blake3::HexError;

    fn try_from(hex: String) -> Result<Self, blake3::HexError> {
        hex.parse()
    }
}
