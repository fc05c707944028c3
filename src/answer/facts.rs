//! What is known of an input, for people and for programs.

use std::fmt;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// Names, which are words joined by underscores, and values. The first one says what it is.
#[derive(Clone, Debug, Default)]
pub struct Facts(pub Vec<(&'static str, Value)>);

impl Facts {
    /// The facts in a sentence: what it is, then `NAME VALUE` for each other.
    pub fn sentence(&self) -> String {
        let mut parts = self.0.iter().enumerate().map(|(place, (name, value))| match (place, value) {
            (0, value) => plain(value),
            (_, Value::Bool(true)) => name.replace('_', " "),
            (_, value) => format!("{} {}", name.replace('_', " "), plain(value)),
        });
        let first = parts.next().unwrap_or_default();
        parts.fold(first, |sentence, part| sentence + ", " + &part)
    }
}

/// A value without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A fact a line, the elements of a list a line each.
impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            let mut name = name.replace('_', " ");
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            if values.is_empty() {
                writeln!(f, "{name:<22}none")?;
            }
            for value in values {
                writeln!(f, "{name:<22}{}", plain(value))?;
                name.clear();
            }
        }
        Ok(())
    }
}

/// One object.
impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_all_facts() {
        let facts = Facts(vec![
            ("kind", "block".into()),
            ("height", 7.into()),
            ("state_hash", "3N".into()),
            ("proven", true.into()),
            ("ledgers", serde_json::json!(["a", "b"])),
        ]);
        assert_eq!(facts.sentence(), "block, height 7, state hash 3N, proven, ledgers a b");
        assert_eq!(
            serde_json::to_string(&facts).expect("JSON"),
            r#"{"kind":"block","height":7,"state_hash":"3N","proven":true,"ledgers":["a","b"]}"#
        );
    }
}
