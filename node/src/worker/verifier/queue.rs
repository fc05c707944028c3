//! What waits for the verifying thread, by caller.
//!
//! Every caller has the same share of a batch, however much it has sent: a share of the work ([`weight`]), not of the messages.
//! Callers whose proofs were wrong of late are verified apart, one caller at a time, in parts that take about 100 ms
//! ([`Suspects`]): what finding wrong proofs costs is then not the others' time. Where both kinds wait they take turns. So are,
//! for their next proof, all whose proofs were in a batch that was broken off because of one of them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use tokio::sync::oneshot;

use super::decode::Shared;
use super::suspects::Suspects;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{Proof, Verdict};
use crate::weight;

/// A request that waits, or of which some proofs have their verdicts already.
#[derive(Debug)]
pub(super) struct Queued {
    caller: u64,
    proofs: Vec<Proof>,
    /// Of each proof.
    weights: Vec<usize>,
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
        let weights = proofs.iter().map(weight::of).collect();
        let (verdicts, waiting) = (vec![None; proofs.len()], (0..proofs.len()).collect());
        Self { caller, proofs, weights, key, verdicts, waiting, reply }
    }

    fn weight(&self, place: usize) -> usize {
        self.weights.get(place).copied().unwrap_or(weight::PROOF)
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
    /// The weights of what waits, in its order.
    fn weights(&self) -> impl Iterator<Item = usize> {
        self.requests.iter().flat_map(|request| request.waiting.iter().map(|place| request.weight(*place)))
    }

    /// How many of the next fit so much work; one does, whatever its weight.
    fn fitting(&self, room: usize) -> usize {
        let mut taken = 0;
        let fits = |weight: &usize| {
            taken += weight;
            taken <= room
        };
        self.weights().take_while(fits).count().max(1)
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

/// The requests that wait.
#[derive(Debug)]
pub(super) struct Queue {
    /// The work in a batch.
    max_batch: usize,
    /// Those that have something waiting; who was served last is at the end.
    callers: VecDeque<Caller>,
    suspects: Suspects,
    /// Whether the latest batch was a suspect's.
    was_apart: bool,
}

impl Queue {
    /// With batches of as much work as so many proofs are.
    pub(super) fn new(max_batch: usize) -> Self {
        Self {
            max_batch: weight::of_proofs(max_batch.max(1)),
            callers: VecDeque::new(),
            suspects: Suspects::default(),
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
        let suspect = |caller: &Caller| self.suspects.has(caller.id);
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
        let position = self.callers.iter().position(|caller| self.suspects.has(caller.id));
        let Some(mut caller) = position.and_then(|i| self.callers.remove(i)) else { return Vec::new() };
        let part = self.suspects.part(caller.id);
        let parts = caller.take(caller.fitting(part.min(self.max_batch)));
        self.callers.push_back(caller);
        parts
    }

    /// A batch of those who are no suspects. Who has nothing in it, because what is next of it did not fit, is first in a later one.
    fn share(&mut self) -> Vec<(Queued, Vec<usize>)> {
        let shares = self.shares();
        let (mut parts, mut served, mut others) = (Vec::new(), VecDeque::new(), VecDeque::new());
        for (mut caller, share) in self.callers.drain(..).zip(shares) {
            parts.extend(caller.take(share));
            if share > 0 { served.push_back(caller) } else { others.push_back(caller) }
        }
        others.append(&mut served);
        self.callers = others;
        parts
    }

    /// How many of each caller's are in the next batch: the next is always of the caller who has the least work in it, until it is
    /// full.
    fn shares(&self) -> Vec<usize> {
        let mut shares = vec![0; self.callers.len()];
        let mut waiting: Vec<_> = self.callers.iter().map(Caller::weights).collect();
        let common = self.callers.iter().enumerate().filter(|(_, caller)| !self.suspects.has(caller.id));
        let mut turns: BinaryHeap<_> = common.map(|(position, _)| Reverse((0, position))).collect();
        let mut taken = 0;
        while let Some(Reverse((own, position))) = turns.pop() {
            let next = waiting.get_mut(position).and_then(Iterator::next);
            let next = next.filter(|weight| taken == 0 || taken + weight <= self.max_batch);
            if let (Some(weight), Some(share)) = (next, shares.get_mut(position)) {
                taken += weight;
                *share += 1;
                turns.push(Reverse((own + weight, position)));
            }
        }
        shares
    }

    /// Takes the verdicts on a batch, which took so long; requests that have all theirs are answered. What has no verdict
    /// waits again, and its caller is verified apart: something in the batch was too dear for the others in it.
    pub(super) fn done(&mut self, batch: Batch, verdicts: Vec<Option<Verdict>>, took: Duration) {
        let mut verdicts = verdicts.into_iter();
        // Of each caller the last part alone is unfinished; it is the next to go on with.
        for (mut request, places) in batch.parts.into_iter() {
            let found: Vec<_> = verdicts.by_ref().take(places.len()).collect();
            let is_valid =
                |found: &Option<Verdict>| found.as_ref().is_some_and(|verdict| verdict.kind() == Kind::Valid);
            let valid = places.iter().zip(&found).filter(|(_, found)| is_valid(found));
            let valid = valid.map(|(place, _)| request.weight(*place)).sum();
            self.suspects.judge(request.caller, &found, valid);
            if batch.apart {
                self.suspects.adapt(request.caller, took, self.max_batch);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{Command, command, proof};
    use crate::worker::verifier::suspects::QUANTUM;

    const QUICK: Duration = Duration::from_millis(1);

    fn push(queue: &mut Queue, caller: u64, count: usize) -> oneshot::Receiver<Vec<Verdict>> {
        push_all(queue, caller, vec![Proof::default(); count])
    }

    fn push_all(queue: &mut Queue, caller: u64, proofs: Vec<Proof>) -> oneshot::Receiver<Vec<Verdict>> {
        let (reply, answer) = oneshot::channel();
        queue.push(Queued::new(caller, proofs, None, reply));
        answer
    }

    fn command(command: command::Command) -> Proof {
        let command = Command { command: Some(command), ..Command::default() };
        Proof { kind: Some(proof::Kind::Command(command)) }
    }

    /// As long as a zkApp command of so many proofs.
    fn zkapp(proofs: usize) -> Proof {
        let proof = command(command::Command::Zkapp(vec![0; 10_000 * proofs].into()));
        assert_eq!(weight::of(&proof), weight::of_proofs(proofs));
        proof
    }

    fn payment() -> Proof {
        command(command::Command::Signed(Default::default()))
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
    fn a_share_is_of_work_and_not_of_messages() {
        let mut queue = Queue::new(64);
        let _heavy = push_all(&mut queue, 1, vec![zkapp(16); 8]);
        let _light = push(&mut queue, 2, 64);
        let _payments = push_all(&mut queue, 3, vec![payment(); 100]);
        let valid = |_| Kind::Valid;
        // 100 payments are as much work as five proofs. Of the rest the light one has what the heavy one's next does not fit.
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 2), (2, 27), (3, 100)]);
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 2), (2, 32)]);
        // What is larger than a batch is one of its own, in its turn.
        let mut queue = Queue::new(4);
        let _heavy = push_all(&mut queue, 1, vec![zkapp(16); 2]);
        let _light = push(&mut queue, 2, 6);
        let turns: Vec<_> = (0..4).map(|_| next(&mut queue, valid, QUICK)).collect();
        assert_eq!(turns, [[(1, 1)], [(2, 4)], [(1, 1)], [(2, 2)]]);
    }

    #[test]
    fn a_heavy_item_that_does_not_fit_is_not_put_off_again() {
        let mut queue = Queue::new(8);
        let _light: Vec<_> = (0..4).map(|caller| push(&mut queue, caller, 9)).collect();
        let _heavy = push_all(&mut queue, 9, vec![zkapp(7)]);
        let valid = |_| Kind::Valid;
        assert_eq!(next(&mut queue, valid, QUICK), [(0, 2), (1, 2), (2, 2), (3, 2)]);
        assert_eq!(next(&mut queue, valid, QUICK), [(0, 1), (9, 1)]);
    }

    #[test]
    fn a_suspects_part_is_of_work_and_cheap_payments_redeem_nobody() {
        let mut queue = Queue::new(64);
        let _wrong = push(&mut queue, 1, 1);
        assert_eq!(next(&mut queue, |_| Kind::Rejected, QUICK), [(1, 1)]);
        let _others = [push_all(&mut queue, 1, vec![payment(); 40]), push(&mut queue, 2, 1)];
        let valid = |_| Kind::Valid;
        // Turn by turn; forty payments are valid work of two proofs, where 32 redeem.
        assert_eq!(next(&mut queue, valid, 9 * QUANTUM), [(1, 40)]);
        assert_eq!(next(&mut queue, valid, QUICK), [(2, 1)]);
        let _more = [push_all(&mut queue, 1, vec![zkapp(16); 2]), push(&mut queue, 2, 2)];
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 1)]);
        assert_eq!(next(&mut queue, valid, QUICK), [(2, 2)]);
        let _more = push(&mut queue, 2, 1);
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 1)]);
        let _more = push(&mut queue, 1, 1);
        assert_eq!(next(&mut queue, valid, QUICK), [(1, 1), (2, 1)]);
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
        assert_eq!(next(&mut queue, wrong, QUICK), [(1, 4)]);
        assert_eq!(next(&mut queue, wrong, QUICK), [(2, 64)]);
        assert_eq!(next(&mut queue, wrong, 2 * QUANTUM), [(1, 8)]);
        assert_eq!(next(&mut queue, wrong, QUICK), [(2, 4)]);
        assert_eq!(next(&mut queue, wrong, 9 * QUANTUM), [(1, 4)]);
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
