//! Sets of verification keys under names, as a node has them, and their files.
//!
//! A key stays in its serialised form here, so that it can be handed on by whoever does not decode it.

mod file;
mod name;
mod prepared;

pub use file::{KeyFileError, MAX_FILE, from_json, to_json};
pub use name::{BLOCKCHAIN, BadName, KeyName, MAX_NAME, TRANSACTION};
pub use prepared::{KeyFault, Prepared, PreparedKeys};

use std::fmt;
use std::str::FromStr;

use quickpickle_runtime::kimchi::gates::Generation;

/// A key's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyData {
    /// A side-loaded Pickles key, bin_prot.
    Pickles(Vec<u8>),
    /// A Kimchi verifier index.
    Kimchi {
        /// MessagePack.
        index: Vec<u8>,
        /// The gates that its circuit is built with.
        generation: Generation,
    },
}

/// A key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    /// The name.
    pub name: KeyName,
    /// The key.
    pub data: KeyData,
}

impl KeyData {
    /// The bytes, and what they are, for the digest.
    fn parts(&self) -> (u8, &[u8]) {
        match self {
            Self::Pickles(bytes) => (0, bytes),
            Self::Kimchi { index, generation: Generation::DistinctPoints } => (1, index),
            Self::Kimchi { index, generation: Generation::Berkeley } => (2, index),
        }
    }
}

/// Keys of different names, in the order of the names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<NamedKey>);

/// Why keys are no set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// Two keys have one name.
    #[error("two keys have the name {0}")]
    SameName(KeyName),
    /// A name is none.
    #[error(transparent)]
    Name(#[from] BadName),
    /// A message without a key.
    #[error("{0} is a name without a key")]
    NoKey(KeyName),
}

impl KeySet {
    /// A set of these keys.
    pub fn new(mut keys: Vec<NamedKey>) -> Result<Self, KeySetError> {
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        match keys.windows(2).find(|pair| pair[0].name == pair[1].name) {
            Some(pair) => Err(KeySetError::SameName(pair[0].name.clone())),
            None => Ok(Self(keys)),
        }
    }

    /// The keys.
    pub fn keys(&self) -> &[NamedKey] {
        &self.0
    }

    /// The key of this name.
    pub fn get(&self, name: &KeyName) -> Option<&NamedKey> {
        self.0.iter().find(|key| key.name == *name)
    }

    /// BLAKE3 of all names and keys.
    pub fn digest(&self) -> KeysDigest {
        let mut hasher = blake3::Hasher::new_derive_key("quickpickle verification keys 1");
        for key in &self.0 {
            let (kind, bytes) = key.data.parts();
            let name = key.name.as_str().as_bytes();
            // Lengths first, so that no two sets are the same bytes.
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name).update(&[kind]);
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        }
        KeysDigest(*hasher.finalize().as_bytes())
    }

    /// The name of the first key of `other` that is here too, but is another key.
    pub fn contradiction<'a>(&self, other: &'a Self) -> Option<&'a KeyName> {
        other.0.iter().find(|key| self.get(&key.name).is_some_and(|own| own != *key)).map(|key| &key.name)
    }
}

/// BLAKE3 of a [`KeySet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeysDigest([u8; 32]);

/// A text is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct BadDigest;

impl fmt::Display for KeysDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for KeysDigest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let mut digest = [0; 32];
        hex::decode_to_slice(text, &mut digest).map_err(|_| BadDigest)?;
        Ok(Self(digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, data: KeyData) -> NamedKey {
        NamedKey { name: name.parse().unwrap(), data }
    }

    fn kimchi(generation: Generation) -> KeyData {
        KeyData::Kimchi { index: vec![1, 2], generation }
    }

    #[test]
    fn the_digest_tells_sets_apart_and_not_their_order() {
        let one =
            KeySet::new(vec![key("a", kimchi(Generation::Berkeley)), key("b", KeyData::Pickles(vec![3]))]);
        let same =
            KeySet::new(vec![key("b", KeyData::Pickles(vec![3])), key("a", kimchi(Generation::Berkeley))]);
        let one = one.unwrap();
        assert_eq!(Ok(&one), same.as_ref());
        for other in [
            vec![key("a", kimchi(Generation::DistinctPoints)), key("b", KeyData::Pickles(vec![3]))],
            vec![key("a", kimchi(Generation::Berkeley)), key("c", KeyData::Pickles(vec![3]))],
            vec![key("a", kimchi(Generation::Berkeley)), key("b", KeyData::Pickles(vec![4]))],
            vec![key("a", KeyData::Pickles(vec![1, 2])), key("b", KeyData::Pickles(vec![3]))],
            vec![key("a", kimchi(Generation::Berkeley))],
        ] {
            let other = KeySet::new(other).unwrap();
            assert_ne!(one.digest(), other.digest());
            assert_eq!(
                one.contradiction(&other).is_some(),
                other.keys().len() == 2 && other.get(&"c".parse().unwrap()).is_none()
            );
        }
        assert_eq!(one.digest().to_string().parse(), Ok(one.digest()));
        let twice =
            KeySet::new(vec![key("a", KeyData::Pickles(vec![])), key("a", KeyData::Pickles(vec![1]))]);
        assert!(matches!(twice, Err(KeySetError::SameName(_))));
    }
}
