//! Options, as JSON: what the command takes as options of the same names.

use quickpickle::Limits;
use quickpickle::wire::excerpt;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Refusal;

/// Bytes of options that are read.
const MAX_OPTIONS: usize = 4096;

/// How a key is to be read, and what is known of the proofs that it is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyOptions {
    /// What the key's hash must be, as o1js has it: a decimal number.
    pub hash: Option<String>,
    /// How many field elements the program's public input has. A proof does not bind it (docs/verdicts.md).
    pub input_length: Option<usize>,
    /// The same for its public output.
    pub output_length: Option<usize>,
    /// In place of a key: that of a network's circuit, with `circuit`.
    pub network: Option<String>,
    /// `blockchain` or `transaction`.
    pub circuit: Option<String>,
    /// In place of a key: each proof is a Kimchi fixture, which brings its own along.
    pub fixtures: bool,
    /// A Kimchi circuit's gates are those of Mina's networks and o1js, not those of proof-systems since its release 0.5.
    pub berkeley: bool,
    /// log2 of the domain of a Kimchi circuit at most.
    pub max_domain_log2: Option<u32>,
    /// log2 of its SRS at most.
    pub max_srs_log2: Option<u32>,
    /// Chunks of a commitment at most.
    pub max_chunks: Option<usize>,
    /// Earlier openings that a Kimchi proof carries along at most.
    pub max_previous: Option<usize>,
    /// Field elements of a statement at most.
    pub max_statement: Option<usize>,
}

impl KeyOptions {
    /// Reads the text of a JSON object; an empty text says nothing.
    ///
    /// # Errors
    /// Where it is none, or has a field that is not one of these.
    pub fn read(text: &[u8]) -> Result<Self, Refusal> {
        read(text)
    }

    /// The bounds of what is accepted. Beyond the library's own nothing is, whatever is said here.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.domain_log2 = self.max_domain_log2.unwrap_or(limits.domain_log2);
        limits.srs_log2 = self.max_srs_log2.unwrap_or(limits.srs_log2);
        limits.chunks = self.max_chunks.unwrap_or(limits.chunks);
        limits.previous_openings = self.max_previous.unwrap_or(limits.previous_openings);
        limits.statement = self.max_statement.unwrap_or(limits.statement);
        limits
    }
}

/// What objects of Mina's networks must be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnownOptions {
    /// The network that everything must be of.
    pub network: Option<String>,
    /// The protocol that zkApp commands must be of: `berkeley` or `mesa`.
    pub protocol: Option<String>,
    /// Whether the commands in precomputed blocks are verified too.
    pub commands: bool,
}

impl KnownOptions {
    /// Reads the text of a JSON object; an empty text says nothing.
    ///
    /// # Errors
    /// Where it is none, or has a field that is not one of these.
    pub fn read(text: &[u8]) -> Result<Self, Refusal> {
        read(text)
    }
}

fn read<T: DeserializeOwned + Default>(text: &[u8]) -> Result<T, Refusal> {
    if text.is_empty() {
        return Ok(T::default());
    }
    if text.len() > MAX_OPTIONS {
        return Err(Refusal::Options(format!(
            "{} bytes, more than the {MAX_OPTIONS} that are read",
            text.len()
        )));
    }
    serde_json::from_slice(text).map_err(|error| Refusal::Options(excerpt(&error)))
}
