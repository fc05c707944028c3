//! Names of keys and circuits.

use std::fmt;
use std::str::FromStr;

/// The key of blocks.
pub const BLOCKCHAIN: &str = "blockchain";
/// The key of transaction snarks.
pub const TRANSACTION: &str = "transaction";

/// Characters of a name at most.
pub const MAX_NAME: usize = 64;

/// The name of a key and its circuit: letters, digits, `-` and `_`, so that it can be part of a file's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// A text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name: 1 to {MAX_NAME} letters, digits, - and _ are")]
pub struct BadName(String);

impl KeyName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let good = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        if (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(good) {
            Ok(Self(text.to_owned()))
        } else {
            // Of a text from outside no more than a message needs.
            Err(BadName(text.chars().take(80).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parts_of_file_names() {
        for text in ["a", "transaction", "x-1_y", &"n".repeat(64)] {
            assert_eq!(text.parse::<KeyName>().map(|name| name.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "a/b", "..", "a b", "ä", &"n".repeat(65)] {
            assert!(text.parse::<KeyName>().is_err(), "{text}");
        }
    }
}
