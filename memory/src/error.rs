//! Why a recording cannot be read.

use std::io;

use crate::recording::MAX_FILE;
use crate::row::{MAX_NAME, MAX_TEXT};

/// Why a recording was refused.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is not CSV.
    #[error("not CSV")]
    Csv(#[from] csv::Error),
    /// The first line is not this format's.
    #[error("the first line is not that of a recording: {0:?}")]
    Header(String),
    /// A line is wrong.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number; the first is 1.
        line: u64,
        /// What is wrong with it.
        reason: Malformed,
    },
    /// Longer than any recording.
    #[error("longer than {MAX_FILE} bytes")]
    TooLong,
    /// A header, and nothing after it.
    #[error("a recording without rows")]
    Empty,
}

/// What is wrong with a line of a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A number was expected.
    #[error("{column} is no number in range: {value:?}")]
    Number {
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// Not a time.
    #[error("no time in ms: {0:?}")]
    Time(String),
    /// Not the name of a node or process.
    #[error(
        "{column} is no name of 1 to {MAX_NAME} letters, digits, dots, hyphens and underscores: {value:?}"
    )]
    Name {
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// Not a text.
    #[error("no printable text of 1 to {MAX_TEXT} characters")]
    Text,
    /// An event of this name does not exist.
    #[error("unknown event {0:?}")]
    Event(String),
    /// The event has no such column.
    #[error("{0} must be empty in a row of this event")]
    NotEmpty(&'static str),
    /// The number of columns.
    #[error("{0} columns instead of 10")]
    Columns(usize),
    /// A node's first row must be its beginning, and no other.
    #[error("node {0:?} does not begin, or begins twice")]
    Begin(String),
    /// Its time is before its node's beginning.
    #[error("before the beginning of its node")]
    Early,
}
