//! The circuits that a node proves.

use std::str::FromStr;

use quickpickle_prover::circuit::SourceError;
pub use quickpickle_prover::circuit::{Origin, Source};

use crate::keys::KeyName;

/// A circuit with its name: `NAME=CIRCUIT`, where the circuit is named as [`Source`] reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitSpec {
    /// The circuit's name, which is its key's.
    pub name: KeyName,
    /// What the circuit is.
    pub source: Source,
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
        Ok(Self { name, source: source.parse().map_err(|reason: SourceError| error(reason.to_string()))? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circuit_has_a_name() {
        let spec: CircuitSpec = "blockchain=poseidon:5,srs=9".parse().unwrap();
        assert_eq!((spec.name.as_str(), spec.source.srs_log2), ("blockchain", Some(9)));
        for text in ["", "a", "=poseidon:1", "a=", "a=poseidon:0", "a=f,curve=bn254"] {
            assert!(text.parse::<CircuitSpec>().is_err(), "{text}");
        }
    }
}
