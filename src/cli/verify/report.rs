//! What is said about each proof, and about all of them.

use std::fmt;
use std::io;
use std::path::PathBuf;

use quickpickle::kimchi::Generation;
use quickpickle::mina::ObjectError;
use quickpickle::mina::chain::ChainError;
use quickpickle::wire::DecodeError;
use quickpickle::{ErrorKind, Hint, VerifyError};
use quickpickle_srs_data::chain;
use serde::Serialize;

use super::documents::Document;
use crate::cli::Status;
use crate::cli::facts::Facts;

/// Why a proof is not known to be valid.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// Its statement could not be read.
    #[error("statement {}", path.display())]
    UnreadableStatement {
        /// The statement's file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its statement is none.
    #[error("statement {}", path.display())]
    Statement {
        /// The statement's file.
        path: PathBuf,
        /// Why not.
        source: DecodeError,
    },
    /// Nothing says what it is about.
    #[error("bin_prot does not hold the statement: name the proof as FILE:STATEMENT, or say --statement")]
    NoStatement,
    /// It is no encoding of a proof, or it was refused.
    #[error(transparent)]
    NotValid(#[from] quickpickle::Error),
    /// It cannot be with the other blocks.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// What a daemon claims is false.
    #[error("{reason}")]
    Claim {
        /// What was found.
        reason: String,
    },
    /// It is none of the things that Mina's networks send, or it was refused.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::NotValid(error.into())
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        Self::NotValid(error.into())
    }
}

/// The verdict on one proof: the first word of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The proof holds.
    Valid,
    /// It is not known to hold.
    NotValid(ErrorKind),
    /// There is no proof in it.
    Unproven,
    /// The file could not be read.
    Unreadable,
}

impl Verdict {
    /// The proof was checked and is wrong.
    pub const REJECTED: Self = Self::NotValid(ErrorKind::Rejected);

    const ALL: [Self; ErrorKind::ALL.len() + 3] = {
        let [a, b, c, d] = ErrorKind::ALL;
        [
            Self::Valid,
            Self::NotValid(a),
            Self::NotValid(b),
            Self::NotValid(c),
            Self::NotValid(d),
            Self::Unproven,
            Self::Unreadable,
        ]
    };

    pub fn of<T>(result: &Result<T, Failure>) -> Self {
        result.as_ref().map_or_else(Self::of_failure, |_| Self::Valid)
    }

    pub fn of_failure(failure: &Failure) -> Self {
        match failure {
            Failure::Unreadable(_) | Failure::UnreadableStatement { .. } => Self::Unreadable,
            Failure::Statement { .. } | Failure::NoStatement => Self::NotValid(ErrorKind::Input),
            Failure::NotValid(error) => Self::NotValid(error.kind()),
            Failure::Object(ObjectError::NoProof) => Self::Unproven,
            Failure::Chain(ChainError::Unfit { .. }) | Failure::Claim { .. } => Self::REJECTED,
            Failure::Chain(_) => Self::NotValid(ErrorKind::Input),
            Failure::Object(error) => Self::NotValid(error.kind()),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotValid(kind) => kind.name(),
            Self::Unproven => "unproven",
            Self::Unreadable => "unreadable",
        }
    }

    fn status(self) -> Status {
        match self {
            Self::Valid => Status::Good,
            Self::REJECTED => Status::Bad,
            Self::NotValid(_) | Self::Unproven | Self::Unreadable => Status::Trouble,
        }
    }
}

/// The verdict on a document, with its reason.
#[derive(Serialize)]
pub struct Line<'a> {
    verdict: &'static str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// What it is, of an object that was read.
    #[serde(flatten)]
    facts: Option<Facts>,
    /// Mina's own word for the verdict, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    mina: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl<'a> Line<'a> {
    /// `hint` is what the proof would verify with, where that was found.
    pub fn new(document: &'a Document, result: &Result<(), Failure>, hint: Option<Hint>) -> Self {
        let reason = result.as_ref().err().map(|failure| match hint {
            Some(hint) => format!("{}: {hint}{}", chain(failure), way_out(hint)),
            None => chain(failure),
        });
        let verdict = Verdict::of(result).word();
        Self { verdict, file: &document.file, line: document.line, facts: None, mina: None, reason }
    }

    /// Writes the line, or a JSON object.
    pub fn write(&self, out: &mut impl io::Write, json: bool) -> io::Result<()> {
        if json {
            serde_json::to_writer(&mut *out, self)?;
            writeln!(out)
        } else {
            writeln!(out, "{self}")
        }
    }

    /// Of one of the things that Mina's networks send.
    pub fn of_object(document: &'a Document, facts: Option<Facts>, result: &Result<(), Failure>) -> Self {
        let mina = match result {
            Err(Failure::Object(error)) => error.mina(),
            _ => None,
        };
        Self { facts, mina, ..Self::new(document, result, None) }
    }
}

/// The option that follows from a hint.
fn way_out(hint: Hint) -> String {
    match hint {
        Hint::OtherGates(Generation::Berkeley) => " (--berkeley)".into(),
        Hint::OtherGates(Generation::DistinctPoints) => " (without --berkeley)".into(),
        Hint::OtherKey(network, circuit) => format!(" (--network {network} --circuit {circuit})"),
        _ => String::new(),
    }
}

/// `VERDICT FILE`, `VERDICT FILE: REASON`, with `FILE:LINE` where there is a line; always one line.
impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verdict, OneLine(self.file))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(facts) = &self.facts {
            write!(f, ": {}", OneLine(&facts.sentence()))?;
        }
        if let Some(reason) = &self.reason {
            write!(f, ": {}", OneLine(reason))?;
        }
        Ok(())
    }
}

/// Text from outside with control characters written out, so that it neither breaks the line nor steers a terminal.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        Ok(())
    }
}

/// How many of what got which verdict.
pub struct Tally {
    what: &'static str,
    counts: [u64; Verdict::ALL.len()],
}

impl Tally {
    pub fn of(what: &'static str) -> Self {
        Self { what, counts: [0; Verdict::ALL.len()] }
    }

    pub fn count(&mut self, verdict: Verdict) {
        for (counted, count) in Verdict::ALL.into_iter().zip(&mut self.counts) {
            *count += u64::from(counted == verdict);
        }
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The worst verdict's status.
    pub fn status(&self) -> Status {
        self.counted().map(|(verdict, _)| verdict.status()).max().unwrap_or(Status::Good)
    }

    fn counted(&self) -> impl Iterator<Item = (Verdict, u64)> {
        Verdict::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }
}

/// `3 proofs: 2 valid, 1 rejected`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        write!(f, "{total} {}{}", self.what, if total == 1 { "" } else { "s" })?;
        for (i, (verdict, count)) in self.counted().enumerate() {
            write!(f, "{} {count} {}", if i == 0 { ":" } else { "," }, verdict.word())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(line: Option<u64>) -> Document {
        Document { file: "a\n.json".into(), line, statement: None, content: Ok(Vec::new()) }
    }

    fn unreadable() -> Result<(), Failure> {
        Err(io::Error::other("no\u{1b}[1m luck").into())
    }

    #[test]
    fn a_line_begins_with_the_verdict_and_stays_one_line() {
        assert_eq!(Line::new(&document(None), &Ok(()), None).to_string(), r"valid a\n.json");
        assert_eq!(
            Line::new(&document(Some(7)), &unreadable(), None).to_string(),
            r"unreadable a\n.json:7: no\u{1b}[1m luck"
        );
        let rejected = Err(VerifyError::Opening.into());
        assert!(
            Line::new(&document(None), &rejected, None)
                .to_string()
                .starts_with(r"rejected a\n.json: the opening")
        );
        let hint = Some(Hint::OtherGates(Generation::Berkeley));
        let line = Line::new(&document(None), &rejected, hint).to_string();
        assert!(
            line.ends_with("wrong: it verifies with the gates of Mina's networks and o1js (--berkeley)"),
            "{line}"
        );
    }

    #[test]
    fn json_has_the_same_parts() {
        let json = |line: Line<'_>| serde_json::to_value(line).expect("JSON");
        assert_eq!(
            json(Line::new(&document(None), &Ok(()), None)),
            serde_json::json!({"verdict": "valid", "file": "a\n.json"})
        );
        assert_eq!(
            json(Line::new(&document(Some(2)), &unreadable(), None)),
            serde_json::json!(
                {"verdict": "unreadable", "file": "a\n.json", "line": 2, "reason": "no\u{1b}[1m luck"}
            )
        );
    }

    #[test]
    fn the_worst_verdict_decides_the_status() {
        let mut tally = Tally::of("proof");
        for (verdict, status, text) in [
            (Verdict::Valid, Status::Good, "1 proof: 1 valid"),
            (Verdict::NotValid(ErrorKind::Rejected), Status::Bad, "2 proofs: 1 valid, 1 rejected"),
            (
                Verdict::NotValid(ErrorKind::Malformed),
                Status::Trouble,
                "3 proofs: 1 valid, 1 rejected, 1 malformed",
            ),
            (
                Verdict::NotValid(ErrorKind::Rejected),
                Status::Trouble,
                "4 proofs: 1 valid, 2 rejected, 1 malformed",
            ),
        ] {
            tally.count(verdict);
            assert_eq!((tally.status(), tally.to_string().as_str()), (status, text));
        }
        for verdict in [ErrorKind::Input, ErrorKind::Unavailable]
            .map(Verdict::NotValid)
            .into_iter()
            .chain([Verdict::Unproven, Verdict::Unreadable])
        {
            assert_eq!(verdict.status(), Status::Trouble);
        }
    }
}
