//! The circuits that a node proves.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::wire::kimchi::Curve;

use crate::keys::KeyName;

/// Repetitions in a built-in circuit at most: the rows of the largest domain.
const MAX_REPETITIONS: usize = 1 << 20;

/// A circuit with its name: `NAME=poseidon:N`, `NAME=lookups:N` or `NAME=FILE`, then, each after a comma, `srs=LOG2`,
/// `curve=vesta` or `curve=pallas`, `berkeley`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitSpec {
    /// The circuit's name, which is its key's.
    pub name: KeyName,
    /// What the circuit is.
    pub source: Source,
}

/// What a circuit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it comes from.
    pub origin: Origin,
    /// log2 of the SRS size, where it is not the file's or the curve's own.
    pub srs_log2: Option<u32>,
    /// The curve of the commitments, where the file does not say it.
    pub curve: Option<Curve>,
    /// The gates it is built with.
    pub generation: Generation,
}

/// Where a circuit comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A chain of so many Poseidon permutations.
    Poseidon(usize),
    /// So many rows of lookups.
    Lookups(usize),
    /// A file of JSON.
    File(PathBuf),
}

/// Why a text names no circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no circuit: {reason}")]
pub struct CircuitSpecError {
    text: String,
    reason: String,
}

impl FromStr for CircuitSpec {
    type Err = CircuitSpecError;

    fn from_str(text: &str) -> Result<Self, CircuitSpecError> {
        let error = |reason: String| CircuitSpecError { text: text.to_owned(), reason };
        let (name, source) = text.split_once('=').ok_or_else(|| error("NAME=CIRCUIT is expected".into()))?;
        let name = name.parse().map_err(|reason: crate::keys::BadName| error(reason.to_string()))?;
        Ok(Self { name, source: source.parse().map_err(error)? })
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let origin = parts.next().unwrap_or_default();
        let mut source = Self {
            origin: origin.parse()?,
            srs_log2: None,
            curve: None,
            generation: Generation::DistinctPoints,
        };
        for part in parts {
            match part.split_once('=') {
                Some(("srs", log2)) => {
                    source.srs_log2 = Some(log2.parse().map_err(|_| format!("srs={log2} is no number"))?);
                }
                Some(("curve", "vesta")) => source.curve = Some(Curve::Vesta),
                Some(("curve", "pallas")) => source.curve = Some(Curve::Pallas),
                None if part == "berkeley" => source.generation = Generation::Berkeley,
                _ => {
                    return Err(format!("{part:?} is none of srs=LOG2, curve=vesta, curve=pallas, berkeley"));
                }
            }
        }
        Ok(source)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| {
            let number = digits.parse().ok().filter(|n| (1..=MAX_REPETITIONS).contains(n));
            number.ok_or_else(|| format!("{digits:?} is not from 1 to {MAX_REPETITIONS}"))
        };
        match text.split_once(':') {
            Some(("poseidon", digits)) => number(digits).map(Self::Poseidon),
            Some(("lookups", digits)) => number(digits).map(Self::Lookups),
            _ if text.is_empty() => Err("poseidon:N, lookups:N or a file is expected".to_owned()),
            _ => Ok(Self::File(text.into())),
        }
    }
}

/// As [`FromStr`] reads it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Poseidon(n) => write!(f, "poseidon:{n}")?,
            Origin::Lookups(n) => write!(f, "lookups:{n}")?,
            Origin::File(path) => write!(f, "{}", path.display())?,
        }
        if let Some(log2) = self.srs_log2 {
            write!(f, ",srs={log2}")?;
        }
        match self.curve {
            Some(Curve::Vesta) => f.write_str(",curve=vesta")?,
            Some(Curve::Pallas) => f.write_str(",curve=pallas")?,
            None => {}
        }
        if self.generation == Generation::Berkeley {
            f.write_str(",berkeley")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_written_as_it_is_read() {
        for text in [
            "poseidon:100",
            "lookups:7,srs=12",
            "/a/b.json.gz,srs=15,curve=pallas,berkeley",
            "x:y,curve=vesta",
        ] {
            assert_eq!(text.parse::<Source>().map(|source| source.to_string()), Ok(text.to_owned()));
        }
        let spec: CircuitSpec = "blockchain=poseidon:5,srs=9".parse().unwrap();
        assert_eq!((spec.name.as_str(), spec.source.srs_log2), ("blockchain", Some(9)));
        for text in [
            "",
            "a",
            "=poseidon:1",
            "a=",
            "a=poseidon:0",
            "a=poseidon:x",
            "a=f,srs=",
            "a=f,curve=bn254",
            "a=f,x",
        ] {
            assert!(text.parse::<CircuitSpec>().is_err(), "{text}");
        }
    }
}
