//! The verifying thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use quickpickle_runtime::tables::TableSource;
use quickpickle_runtime::verifier::{Watch, verify_batch_with};
use rand_core::OsRng;
use rayon::prelude::*;
use tokio::sync::mpsc;

use super::decode::Decoder;
use super::due::Due;
use super::item::{Item, Undecided};
use super::queue::{Batch, Queue, Queued};
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{Proof, Verdict};
use crate::worker::busy::{Busy, Work};

/// A batch of several callers is broken off when it takes longer than so many times what reducing its proofs took, beyond
/// [`SUMS`]: it has proofs that were made to be found wrong by sums alone. Without those it takes two or three times.
const TIMES: u32 = 8;
/// Longer than the few sums over an SRS that every batch takes.
const SUMS: Duration = Duration::from_secs(2);

/// Verifies what is queued, batch by batch.
pub(super) struct Batches {
    decoder: Decoder,
    tables: &'static dyn TableSource,
    max_batch: usize,
    busy: Arc<Busy>,
}

impl Batches {
    pub(super) fn new(
        decoder: Decoder,
        tables: &'static dyn TableSource,
        max_batch: usize,
        busy: Arc<Busy>,
    ) -> Self {
        Self { decoder, tables, max_batch, busy }
    }

    /// Runs until nobody can send any more.
    pub(super) fn run(&self, mut queued: mpsc::Receiver<Queued>) {
        let mut queue = Queue::new(self.max_batch);
        while let Some(first) = queued.blocking_recv() {
            queue.push(first);
            loop {
                while let Ok(more) = queued.try_recv() {
                    queue.push(more);
                }
                let Some(batch) = queue.next() else { break };
                let started = Instant::now();
                let verdicts = {
                    let work = self.busy.begin("verifying");
                    let watched = Watched { batch: &batch, work: &work, steps: AtomicUsize::new(0) };
                    self.verify(&batch.proofs(), &watched)
                };
                queue.done(batch, verdicts, started.elapsed());
            }
        }
    }

    /// One batch; no verdict on what was given up. Should it panic, its proofs are verified one by one, so that one proof's
    /// trouble is not the others'.
    fn verify(&self, proofs: &[(usize, &Proof)], watched: &Watched<'_>) -> Vec<Option<Verdict>> {
        let together = catch_unwind(AssertUnwindSafe(|| self.verify_together(proofs, watched)));
        together.unwrap_or_else(|_| match proofs {
            [_] => {
                tracing::error!("verifying a proof panicked");
                vec![Some(Verdict::new(Kind::Unavailable, "verifying it panicked"))]
            }
            _ => proofs.iter().flat_map(|proof| self.verify(&[*proof], watched)).collect(),
        })
    }

    fn verify_together(&self, proofs: &[(usize, &Proof)], watched: &Watched<'_>) -> Vec<Option<Verdict>> {
        let decode = |(part, proof): &(usize, &Proof)| {
            let decode = || self.decoder.decode(proof, watched.batch.key(*part));
            let decoded = watched.is_wanted(*part).then(decode);
            watched.step();
            decoded
        };
        let decoded: Vec<Option<Result<Item, Undecided>>> = proofs.par_iter().map(decode).collect();
        let items: Vec<Option<&Item>> = (decoded.iter().zip(proofs))
            .map(|(decoded, (part, _))| {
                let item = decoded.as_ref()?.as_ref().ok()?;
                watched.is_wanted(*part).then_some(item)
            })
            .collect();
        let due = Due::of(&items);
        watched.step();

        let (places, tasks) = due.tasks();
        let part = |place: usize| proofs.get(place).map_or(usize::MAX, |(part, _)| *part);
        let watch = Tasks::new(watched, places.into_iter().map(part).collect());
        let results = verify_batch_with(&tasks, self.tables, &mut OsRng, &watch);
        let verdict = |(decoded, verdict): (&Option<Result<Item, Undecided>>, Option<Verdict>)| match decoded
        {
            Some(Err(undecided)) => Some(undecided.verdict()),
            Some(Ok(_)) => verdict,
            None => None,
        };
        decoded.iter().zip(due.verdicts(&results)).map(verdict).collect()
    }
}

/// A batch on its way.
struct Watched<'a> {
    batch: &'a Batch,
    work: &'a Work<'a>,
    steps: AtomicUsize,
}

impl Watched<'_> {
    fn is_wanted(&self, part: usize) -> bool {
        self.batch.is_wanted(part)
    }

    /// The batch goes on.
    fn step(&self) {
        let steps = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        self.work.progress("verifying", steps, 0);
    }
}

/// The tasks of a batch: those whose callers have gone are given up, and all of them where they take too long.
struct Tasks<'a> {
    watched: &'a Watched<'a>,
    /// Whose each task is.
    parts: Vec<usize>,
    started: Instant,
    steps: AtomicUsize,
    /// When the batch has taken too long; known once all proofs are reduced to their claims, which is a step each.
    end: OnceLock<Instant>,
}

impl<'a> Tasks<'a> {
    fn new(watched: &'a Watched<'a>, parts: Vec<usize>) -> Self {
        Self { watched, parts, started: Instant::now(), steps: AtomicUsize::new(0), end: OnceLock::new() }
    }

    fn is_too_long(&self) -> bool {
        !self.watched.batch.is_apart() && self.end.get().is_some_and(|end| Instant::now() > *end)
    }
}

impl Watch for Tasks<'_> {
    fn wanted(&self, task: usize) -> bool {
        !self.is_too_long() && self.parts.get(task).is_some_and(|part| self.watched.is_wanted(*part))
    }

    fn step(&self) {
        self.watched.step();
        if self.steps.fetch_add(1, Ordering::Relaxed) + 1 == self.parts.len() {
            let now = Instant::now();
            let _ = self.end.set(now + SUMS + TIMES * (now - self.started));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{KimchiKey, KimchiProof, kimchi_proof, proof};
    use quickpickle_runtime::curve::KimchiCurve;
    use quickpickle_runtime::tables::{PackedLagrange, PackedSrs, TableError};
    use quickpickle_runtime::wire::kimchi as wire;
    use quickpickle_srs_data::Role;
    use tokio::sync::oneshot;

    /// Knows no table of the step side, counts who asks for one, and panics on the wrap side.
    #[derive(Default)]
    struct NoTables(AtomicUsize);

    impl NoTables {
        fn none<T>(&self) -> Result<T, TableError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(TableError::Unavailable { table: "it".to_owned(), reason: "this is a test".to_owned() })
        }
    }

    impl TableSource for NoTables {
        fn srs(&self, role: Role, _: usize) -> Result<PackedSrs<'_>, TableError> {
            assert_eq!(role, Role::Step, "a test");
            self.none()
        }

        fn lagrange(&self, role: Role, _: usize, _: u32) -> Result<PackedLagrange<'_>, TableError> {
            assert_eq!(role, Role::Step, "a test");
            self.none()
        }
    }

    fn batches() -> (Batches, &'static NoTables) {
        let tables: &'static NoTables = Box::leak(Box::default());
        (Batches::new(Decoder::without_keys(), tables, 8, Arc::default()), tables)
    }

    fn message<C: KimchiCurve>(fixture: &wire::Fixture<C>) -> Proof {
        let key = KimchiKey { index: wire::index_to_msgpack(&fixture.index).into(), berkeley: false };
        let proof = KimchiProof {
            proof: wire::proof_to_msgpack(&fixture.proof).into(),
            public_input: wire::public_input_to_bytes::<C>(&fixture.public_input).into(),
            key: Some(kimchi_proof::Key::Index(key)),
        };
        Proof { kind: Some(proof::Kind::Kimchi(proof)) }
    }

    fn shipped(name: &str) -> Proof {
        let file = quickpickle_vectors::read(&quickpickle_vectors::shipped("kimchi-circuits").join(name));
        match wire::fixture_from_msgpack(&file).unwrap() {
            wire::AnyFixture::Vesta(fixture) => message(&fixture),
            wire::AnyFixture::Pallas(fixture) => message(&fixture),
        }
    }

    fn vesta() -> Proof {
        shipped("vesta-d8-srs16-pub5-poseidon.bin")
    }

    #[test]
    fn what_nobody_waits_for_is_not_verified() {
        let (batches, tables) = batches();
        let (queue, queued) = mpsc::channel(8);
        let request = || {
            let (reply, answer) = oneshot::channel();
            queue.try_send(Queued::new(1, vec![vesta()], None, reply)).unwrap();
            answer
        };
        drop([request(), request(), request()]);
        let waited_for = request();
        drop(queue);
        batches.run(queued);
        let verdicts = waited_for.blocking_recv().unwrap();
        assert_eq!(verdicts.len(), 1);
        assert_eq!(tables.0.load(Ordering::Relaxed), 1, "one proof asked for its tables");
    }

    #[test]
    fn the_panic_of_one_proof_is_not_the_others_trouble() {
        let (batches, _) = batches();
        let reasons = |proofs: &[&Proof]| -> Vec<String> {
            let (queue, queued) = mpsc::channel(1);
            let (reply, answer) = oneshot::channel();
            let proofs = proofs.iter().map(|proof| (*proof).clone()).collect();
            queue.try_send(Queued::new(1, proofs, None, reply)).unwrap();
            drop(queue);
            batches.run(queued);
            let verdicts = answer.blocking_recv().unwrap();
            assert!(verdicts.iter().all(|verdict| verdict.kind() == Kind::Unavailable));
            verdicts.into_iter().map(|verdict| verdict.reason).collect()
        };
        let (good, bad) = (vesta(), shipped("pallas-d8-srs15-pub5-poseidon.bin"));
        let found = reasons(&[&good, &bad, &good]);
        assert_eq!(found[1], "verifying it panicked");
        assert!(found[0].contains("this is a test") && found[0] == found[2], "{found:?}");
    }

    #[test]
    fn a_request_larger_than_a_batch_has_all_its_verdicts() {
        let (batches, _) = batches();
        let (queue, queued) = mpsc::channel(8);
        let answers = [1, 20, 0, 3].map(|count| {
            let (reply, answer) = oneshot::channel();
            queue.try_send(Queued::new(1, vec![Proof::default(); count], None, reply)).unwrap();
            (answer, count)
        });
        drop(queue);
        batches.run(queued);
        for (answer, count) in answers {
            let verdicts = answer.blocking_recv().unwrap();
            assert_eq!(verdicts.len(), count);
            assert!(verdicts.iter().all(|verdict| verdict.kind() == Kind::Malformed));
        }
    }

    #[test]
    fn a_batch_that_takes_too_long_is_broken_off_unless_it_is_one_callers() {
        let mut queue = Queue::new(8);
        let answers = [1, 2].map(|caller| {
            let (reply, answer) = oneshot::channel();
            queue.push(Queued::new(caller, vec![Proof::default(); 2], None, reply));
            answer
        });
        let batch = queue.next().expect("a batch");
        let busy = Busy::default();
        let work = busy.begin("a test");
        let watched = Watched { batch: &batch, work: &work, steps: AtomicUsize::new(0) };
        let tasks = Tasks::new(&watched, vec![0, 0, 1, 1]);
        (0..3).for_each(|_| tasks.step());
        assert_eq!(tasks.end.get(), None, "not all proofs are reduced");
        tasks.step();
        assert!(tasks.end.get().is_some_and(|end| *end > Instant::now()) && tasks.wanted(0));
        assert_eq!(busy.status().progress.map(|progress| progress.done), Some(4));

        let late = Tasks::new(&watched, vec![0, 0, 1, 1]);
        late.end.set(Instant::now()).expect("not set");
        std::thread::sleep(Duration::from_millis(1));
        assert!((0..4).all(|task| !late.wanted(task)));
        // Of those that go the tasks are given up in any case.
        let [gone, _stays] = answers;
        drop(gone);
        assert_eq!([0, 1, 2, 3].map(|task| tasks.wanted(task)), [false, false, true, true]);

        queue.done(batch, vec![None; 4], Duration::ZERO);
        let apart = queue.next().expect("a batch");
        let watched = Watched { batch: &apart, work: &work, steps: AtomicUsize::new(0) };
        let late = Tasks::new(&watched, vec![0, 0]);
        late.end.set(Instant::now()).expect("not set");
        std::thread::sleep(Duration::from_millis(1));
        assert!(late.wanted(0) && late.wanted(1));
    }
}
