//! The verification keys of a node, as messages.
//!
//! The main process only hands keys on, in their serialised form; the verifier alone decodes them.

pub use quickpickle_prover::keyset::{
    BLOCKCHAIN, BadName, KeyData, KeyFault, KeyFileError, KeyName, KeySet, KeySetError, KeysDigest, MAX_NAME,
    NamedKey, Prepared, PreparedKeys, TRANSACTION,
};

mod file;

pub use file::{read, write};

use quickpickle_runtime::kimchi::gates::Generation;

use crate::proto::v1;
use crate::proto::v1::verification_key::Key as WireKey;

/// A [`KeySet`] to and from messages.
pub trait Messages: Sized {
    /// As messages.
    fn to_wire(&self) -> Vec<v1::VerificationKey>;

    /// From messages.
    fn from_wire(keys: Vec<v1::VerificationKey>) -> Result<Self, KeySetError>;

    /// The names of the keys, for a message to people.
    fn names(&self) -> String;
}

impl Messages for KeySet {
    fn names(&self) -> String {
        let names: Vec<_> = self.keys().iter().map(|key| key.name.as_str()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    fn to_wire(&self) -> Vec<v1::VerificationKey> {
        let key = |key: &NamedKey| {
            let data = match &key.data {
                KeyData::Pickles(bytes) => WireKey::Pickles(bytes.clone().into()),
                KeyData::Kimchi { index, generation } => WireKey::Kimchi(v1::KimchiKey {
                    index: index.clone().into(),
                    berkeley: *generation == Generation::Berkeley,
                }),
            };
            v1::VerificationKey { name: key.name.to_string(), key: Some(data) }
        };
        self.keys().iter().map(key).collect()
    }

    fn from_wire(keys: Vec<v1::VerificationKey>) -> Result<Self, KeySetError> {
        let key = |key: v1::VerificationKey| {
            let name: KeyName = key.name.parse()?;
            let data = match key.key.ok_or_else(|| KeySetError::NoKey(name.clone()))? {
                WireKey::Pickles(bytes) => KeyData::Pickles(bytes.into()),
                WireKey::Kimchi(key) => {
                    KeyData::Kimchi { generation: generation(&key), index: key.index.into() }
                }
            };
            Ok(NamedKey { name, data })
        };
        Self::new(keys.into_iter().map(key).collect::<Result<_, KeySetError>>()?)
    }
}

/// The gates that a key in a message is for.
pub(crate) fn generation(key: &v1::KimchiKey) -> Generation {
    if key.berkeley { Generation::Berkeley } else { Generation::DistinctPoints }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_messages() {
        let key = |name: &str, data| NamedKey { name: name.parse().unwrap(), data };
        let kimchi = |generation| KeyData::Kimchi { index: vec![1, 2], generation };
        let set = KeySet::new(vec![
            key("a", kimchi(Generation::Berkeley)),
            key("b", kimchi(Generation::DistinctPoints)),
            key("c", KeyData::Pickles(vec![3])),
        ])
        .unwrap();
        assert_eq!(KeySet::from_wire(set.to_wire()), Ok(set));
    }
}
