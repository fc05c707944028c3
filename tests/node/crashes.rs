//! Workers that end, stall or grow; and the main process that ends.

use std::time::{Duration, Instant};

use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{ProveRequest, VerifyBatchRequest, VerifyRequest, VerifyStreamRequest};
use rustix::process::Signal;
use tokio::task::JoinSet;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::proofs::{TINY, kind, seed, side_loaded, tiny, verify, write_keys};
use crate::support::process::{gone, runs, signal};
use crate::support::program::quickpickle;
use crate::support::{LONG, Node, refused};

/// Requests that are in flight at once.
const IN_FLIGHT: usize = 24;

/// Asks many times at once, and meanwhile does something to the verifier; every request must be answered well.
async fn none_is_lost(node: &Node, harm: impl Fn(u32)) {
    let proof = side_loaded("n0-arith");
    let pid = node.pid_of("verifier", "ready").await;
    let mut requests = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (mut client, request) = (node.client().await, verify(&proof));
        requests.spawn(async move { client.verify(request).await });
    }
    node.until("busy", |status| status.queued as usize >= IN_FLIGHT / 2).await;
    harm(pid);
    let harmed = Instant::now();
    node.until("replaced", |status| {
        status.workers.iter().any(|w| w.name == "verifier" && w.state == "ready" && w.pid != pid)
    })
    .await;
    eprintln!("another verifier is ready after {:?}", harmed.elapsed());
    let mut answers = 0;
    while let Some(answer) = requests.join_next().await {
        let answer = answer.expect("a task").expect("an answer").into_inner();
        assert_eq!(kind(answer.verdict), Kind::Valid);
        answers += 1;
    }
    assert_eq!(answers, IN_FLIGHT);
    gone(pid);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_survive_the_verifier() {
    let node = Node::start(&[]).ready();
    none_is_lost(&node, |pid| signal(pid, Signal::KILL)).await;
    let worker = node.worker("verifier").await.expect("a verifier");
    assert_eq!(worker.replaced, 1);
    assert!(worker.last_end.contains("signal: 9"), "{}", worker.last_end);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_that_stalls_is_replaced() {
    let node = Node::start(&["--stall-timeout", "1"]).ready();
    none_is_lost(&node, |pid| signal(pid, Signal::STOP)).await;
    let worker = node.worker("verifier").await.expect("a verifier");
    assert!(worker.last_end.contains("did not answer"), "{}", worker.last_end);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_that_outgrows_its_memory_is_replaced_and_the_caller_told() {
    // Ready it takes less, but not while it verifies.
    let node = Node::start(&["--verifier-memory", "24", "--batch", "256"]).ready();
    let batch = VerifyBatchRequest { proofs: vec![side_loaded("n0-arith"); 256], key: None };
    let status = node.client().await.verify_batch(batch).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(status.message().contains("lost twice") && status.message().contains("memory"), "{status}");
    let worker = node.worker("verifier").await.expect("a verifier");
    assert!(worker.replaced >= 2, "{worker:?}");
    // It is there for others.
    node.pid_of("verifier", "ready").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_that_does_not_come_to_an_end_is_replaced_and_the_caller_told() {
    // Shorter than any step: whatever it is at when it is asked, it makes no progress. It is asked within some milliseconds,
    // and the batch takes longer than that.
    let node = Node::start(&["--verify-timeout", "0.0005", "--batch", "512"]).ready();
    let batch = VerifyBatchRequest { proofs: vec![side_loaded("n0-arith"); 200], key: None };
    let status = node.client().await.verify_batch(batch).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(status.message().contains("made no progress"), "{status}");
    node.pid_of("verifier", "ready").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prover_that_is_killed_over_its_keys_makes_them_again() {
    let circuit = "blockchain=poseidon:600,srs=13";
    let node = Node::start(&["--role", "block-producer", "--circuit", circuit]);
    let pid = node.pid_of("prover", "starting").await;
    signal(pid, Signal::KILL);
    let node = node.ready();
    let worker = node.worker("prover").await.expect("a prover");
    assert_eq!((worker.replaced, worker.pid == pid), (1, false), "{worker:?}");
    assert!(node.worker("verifier").await.is_some_and(|worker| worker.state == "ready"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_survives_the_prover() {
    let circuit = "blockchain=poseidon:600,srs=13";
    let node = Node::start(&["--role", "block-producer", "--circuit", circuit]).ready();
    let pid = node.pid_of("prover", "ready").await;
    let mut client = node.client().await;
    let request = ProveRequest { circuit: "blockchain".to_owned(), witness: seed(3) };
    let proof = tokio::spawn(async move { client.prove(request).await });
    let proving = |status: &quickpickle_node::proto::v1::StatusResponse| {
        let mut progress = status.workers.iter().filter_map(|worker| worker.progress.as_ref());
        progress.any(|progress| !progress.stage.is_empty())
    };
    node.until("proving", proving).await;
    signal(pid, Signal::KILL);
    let proof = proof.await.expect("a task").expect("a proof").into_inner().proof;
    let proof = crate::proofs::kimchi(proof.expect("a proof"));
    let answer = node.client().await.verify(verify(&proof)).await.expect("an answer").into_inner();
    assert_eq!(kind(answer.verdict), Kind::Valid);
    assert_eq!(node.worker("prover").await.map(|worker| worker.replaced), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_end_with_the_main_process_even_when_they_are_stopped() {
    let circuit = format!("blockchain={TINY}");
    let mut node = Node::start(&["--role", "block-producer", "--circuit", &circuit]).ready();
    let verifier = node.pid_of("verifier", "ready").await;
    let prover = node.pid_of("prover", "ready").await;
    signal(verifier, Signal::STOP);
    assert!(runs(verifier) && runs(prover));
    node.signal(Signal::KILL);
    node.wait();
    gone(verifier);
    gone(prover);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_told_to_stop_finishes_what_it_has_begun() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, _) = tiny("tiny");
    let file = write_keys(folder.path(), &keys);
    let mut node = Node::start(&["--keys", &file, "--drain-timeout", "60"]).ready();
    let verifier = node.pid_of("verifier", "ready").await;
    let proof = side_loaded("n0-arith");
    let mut requests = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (mut client, request) = (node.client().await, verify(&proof));
        requests.spawn(async move { client.verify(request).await });
    }
    node.until("busy", |status| status.queued as usize == IN_FLIGHT).await;
    node.signal(Signal::TERM);
    while let Some(answer) = requests.join_next().await {
        let answer = answer.expect("a task").expect("an answer").into_inner();
        assert_eq!(kind(answer.verdict), Kind::Valid);
    }
    assert_eq!(tokio::task::block_in_place(|| node.wait()).code(), Some(0));
    gone(verifier);
    let left: Vec<_> = std::fs::read_dir(node.folder.path()).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_says_that_it_does_not_serve_before_it_does_not() {
    let mut node = Node::start(&["--drain-delay", "600"]).ready();
    let mut health = HealthClient::new(node.channel().await);
    let mut ask = async || {
        let request = HealthCheckRequest { service: String::new() };
        health.check(request).await.expect("an answer").into_inner().status()
    };
    let end = Instant::now() + LONG;
    while ask().await != ServingStatus::Serving {
        assert!(Instant::now() < end, "never serving");
    }
    node.signal(Signal::TERM);
    while ask().await != ServingStatus::NotServing {
        assert!(Instant::now() < end, "still serving");
    }
    // A new worker does not change that, and a new connection is served all the same.
    let verifier = node.pid_of("verifier", "ready").await;
    signal(verifier, Signal::KILL);
    node.until("replaced", |status| status.workers[0].replaced == 1 && status.workers[0].state == "ready")
        .await;
    let proof = verify(&side_loaded("n0-arith"));
    let answer = node.client().await.verify(proof).await.expect("an answer").into_inner();
    assert_eq!(kind(answer.verdict), Kind::Valid);
    assert_eq!(ask().await, ServingStatus::NotServing);
    // A second signal does not wait.
    node.signal(Signal::TERM);
    assert_eq!(tokio::task::block_in_place(|| node.wait()).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_is_taken_out_of_the_queue() {
    let node = Node::start(&["--queue", "64"]).ready();
    let proof = side_loaded("n0-arith");
    let mut requests = JoinSet::new();
    for _ in 0..60 {
        let (mut client, request) = (node.client().await, VerifyRequest { proof: Some(proof.clone()) });
        requests.spawn(async move { client.verify(request).await });
    }
    node.until("busy", |status| status.queued >= 50).await;
    requests.shutdown().await;
    let gone = Instant::now();
    node.until("idle", |status| status.queued == 0).await;
    assert!(gone.elapsed() < LONG / 4, "{:?}", gone.elapsed());
    let answer = node.client().await.verify(verify(&proof)).await.expect("an answer").into_inner();
    assert_eq!(kind(answer.verdict), Kind::Valid);
}

#[test]
fn without_a_place_for_sockets_there_is_no_node() {
    // A folder in which nobody makes folders, not even the superuser.
    let (status, error) = refused(&["--listen", "127.0.0.1:0", "--socket-dir", "/proc"]);
    assert_eq!(status, Some(2), "{error}");
    assert!(error.contains("no private directory") && error.contains("/proc"), "{error}");
}

#[test]
fn a_worker_without_its_main_process_does_not_run() {
    let output = std::process::Command::new(quickpickle())
        .args(["worker", "verifier", "--parent", "1"])
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("started by the main process"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ends_again_and_again_is_started_after_pauses() {
    let node = Node::start(&[]).ready();
    let mut pids = Vec::new();
    let started = Instant::now();
    for _ in 0..4 {
        let pid = node.pid_of("verifier", "ready").await;
        pids.push(pid);
        signal(pid, Signal::KILL);
        gone(pid);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    pids.dedup();
    assert_eq!(pids.len(), 4);
    node.pid_of("verifier", "ready").await;
    assert_eq!(node.worker("verifier").await.map(|worker| worker.replaced), Some(4));
    // After 0, 100, 200 and 400 ms.
    assert!(started.elapsed() >= Duration::from_millis(700));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_that_is_killed_while_it_serves_is_replaced_without_a_pause() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, proof) = tiny("tiny");
    let file = write_keys(folder.path(), &keys);
    let node = Node::start(&["--keys", &file]).ready();
    let mut client = node.client().await;
    for _ in 0..12 {
        let pid = node.pid_of("verifier", "ready").await;
        let answer = client.verify(verify(&proof)).await.expect("an answer").into_inner();
        assert_eq!(kind(answer.verdict), Kind::Valid);
        signal(pid, Signal::KILL);
        gone(pid);
        node.until("replaced", |status| status.workers[0].state == "ready" && status.workers[0].pid != pid)
            .await;
    }
    // With pauses of 0.1, 0.2, 0.4 ... the last ones would have been ten seconds long each.
    let log = node.log();
    let at_once = |line: &&str| line.ends_with("\"pause_ms\":0}") || line.contains("\"pause_ms\":0,");
    let pauses = log.lines().filter(|line| line.contains("\"pause_ms\":"));
    assert_eq!(pauses.clone().filter(at_once).count(), pauses.count(), "{log}");
    assert!(log.contains("\"pause_ms\":"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stream_has_sent_is_answered_when_the_node_stops() {
    let node = Node::start(&["--drain-timeout", "60"]).ready();
    let mut client = node.client().await;
    let proof = side_loaded("n0-arith");
    let (sender, requests) = tokio::sync::mpsc::channel(1000);
    let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
    let mut answers = client.verify_stream(requests).await.expect("a stream").into_inner();
    // More than the node takes out of a stream at once.
    const SENT: usize = 150;
    for id in 0..SENT as u64 {
        sender.send(VerifyStreamRequest { id, proof: Some(proof.clone()) }).await.expect("room");
    }
    node.until("busy", |status| status.queued > 0).await;
    node.signal(Signal::TERM);
    let mut answered = 0;
    let end = loop {
        match answers.message().await {
            Ok(Some(answer)) => {
                assert_eq!(kind(answer.verdict), Kind::Valid);
                answered += 1;
            }
            Ok(None) => panic!("the stream was not ended by its caller"),
            Err(status) => break status,
        }
    };
    assert_eq!((answered, end.code()), (SENT, Code::Unavailable), "{end}");
    drop(sender);
    let mut node = node;
    assert_eq!(tokio::task::block_in_place(|| node.wait()).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_nodes_directory_is_removed_by_the_next() {
    let mut first = Node::start(&[]).ready();
    let count = |node: &Node| std::fs::read_dir(node.folder.path()).expect("a folder").count();
    assert_eq!(count(&first), 1);
    first.signal(Signal::KILL);
    first.wait();
    assert_eq!(count(&first), 1, "it could not remove it");
    let folder = first.folder.path().to_str().expect("text").to_owned();
    let second = Node::start_in(&folder, &[]).ready();
    let third = Node::start_in(&folder, &[]).ready();
    assert_eq!(count(&first), 2, "its own and the other one's that runs");
    second.pid_of("verifier", "ready").await;
    third.pid_of("verifier", "ready").await;
}
