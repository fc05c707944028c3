//! Jobs: what a coordinator hands to a snark worker.

use std::sync::Arc;

use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_runtime::wire::{DecodeError, Fault};

use super::{MAX_BINPROT, OneOrTwo, format};
use crate::formats::{read_binprot, write_binprot};
use crate::key::CompressedKey;
use crate::ledger_proof::{LedgerProof, SokMessage, Statement};

/// The job to merge two proofs into one (`Work.Single.Spec`, `Merge`).
///
/// The other job, `Transition`, proves a transaction from its witness: the ledger's part that it touches, and where a zkApp
/// command stands. It has no proof to verify, and is refused. What could be said of one is whether the transaction turns the one
/// ledger into the other, which takes all the rules by which transactions are applied; that is what the proof is made for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeJob {
    /// What the merged proof will state.
    pub statement: Statement<()>,
    /// The proof of what comes first.
    pub left: LedgerProof,
    /// The proof of what comes after it.
    pub right: LedgerProof,
}

impl MergeJob {
    /// Decodes bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one job to merge, or the job does not begin where its left proof does and end where its
    /// right one does.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        read_binprot(input, MAX_BINPROT, format::merge_job)
    }

    /// Encodes as bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        write_binprot(self, format::merge_job)
    }

    /// Whether the job begins where its left proof does and ends where its right one does.
    pub(super) fn is_consistent(&self) -> Result<(), Fault> {
        let (left, right) = (&self.left.statement, &self.right.statement);
        match self.statement.source == left.source && self.statement.target == right.target {
            true => Ok(()),
            false => Err(Fault::Inconsistent("the job is about other ledgers than its proofs are")),
        }
    }

    /// The verifications that are due, with the key of the network's transaction snark. Whom the two proofs were made for is
    /// not in a job, so their sok digests stay unchecked.
    pub fn tasks(&self, key: &Arc<PreparedKey>) -> [OwnedTask; 2] {
        [self.left.task(key), self.right.task(key)]
    }
}

/// Jobs to merge, with the fee that their work will ask for and the prover who will get it: the answer of a coordinator that
/// has work to do (`Get_work`, version 2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssignedWork {
    /// The jobs.
    pub instances: OneOrTwo<MergeJob>,
    /// The fee, in nanomina.
    pub fee: u64,
    /// The prover.
    pub prover: CompressedKey,
}

impl AssignedWork {
    /// Decodes bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one such answer, or there is no work to do.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        read_binprot(input, MAX_BINPROT, format::assigned_work)
    }

    /// Encodes as bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        write_binprot(self, format::assigned_work)
    }

    /// The fee and the prover that the digest in the merged proofs' statements will be of.
    pub fn message(&self) -> SokMessage {
        SokMessage { fee: self.fee, prover: self.prover }
    }

    /// The verifications that are due: those of each job.
    pub fn tasks(&self, key: &Arc<PreparedKey>) -> Vec<OwnedTask> {
        self.instances.iter().flat_map(|job| job.tasks(key)).collect()
    }
}

/// A job in either of its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// The job alone.
    Single(Box<MergeJob>),
    /// With fee and prover.
    Assigned(Box<AssignedWork>),
}

impl Job {
    /// Decodes bin_prot of either form.
    ///
    /// # Errors
    /// Where the input is neither: with what is wrong with the form that the input begins like.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        let single = MergeJob::from_binprot(input).map(|job| Self::Single(Box::new(job)));
        // An assignment has a variant of its own before the job; a single job that began so would be one of 2^31.
        if single.is_err() && format::begins_like_assigned_work(input) {
            return AssignedWork::from_binprot(input).map(|work| Self::Assigned(Box::new(work)));
        }
        single
    }

    /// The verifications that are due, with the key of the network's transaction snark.
    pub fn tasks(&self, key: &Arc<PreparedKey>) -> Vec<OwnedTask> {
        match self {
            Self::Single(job) => job.tasks(key).into(),
            Self::Assigned(work) => work.tasks(key),
        }
    }
}
