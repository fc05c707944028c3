//! Verifiers and what waits for them, event by event.
//!
//! A worker that is free takes what waits, up to a batch, and is busy for a time that depends on how many proofs that is; what comes
//! meanwhile is its next batch. Workers die at any moment. What they had in hand is handed out again: by a queue once the time for
//! its acknowledgement is over, by a balancer at once, for the client sees the connection end.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::arrivals::{Load, Times};
use super::outcome::Outcome;

/// How proofs come to workers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hand {
    /// All wait in one queue, from which a worker takes them. What is not acknowledged after so many seconds is handed out again.
    Queue { ack_wait: f64 },
    /// Each is sent to a worker when it comes, in turn, and waits there.
    Balancer,
}

/// Workers that die.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deaths {
    /// How long a worker lives, on average, in seconds.
    pub after: f64,
    /// How long until it is there again.
    pub back: f64,
}

/// Verifiers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Farm {
    pub workers: usize,
    /// Proofs that are verified together at most.
    pub batch: usize,
    /// What a batch takes, in seconds, besides its proofs.
    pub common: f64,
    /// What each of its proofs takes.
    pub each: f64,
    pub hand: Hand,
    pub deaths: Option<Deaths>,
}

impl Farm {
    /// How long a worker takes for so many proofs.
    fn time(&self, proofs: usize) -> f64 {
        self.common + self.each * proofs as f64
    }

    /// Proofs a second that all workers verify in full batches.
    pub fn capacity(&self) -> f64 {
        (self.workers * self.batch) as f64 / self.time(self.batch)
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// The batch that a worker has had since its life of this number is verified.
    Verified {
        worker: usize,
        life: u32,
        delivery: usize,
    },
    Death {
        worker: usize,
    },
    Back {
        worker: usize,
    },
    /// The time for an acknowledgement is over.
    Overdue {
        delivery: usize,
    },
}

/// An event at its time; of two at the same time the one that was planned first comes first.
struct Planned {
    at: f64,
    number: u64,
    event: Event,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Planned {}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.total_cmp(&other.at).then(self.number.cmp(&other.number))
    }
}

#[derive(Clone, Debug)]
struct Worker {
    life: u32,
    is_up: bool,
    /// What it verifies, and since when.
    busy: Option<(usize, f64)>,
    /// What waits at it; behind a queue nothing does.
    waiting: VecDeque<usize>,
}

/// Proofs that were handed to a worker together.
struct Delivery {
    proofs: Vec<usize>,
    /// Whether nobody has acknowledged them, nor have they been handed out again.
    is_open: bool,
}

struct State<'a> {
    farm: &'a Farm,
    now: f64,
    number: u64,
    planned: BinaryHeap<Reverse<Planned>>,
    workers: Vec<Worker>,
    /// What waits in the one queue, or for any worker to be up.
    waiting: VecDeque<usize>,
    deliveries: Vec<Delivery>,
    next: usize,
    times: Times,
    outcome: Outcome,
}

/// Sends so many proofs through the farm, until all have verdicts; the same seed has the same outcome.
pub fn simulate(farm: &Farm, load: &Load, proofs: usize, seed: u64) -> Outcome {
    let mut times = Times::new(seed);
    let arrivals = load.arrivals(proofs, &mut times);
    let worker = Worker { life: 0, is_up: true, busy: None, waiting: VecDeque::new() };
    let mut state = State {
        farm,
        now: 0.0,
        number: 0,
        planned: BinaryHeap::new(),
        workers: vec![worker; farm.workers],
        waiting: VecDeque::new(),
        deliveries: Vec::new(),
        next: 0,
        times,
        outcome: Outcome::new(arrivals),
    };
    if let Some(deaths) = farm.deaths {
        (0..farm.workers).for_each(|worker| state.plan_death(worker, deaths));
    }
    state.run();
    state.outcome.end(state.now, farm.workers);
    state.outcome
}

impl State<'_> {
    fn run(&mut self) {
        let mut coming = 0;
        while !self.outcome.is_complete() {
            let arrival = self.outcome.arrivals().get(coming).copied();
            let planned = self.planned.peek().map(|Reverse(planned)| planned.at);
            match (arrival, planned) {
                (Some(arrival), planned) if planned.is_none_or(|planned| arrival <= planned) => {
                    self.go_to(arrival);
                    // Those of one moment come together: the first does not have a batch of its own.
                    while self.outcome.arrivals().get(coming) == Some(&arrival) {
                        self.put(coming, false);
                        coming += 1;
                    }
                }
                (_, Some(_)) => {
                    let Some(Reverse(Planned { at, event, .. })) = self.planned.pop() else { return };
                    self.go_to(at);
                    self.happens(event);
                }
                (_, None) => return,
            }
            self.hand_out();
        }
    }

    /// Lets time pass.
    fn go_to(&mut self, at: f64) {
        let waiting =
            self.waiting.len() + self.workers.iter().map(|worker| worker.waiting.len()).sum::<usize>();
        let idle = self.workers.iter().filter(|worker| worker.is_up && worker.busy.is_none()).count();
        self.outcome.pass(at - self.now, waiting, idle);
        self.now = at;
    }

    fn plan(&mut self, after: f64, event: Event) {
        self.number += 1;
        self.planned.push(Reverse(Planned { at: self.now + after, number: self.number, event }));
    }

    fn plan_death(&mut self, worker: usize, deaths: Deaths) {
        let after = self.times.exponential(deaths.after);
        self.plan(after, Event::Death { worker });
    }

    /// A proof waits: at its worker, or in the queue, in front of all others if it was handed out before.
    fn put(&mut self, proof: usize, again: bool) {
        let workers = self.workers.len();
        let up = (0..workers).map(|i| (self.next + i) % workers).find(|worker| self.workers[*worker].is_up);
        let queue = match (self.farm.hand, up) {
            (Hand::Balancer, Some(worker)) => {
                self.next = worker + 1;
                &mut self.workers[worker].waiting
            }
            _ => &mut self.waiting,
        };
        if again {
            queue.push_front(proof);
        } else {
            queue.push_back(proof);
        }
    }

    /// Every worker that is free takes what it may.
    fn hand_out(&mut self) {
        for worker in 0..self.workers.len() {
            let Worker { is_up: true, busy: None, life, .. } = self.workers[worker] else { continue };
            let queue = match self.farm.hand {
                Hand::Queue { .. } => &mut self.waiting,
                Hand::Balancer => &mut self.workers[worker].waiting,
            };
            let mut proofs = Vec::new();
            while proofs.len() < self.farm.batch
                && let Some(proof) = queue.pop_front()
            {
                // A late acknowledgement takes it out of the queue.
                if !self.outcome.is_verified(proof) {
                    proofs.push(proof);
                }
            }
            if proofs.is_empty() {
                continue;
            }
            let time = self.farm.time(proofs.len());
            let delivery = self.deliveries.len();
            self.deliveries.push(Delivery { proofs, is_open: true });
            self.workers[worker].busy = Some((delivery, self.now));
            self.plan(time, Event::Verified { worker, life, delivery });
            if let Hand::Queue { ack_wait } = self.farm.hand {
                self.plan(ack_wait, Event::Overdue { delivery });
            }
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Verified { worker, life, delivery } if self.workers[worker].life == life => {
                self.workers[worker].busy = None;
                let Delivery { proofs, is_open } = &mut self.deliveries[delivery];
                *is_open = false;
                let proofs = std::mem::take(proofs);
                self.outcome.verified(&proofs, self.now, self.farm.time(proofs.len()));
            }
            // It died meanwhile.
            Event::Verified { .. } => {}
            Event::Death { worker } => self.dies(worker),
            Event::Back { worker } => {
                self.workers[worker].is_up = true;
                self.farm.deaths.into_iter().for_each(|deaths| self.plan_death(worker, deaths));
                if self.farm.hand == Hand::Balancer {
                    // Those that found nobody up.
                    let waiting = std::mem::take(&mut self.waiting);
                    waiting.into_iter().for_each(|proof| self.put(proof, false));
                }
            }
            Event::Overdue { delivery } => self.again(delivery),
        }
    }

    fn dies(&mut self, worker: usize) {
        let busy = self.workers[worker].busy.take();
        let dead = &mut self.workers[worker];
        dead.is_up = false;
        dead.life += 1;
        let waiting = std::mem::take(&mut dead.waiting);
        self.outcome.died(busy.map_or(0.0, |(_, since)| self.now - since));
        self.farm.deaths.into_iter().for_each(|deaths| self.plan(deaths.back, Event::Back { worker }));
        if self.farm.hand == Hand::Balancer {
            // Those in hand come first again.
            waiting.into_iter().for_each(|proof| self.put(proof, false));
            busy.into_iter().for_each(|(delivery, _)| self.again(delivery));
        }
    }

    /// What was handed out and not acknowledged is handed out again, in its order.
    fn again(&mut self, delivery: usize) {
        let Delivery { proofs, is_open } = &mut self.deliveries[delivery];
        if std::mem::take(is_open) {
            let proofs = proofs.clone();
            self.outcome.handed_out_again(proofs.len());
            proofs.into_iter().rev().for_each(|proof| self.put(proof, true));
        }
    }
}
