//! The circuits that a node proves.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use quickpickle_prover::builder::BuiltIn;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::wire::kimchi::Curve;

use crate::keys::KeyName;

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
    /// None: it is built in.
    BuiltIn(BuiltIn),
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
                Some(("curve", name)) => {
                    let curve = Curve::named(name).ok_or_else(|| format!("{name:?} is no curve"))?;
                    source.curve = Some(curve);
                }
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
        match BuiltIn::named(text) {
            Some(built_in) => built_in.map(Self::BuiltIn).map_err(|error| error.to_string()),
            None if text.is_empty() => Err("poseidon:N, lookups:N or a file is expected".to_owned()),
            None => Ok(Self::File(text.into())),
        }
    }
}

/// As [`FromStr`] reads it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::BuiltIn(circuit) => circuit.fmt(f)?,
            Origin::File(path) => write!(f, "{}", path.display())?,
        }
        if let Some(log2) = self.srs_log2 {
            write!(f, ",srs={log2}")?;
        }
        if let Some(curve) = self.curve {
            write!(f, ",curve={}", curve.name())?;
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
