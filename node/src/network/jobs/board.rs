//! The board of jobs: which wait, who has leased which until when, which are done.
//!
//! It reads no clock: the caller says what time it is.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use tonic::Status;

use super::{Done, Expected};
use crate::proto::v1::get_response::State as WireState;
use crate::proto::v1::{GetResponse, Job, Witness};

/// Jobs that are not done at most.
const OPEN: usize = 1024;
/// Bytes of their witnesses at most.
const OPEN_BYTES: usize = 64 << 20;
/// Jobs that are done, or failed, and remembered.
const SETTLED: usize = 1024;
/// How often a job is leased at most, so that one that cannot be proved is given up in the end.
const ATTEMPTS: u32 = 5;
/// Bytes of a job's witness at most.
const WITNESS: usize = 4 << 20;
/// Characters of a worker's name that are kept.
const NAME: usize = 64;

/// How many jobs there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// That wait.
    pub waiting: u64,
    /// That a worker has leased.
    pub leased: u64,
    /// That have been done since the start.
    pub done: u64,
}

#[derive(Debug)]
enum State {
    Waiting,
    Leased { lease: u64, worker: String, until: Instant },
    Done { worker: String, proof: Box<Done> },
    Failed,
}

#[derive(Debug)]
struct Entry {
    circuit: String,
    witness: Witness,
    public_input: Vec<u8>,
    attempts: u32,
    state: State,
}

#[derive(Debug)]
pub(super) struct Board {
    lease: Duration,
    jobs: BTreeMap<u64, Entry>,
    /// The jobs that wait, in their order.
    waiting: VecDeque<u64>,
    settled: VecDeque<u64>,
    /// Of the witnesses of open jobs.
    bytes: usize,
    next: u64,
    next_lease: u64,
    done: u64,
}

fn lost() -> Status {
    Status::failed_precondition("the lease has been lost: the job is done, or another worker's")
}

impl Board {
    pub(super) fn new(lease: Duration) -> Self {
        Self {
            lease,
            jobs: BTreeMap::new(),
            waiting: VecDeque::new(),
            settled: VecDeque::new(),
            bytes: 0,
            next: 1,
            next_lease: 1,
            done: 0,
        }
    }

    pub(super) fn submit(
        &mut self,
        circuit: String,
        witness: Witness,
        public_input: impl Into<Vec<u8>>,
    ) -> Result<u64, Status> {
        let bytes = prost::Message::encoded_len(&witness);
        if bytes > WITNESS {
            return Err(Status::invalid_argument(format!("a job's witness has at most {WITNESS} bytes")));
        }
        if self.jobs.len() - self.settled.len() >= OPEN || self.bytes + bytes > OPEN_BYTES {
            return Err(Status::resource_exhausted("busy: there are too many jobs, try again later"));
        }
        let id = self.next;
        self.next += 1;
        self.bytes += bytes;
        let public_input = public_input.into();
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
        }
        if self.settled.len() > SETTLED
            && let Some(oldest) = self.settled.pop_front()
        {
            self.jobs.remove(&oldest);
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
        entry.state = State::Leased { lease, worker, until: now + self.lease };
        Some(Job {
            id,
            lease,
            lease_ms: u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX),
            circuit: entry.circuit.clone(),
            witness: Some(entry.witness.clone()),
        })
    }

    /// A worker has a proof of a job. If it holds the lease, the lease lasts for `patience` at least, while the proof is verified.
    pub(super) fn hand_in(
        &mut self,
        id: u64,
        lease: u64,
        patience: Duration,
        now: Instant,
    ) -> Result<Expected, Status> {
        let entry = self.jobs.get_mut(&id).ok_or_else(|| Status::not_found("there is no such job"))?;
        match &mut entry.state {
            State::Leased { lease: holder, until, .. } if *holder == lease && *until > now => {
                *until = (*until).max(now + patience);
                Ok((entry.circuit.clone(), entry.public_input.clone()))
            }
            _ => Err(lost()),
        }
    }

    pub(super) fn complete(&mut self, id: u64, lease: u64, proof: Done) -> Result<(), Status> {
        let worker = self.holder(id, lease).ok_or_else(lost)?;
        self.settle(id, State::Done { worker, proof: Box::new(proof) });
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
            State::Done { worker, proof } => (WireState::Done, worker.clone(), Some((**proof).clone())),
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
    use crate::proto::v1::witness::Kind;
    use tonic::Code;

    const LEASE: Duration = Duration::from_secs(10);
    const PATIENCE: Duration = Duration::from_secs(3);

    fn board(jobs: usize) -> (Board, Instant) {
        let mut board = Board::new(LEASE);
        (0..jobs).for_each(|_| assert!(board.submit("a".into(), Witness::default(), [1]).is_ok()));
        (board, Instant::now())
    }

    fn pull(board: &mut Board, worker: &str, now: Instant) -> Option<Job> {
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
        assert!(board.complete(first.id, first.lease, Done::default()).is_err());
        let expected = board.hand_in(second.id, second.lease, PATIENCE, late).unwrap();
        assert_eq!(expected, ("a".to_owned(), vec![1]));
        board.complete(second.id, second.lease, Done::default()).unwrap();
        assert_eq!(board.get(first.id).unwrap().state(), WireState::Done);
        assert_eq!(board.counts(), Counts { waiting: 0, leased: 0, done: 1 });
        assert!(board.complete(second.id, second.lease, Done::default()).is_err(), "only once");
    }

    #[test]
    fn a_lease_that_has_run_out_is_lost_before_anybody_notices() {
        let (mut board, now) = board(1);
        let job = pull(&mut board, "w", now).unwrap();
        assert!(board.hand_in(job.id, job.lease, PATIENCE, now + LEASE).is_err());
        // Handed in in time, it may be verified until after the end.
        assert!(board.hand_in(job.id, job.lease, PATIENCE, now + LEASE - PATIENCE / 3).is_ok());
        assert_eq!(board.expire(now + LEASE), []);
        assert!(board.complete(job.id, job.lease, Done::default()).is_ok());
    }

    #[test]
    fn a_job_that_nobody_can_prove_fails() {
        let (mut board, now) = board(2);
        for attempt in 1..=ATTEMPTS {
            let job = pull(&mut board, "w", now).unwrap();
            assert_eq!((job.id, board.get(1).unwrap().attempts), (1, attempt));
            board.give_up(job.id, job.lease + 1);
            assert_eq!(board.get(1).unwrap().state(), WireState::Leased, "not their lease");
            board.give_up(job.id, job.lease);
        }
        assert_eq!(board.get(1).unwrap().state(), WireState::Failed);
        assert_eq!(pull(&mut board, "w", now).map(|job| job.id), Some(2));
    }

    #[test]
    fn the_bytes_of_open_jobs_are_bounded() {
        let (mut board, now) = board(0);
        let columns = |bytes: usize| Witness { kind: Some(Kind::Columns(vec![0; bytes].into())) };
        let submit =
            |board: &mut Board, bytes| board.submit("a".into(), columns(bytes), []).map_err(|e| e.code());
        assert_eq!(submit(&mut board, WITNESS), Err(Code::InvalidArgument));
        let size = WITNESS - 16;
        let taken = (0..).take_while(|_| submit(&mut board, size).is_ok()).count();
        assert_eq!(taken, OPEN_BYTES / WITNESS);
        assert_eq!(submit(&mut board, size), Err(Code::ResourceExhausted));
        let job = pull(&mut board, "w", now).unwrap();
        board.complete(job.id, job.lease, Done::default()).unwrap();
        assert!(submit(&mut board, size).is_ok());
    }

    #[test]
    fn open_and_settled_jobs_are_bounded() {
        let (mut board, now) = board(OPEN);
        let full = board.submit("a".into(), Witness::default(), []).unwrap_err();
        assert_eq!(full.code(), Code::ResourceExhausted);
        for _ in 0..2 * SETTLED {
            let job = pull(&mut board, "w", now).unwrap();
            board.complete(job.id, job.lease, Done::default()).unwrap();
            board.submit("a".into(), Witness::default(), []).unwrap();
        }
        assert_eq!(board.jobs.len(), OPEN + SETTLED);
        assert_eq!(board.get(1).unwrap_err().code(), Code::NotFound);
        assert_eq!(board.counts().done, 2 * SETTLED as u64);
    }
}
