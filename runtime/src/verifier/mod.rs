//! Verdicts: on one proof, or on many of different keys and kinds at once.
//!
//! A proof is first reduced, on its own, to claims about commitments: everything but the expensive sums over the SRS.
//! Each claim is one or two equations, and those of all proofs are settled together, by random linear combinations:
//!
//! 1. The first equation of each opening takes only the proof's own points, about a hundred. It is summed for a few proofs
//!    at a time, and alone where such a sum is wrong. Whatever is altered in a valid proof shows here, so that an ordinary
//!    wrong proof never gets to the SRS.
//! 2. What is left are second equations: that a point is folded from the generators, for openings and for the
//!    accumulators of Pickles proofs. They are one sum over the SRS of each curve. Where that is wrong, somebody has made
//!    proofs for the purpose, and further sums find which (`ipa/folding.rs`).

mod batch;
mod explain;
mod task;
#[cfg(test)]
mod tests;

use core::pin::Pin;

use crate::error::VerifyError;
use crate::ipa::elsewhere::{Elsewhere, now};
use crate::tables::TableSource;
use rand_core::CryptoRngCore;

pub use crate::watch::Watch;
pub use explain::{Hint, explain};
pub use task::{OwnedTask, Task, TaskCurve};

/// Verifies one proof.
///
/// `rng` must be a source that the prover cannot predict: the operating system's. It weighs the equations that are
/// checked together.
pub fn verify(
    task: Task<'_>,
    tables: &dyn TableSource,
    rng: &mut dyn CryptoRngCore,
) -> Result<(), VerifyError> {
    // There is a verdict for each task; were there none, the proof would count as refused.
    verify_batch(&[task], tables, rng).pop().unwrap_or(Err(VerifyError::Abandoned))
}

/// Verifies proofs together; the results are in the order of the tasks.
///
/// The verdicts are those of [`verify`] on each, up to a chance below 2^-240 of one wrong verdict. Cost and memory of the
/// sums over the SRS do not grow with the number of proofs. A wrong proof adds some milliseconds; one that was made to
/// fail only in its second equation adds less than verifying it alone.
pub fn verify_batch(
    tasks: &[Task<'_>],
    tables: &dyn TableSource,
    rng: &mut dyn CryptoRngCore,
) -> Vec<Result<(), VerifyError>> {
    verify_batch_with(tasks, tables, rng, &())
}

/// [`verify_batch`] for a caller that wants to know how it goes, to have each verdict as soon as it is known, or to take
/// tasks back: see [`Watch`].
pub fn verify_batch_with(
    tasks: &[Task<'_>],
    tables: &dyn TableSource,
    rng: &mut dyn CryptoRngCore,
    watch: &dyn Watch,
) -> Vec<Result<(), VerifyError>> {
    now(batch::verify(tasks, tables, rng, watch, None))
}

/// A verification that waits: the results are in the order of the tasks.
pub type Verifying<'a> = Pin<Box<dyn Future<Output = Vec<Result<(), VerifyError>>> + 'a>>;

/// [`verify_batch`], which waits for the sums over the SRS wherever there is an [`Elsewhere`] for them.
///
/// The compiler makes the code of a future where it is polled: behind a pointer it is made here, once, and not in every crate
/// that verifies.
pub fn verify_batch_elsewhere<'a>(
    tasks: &'a [Task<'_>],
    tables: &'a dyn TableSource,
    rng: &'a mut dyn CryptoRngCore,
    elsewhere: Option<&'a Elsewhere>,
) -> Verifying<'a> {
    Box::pin(batch::verify(tasks, tables, rng, &(), elsewhere))
}
