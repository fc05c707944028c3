//! The verifying thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use quickpickle_runtime::error::{ErrorKind, VerifyError};
use quickpickle_runtime::tables::TableSource;
use quickpickle_runtime::verifier::{OwnedTask, Task, verify_batch};
use rand_core::OsRng;
use rayon::prelude::*;
use tokio::sync::{mpsc, oneshot};

use super::decode::{Decoder, Undecided};
use crate::keys::PreparedKeys;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{Proof, Verdict};
use crate::worker::busy::Busy;

/// A request that waits.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) proofs: Vec<Proof>,
    /// Closed when the caller has gone.
    pub(super) reply: oneshot::Sender<Vec<Verdict>>,
}

/// Verifies what is queued, batch by batch.
pub(super) struct Batches {
    decoder: Decoder,
    tables: &'static dyn TableSource,
    max_batch: usize,
    busy: Arc<Busy>,
}

impl Batches {
    pub(super) fn new(
        keys: PreparedKeys,
        tables: &'static dyn TableSource,
        max_batch: usize,
        busy: Arc<Busy>,
    ) -> Self {
        Self { decoder: Decoder::new(keys), tables, max_batch, busy }
    }

    /// Runs until nobody can send any more.
    pub(super) fn run(self, mut queued: mpsc::Receiver<Queued>) {
        while let Some(first) = queued.blocking_recv() {
            let mut batch = vec![first];
            let mut size = batch.iter().map(|queued| queued.proofs.len()).sum::<usize>();
            while size < self.max_batch {
                let Ok(next) = queued.try_recv() else { break };
                size += next.proofs.len();
                batch.push(next);
            }
            batch.retain(|queued| !queued.reply.is_closed());
            if !batch.is_empty() {
                self.answer(batch);
            }
        }
    }

    fn answer(&self, batch: Vec<Queued>) {
        let _work = self.busy.begin("verifying");
        let proofs: Vec<&Proof> = batch.iter().flat_map(|queued| &queued.proofs).collect();
        // A request may be larger than a batch: it is verified in several.
        let mut verdicts = proofs.chunks(self.max_batch).flat_map(|proofs| self.verify(proofs));
        let verdicts: Vec<Vec<Verdict>> =
            batch.iter().map(|queued| verdicts.by_ref().take(queued.proofs.len()).collect()).collect();
        for (queued, verdicts) in batch.into_iter().zip(verdicts) {
            // Whoever has gone meanwhile does not want to know.
            let _ = queued.reply.send(verdicts);
        }
    }

    /// One batch. Should it panic, its proofs are verified one by one, so that one proof's trouble is not the others'.
    fn verify(&self, proofs: &[&Proof]) -> Vec<Verdict> {
        let together = catch_unwind(AssertUnwindSafe(|| self.verify_together(proofs)));
        together.unwrap_or_else(|_| match proofs {
            [_] => {
                tracing::error!("verifying a proof panicked");
                vec![Verdict { kind: Kind::Unavailable.into(), reason: "verifying it panicked".to_owned() }]
            }
            _ => proofs.iter().flat_map(|proof| self.verify(&[proof])).collect(),
        })
    }

    fn verify_together(&self, proofs: &[&Proof]) -> Vec<Verdict> {
        let decoded: Vec<Result<OwnedTask, Undecided>> =
            proofs.par_iter().map(|proof| self.decoder.decode(proof)).collect();
        let tasks: Vec<Task<'_>> = decoded.iter().flatten().map(OwnedTask::task).collect();
        let mut results = verify_batch(&tasks, self.tables, &mut OsRng).into_iter();
        let verdict = |decoded: &Result<OwnedTask, Undecided>| match decoded {
            Err(undecided) => Verdict { kind: undecided.kind.into(), reason: undecided.reason.clone() },
            Ok(_) => match results.next() {
                Some(Ok(())) => Verdict { kind: Kind::Valid.into(), reason: String::new() },
                Some(Err(error)) => rejected(&error),
                // There is one for each; were one missing, nothing would have been found out.
                None => Verdict { kind: Kind::Unavailable.into(), reason: "no verdict".to_owned() },
            },
        };
        decoded.iter().map(verdict).collect()
    }
}

fn rejected(error: &VerifyError) -> Verdict {
    let kind = match error.kind() {
        ErrorKind::Rejected => Kind::Rejected,
        ErrorKind::Malformed => Kind::Malformed,
        ErrorKind::Input => Kind::Input,
        _ => Kind::Unavailable,
    };
    Verdict { kind: kind.into(), reason: error.to_string() }
}
