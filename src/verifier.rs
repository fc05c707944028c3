//! The verifier with its tables and its randomness.

use std::num::NonZeroUsize;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::{Error, VerifyError};
use quickpickle_runtime::ipa::elsewhere::{Elsewhere, now};
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::tables::TableSource;
use quickpickle_runtime::verifier::{self, Hint, OwnedTask, Task, Watch};
use quickpickle_runtime::wire::o1js;
use rand_core::OsRng;
use rayon::prelude::*;

/// Verifies proofs over one set of tables.
///
/// It is two words large and owns nothing: make one wherever it is needed. Verification handles public data only and
/// takes no care to run in constant time.
#[derive(Clone, Copy)]
pub struct Verifier {
    tables: &'static dyn TableSource,
}

impl Verifier {
    /// A verifier over the tables that lie in the binary, ready at once: no point is read before a proof needs it.
    ///
    /// What the enabled features did not bake is computed at first use, once in a process, and the `log` crate is told
    /// how long that took and which feature would have baked it.
    pub fn baked() -> Self {
        Self::with_tables(crate::tables::baked())
    }

    /// A verifier over tables from elsewhere. They decide what is valid: points of another SRS than Mina's make every
    /// verdict meaningless.
    pub fn with_tables(tables: &'static dyn TableSource) -> Self {
        Self { tables }
    }

    /// The tables that this verifies over.
    pub fn tables(&self) -> &'static dyn TableSource {
        self.tables
    }

    /// Verifies the JSON text of an o1js proof, which carries its statement: decodes it, and verifies what it decoded.
    ///
    /// # Errors
    /// Whenever the text is not that of a valid proof; [`Error::kind`] tells what does not decode from what is wrong.
    ///
    /// # Panics
    /// Where the operating system has no randomness to give, here and in the other methods.
    pub fn verify_o1js(&self, key: &PreparedKey, proof: impl AsRef<[u8]>) -> Result<(), Error> {
        Ok(self.verify_task(o1js::proof_from_json(proof)?.task(key))?)
    }

    /// Verifies a Pickles proof. `statement` is what the proof is about: for an o1js program the field elements of its
    /// public input, then those of its public output.
    ///
    /// # Errors
    /// Whenever the proof is not valid; [`VerifyError::kind`] tells a wrong proof from input that cannot be right and
    /// from a check that could not be made.
    pub fn verify(&self, key: &PreparedKey, statement: &[Fp], proof: &Proof) -> Result<(), VerifyError> {
        self.verify_task(Task::pickles(key, statement, proof))
    }

    /// Verifies one proof of any kind.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_task(&self, task: Task<'_>) -> Result<(), VerifyError> {
        verifier::verify(task, self.tables, &mut OsRng)
    }

    /// What a rejected proof would verify with, to be told to whoever handed it in: the other generation of Kimchi's gates,
    /// another network's key, or which network's key it was verified with. Costs up to four more verifications.
    pub fn explain(&self, task: Task<'_>) -> Option<Hint> {
        verifier::explain(task, self.tables, &mut OsRng)
    }

    /// Verifies proofs of any keys and kinds together, which costs far less than one after the other. The results are
    /// in the order of the tasks and the same as [`verify_task`](Self::verify_task) gives for each.
    ///
    /// Memory grows with the number of tasks; [`verify_stream`](Self::verify_stream) keeps it bounded.
    pub fn verify_batch(&self, tasks: &[Task<'_>]) -> Vec<Result<(), VerifyError>> {
        verifier::verify_batch(tasks, self.tables, &mut OsRng)
    }

    /// [`verify_batch`](Self::verify_batch) that tells how far it is and each verdict when it is known, and leaves out tasks
    /// that nobody waits for any more: see [`Watch`].
    pub fn verify_batch_with(&self, tasks: &[Task<'_>], watch: &dyn Watch) -> Vec<Result<(), VerifyError>> {
        verifier::verify_batch_with(tasks, self.tables, &mut OsRng, watch)
    }

    /// [`verify_batch`](Self::verify_batch), which waits for the sums over the SRS where there is an [`Elsewhere`] for them: for
    /// systems whose threads share no memory. The futures here wait for nothing else.
    pub async fn verify_batch_elsewhere(
        &self,
        tasks: &[Task<'_>],
        elsewhere: Option<&Elsewhere>,
    ) -> Vec<Result<(), VerifyError>> {
        verifier::verify_batch_elsewhere(tasks, self.tables, &mut OsRng, elsewhere).await
    }

    /// [`verify_batch`](Self::verify_batch) for tasks of which some could not be prepared, because they did not decode,
    /// say: their errors keep their places.
    pub fn verify_prepared<E: From<VerifyError>>(
        &self,
        prepared: Vec<Result<OwnedTask, E>>,
    ) -> Vec<Result<(), E>> {
        now(self.verify_prepared_elsewhere(prepared, None))
    }

    /// [`verify_prepared`](Self::verify_prepared) as [`verify_batch_elsewhere`](Self::verify_batch_elsewhere).
    pub async fn verify_prepared_elsewhere<E: From<VerifyError>>(
        &self,
        prepared: Vec<Result<OwnedTask, E>>,
        elsewhere: Option<&Elsewhere>,
    ) -> Vec<Result<(), E>> {
        let tasks: Vec<Task<'_>> = prepared.iter().flatten().map(OwnedTask::task).collect();
        let mut verdicts = self.verify_batch_elsewhere(&tasks, elsewhere).await.into_iter();
        let mut results = Vec::with_capacity(prepared.len());
        for task in prepared {
            results.push(match task {
                // A verdict for each task; were one missing, the proof would count as refused, not as valid.
                Ok(_) => verdicts.next().unwrap_or(Err(VerifyError::Opening)).map_err(E::from),
                Err(error) => Err(error),
            });
        }
        results
    }

    /// Verifies any number of proofs in bounded memory: takes `window` inputs at a time, prepares them on all cores,
    /// verifies them as one batch, and gives each back with its result, in the order of the inputs.
    ///
    /// `prepare` decodes an input; where it fails, its error is the result. A larger window costs less a proof and more
    /// memory (with 64 proofs most of the gain is had), and results come a window later.
    pub fn verify_stream<I, E>(
        self,
        inputs: impl IntoIterator<Item = I>,
        window: NonZeroUsize,
        prepare: impl Fn(&I) -> Result<OwnedTask, E> + Sync,
    ) -> impl Iterator<Item = (I, Result<(), E>)>
    where
        I: Send + Sync,
        E: From<VerifyError> + Send,
    {
        let mut inputs = inputs.into_iter();
        let next_window = move || {
            let inputs: Vec<I> = inputs.by_ref().take(window.get()).collect();
            let results = self.verify_prepared(inputs.par_iter().map(&prepare).collect());
            (!inputs.is_empty()).then(|| inputs.into_iter().zip(results))
        };
        std::iter::from_fn(next_window).flatten()
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}
