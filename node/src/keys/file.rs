//! Keys files: JSON with the keys in base64, and the digest of the set.
//!
//! The digest in the file finds what was damaged. It cannot find what somebody altered together with it: that takes a
//! digest from elsewhere, `--keys-digest`.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::wire::{JsonError, Object};
use quickpickle_srs_data::replace_file;
use serde::{Deserialize, Serialize};

use super::{BadName, KeyData, KeySet, KeySetError, KeysDigest, NamedKey};

/// Bytes of a file at most.
const MAX_FILE: u64 = 64 << 20;
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

/// Reads the keys in a file, which are those that its digest is of.
pub fn read(path: &Path) -> Result<KeySet, KeyFileError> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(KeyFileError::TooLong);
    }
    let Object(json) = serde_json::from_slice::<Object<FileJson>>(&text).map_err(JsonError::from)?;
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

/// Writes keys to a file, which is there whole or not at all.
pub fn write(path: &Path, keys: &KeySet) -> Result<(), KeyFileError> {
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
    replace_file(path, |file| {
        let mut file = BufWriter::new(file);
        serde_json::to_writer_pretty(&mut file, &json).map_err(JsonError::from)?;
        file.write_all(b"\n")?;
        Ok(file.flush()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back_as_it_was_written_and_no_altered_one_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let data = KeyData::Kimchi { index: vec![7; 100], generation: Generation::Berkeley };
        let other = NamedKey { name: "b".parse().unwrap(), data: KeyData::Pickles(vec![1, 2, 3]) };
        let set = KeySet::new(vec![NamedKey { name: "a".parse().unwrap(), data }, other]).unwrap();
        write(&path, &set).unwrap();
        assert_eq!(read(&path).unwrap(), set);
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("BwcH", "BwcG"),
            ("\"a\"", "\"c\""),
            ("kimchi-berkeley", "kimchi"),
            ("\"pickles\"", "\"kimchi\""),
        ] {
            assert!(text.contains(from), "{from}");
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            assert!(matches!(read(&path), Err(KeyFileError::Altered { .. })), "{from}");
        }
        for end in 0..text.trim_end().len() {
            std::fs::write(&path, &text.as_bytes()[..end]).unwrap();
            assert!(read(&path).is_err(), "the first {end} bytes");
        }
        std::fs::write(&path, text.replace("\"version\": 1", "\"version\": 2")).unwrap();
        assert!(matches!(read(&path), Err(KeyFileError::Version(2))));
    }
}
