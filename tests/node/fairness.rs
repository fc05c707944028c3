//! An honest caller beside others: what it waits for, and that nobody is left without an answer.
//!
//! It prints a table of medians (`--nocapture`); docs/node.md keeps one. No time is asserted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{Proof, VerifyBatchRequest};
use tokio::task::JoinSet;

use crate::proofs::{kind, side_loaded, verify};
use crate::support::Node;

/// Requests of the honest caller, one after the other.
const REQUESTS: usize = 9;
/// Proofs of the other one in flight.
const IN_FLIGHT: usize = 64;
/// Proofs of its batches, in the other way to ask.
const BATCH: usize = 256;

/// What the other caller does.
#[derive(Clone, Copy)]
enum Other {
    Nothing,
    /// Single proofs, so many at the same time.
    Single(&'static str, Kind),
    /// Batches, one after the other.
    Batches(&'static str, Kind),
}

/// Asks without end over one connection; counts the answers.
async fn ask(node: &Node, other: Other, answers: &Arc<AtomicUsize>) -> JoinSet<()> {
    let mut asking = JoinSet::new();
    let client = node.client().await;
    let (case, expected) = match other {
        Other::Nothing => return asking,
        Other::Single(case, expected) | Other::Batches(case, expected) => (case, expected),
    };
    let tasks = if let Other::Single(..) = other { IN_FLIGHT } else { 1 };
    let proof: Proof = side_loaded(case);
    for _ in 0..tasks {
        let (mut client, proof, answers) = (client.clone(), proof.clone(), Arc::clone(answers));
        asking.spawn(async move {
            loop {
                let kinds = if let Other::Single(..) = other {
                    let answer = client.verify(verify(&proof)).await.expect("an answer").into_inner();
                    vec![kind(answer.verdict)]
                } else {
                    let batch = VerifyBatchRequest { proofs: vec![proof.clone(); BATCH], key: None };
                    let answer = client.verify_batch(batch).await.expect("an answer").into_inner();
                    answer.verdicts.iter().map(|verdict| verdict.kind()).collect()
                };
                assert!(kinds.iter().all(|kind| *kind == expected), "{kinds:?}");
                answers.fetch_add(kinds.len(), Ordering::Relaxed);
            }
        });
    }
    asking
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_caller_is_served_beside_any_other() {
    // Shorter than a batch of wrong proofs takes, and longer than any step of it.
    let node = Node::start(&["--request-timeout", "900", "--verify-timeout", "20"]).ready();
    let pid = node.pid_of("verifier", "ready").await;
    let honest = verify(&side_loaded("n1-counter-depth1"));
    let mut table = Vec::new();
    for (name, other) in [
        ("nobody", Other::Nothing),
        ("64 valid in flight", Other::Single("n0-arith", Kind::Valid)),
        ("64 wrong in flight", Other::Single("neg-n0-arith--alpha", Kind::Rejected)),
        ("64 wrong that take a sum to find", Other::Single("neg-n0-arith--sg", Kind::Rejected)),
        ("`VerifyBatch` of 256 valid", Other::Batches("n0-arith", Kind::Valid)),
        ("`VerifyBatch` of 256 wrong", Other::Batches("neg-n0-arith--alpha", Kind::Rejected)),
    ] {
        let answers = Arc::<AtomicUsize>::default();
        let mut asking = ask(&node, other, &answers).await;
        if !asking.is_empty() {
            node.until("busy", |status| status.queued as usize >= IN_FLIGHT / 2).await;
        }
        let mut client = node.client().await;
        let mut times = Vec::new();
        for _ in 0..REQUESTS {
            let started = Instant::now();
            let answer = client.verify(honest.clone()).await.expect("an answer").into_inner();
            assert_eq!(kind(answer.verdict), Kind::Valid);
            times.push(started.elapsed());
        }
        times.sort_unstable();
        // The other one has its share too.
        if !asking.is_empty() {
            node.until("answers", |_| answers.load(Ordering::Relaxed) > 0).await;
        }
        // Whoever leaves is not waited for, in the midst of a batch as well.
        let left = Instant::now();
        let failed = asking.try_join_next().map(|task| task.expect("a task that did not fail"));
        assert!(failed.is_none(), "it asks without end");
        asking.shutdown().await;
        node.until("idle", |status| status.queued == 0).await;
        table.push((name, times[REQUESTS / 2], *times.last().expect("a time"), left.elapsed()));
        eprintln!("{name}: {} answers to the other one", answers.load(Ordering::Relaxed));
    }
    let worker = node.worker("verifier").await.expect("a verifier");
    assert_eq!((worker.replaced, worker.pid), (0, pid), "{worker:?}");
    let ms = Duration::as_millis;
    eprintln!("| beside an honest caller | its median | its longest | queue empty after the other leaves |");
    for (name, median, longest, left) in &table {
        eprintln!("| {name} | {} ms | {} ms | {} ms |", ms(median), ms(longest), ms(left));
    }
}
