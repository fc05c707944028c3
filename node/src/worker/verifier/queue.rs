//! What waits for the verifying thread, by caller.
//!
//! Every caller has the same share of a batch, however much it has sent. Callers whose proofs were wrong of late are
//! verified apart, one caller at a time, in parts that take a [`QUANTUM`]: what finding wrong proofs costs is then not the
//! others' time. Where both kinds wait they take turns. So are, for their next proof, all whose proofs were in a batch that was
//! broken off because of one of them.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;
use tokio::sync::oneshot;

use super::decode::Shared;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{Proof, Verdict};

/// How long a part of a suspect's proofs is to take; one proof may take longer.
const QUANTUM: Duration = Duration::from_millis(100);
/// Proofs in the first part of a suspect.
const FIRST_PART: usize = 4;
/// Valid proofs in a row after which a caller is no longer a suspect.
const REDEEMED: usize = 32;
/// Suspects that are remembered.
const SUSPECTS: NonZeroUsize = NonZeroUsize::new(1 << 12).unwrap();

/// A request that waits, or of which some proofs have their verdicts already.
#[derive(Debug)]
pub(super) struct Queued {
    caller: u64,
    proofs: Vec<Proof>,
    /// Of those that bring no key along.
    key: Option<Shared>,
    verdicts: Vec<Option<Verdict>>,
    /// The proofs that wait, by their places.
    waiting: VecDeque<usize>,
    /// Closed when the caller has gone.
    reply: oneshot::Sender<Vec<Verdict>>,
}

impl Queued {
    pub(super) fn new(
        caller: u64,
        proofs: Vec<Proof>,
        key: Option<Shared>,
        reply: oneshot::Sender<Vec<Verdict>>,
    ) -> Self {
        let (verdicts, waiting) = (vec![None; proofs.len()], (0..proofs.len()).collect());
        Self { caller, proofs, key, verdicts, waiting, reply }
    }

    fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }

    fn answer(self) {
        let verdicts = self.verdicts.into_iter().flatten().collect();
        // Whoever has gone meanwhile does not want to know.
        let _ = self.reply.send(verdicts);
    }
}

/// Proofs that are verified together: requests, and the places of the proofs in them.
#[derive(Debug)]
pub(super) struct Batch {
    parts: Vec<(Queued, Vec<usize>)>,
    apart: bool,
}

impl Batch {
    /// The proofs, each with the place of its part.
    pub(super) fn proofs(&self) -> Vec<(usize, &Proof)> {
        let mut proofs = Vec::new();
        for (part, (request, places)) in self.parts.iter().enumerate() {
            proofs.extend(places.iter().filter_map(|place| Some((part, request.proofs.get(*place)?))));
        }
        proofs
    }

    /// The key of the proofs of this part that bring none along.
    pub(super) fn key(&self, part: usize) -> Option<&Shared> {
        self.parts.get(part)?.0.key.as_ref()
    }

    /// Whether somebody still waits for this part.
    pub(super) fn is_wanted(&self, part: usize) -> bool {
        self.parts.get(part).is_some_and(|(request, _)| !request.is_gone())
    }

    /// Whether it is one suspect's, so that it holds up nobody else in it.
    pub(super) fn is_apart(&self) -> bool {
        self.apart
    }
}

#[derive(Debug)]
struct Caller {
    id: u64,
    requests: VecDeque<Queued>,
}

impl Caller {
    fn waiting(&self) -> usize {
        self.requests.iter().map(|request| request.waiting.len()).sum()
    }

    fn take(&mut self, mut count: usize) -> Vec<(Queued, Vec<usize>)> {
        let mut parts = Vec::new();
        while count > 0
            && let Some(mut request) = self.requests.pop_front()
        {
            let places: Vec<_> = request.waiting.drain(..request.waiting.len().min(count)).collect();
            count -= places.len();
            parts.push((request, places));
        }
        parts
    }
}

#[derive(Clone, Copy, Debug)]
struct Suspect {
    /// Valid proofs since the last wrong one.
    valid: usize,
    /// Proofs in its next part.
    part: usize,
}

/// The requests that wait.
#[derive(Debug)]
pub(super) struct Queue {
    max_batch: usize,
    /// Those that have something waiting; who was served last is at the end.
    callers: VecDeque<Caller>,
    suspects: LruCache<u64, Suspect>,
    /// Whether the latest batch was a suspect's.
    was_apart: bool,
}

impl Queue {
    pub(super) fn new(max_batch: usize) -> Self {
        Self {
            max_batch: max_batch.max(1),
            callers: VecDeque::new(),
            suspects: LruCache::new(SUSPECTS),
            was_apart: false,
        }
    }

    pub(super) fn push(&mut self, request: Queued) {
        if request.waiting.is_empty() {
            return request.answer();
        }
        self.of(request.caller).push_back(request);
    }

    fn of(&mut self, id: u64) -> &mut VecDeque<Queued> {
        let position = self.callers.iter().position(|caller| caller.id == id).unwrap_or_else(|| {
            self.callers.push_back(Caller { id, requests: VecDeque::new() });
            self.callers.len() - 1
        });
        &mut self.callers[position].requests
    }

    /// What is verified next, for those who still wait for it.
    pub(super) fn next(&mut self) -> Option<Batch> {
        for caller in &mut self.callers {
            caller.requests.retain(|request| !request.is_gone());
        }
        self.callers.retain(|caller| !caller.requests.is_empty());
        let suspect = |caller: &Caller| self.suspects.contains(&caller.id);
        let apart = self.callers.iter().any(suspect);
        let common = !self.callers.iter().all(suspect);
        if !apart && !common {
            return None;
        }
        self.was_apart = apart && !(common && self.was_apart);
        let parts = if self.was_apart { self.part_of_a_suspect() } else { self.share() };
        Some(Batch { parts, apart: self.was_apart })
    }

    /// The next proofs of the suspect that has waited longest.
    fn part_of_a_suspect(&mut self) -> Vec<(Queued, Vec<usize>)> {
        let position = self.callers.iter().position(|caller| self.suspects.contains(&caller.id));
        let Some(mut caller) = position.and_then(|i| self.callers.remove(i)) else { return Vec::new() };
        let part = self.suspects.peek(&caller.id).map_or(1, |suspect| suspect.part);
        let parts = caller.take(part.clamp(1, self.max_batch));
        self.callers.push_back(caller);
        parts
    }

    /// A batch of those who are no suspects: one proof of each in turn, until it is full.
    fn share(&mut self) -> Vec<(Queued, Vec<usize>)> {
        let waiting = |caller: &Caller| {
            if self.suspects.contains(&caller.id) { 0 } else { caller.waiting() }
        };
        let waiting: Vec<usize> = self.callers.iter().map(waiting).collect();
        let mut shares = vec![0; waiting.len()];
        let mut room = self.max_batch.min(waiting.iter().sum());
        while room > 0 {
            for (share, waiting) in shares.iter_mut().zip(&waiting) {
                if room > 0 && *share < *waiting {
                    *share += 1;
                    room -= 1;
                }
            }
        }
        let (mut parts, mut served, mut others) = (Vec::new(), VecDeque::new(), VecDeque::new());
        for (mut caller, share) in self.callers.drain(..).zip(shares) {
            parts.extend(caller.take(share));
            if share > 0 { served.push_back(caller) } else { others.push_back(caller) }
        }
        others.append(&mut served);
        self.callers = others;
        parts
    }

    /// Takes the verdicts on a batch, which took so long; requests that have all theirs are answered. What has no verdict
    /// waits again, and its caller is verified apart: something in the batch was too dear for the others in it.
    pub(super) fn done(&mut self, batch: Batch, verdicts: Vec<Option<Verdict>>, took: Duration) {
        let mut verdicts = verdicts.into_iter();
        // Of each caller the last part alone is unfinished; it is the next to go on with.
        for (mut request, places) in batch.parts.into_iter() {
            let found: Vec<_> = verdicts.by_ref().take(places.len()).collect();
            self.judge(request.caller, &found);
            if batch.apart
                && let Some(suspect) = self.suspects.get_mut(&request.caller)
            {
                suspect.adapt(took, self.max_batch);
            }
            for (place, verdict) in places.into_iter().zip(found).rev() {
                // What was apart is not tried again: nothing else was in its way.
                let unknown = || Verdict::new(Kind::Unavailable, "it was given up");
                match (verdict.or_else(|| batch.apart.then(unknown)), request.verdicts.get_mut(place)) {
                    (Some(verdict), Some(slot)) => *slot = Some(verdict),
                    _ => request.waiting.push_front(place),
                }
            }
            if request.waiting.is_empty() {
                request.answer();
            } else if !request.is_gone() {
                self.of(request.caller).push_front(request);
            }
        }
    }

    fn judge(&mut self, caller: u64, found: &[Option<Verdict>]) {
        let count = |kind| found.iter().flatten().filter(|verdict| verdict.kind() == kind).count();
        let (wrong, valid) = (count(Kind::Rejected), count(Kind::Valid));
        if wrong > 0 {
            self.suspect(caller).valid = 0;
        } else if found.contains(&None) {
            self.suspect(caller);
        } else if let Some(suspect) = self.suspects.get_mut(&caller) {
            suspect.valid += valid;
            if suspect.valid >= REDEEMED {
                self.suspects.pop(&caller);
            }
        }
    }

    /// The caller as a suspect; who was none is one until its next proof is valid.
    fn suspect(&mut self, caller: u64) -> &mut Suspect {
        self.suspects.get_or_insert_mut(caller, || Suspect { valid: REDEEMED - 1, part: FIRST_PART })
    }
}

impl Suspect {
    fn adapt(&mut self, took: Duration, max_batch: usize) {
        if took > QUANTUM {
            self.part = (self.part / 2).max(1);
        } else if took < QUANTUM / 2 {
            self.part = self.part.saturating_mul(2).min(max_batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(1);

    fn push(queue: &mut Queue, caller: u64, count: usize) -> oneshot::Receiver<Vec<Verdict>> {
        let (reply, answer) = oneshot::channel();
        queue.push(Queued::new(caller, vec![Proof::default(); count], None, reply));
        answer
    }

    /// How many proofs of each caller are in a batch.
    fn shares(batch: &Batch) -> Vec<(u64, usize)> {
        let mut shares: Vec<(u64, usize)> = Vec::new();
        for (request, places) in &batch.parts {
            match shares.iter_mut().find(|(caller, _)| *caller == request.caller) {
                Some((_, count)) => *count += places.len(),
                None => shares.push((request.caller, places.len())),
            }
        }
        shares.sort_unstable();
        shares
    }

    fn verdict(kind: Kind) -> Option<Verdict> {
        Some(Verdict::new(kind, ""))
    }

    fn next(queue: &mut Queue, kind: impl Fn(u64) -> Kind, took: Duration) -> Vec<(u64, usize)> {
        let batch = queue.next().expect("a batch");
        let found = shares(&batch);
        let verdicts = batch.proofs().into_iter().map(|(part, _)| verdict(kind(batch.parts[part].0.caller)));
        let verdicts = verdicts.collect();
        queue.done(batch, verdicts, took);
        found
    }

    #[test]
    fn every_caller_has_a_share_of_a_batch_and_large_requests_are_done_in_parts() {
        let mut queue = Queue::new(8);
        let mut large = push(&mut queue, 1, 20);
        let mut small = push(&mut queue, 2, 3);
        let mut empty = push(&mut queue, 3, 0);
        assert_eq!(empty.try_recv().map(|verdicts| verdicts.len()), Ok(0));
        let valid = |_| Kind::Valid;
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 5), (2, 3)]);
        assert_eq!(small.try_recv().map(|verdicts| verdicts.len()), Ok(3));
        let _later = push(&mut queue, 2, 2);
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 6), (2, 2)]);
        assert!(large.try_recv().is_err());
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 8)]);
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 1)]);
        assert_eq!(large.try_recv().map(|verdicts| verdicts.len()), Ok(20));
        assert!(queue.next().is_none());
    }

    #[test]
    fn more_callers_than_a_batch_has_room_for_take_turns() {
        let mut queue = Queue::new(2);
        let _answers: Vec<_> = (0..5).map(|caller| push(&mut queue, caller, 2)).collect();
        let turns: Vec<_> = (0..5).map(|_| next(&mut queue, |_| Kind::Valid, QUICK)).collect();
        let callers: Vec<_> = turns.concat().into_iter().map(|(caller, _)| caller).collect();
        assert_eq!(callers, [0, 1, 2, 3, 0, 4, 1, 2, 3, 4]);
    }

    #[test]
    fn suspects_are_apart_in_small_parts_until_they_are_redeemed() {
        let mut queue = Queue::new(64);
        let wrong = |caller| if caller == 1 { Kind::Rejected } else { Kind::Valid };
        let _wrong = push(&mut queue, 1, 100);
        let _valid = push(&mut queue, 2, 100);
        assert_eq!(next(&mut queue, wrong, QUANTUM), [(1, 32), (2, 32)]);
        // Turn by turn, and the suspect's parts become as large as fits the time.
        assert_eq!(next(&mut queue, wrong, QUICK), [(1, FIRST_PART)]);
        assert_eq!(next(&mut queue, wrong, QUICK), [(2, 64)]);
        assert_eq!(next(&mut queue, wrong, 2 * QUANTUM), [(1, 2 * FIRST_PART)]);
        assert_eq!(next(&mut queue, wrong, QUICK), [(2, 4)]);
        assert_eq!(next(&mut queue, wrong, 9 * QUANTUM), [(1, FIRST_PART)]);
        let _more = push(&mut queue, 2, 1);
        assert_eq!(next(&mut queue, wrong, QUICK), [(2, 1)]);
        let valid = |_| Kind::Valid;
        for count in [2, 4, 8, 16, 22] {
            assert_eq!(next(&mut queue, valid, QUICK), [(1, count)]);
        }
        let _both = [push(&mut queue, 1, 1), push(&mut queue, 2, 1)];
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 1), (2, 1)]);
    }

    #[test]
    fn suspects_are_apart_from_each_other_too() {
        let mut queue = Queue::new(8);
        let _first = [1, 2].map(|caller| push(&mut queue, caller, 1));
        assert_eq!(next(&mut queue, |_| Kind::Rejected, QUICK), [(1, 1), (2, 1)]);
        let _then = [1, 2].map(|caller| push(&mut queue, caller, 1));
        assert_eq!(next(&mut queue, |_| Kind::Rejected, QUICK), [(1, 1)]);
        assert_eq!(next(&mut queue, |_| Kind::Rejected, QUICK), [(2, 1)]);
    }

    #[test]
    fn what_nobody_waits_for_goes_also_in_the_midst_of_a_request() {
        let mut queue = Queue::new(8);
        let leaves = push(&mut queue, 1, 100);
        let _stays = push(&mut queue, 2, 1);
        assert_eq!(next(&mut queue, |_| Kind::Valid, QUICK), [(1, 7), (2, 1)]);
        let batch = queue.next().expect("a batch");
        assert!(batch.is_wanted(0));
        drop(leaves);
        assert!(!batch.is_wanted(0));
        // Nothing was found out about it any more.
        queue.done(batch, vec![None; 8], QUICK);
        assert!(queue.next().is_none());
    }

    #[test]
    fn what_was_broken_off_is_done_again_apart_and_answered_in_its_order() {
        let mut queue = Queue::new(8);
        let mut honest = push(&mut queue, 1, 3);
        let _dear = push(&mut queue, 2, 5);
        let batch = queue.next().expect("a batch");
        assert_eq!(shares(&batch), [(1, 3), (2, 5)]);
        let mut verdicts = vec![None; 8];
        verdicts[1] = verdict(Kind::Malformed);
        queue.done(batch, verdicts, QUICK);
        let valid = |_| Kind::Valid;
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 2)]);
        let kinds = honest.try_recv().expect("an answer").iter().map(Verdict::kind).collect::<Vec<_>>();
        assert_eq!(kinds, [Kind::Valid, Kind::Malformed, Kind::Valid]);
        assert_eq!(next(&mut queue, |_| Kind::Rejected, QUICK), [(2, 4)]);
        // One was enough for the first.
        let _both = [push(&mut queue, 1, 1), push(&mut queue, 3, 1)];
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 1), (3, 1)]);
        assert_eq!(next(&mut queue, |_| Kind::Rejected, QUICK), [(2, 1)]);
    }
}
