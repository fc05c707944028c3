//! Snark work: ledger proofs as they are ordered from a snark worker, sold in the pool and paid for in blocks.
//!
//! Facts: Mina, `src/lib/transaction_snark_work/transaction_snark_work.ml`, `src/lib/snark_work_lib/work.ml`,
//! `src/lib/network_pool/snark_pool_diff.ml`, `src/lib/one_or_two/one_or_two.ml`,
//! `src/lib/snark_worker/standalone/run_snark_worker.ml`.

pub(crate) mod format;
mod job;
mod text;
mod uptime;

use std::sync::Arc;

use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_runtime::wire::{DecodeError, Fault};

use crate::formats::{read_binprot, write_binprot};
use crate::key::CompressedKey;
use crate::ledger_proof::{LedgerProof, MismatchedSok, SokMessage, Statement};

pub use job::{AssignedWork, Job, MergeJob};
pub use uptime::UptimeWork;

/// The longest encoding in bin_prot that is read. Two jobs of two proofs each have about 50,000 bytes.
pub const MAX_BINPROT: usize = 1 << 20;

/// The longest JSON or s-expression that is read, in bytes.
pub const MAX_JSON: usize = 4 << 20;

/// What comes alone or in pairs: a leaf of the scan state, and its work, is of one transaction or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneOrTwo<T> {
    /// Alone.
    One(T),
    /// A pair.
    Two(T, T),
}

impl<T: Default> Default for OneOrTwo<T> {
    fn default() -> Self {
        Self::One(T::default())
    }
}

impl<T> OneOrTwo<T> {
    /// The one, or the first and the second.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let (first, second) = match self {
            Self::One(first) => (first, None),
            Self::Two(first, second) => (first, Some(second)),
        };
        core::iter::once(first).chain(second)
    }

    /// The same number of something else.
    pub fn map<U>(&self, mut map: impl FnMut(&T) -> U) -> OneOrTwo<U> {
        match self {
            Self::One(one) => OneOrTwo::One(map(one)),
            Self::Two(first, second) => OneOrTwo::Two(map(first), map(second)),
        }
    }
}

impl<T> IntoIterator for OneOrTwo<T> {
    type Item = T;
    type IntoIter = core::iter::Chain<core::iter::Once<T>, core::option::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (first, second) = match self {
            Self::One(first) => (first, None),
            Self::Two(first, second) => (first, Some(second)),
        };
        core::iter::once(first).chain(second)
    }
}

/// Work that is done (`Transaction_snark_work.Stable.V2`): what a block pays for, and what the pool offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnarkWork {
    /// What is asked for it, in nanomina.
    pub fee: u64,
    /// The proofs.
    pub proofs: OneOrTwo<LedgerProof>,
    /// Who made them.
    pub prover: CompressedKey,
}

impl SnarkWork {
    /// Decodes bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one work.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        read_binprot(input, MAX_BINPROT, format::snark_work)
    }

    /// Encodes as bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        write_binprot(self, format::snark_work)
    }

    /// Decodes the message by which nodes offer work to each other (`Snark_pool_diff.Stable.V2`, `Add_solved_work`) in
    /// bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one such message, or its proofs have other statements than the work it names.
    pub fn from_pool_diff_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        let PoolDiff { work, .. } = read_binprot(input, MAX_BINPROT, format::pool_diff)?;
        Ok(work)
    }

    /// Encodes as such a message.
    pub fn to_pool_diff_binprot(&self) -> Vec<u8> {
        let statements = self.proofs.map(|proof| proof.statement.without_sok());
        write_binprot(&PoolDiff { statements, work: self.clone() }, format::pool_diff)
    }

    /// The fee and the prover that came along.
    pub fn message(&self) -> SokMessage {
        SokMessage { fee: self.fee, prover: self.prover }
    }

    /// The verifications that are due, with the key of the network's transaction snark.
    ///
    /// # Errors
    /// Where a proof was made for another fee or another prover. Nothing is verified then, as in Mina.
    pub fn tasks(&self, key: &Arc<PreparedKey>) -> Result<Vec<OwnedTask>, MismatchedSok> {
        self.message().check(self.proofs.iter())?;
        Ok(self.proofs.iter().map(|proof| proof.task(key)).collect())
    }
}

/// A message of the pool, or what a worker hands in: which work it is, and the work.
#[derive(Clone, Debug, Default)]
pub(crate) struct PoolDiff {
    statements: OneOrTwo<Statement<()>>,
    work: SnarkWork,
}

impl PoolDiff {
    /// Whether the proofs are of the work that is named.
    fn is_named(&self) -> Result<(), Fault> {
        match self.work.proofs.map(|proof| proof.statement.without_sok()) == self.statements {
            true => Ok(()),
            false => Err(Fault::Inconsistent("the proofs have other statements than the work that is named")),
        }
    }
}
