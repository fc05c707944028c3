//! How a caller follows a verification while it runs, and takes back what nobody waits for any more.

use crate::error::VerifyError;

/// What a batch asks and tells its caller between its steps. Tasks are named by their place in the batch.
///
/// A step is at most one sum over an SRS, some tens of milliseconds on two cores, so that a batch which makes none for
/// seconds is stuck, however many proofs it has and however many of them are wrong. The methods are called from several
/// threads and should return at once. `()` watches nothing.
pub trait Watch: Sync {
    /// Whether somebody still waits for the verdict on this task. Once this is false the task is left out of what
    /// remains to be done, and its verdict is [`VerifyError::Abandoned`]. A batch with no task left ends at once.
    fn wanted(&self, task: usize) -> bool {
        let _ = task;
        true
    }

    /// A step is done: a proof is reduced to its claims, or a sum is computed.
    fn step(&self) {}

    /// The verdict on a task is known; the batch goes on for others. Each task has one call, before the batch returns.
    fn decided(&self, task: usize, verdict: &Result<(), VerifyError>) {
        let _ = (task, verdict);
    }
}

impl Watch for () {}
