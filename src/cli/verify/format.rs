//! The formats in which proofs come, each with what it needs besides the proof.

use std::sync::Arc;

use quickpickle::kimchi::{Generation, Pallas, PreparedIndex, TaskCurve, Vesta};
use quickpickle::wire::kimchi::{self, AnyFixture, Fixture};
use quickpickle::wire::{MAX_JSON, binprot, o1js};
use quickpickle::{Fp, Fq, OwnedTask, PreparedKey, VerifyError};

use super::documents::Layout;
use super::report::Failure;

/// A format, ready to decode proofs.
pub enum Format {
    /// o1js `Proof.toJSON()`, which carries the statement.
    O1js {
        /// The program's key.
        key: Arc<PreparedKey>,
    },
    /// bin_prot, as Mina's networks carry proofs.
    BinProt {
        /// The program's key.
        key: Arc<PreparedKey>,
        /// What the proofs are about.
        statement: Vec<Fp>,
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

impl Format {
    /// How the files of this format look.
    pub fn layout(&self) -> Layout {
        match self {
            Self::O1js { .. } => {
                Layout { extensions: &["json", "jsonl", "ndjson"], lines: true, max_bytes: MAX_JSON }
            }
            Self::BinProt { .. } => {
                Layout { extensions: &["binprot", "bin"], lines: false, max_bytes: binprot::MAX_INPUT }
            }
            Self::KimchiFixture { .. } | Self::KimchiVesta { .. } | Self::KimchiPallas { .. } => {
                Layout { extensions: &["bin", "msgpack"], lines: false, max_bytes: kimchi::MAX_INPUT }
            }
        }
    }

    /// Decodes one document.
    pub fn decode(&self, bytes: &[u8]) -> Result<OwnedTask, Failure> {
        Ok(match self {
            Self::O1js { key } => o1js::proof_from_json(bytes)?.into_task(key.clone()),
            Self::BinProt { key, statement } => {
                OwnedTask::pickles(key.clone(), statement.clone(), binprot::proof_from_bytes(bytes)?)
            }
            Self::KimchiFixture { generation } => match kimchi::fixture_from_msgpack(bytes)? {
                AnyFixture::Vesta(fixture) => with_own_key(fixture, *generation)?,
                AnyFixture::Pallas(fixture) => with_own_key(fixture, *generation)?,
            },
            Self::KimchiVesta { key, public_input } => {
                OwnedTask::kimchi(key.clone(), public_input.clone(), kimchi::proof_from_msgpack(bytes)?)
            }
            Self::KimchiPallas { key, public_input } => {
                OwnedTask::kimchi(key.clone(), public_input.clone(), kimchi::proof_from_msgpack(bytes)?)
            }
        })
    }
}

/// The task of a proof that came with its key.
fn with_own_key<C: TaskCurve>(fixture: Fixture<C>, generation: Generation) -> Result<OwnedTask, VerifyError> {
    let key = PreparedIndex::new(fixture.index, generation)?;
    Ok(OwnedTask::kimchi(Arc::new(key), fixture.public_input, fixture.proof))
}
