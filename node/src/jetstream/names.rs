//! What streams and subjects are called.

use std::fmt;
use std::str::FromStr;

/// Bytes of a prefix, and of the id of a request, at most.
const MAX_PREFIX: usize = 32;
const MAX_ID: usize = 128;

/// With what the names of all streams and subjects of a farm begin, so that several may share a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

/// A text is no prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a prefix has 1 to {MAX_PREFIX} letters, digits, '-' and '_'")]
pub struct PrefixError;

/// The id of a request, which is a part of the subject of its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id(String);

/// A text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to {MAX_ID} letters, digits, '-' and '_'")]
pub(super) struct IdError;

impl Prefix {
    /// The stream of requests.
    pub fn requests(&self) -> String {
        format!("{self}-requests")
    }

    /// Where requests are published.
    pub fn request_subject(&self) -> String {
        format!("{self}.requests")
    }

    /// The stream of verdicts.
    pub fn verdicts(&self) -> String {
        format!("{self}-verdicts")
    }

    /// Where verdicts are published: the id of the request takes the place of the star.
    pub fn verdict_subjects(&self) -> String {
        format!("{self}.verdicts.*")
    }

    /// Where the verdict on a request is published.
    pub(super) fn verdict_subject(&self, id: &Id) -> String {
        format!("{self}.verdicts.{}", id.0)
    }

    /// The stream of requests that nobody could answer.
    pub fn dead(&self) -> String {
        format!("{self}-dead")
    }

    /// Where these are published.
    pub fn dead_subject(&self) -> String {
        format!("{self}.dead")
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("quickpickle".to_owned())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        if is_token(text, MAX_PREFIX) { Ok(Self(text.to_owned())) } else { Err(PrefixError) }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if is_token(text, MAX_ID) { Ok(Self(text.to_owned())) } else { Err(IdError) }
    }
}

/// Whether a text is one token of a subject that is none of a pattern.
fn is_token(text: &str, longest: usize) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=longest).contains(&text.len()) && text.bytes().all(is_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_place_in_a_subject() {
        let prefix: Prefix = "farm-1".parse().unwrap();
        let id: Id = "a_B-9".parse().unwrap();
        assert_eq!(prefix.verdict_subject(&id), "farm-1.verdicts.a_B-9");
        assert_eq!(
            (prefix.requests(), prefix.dead_subject()),
            ("farm-1-requests".into(), "farm-1.dead".into())
        );
        for text in ["", "a.b", "*", ">", "a b", "a\r\nb", "ä", &"a".repeat(MAX_ID + 1)] {
            assert_eq!(text.parse::<Id>(), Err(IdError), "{text:?}");
            assert_eq!(text.parse::<Prefix>(), Err(PrefixError), "{text:?}");
        }
        assert!(
            "a".repeat(MAX_ID).parse::<Id>().is_ok() && "a".repeat(MAX_PREFIX + 1).parse::<Prefix>().is_err()
        );
    }
}
