//! Keys files: JSON with the keys in base64, and the digest of the set.
//!
//! The digest in the file finds what was damaged. It cannot find what somebody altered together with it: that takes a
//! digest from elsewhere, `--keys-digest`.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::wire::detect::{self, Kind};
use quickpickle_runtime::wire::{JsonError, Object};
use serde::{Deserialize, Serialize};

use super::{BadName, KeyData, KeySet, KeySetError, KeysDigest, NamedKey};

/// Bytes of a file at most.
pub const MAX_FILE: usize = 64 << 20;
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson {
    version: u32,
    digest: String,
    keys: Vec<Object<KeyJson>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyJson {
    name: String,
    kind: KindJson,
    data: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindJson {
    Pickles,
    Kimchi,
    KimchiBerkeley,
}

/// Why a keys file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is longer than any honest one.
    #[error("longer than {MAX_FILE} bytes")]
    TooLong,
    /// Not the JSON of keys.
    #[error("not the JSON of a keys file")]
    Json(#[from] JsonError),
    /// Another thing altogether.
    #[error("a keys file is expected, and this is {0}")]
    Other(Kind),
    /// A version that is not known.
    #[error("version {0} is not known, {VERSION} is")]
    Version(u32),
    /// A key's data is not base64.
    #[error("the key {0} is not base64")]
    Base64(String),
    /// The keys are no set.
    #[error(transparent)]
    Set(#[from] KeySetError),
    /// The keys are not those that the digest is of.
    #[error("the file has been altered: its keys have the digest {found}, not {claimed}")]
    Altered {
        /// What the file says.
        claimed: String,
        /// That of its keys.
        found: KeysDigest,
    },
}

impl From<BadName> for KeyFileError {
    fn from(error: BadName) -> Self {
        Self::Set(error.into())
    }
}

/// Decodes the text of a keys file, whose keys are those that its digest is of.
///
/// # Errors
/// Where the text is not that of a keys file, or its keys have another digest than it says.
pub fn from_json(text: &[u8]) -> Result<KeySet, KeyFileError> {
    if text.len() > MAX_FILE {
        return Err(KeyFileError::TooLong);
    }
    let Object(json) =
        serde_json::from_slice::<Object<FileJson>>(text).map_err(|error| match detect::kind(text) {
            Kind::KeysFile => JsonError::from(error).into(),
            other => KeyFileError::Other(other),
        })?;
    if json.version != VERSION {
        return Err(KeyFileError::Version(json.version));
    }
    let key = |Object(key): Object<KeyJson>| {
        let bytes = STANDARD.decode(&key.data).map_err(|_| KeyFileError::Base64(key.name.clone()))?;
        let data = match key.kind {
            KindJson::Pickles => KeyData::Pickles(bytes),
            KindJson::Kimchi => KeyData::Kimchi { index: bytes, generation: Generation::DistinctPoints },
            KindJson::KimchiBerkeley => KeyData::Kimchi { index: bytes, generation: Generation::Berkeley },
        };
        Ok(NamedKey { name: key.name.parse()?, data })
    };
    let set = KeySet::new(json.keys.into_iter().map(key).collect::<Result<_, KeyFileError>>()?)?;
    let found = set.digest();
    if found.to_string() == json.digest {
        Ok(set)
    } else {
        Err(KeyFileError::Altered { claimed: json.digest, found })
    }
}

/// Encodes keys as [`from_json`] decodes them.
pub fn to_json(keys: &KeySet) -> String {
    let key = |key: &NamedKey| {
        let (kind, bytes) = match &key.data {
            KeyData::Pickles(bytes) => (KindJson::Pickles, bytes),
            KeyData::Kimchi { index, generation: Generation::DistinctPoints } => (KindJson::Kimchi, index),
            KeyData::Kimchi { index, generation: Generation::Berkeley } => (KindJson::KimchiBerkeley, index),
        };
        Object(KeyJson { name: key.name.to_string(), kind, data: STANDARD.encode(bytes) })
    };
    let json = FileJson {
        version: VERSION,
        digest: keys.digest().to_string(),
        keys: keys.keys().iter().map(key).collect(),
    };
    serde_json::to_string_pretty(&json).expect("strings, numbers and lists of them are JSON") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back_as_it_was_written_and_no_altered_one_does() {
        let data = KeyData::Kimchi { index: vec![7; 100], generation: Generation::Berkeley };
        let other = NamedKey { name: "b".parse().unwrap(), data: KeyData::Pickles(vec![1, 2, 3]) };
        let set = KeySet::new(vec![NamedKey { name: "a".parse().unwrap(), data }, other]).unwrap();
        let text = to_json(&set);
        assert_eq!(from_json(text.as_bytes()).unwrap(), set);
        for (from, to) in [
            ("BwcH", "BwcG"),
            ("\"a\"", "\"c\""),
            ("kimchi-berkeley", "kimchi"),
            ("\"pickles\"", "\"kimchi\""),
        ] {
            assert!(text.contains(from), "{from}");
            let altered = text.replacen(from, to, 1);
            assert!(matches!(from_json(altered.as_bytes()), Err(KeyFileError::Altered { .. })), "{from}");
        }
        for end in 0..text.trim_end().len() {
            assert!(from_json(&text.as_bytes()[..end]).is_err(), "the first {end} bytes");
        }
        let other = text.replace("\"version\": 1", "\"version\": 2");
        assert!(matches!(from_json(other.as_bytes()), Err(KeyFileError::Version(2))));
        let key = br#"{"data":"","hash":"1"}"#;
        assert!(matches!(from_json(key), Err(KeyFileError::Other(Kind::O1jsKey))));
    }
}
