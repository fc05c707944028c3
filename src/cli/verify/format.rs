//! The formats in which proofs come, each with what it needs besides the proof.

use std::path::Path;
use std::sync::Arc;

use quickpickle::Limits;
use quickpickle::kimchi::{Generation, Pallas, PreparedIndex, TaskCurve, Vesta};
use quickpickle::wire::detect::{self, Kind};
use quickpickle::wire::kimchi::{self, AnyFixture, Fixture};
use quickpickle::wire::o1js::O1jsProof;
use quickpickle::wire::{MAX_JSON, binprot, elements_from_json_within, o1js, stated};
use quickpickle::{Fp, Fq, OwnedTask, PreparedKey, VerifyError};

use super::documents::{ByLine, Document, Layout};
use super::report::Failure;
use crate::cli::input;

/// A format, ready to decode proofs.
pub enum Format {
    /// o1js `Proof.toJSON()`, which carries the statement.
    O1js {
        /// The program's key.
        key: Arc<PreparedKey>,
        /// What is known of the program's statements.
        lengths: Lengths,
    },
    /// bin_prot, as Mina's networks carry proofs.
    BinProt {
        /// The program's key.
        key: Arc<PreparedKey>,
        /// What the proofs are about, where that is the same; otherwise each comes with its own.
        statement: Option<Vec<Fp>>,
    },
    /// Kimchi proofs that come with their keys and public inputs, in the layout of the reference's tests.
    KimchiFixture {
        /// Which gates their circuits were built with.
        generation: Generation,
    },
    /// Kimchi proofs alone, with commitments on Vesta.
    KimchiVesta {
        /// The circuit's key.
        key: Arc<PreparedIndex<Vesta>>,
        /// The public input of all of them.
        public_input: Vec<Fp>,
    },
    /// Kimchi proofs alone, with commitments on Pallas.
    KimchiPallas {
        /// The circuit's key.
        key: Arc<PreparedIndex<Pallas>>,
        /// The public input of all of them.
        public_input: Vec<Fq>,
    },
}

/// How many field elements the public input and output of a program have. A proof does not bind their border, nor
/// zeros at the end (docs/verdicts.md): who knows the numbers says them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lengths {
    /// Of the input.
    pub input: Option<usize>,
    /// Of the output.
    pub output: Option<usize>,
}

impl Lengths {
    fn check(self, proof: &O1jsProof) -> Result<(), VerifyError> {
        for (part, expected, found) in [
            ("public input", self.input, proof.public_input().len()),
            ("public output", self.output, proof.public_output().len()),
        ] {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                return Err(VerifyError::StatementLength { part, expected, found });
            }
        }
        Ok(())
    }
}

impl Format {
    /// How the files of this format look.
    pub fn layout(&self) -> Layout {
        let json = |extensions| Layout { extensions, lines: ByLine::WhereItShows, max_bytes: MAX_JSON };
        let bytes = |extensions, max_bytes| Layout { extensions, lines: ByLine::Never, max_bytes };
        match self {
            Self::O1js { .. } | Self::BinProt { statement: None, .. } => json(&["json", "jsonl", "ndjson"]),
            Self::BinProt { .. } => bytes(&["binprot", "bin"], binprot::MAX_INPUT),
            Self::KimchiFixture { .. } | Self::KimchiVesta { .. } | Self::KimchiPallas { .. } => {
                bytes(&["bin", "msgpack"], kimchi::MAX_INPUT)
            }
        }
    }

    /// Decodes one document.
    pub fn decode(&self, document: &Document, limits: &Limits) -> Result<OwnedTask, Failure> {
        let bytes = document.bytes()?;
        Ok(match self {
            Self::O1js { key, lengths } => {
                let decoded = o1js::proof_from_json_within(bytes, limits)?;
                lengths.check(&decoded)?;
                decoded.into_task(key.clone())
            }
            Self::BinProt { key, statement } => {
                let (statement, proof) = match (statement, &document.statement) {
                    (Some(statement), _) => (statement.clone(), binprot::proof_from_bytes(bytes)?),
                    (None, Some(path)) => (own_statement(path, limits)?, binprot::proof_from_bytes(bytes)?),
                    (None, None) if detect::kind(bytes) == Kind::BinProtProof => {
                        return Err(Failure::NoStatement);
                    }
                    (None, None) => {
                        let stated = stated::from_json_within(bytes, limits)?;
                        (stated.statement, stated.proof)
                    }
                };
                OwnedTask::pickles(key.clone(), statement, proof)
            }
            Self::KimchiFixture { generation } => match kimchi::fixture_from_msgpack_within(bytes, limits)? {
                AnyFixture::Vesta(fixture) => with_own_key(fixture, *generation, limits)?,
                AnyFixture::Pallas(fixture) => with_own_key(fixture, *generation, limits)?,
            },
            Self::KimchiVesta { key, public_input } => OwnedTask::kimchi(
                key.clone(),
                public_input.clone(),
                kimchi::proof_for_key_from_msgpack(bytes, key.index(), limits)?,
            ),
            Self::KimchiPallas { key, public_input } => OwnedTask::kimchi(
                key.clone(),
                public_input.clone(),
                kimchi::proof_for_key_from_msgpack(bytes, key.index(), limits)?,
            ),
        })
    }
}

/// The statement of one proof, from a file of its own.
fn own_statement(path: &Path, limits: &Limits) -> Result<Vec<Fp>, Failure> {
    let bytes = input::read_file(path, MAX_JSON)
        .map_err(|source| Failure::UnreadableStatement { path: path.to_owned(), source })?;
    elements_from_json_within(bytes, limits)
        .map_err(|source| Failure::Statement { path: path.to_owned(), source })
}

/// The task of a proof that came with its key.
fn with_own_key<C: TaskCurve>(
    fixture: Fixture<C>,
    generation: Generation,
    limits: &Limits,
) -> Result<OwnedTask, VerifyError> {
    let key = PreparedIndex::with_limits(fixture.index, generation, limits)?;
    Ok(OwnedTask::kimchi(Arc::new(key), fixture.public_input, fixture.proof))
}
