//! The simulation beside what queueing theory knows exactly.
//!
//! The formulas are in any textbook of queues (Kleinrock, Queueing Systems 1, chapter 5, for M/G/1; Chaudhry and Templeton, A First
//! Course in Bulk Queues, for arrivals and services in bulk).

use super::arrivals::Load;
use super::simulation::{Deaths, Farm, Hand, simulate};

const QUEUE: Hand = Hand::Queue { ack_wait: 1e9 };

/// One worker that verifies one proof at a time, for a tenth of a second.
const ONE: Farm = Farm { workers: 1, batch: 1, common: 0.04, each: 0.06, hand: QUEUE, deaths: None };

fn is_near(found: f64, expected: f64, what: &str) {
    let ratio = found / expected;
    assert!((0.97..1.03).contains(&ratio), "{what}: {found}, by the formula {expected}");
}

#[test]
fn one_at_a_time_waits_as_in_m_d_1() {
    let service = 0.1;
    for load in [0.3, 0.6, 0.8] {
        let outcome = simulate(&ONE, &Load { rate: load / service, burst: 1 }, 400_000, 7);
        let waits = load * service / (2.0 * (1.0 - load));
        is_near(outcome.mean_latency() - service, waits, &format!("wait at {load}"));
        is_near(outcome.utilisation(), load, "utilisation");
        let at_once = outcome.latencies().iter().filter(|latency| **latency < service + 1e-9).count();
        is_near(at_once as f64 / 4e5, 1.0 - load, "proofs that do not wait");
        // Little's law, of what waits: the sum over time is kept apart from the latencies.
        is_near(outcome.mean_waiting(), waits * load / service, "queue");
    }
}

#[test]
fn bursts_wait_as_in_bulk_arrivals() {
    let (service, burst, load) = (0.1, 5.0, 0.6);
    let outcome = simulate(&ONE, &Load { rate: load / service, burst: 5 }, 400_000, 8);
    let waits = (load * service + (burst - 1.0) * service) / (2.0 * (1.0 - load));
    is_near(outcome.mean_latency() - service, waits, "wait in bursts of five");
}

#[test]
fn batches_without_a_bound_wait_as_in_bulk_service() {
    // A batch takes a second however many proofs it has. A proof that comes while the worker is busy waits half a second on average.
    let farm = Farm { batch: usize::MAX, common: 1.0, each: 0.0, ..ONE };
    for rate in [0.5, 2.0] {
        let outcome = simulate(&farm, &Load { rate, burst: 1 }, 200_000, 9);
        // The chance that nothing comes meanwhile ends a busy time.
        let ends = (-rate).exp();
        let is_busy = (1.0 / ends) / (1.0 / ends + 1.0 / rate);
        is_near(outcome.mean_latency() - 1.0, is_busy / 2.0, &format!("wait at {rate} a second"));
        is_near(outcome.utilisation(), is_busy, "utilisation");
        is_near(outcome.mean_batch(), rate / is_busy, "batch");
    }
}

#[test]
fn all_work_is_done_and_no_more() {
    let farm = Farm { workers: 3, batch: 16, common: 0.05, each: 0.001, ..ONE };
    for hand in [QUEUE, Hand::Balancer] {
        let outcome = simulate(&Farm { hand, ..farm }, &Load { rate: 400.0, burst: 4 }, 30_000, 10);
        let work = outcome.batches as f64 * farm.common + 30_000.0 * farm.each;
        assert!((outcome.busy - work).abs() < 1e-6 && outcome.lost == 0.0);
        assert_eq!((outcome.unanswered(), outcome.repeated, outcome.again), (0, 0, 0));
        // Nobody is idle while something waits in the one queue.
        assert!(hand == Hand::Balancer || outcome.idle == 0.0, "{}", outcome.idle);
        let least = *outcome.latencies().first().unwrap();
        assert!(least >= farm.common + farm.each - 1e-9, "{least}");
    }
}

#[test]
fn more_than_there_is_room_for_is_verified_at_capacity() {
    let farm = Farm { workers: 4, batch: 64, common: 0.05, each: 0.001, ..ONE };
    for hand in [QUEUE, Hand::Balancer] {
        let load = Load { rate: 3.0 * farm.capacity(), burst: 1 };
        let outcome = simulate(&Farm { hand, ..farm }, &load, 200_000, 11);
        is_near(200_000.0 / outcome.end, farm.capacity(), "proofs a second");
        is_near(outcome.mean_batch(), 64.0, "batch");
    }
}

#[test]
fn deaths_take_their_share_and_lose_nothing() {
    let deaths = Deaths { after: 20.0, back: 5.0 };
    let farm = Farm { workers: 4, batch: 8, common: 0.05, each: 0.01, deaths: Some(deaths), ..ONE };
    for hand in [Hand::Queue { ack_wait: 2.0 }, Hand::Balancer] {
        let farm = Farm { hand, ..farm };
        let outcome = simulate(&farm, &Load { rate: 3.0 * farm.capacity(), burst: 1 }, 400_000, 12);
        assert_eq!((outcome.unanswered(), outcome.repeated), (0, 0));
        assert!(outcome.deaths > 100 && outcome.again > 8 * 100, "{} deaths", outcome.deaths);
        if hand == Hand::Balancer {
            // Who is back after a death has nothing to do until more comes: all of it has gone to the others.
            assert!(400_000.0 / outcome.end < farm.capacity());
            continue;
        }
        // Four fifths of the time a worker is there; half a batch is lost with each of its lives.
        let batch = farm.common + 8.0 * farm.each;
        let there = (deaths.after - batch / 2.0) / (deaths.after + deaths.back);
        is_near(400_000.0 / outcome.end, there * farm.capacity(), "proofs a second");
        is_near(outcome.lost / outcome.deaths as f64, batch / 2.0, "work lost by a death");
        is_near(outcome.again as f64 / outcome.deaths as f64, 8.0, "proofs handed out again by a death");
    }
}

#[test]
fn what_a_dead_worker_had_is_late_by_the_time_for_its_acknowledgement() {
    let deaths = Deaths { after: 50.0, back: 1.0 };
    let farm = Farm { workers: 4, batch: 8, deaths: Some(deaths), ..ONE };
    let load = Load { rate: 10.0, burst: 1 };
    let late = |hand| {
        let outcome = simulate(&Farm { hand, ..farm }, &load, 50_000, 13);
        assert!(outcome.again > 100 && outcome.unanswered() == 0);
        (outcome.again, outcome.latencies().iter().filter(|latency| **latency >= 7.0).count())
    };
    let (again, of_the_queue) = late(Hand::Queue { ack_wait: 7.0 });
    assert!(again == of_the_queue, "{again} were handed out again, {of_the_queue} were late");
    assert_eq!(late(Hand::Balancer).1, 0, "a balancer's client tries again at once");
}

#[test]
fn acknowledgements_that_are_waited_for_too_shortly_cost_work_and_no_verdict() {
    let farm = Farm { workers: 2, batch: 8, hand: Hand::Queue { ack_wait: 0.3 }, ..ONE };
    let outcome = simulate(&farm, &Load { rate: 20.0, burst: 1 }, 20_000, 14);
    assert!(outcome.again > 1000 && outcome.repeated > 1000, "{} and {}", outcome.again, outcome.repeated);
    assert_eq!((outcome.unanswered(), outcome.latencies().len()), (0, 20_000));
}

#[test]
fn a_seed_has_one_outcome() {
    let deaths = Some(Deaths { after: 9.0, back: 1.0 });
    let farm = Farm { workers: 2, batch: 8, hand: Hand::Queue { ack_wait: 2.0 }, deaths, ..ONE };
    let run = |seed| simulate(&farm, &Load { rate: 20.0, burst: 2 }, 5_000, seed);
    assert!(run(1) == run(1) && run(1) != run(2));
}
