//! The cases that every binding's tests run: `bindings/cases.json`.
//!
//! A case is something that is handed in and what must be answered. Bytes are the path of a file from the repository's root (of one that ends in `.gz` what is
//! in it), `{"file", "replace": [FROM, TO]}` for an altered one, or `{"text"}`. Of an expected answer the fields that it has are
//! compared; of `reason` a part. A case whose file is not there, in `../shared/vectors`, is left out.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// A case. It has a key, or it is about an object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub what: String,
    /// The key.
    pub key: Option<Source>,
    /// How it is read.
    pub options: Option<Value>,
    /// The proof.
    pub proof: Option<Source>,
    /// Its statement.
    pub statement: Option<Source>,
    /// What is known of objects.
    pub known: Option<Value>,
    /// A file of a network's keys.
    pub networks: Option<Source>,
    /// A file of the keys of accounts.
    pub accounts: Option<Source>,
    /// The object.
    pub object: Option<Source>,
    /// The answers, in their order.
    #[serde(default)]
    pub answers: Vec<Map<String, Value>>,
    /// Where the key, or what is known, is refused: the answer to that.
    pub refused: Option<Map<String, Value>>,
}

/// Where bytes are.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Source {
    /// In a file.
    File(String),
    /// In a file, of which a part is replaced, where it is found first.
    Altered {
        /// The file.
        file: String,
        /// What is replaced, and by what.
        replace: (String, String),
    },
    /// Here.
    Text {
        /// They.
        text: String,
    },
}

impl Source {
    /// The bytes.
    ///
    /// # Panics
    /// Where they cannot be read, or what is to be replaced is not in them.
    pub fn bytes(&self) -> Vec<u8> {
        let read = |file: &str| {
            let path = path(file);
            if file.ends_with(".gz") { super::unzipped(&path) } else { super::read(&path) }
        };
        match self {
            Self::File(file) => read(file),
            Self::Text { text } => text.clone().into_bytes(),
            Self::Altered { file, replace: (from, to) } => {
                let text = String::from_utf8(read(file)).expect("text");
                assert!(text.contains(from), "{file} has no {from}");
                text.replacen(from, to, 1).into_bytes()
            }
        }
    }

    fn is_here(&self) -> bool {
        match self {
            Self::File(file) | Self::Altered { file, .. } => path(file).exists(),
            Self::Text { .. } => true,
        }
    }
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

/// All cases whose files are there.
///
/// # Panics
/// Where the table is none, or one of the whole set is missing that should be there.
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> =
        serde_json::from_slice(&super::read(&path("bindings/cases.json"))).expect("cases");
    cases.retain(|case| {
        let parts = [&case.key, &case.proof, &case.statement, &case.networks, &case.accounts, &case.object];
        let is_here = parts.into_iter().flatten().all(Source::is_here);
        assert!(is_here || !super::has_whole_set(), "{}: a file is missing", case.what);
        is_here
    });
    assert!(cases.len() > 30, "only {} cases", cases.len());
    cases
}

/// Compares an answer with the expected one.
///
/// # Panics
/// Where it is another.
pub fn compare(what: &str, expected: &Map<String, Value>, found: &str) {
    let answer: Map<String, Value> =
        serde_json::from_str(found).unwrap_or_else(|_| panic!("{what}: {found}"));
    for (field, value) in expected {
        let part = answer.get(field);
        let agrees = match (field.as_str(), value.as_str(), part.and_then(Value::as_str)) {
            ("reason", Some(value), Some(part)) => part.contains(value),
            _ => part == Some(value),
        };
        assert!(agrees, "{what}: {field} should be {value}, found {found}");
    }
}
