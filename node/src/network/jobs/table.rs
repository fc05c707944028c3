//! The jobs of the embedded board: which wait, who has leased which until when, which are done.
//!
//! It reads no clock: the caller says what time it is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use tonic::Status;

use super::board::{Counts, HandedIn, NewJob};
use crate::proto::v1::get_response::State as WireState;
use crate::proto::v1::{GetResponse, Job, KimchiProof, Witness};

/// Jobs that are not done at most.
pub(super) const OPEN: usize = 1024;
/// Bytes of their witnesses at most.
pub(super) const OPEN_BYTES: usize = 64 << 20;
/// Jobs that are done, or failed, and remembered.
pub(super) const SETTLED: usize = 1024;
/// How often a job is leased at most, so that one that cannot be proved is given up in the end.
pub(super) const ATTEMPTS: u32 = 5;
/// Bytes of a job's witness at most.
pub(super) const WITNESS: usize = 4 << 20;
/// Characters of a worker's name that are kept.
pub(super) const NAME: usize = 64;

/// How a job stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    Waiting,
    Leased {
        lease: u64,
        worker: String,
        until: Instant,
        /// Beyond which it is not extended.
        end: Instant,
    },
    /// By this lease.
    Done {
        lease: u64,
        worker: String,
        proof: Box<KimchiProof>,
    },
    Failed,
}

/// A job.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) circuit: String,
    pub(super) witness: Witness,
    pub(super) public_input: Vec<u8>,
    pub(super) attempts: u32,
    pub(super) state: State,
}

/// How long a worker may have a job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Without a word of it.
    pub(super) lease: Duration,
    /// However often the lease is extended.
    pub(super) longest: Duration,
}

#[derive(Debug)]
pub(super) struct Jobs {
    terms: Terms,
    jobs: BTreeMap<u64, Entry>,
    /// The jobs that wait, in their order.
    waiting: VecDeque<u64>,
    settled: VecDeque<u64>,
    /// Of the witnesses of open jobs.
    bytes: usize,
    next: u64,
    next_lease: u64,
    done: u64,
    /// Jobs that are another than they were when this was last taken, or are forgotten.
    changed: BTreeSet<u64>,
}

/// A worker has not the lease that it names.
pub(super) fn lost() -> Status {
    Status::failed_precondition("the lease has been lost: the job is done, or another worker's")
}

/// A witness is longer than one may be.
pub(super) fn too_long() -> Status {
    Status::invalid_argument(format!("a job's witness has at most {WITNESS} bytes"))
}

impl Jobs {
    /// Without jobs; the numbers of jobs and leases come after `first`.
    pub(super) fn new(terms: Terms, first: u64) -> Self {
        Self {
            terms,
            jobs: BTreeMap::new(),
            waiting: VecDeque::new(),
            settled: VecDeque::new(),
            bytes: 0,
            next: first + 1,
            next_lease: first + 1,
            done: 0,
            changed: BTreeSet::new(),
        }
    }

    /// Takes a job in that was kept; they come in the order of their numbers. A lease lasts anew: its worker may go on.
    pub(super) fn restore(&mut self, id: u64, mut entry: Entry, now: Instant) {
        match &mut entry.state {
            State::Waiting => self.waiting.push_back(id),
            State::Leased { until, end, .. } => {
                (*until, *end) = (now + self.terms.lease, now + self.terms.longest);
            }
            State::Done { .. } | State::Failed => self.settled.push_back(id),
        }
        self.bytes += prost::Message::encoded_len(&entry.witness);
        self.jobs.insert(id, entry);
    }

    /// The jobs that have changed since the last call, as they are now; `None` for those that are forgotten.
    pub(super) fn take_changed(&mut self) -> Vec<(u64, Option<Entry>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|id| (id, self.jobs.get(&id).cloned())).collect()
    }

    /// This job is to be among those that have changed.
    pub(super) fn is_not_kept(&mut self, id: u64) {
        self.changed.insert(id);
    }

    /// As if the job had never been there.
    pub(super) fn withdraw(&mut self, id: u64) {
        if let Some(entry) = self.jobs.remove(&id) {
            self.bytes -= prost::Message::encoded_len(&entry.witness);
            self.waiting.retain(|other| *other != id);
            self.changed.insert(id);
        }
    }

    pub(super) fn submit(&mut self, job: NewJob) -> Result<u64, Status> {
        let NewJob { circuit, witness, public_input, name: _ } = job;
        let bytes = prost::Message::encoded_len(&witness);
        if bytes > WITNESS {
            return Err(too_long());
        }
        if self.jobs.len() - self.settled.len() >= OPEN || self.bytes + bytes > OPEN_BYTES {
            return Err(Status::resource_exhausted("busy: there are too many jobs, try again later"));
        }
        let id = self.next;
        self.next += 1;
        self.bytes += bytes;
        self.changed.insert(id);
        self.jobs.insert(id, Entry { circuit, witness, public_input, attempts: 0, state: State::Waiting });
        self.waiting.push_back(id);
        Ok(id)
    }

    /// Takes back what was leased for too long; tells which jobs, and from whom.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<(u64, String)> {
        let late = self.jobs.iter().filter_map(|(id, entry)| match &entry.state {
            State::Leased { worker, until, .. } if *until <= now => Some((*id, worker.clone())),
            _ => None,
        });
        let late: Vec<_> = late.collect();
        late.iter().for_each(|(id, _)| self.back(*id));
        late
    }

    /// When the next lease runs out.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        let until = self.jobs.values().filter_map(|entry| match entry.state {
            State::Leased { until, .. } => Some(until),
            _ => None,
        });
        until.min()
    }

    /// To the front of the queue, or out of it for good.
    fn back(&mut self, id: u64) {
        let Some(entry) = self.jobs.get_mut(&id) else { return };
        if entry.attempts >= ATTEMPTS {
            self.settle(id, State::Failed);
        } else {
            entry.state = State::Waiting;
            self.changed.insert(id);
            self.waiting.push_front(id);
        }
    }

    fn settle(&mut self, id: u64, state: State) {
        if let Some(entry) = self.jobs.get_mut(&id) {
            entry.state = state;
            // It is not needed any more, and may be large.
            let witness = std::mem::take(&mut entry.witness);
            self.bytes -= prost::Message::encoded_len(&witness);
            self.settled.push_back(id);
            self.changed.insert(id);
        }
        if self.settled.len() > SETTLED
            && let Some(oldest) = self.settled.pop_front()
        {
            self.jobs.remove(&oldest);
            self.changed.insert(oldest);
        }
    }

    pub(super) fn pull(&mut self, worker: &str, circuits: &[String], now: Instant) -> Option<Job> {
        let can = |id: &u64| self.jobs.get(id).is_some_and(|entry| circuits.contains(&entry.circuit));
        let position = self.waiting.iter().position(can)?;
        let id = self.waiting.remove(position)?;
        let entry = self.jobs.get_mut(&id)?;
        let lease = self.next_lease;
        self.next_lease += 1;
        entry.attempts += 1;
        let worker = worker.chars().take(NAME).collect();
        let Terms { lease: time, longest } = self.terms;
        entry.state = State::Leased { lease, worker, until: now + time, end: now + longest };
        self.changed.insert(id);
        Some(Job {
            id,
            lease,
            lease_ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            circuit: entry.circuit.clone(),
            witness: Some(entry.witness.clone()),
        })
    }

    /// The worker is still at it: its lease lasts anew, though not for longer than it may in all. Tells for how long.
    pub(super) fn extend(&mut self, id: u64, lease: u64, now: Instant) -> Result<Duration, Status> {
        let entry = self.jobs.get_mut(&id).ok_or_else(|| Status::not_found("there is no such job"))?;
        match &mut entry.state {
            State::Leased { lease: holder, until, end, .. } if *holder == lease && *until > now => {
                *until = (*until).max((*end).min(now + self.terms.lease));
                Ok(*until - now)
            }
            _ => Err(lost()),
        }
    }

    /// A worker has a proof of a job. If it holds the lease, the lease lasts for `patience` at least, while the proof is verified.
    pub(super) fn hand_in(
        &mut self,
        id: u64,
        lease: u64,
        patience: Duration,
        now: Instant,
    ) -> Result<HandedIn, Status> {
        let entry = self.jobs.get_mut(&id).ok_or_else(|| Status::not_found("there is no such job"))?;
        match &mut entry.state {
            State::Leased { lease: holder, until, .. } if *holder == lease && *until > now => {
                *until = (*until).max(now + patience);
                let (circuit, public_input) = (entry.circuit.clone(), entry.public_input.clone());
                Ok(HandedIn::ToVerify { circuit, public_input })
            }
            State::Done { lease: holder, .. } if *holder == lease => Ok(HandedIn::Done),
            _ => Err(lost()),
        }
    }

    /// The proof of a job is valid.
    pub(super) fn complete(&mut self, id: u64, lease: u64, proof: KimchiProof) -> Result<(), Status> {
        let worker = self.holder(id, lease).ok_or_else(lost)?;
        self.settle(id, State::Done { lease, worker, proof: Box::new(proof) });
        self.done += 1;
        Ok(())
    }

    /// The proof of a job was no good: another one may try.
    pub(super) fn give_up(&mut self, id: u64, lease: u64) {
        if self.holder(id, lease).is_some() {
            self.back(id);
        }
    }

    fn holder(&self, id: u64, lease: u64) -> Option<String> {
        match &self.jobs.get(&id)?.state {
            State::Leased { lease: holder, worker, .. } if *holder == lease => Some(worker.clone()),
            _ => None,
        }
    }

    pub(super) fn get(&self, id: u64) -> Result<GetResponse, Status> {
        let entry = self.jobs.get(&id).ok_or_else(|| Status::not_found("there is no such job"))?;
        let (state, worker, proof) = match &entry.state {
            State::Waiting => (WireState::Waiting, String::new(), None),
            State::Leased { worker, .. } => (WireState::Leased, worker.clone(), None),
            State::Done { worker, proof, .. } => (WireState::Done, worker.clone(), Some((**proof).clone())),
            State::Failed => (WireState::Failed, String::new(), None),
        };
        Ok(GetResponse { state: state.into(), attempts: entry.attempts, worker, proof })
    }

    pub(super) fn counts(&self) -> Counts {
        let open = (self.jobs.len() - self.settled.len()) as u64;
        let waiting = self.waiting.len() as u64;
        Counts { waiting, leased: open.saturating_sub(waiting), done: self.done }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    const LEASE: Duration = Duration::from_secs(10);
    const PATIENCE: Duration = Duration::from_secs(3);

    const TERMS: Terms = Terms { lease: LEASE, longest: Duration::from_secs(35) };

    fn job(witness: Witness) -> NewJob {
        NewJob { circuit: "a".to_owned(), witness, public_input: vec![1], name: None }
    }

    fn board(jobs: usize) -> (Jobs, Instant) {
        let mut board = Jobs::new(TERMS, 0);
        (0..jobs).for_each(|_| assert!(board.submit(job(Witness::default())).is_ok()));
        (board, Instant::now())
    }

    fn pull(board: &mut Jobs, worker: &str, now: Instant) -> Option<Job> {
        board.pull(worker, &["a".to_owned()], now)
    }

    #[test]
    fn a_missed_deadline_loses_the_job_to_another() {
        let (mut board, now) = board(1);
        assert_eq!(board.pull("w", &["b".to_owned()], now), None, "it proves other circuits");
        let first = pull(&mut board, "slow", now).unwrap();
        assert_eq!(pull(&mut board, "other", now), None);
        assert_eq!(board.next_expiry(), Some(now + LEASE));
        assert_eq!(board.expire(now + LEASE / 2), []);
        let late = now + LEASE;
        assert_eq!(board.expire(late), [(first.id, "slow".to_owned())]);
        let second = pull(&mut board, "other", late).unwrap();
        assert_eq!((second.id, board.get(first.id).unwrap().worker), (first.id, "other".to_owned()));
        let refused = board.hand_in(first.id, first.lease, PATIENCE, late).unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(board.complete(first.id, first.lease, KimchiProof::default()).is_err());
        let expected = board.hand_in(second.id, second.lease, PATIENCE, late).unwrap();
        assert_eq!(expected, HandedIn::ToVerify { circuit: "a".to_owned(), public_input: vec![1] });
        board.complete(second.id, second.lease, KimchiProof::default()).unwrap();
        assert_eq!(board.get(first.id).unwrap().state(), WireState::Done);
        assert_eq!(board.counts(), Counts { waiting: 0, leased: 0, done: 1 });
        assert!(board.complete(second.id, second.lease, KimchiProof::default()).is_err(), "only once");
    }

    #[test]
    fn a_lease_lasts_as_long_as_its_worker_says_so_and_not_for_ever() {
        let (mut board, now) = board(1);
        let job = pull(&mut board, "w", now).unwrap();
        let seconds = Duration::from_secs;
        // In all it may have it for 35 seconds.
        for (after, left) in [(9, 10), (18, 10), (27, 8), (34, 1)] {
            let lasts = board.extend(job.id, job.lease, now + seconds(after)).unwrap();
            assert_eq!(lasts, seconds(left), "after {after} s");
        }
        let at = now + seconds(34);
        let other = board.extend(job.id, job.lease + 1, at).unwrap_err();
        assert_eq!(other.code(), Code::FailedPrecondition, "not their lease");
        assert_eq!(board.extend(job.id + 1, job.lease, at).unwrap_err().code(), Code::NotFound);
        let end = now + TERMS.longest;
        assert!(board.extend(job.id, job.lease, end).is_err(), "it has had it for as long as it may");
        assert_eq!(board.expire(end).len(), 1);
        assert!(board.extend(job.id, job.lease, at).is_err(), "it is nobody's");
    }

    #[test]
    fn what_has_changed_is_told_once_and_comes_back() {
        let (mut board, now) = board(3);
        let all = board.take_changed();
        assert_eq!(all.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(board.take_changed(), []);
        let [done, leased] = ["w", "x"].map(|worker| pull(&mut board, worker, now).unwrap());
        board.complete(done.id, done.lease, KimchiProof::default()).unwrap();
        board.withdraw(3);
        let changed = board.take_changed();
        assert!(changed.len() == 3 && changed[2] == (3, None), "{changed:?}");

        let mut again = Jobs::new(TERMS, 1 << 32);
        let later = now + 100 * LEASE;
        for (id, entry) in changed {
            entry.into_iter().for_each(|entry| again.restore(id, entry, later));
        }
        assert_eq!(again.counts(), Counts { waiting: 0, leased: 1, done: 0 });
        assert_eq!(again.get(done.id).unwrap().state(), WireState::Done);
        assert_eq!(again.next_expiry(), Some(later + LEASE));
        assert!(again.hand_in(leased.id, leased.lease, PATIENCE, later).is_ok(), "its worker goes on");
        let next = again.submit(job(Witness::default())).unwrap();
        let next_lease = pull(&mut again, "w", later).unwrap().lease;
        assert_eq!((next, next_lease), ((1 << 32) + 1, (1 << 32) + 1), "no number comes twice");
    }

    #[test]
    fn a_lease_that_has_run_out_is_lost_before_anybody_notices() {
        let (mut board, now) = board(1);
        let job = pull(&mut board, "w", now).unwrap();
        assert!(board.hand_in(job.id, job.lease, PATIENCE, now + LEASE).is_err());
        // Handed in in time, it may be verified until after the end.
        assert!(board.hand_in(job.id, job.lease, PATIENCE, now + LEASE - PATIENCE / 3).is_ok());
        assert_eq!(board.expire(now + LEASE), []);
        assert!(board.complete(job.id, job.lease, KimchiProof::default()).is_ok());
    }

    #[test]
    fn open_and_settled_jobs_are_bounded() {
        let (mut board, now) = board(OPEN);
        let full = board.submit(job(Witness::default())).unwrap_err();
        assert_eq!(full.code(), Code::ResourceExhausted);
        for _ in 0..2 * SETTLED {
            let pulled = pull(&mut board, "w", now).unwrap();
            board.complete(pulled.id, pulled.lease, KimchiProof::default()).unwrap();
            board.submit(job(Witness::default())).unwrap();
        }
        assert_eq!(board.jobs.len(), OPEN + SETTLED);
        assert_eq!(board.get(1).unwrap_err().code(), Code::NotFound);
        assert_eq!(board.counts().done, 2 * SETTLED as u64);
    }
}
