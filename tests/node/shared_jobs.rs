//! Coordinators that share their jobs on NATS JetStream, and nodes that publish blocks there.

use std::time::{Duration, Instant};

use quickpickle_node::proto::v1::get_response::State;
use quickpickle_node::proto::v1::gossip_client::GossipClient;
use quickpickle_node::proto::v1::jobs_client::JobsClient;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{
    AnnounceRequest, CompleteRequest, ExtendRequest, GetRequest, GetResponse, PullRequest, SubmitRequest,
    VerifyRequest, proof,
};
use quickpickle_vectors::nats::Nats;
use quickpickle_vectors::needs_nats_server;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tonic::Code;
use tonic::transport::Channel;

use crate::network::{element, socket};
use crate::proofs::{TINY, altered, kimchi, kind, seed, tiny, write_keys};
use crate::support::{LONG, Node, refused};

needs_nats_server!(
    a_coordinator_is_killed_and_another_goes_on,
    no_job_is_lost_however_coordinators_and_workers_are_killed,
    jobs_outlast_the_server_that_keeps_them,
    blocks_reach_whoever_listens,
);

async fn jobs(node: &Node) -> JobsClient<Channel> {
    JobsClient::new(node.channel().await)
}

fn submission(number: u64) -> SubmitRequest {
    let public_input = element(number).into();
    SubmitRequest { circuit: "transaction".to_owned(), witness: seed(number), public_input }
}

fn pull() -> PullRequest {
    PullRequest { worker: "w".to_owned(), circuits: vec!["transaction".to_owned()] }
}

/// A job's state, from any coordinator that is there.
async fn state(node: &Node, job: u64) -> Option<GetResponse> {
    let answer = jobs(node).await.get(GetRequest { job }).await;
    answer.ok().map(tonic::Response::into_inner)
}

async fn a_coordinator_is_killed_and_another_goes_on() {
    let nats = Nats::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, own) = tiny("transaction");
    let Some(proof::Kind::Kimchi(own)) = own.kind else { panic!("a Kimchi proof") };
    let file = write_keys(folder.path(), &keys);
    let url = nats.url();
    let arguments = ["--role", "snark-coordinator", "--keys", &file, "--nats", &url, "--nats-jobs"];
    let first = Node::start(&arguments).ready();
    let second_door = socket(folder.path(), "second");
    let second = Node::start_at(&second_door, &arguments).ready();
    let mut all = Vec::new();
    for number in [5, 6, 7] {
        all.push(jobs(&first).await.submit(submission(number)).await.expect("taken").into_inner().job);
    }
    let leased = jobs(&first).await.pull(pull()).await.expect("an answer").into_inner().job.expect("a job");
    assert_eq!(leased.id, all[0]);
    let status = second.status().await;
    assert_eq!((status.jobs_waiting, status.jobs_leased), (2, 1));
    drop(first);

    // Who had a job of the first has it at the second, and hands it in twice, as if its answer was lost.
    let mut others = jobs(&second).await;
    let extend = ExtendRequest { job: leased.id, lease: leased.lease };
    assert!(others.extend(extend).await.expect("its lease").into_inner().lease_ms > 0);
    let mut wrong = own.clone();
    wrong.public_input = [element(6), own.public_input[32..].to_vec()].concat().into();
    for (lease, proof, code) in [
        (leased.lease + 1, &own, Code::FailedPrecondition),
        (leased.lease, &own, Code::Ok),
        (leased.lease, &own, Code::Ok),
        (leased.lease + 1, &own, Code::FailedPrecondition),
        (leased.lease, &wrong, Code::Ok),
    ] {
        let complete = CompleteRequest { job: leased.id, lease, proof: Some(proof.clone()) };
        let answer = others.complete(complete).await;
        assert_eq!(answer.map_or_else(|status| status.code(), |_| Code::Ok), code);
    }
    let circuit = format!("transaction={TINY}");
    let worker = ["--role", "snark-worker", "--coordinator", &second_door, "--circuit", &circuit];
    let _worker = Node::start(&worker).ready();
    second.until("all done", |status| status.jobs_done == 3).await;
    let third = Node::start(&arguments).ready();
    for (job, number) in all.iter().zip([5, 6, 7]) {
        let done = state(&third, *job).await.expect("a job");
        assert_eq!((done.state(), done.attempts), (State::Done, 1));
        assert!(done.proof.expect("a proof").public_input.starts_with(&element(number)), "job {job}");
    }
}

async fn no_job_is_lost_however_coordinators_and_workers_are_killed() {
    let nats = Nats::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, _) = tiny("transaction");
    let file = write_keys(folder.path(), &keys);
    let (url, circuit) = (nats.url(), format!("transaction={TINY}"));
    let doors = ["first", "second"].map(|name| socket(folder.path(), name));
    let coordinator = |door: &String| {
        let arguments =
            ["--role", "snark-coordinator", "--keys", &file, "--nats", &url, "--nats-jobs", "--lease", "2"];
        Node::start_at(door, &arguments)
    };
    let worker = |door: &String| {
        Node::start(&["--role", "snark-worker", "--coordinator", door, "--circuit", &circuit])
    };
    let mut coordinators = doors.each_ref().map(|door| Some(coordinator(door).ready()));
    let mut workers = doors.each_ref().map(|door| Some(worker(door)));

    let mut random = StdRng::seed_from_u64(13);
    let mut all = Vec::new();
    for round in 0..8 {
        // A submission whose answer a death would take along is made at the one that lives.
        let dies = round % 2;
        for _ in 0..3 {
            let number = all.len() as u64;
            let lives = coordinators[1 - dies].as_ref().expect("it lives");
            let submitted = jobs(lives).await.submit(submission(number)).await;
            all.push(submitted.expect("taken").into_inner().job);
        }
        tokio::time::sleep(Duration::from_millis(random.gen_range(0..700))).await;
        if random.gen_bool(0.5) {
            coordinators[dies] = None;
            coordinators[dies] = Some(coordinator(&doors[dies]).ready());
        } else {
            workers[dies] = None;
            workers[dies] = Some(worker(&doors[dies]));
        }
    }
    let coordinators = coordinators.map(|coordinator| coordinator.expect("it lives"));
    let end = Instant::now() + LONG;
    for (number, job) in all.iter().enumerate() {
        let done = loop {
            match state(&coordinators[0], *job).await {
                Some(done) if done.state() == State::Done => break done,
                now => assert!(Instant::now() < end, "job {job}: {now:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let proof = done.proof.expect("a proof");
        assert!(proof.public_input.starts_with(&element(number as u64)), "job {job}");
        let request = VerifyRequest { proof: Some(kimchi(proof)) };
        let answer = coordinators[1].client().await.verify(request).await.expect("an answer").into_inner();
        assert_eq!(kind(answer.verdict), Kind::Valid);
    }
    // A job that was handed out twice may still be with the worker that was slower.
    loop {
        let status = coordinators[0].status().await;
        let left = (status.jobs_waiting, status.jobs_leased);
        if left == (0, 0) {
            break;
        }
        assert!(Instant::now() < end, "{left:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn jobs_outlast_the_server_that_keeps_them() {
    let mut nats = Nats::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, own) = tiny("transaction");
    let Some(proof::Kind::Kimchi(own)) = own.kind else { panic!("a Kimchi proof") };
    let file = write_keys(folder.path(), &keys);
    let url = nats.url();
    let arguments = [
        "--role",
        "snark-coordinator",
        "--keys",
        &file,
        "--nats",
        &url,
        "--nats-jobs",
        "--nats-timeout",
        "1",
    ];
    let node = Node::start(&arguments).ready();
    let mut jobs = jobs(&node).await;
    let first = jobs.submit(submission(5)).await.expect("taken").into_inner().job;
    let second = jobs.submit(submission(6)).await.expect("taken").into_inner().job;
    let leased = jobs.pull(pull()).await.expect("an answer").into_inner().job.expect("a job");
    assert_eq!(leased.id, first);
    nats.kill();
    let extend = ExtendRequest { job: leased.id, lease: leased.lease };
    assert_eq!(jobs.extend(extend).await.expect_err("no server").code(), Code::Unavailable);
    assert_eq!(jobs.submit(submission(7)).await.expect_err("no server").code(), Code::Unavailable);
    // The rest of the node goes on.
    let request = VerifyRequest { proof: Some(kimchi(own.clone())) };
    let answer = node.client().await.verify(request).await.expect("an answer").into_inner();
    assert_eq!(kind(answer.verdict), Kind::Valid);
    nats.restart();
    let end = Instant::now() + LONG;
    let complete = CompleteRequest { job: leased.id, lease: leased.lease, proof: Some(own) };
    while let Err(status) = jobs.complete(complete.clone()).await {
        assert!(status.code() == Code::Unavailable && Instant::now() < end, "{status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(state(&node, first).await.expect("a job").state(), State::Done);
    let next = jobs.pull(pull()).await.expect("an answer").into_inner().job.expect("a job");
    assert_eq!(next.id, second);
}

async fn blocks_reach_whoever_listens() {
    let nats = Nats::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, block) = tiny("blockchain");
    let file = write_keys(folder.path(), &keys);
    let url = nats.url();
    let listens = ["--keys", &file, "--nats", &url, "--nats-blocks"];
    let peer_door = socket(folder.path(), "peer");
    // It hears of blocks from one that listens, and tells nobody.
    let peer = Node::start_at(&peer_door, &["--keys", &file]).ready();
    let nodes = [
        Node::start(&[&["--role", "seed"][..], &listens].concat()).ready(),
        Node::start(&listens).ready(),
        Node::start(&[&["--peer", &peer_door][..], &listens].concat()).ready(),
    ];
    let mut gossip = GossipClient::new(nodes[0].channel().await);
    // Its witness is of the number 4.
    let wrong = AnnounceRequest { slot: 4, proof: Some(altered(&block)), round: 0 };
    let answer = gossip.announce(wrong).await.expect("an answer").into_inner();
    assert_eq!(kind(answer.verdict), Kind::Rejected);
    let good = AnnounceRequest { slot: 5, proof: Some(block), round: 0 };
    let answer = gossip.announce(good.clone()).await.expect("an answer").into_inner();
    assert_eq!(kind(answer.verdict), Kind::Valid);
    for node in nodes.iter().chain([&peer]) {
        node.until("a block", |status| status.blocks_accepted == 1).await;
    }
    assert!(gossip.announce(good).await.expect("an answer").into_inner().seen_before);
    for node in nodes[1..].iter().chain([&peer]) {
        assert_eq!(node.status().await.blocks_refused, 0, "what is not valid goes no further");
    }
}

#[test]
#[cfg(feature = "mainnet")]
fn options_of_nats_that_nothing_uses_are_refused() {
    let nats = ["--network", "mainnet", "--nats", "nats://127.0.0.1:1", "--nats-patience", "0.1"];
    for (more, expected) in [
        (&["--nats-jobs"][..], "--nats-jobs is for --role snark-coordinator"),
        (&[], "--nats is for --nats-jobs"),
        (&["--role", "snark-coordinator", "--nats-jobs", "--job-dir", "x"], "cannot be used with"),
        (&["--role", "snark-coordinator", "--nats-jobs"], "were not reached"),
    ] {
        let (status, error) = refused(&[&nats[..], more, &["--listen", "127.0.0.1:0"]].concat());
        assert!(status == Some(2) && error.contains(expected), "{more:?}: {error}");
    }
    let (status, error) = refused(&["--nats-jobs", "--listen", "127.0.0.1:0"]);
    assert!(status == Some(2) && error.contains("--nats"), "{error}");
}
