//! What is said about each proof, and about all of them.

use std::fmt;
use std::io;
use std::path::PathBuf;

use quickpickle::answer::{Details, Facts, Verdict};
use quickpickle::kimchi::Generation;
use quickpickle::mina::ObjectError;
use quickpickle::mina::chain::ChainError;
use quickpickle::wire::DecodeError;
use quickpickle::{ErrorKind, Hint, VerifyError};
use quickpickle_srs_data::chain;
use serde::Serialize;

use super::documents::Document;
use crate::cli::Status;

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

/// The verdict on a result.
pub fn verdict<T>(result: &Result<T, Failure>) -> Verdict {
    result.as_ref().map_or_else(Failure::verdict, |_| Verdict::Valid)
}

impl Failure {
    /// The verdict that it stands for.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Unreadable(_) | Self::UnreadableStatement { .. } => Verdict::Unreadable,
            Self::Statement { .. } | Self::NoStatement => Verdict::NotValid(ErrorKind::Input),
            Self::NotValid(error) => error.into(),
            Self::Chain(ChainError::Unfit { .. }) | Self::Claim { .. } => Verdict::REJECTED,
            Self::Chain(_) => Verdict::NotValid(ErrorKind::Input),
            Self::Object(error) => error.into(),
        }
    }
}

/// The exit status that a verdict calls for.
fn status(verdict: Verdict) -> Status {
    match verdict {
        Verdict::Valid => Status::Good,
        Verdict::REJECTED => Status::Bad,
        Verdict::NotValid(_) | Verdict::Unproven | Verdict::Unreadable => Status::Trouble,
    }
}

/// The verdict on a document, with its reason.
#[derive(Serialize)]
pub struct Line<'a> {
    verdict: &'static str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(flatten)]
    details: Details,
}

impl<'a> Line<'a> {
    /// `hint` is what the proof would verify with, where that was found.
    pub fn new(document: &'a Document, result: &Result<(), Failure>, hint: Option<Hint>) -> Self {
        let reason = result.as_ref().err().map(|failure| match hint {
            Some(hint) => format!("{}: {hint}{}", chain(failure), way_out(hint)),
            None => chain(failure),
        });
        let details = Details { reason, ..Details::default() };
        Self { verdict: verdict(result).word(), file: &document.file, line: document.line, details }
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
        let line = Self::new(document, result, None);
        Self { details: Details { facts, mina, ..line.details }, ..line }
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
        if let Some(facts) = &self.details.facts {
            write!(f, ": {}", OneLine(&facts.sentence()))?;
        }
        if let Some(reason) = &self.details.reason {
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
        self.counted().map(|(verdict, _)| status(verdict)).max().unwrap_or(Status::Good)
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
        for (verdict, expected, text) in [
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
            assert_eq!((tally.status(), tally.to_string().as_str()), (expected, text));
        }
        for verdict in [ErrorKind::Input, ErrorKind::Unavailable]
            .map(Verdict::NotValid)
            .into_iter()
            .chain([Verdict::Unproven, Verdict::Unreadable])
        {
            assert_eq!(status(verdict), Status::Trouble);
        }
    }
}
