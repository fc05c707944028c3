//! Nodes together: blocks that are made in turn and verified by all, jobs that are pulled.

use std::path::Path;
use std::time::Duration;

use quickpickle_node::proto::v1::get_response::State;
use quickpickle_node::proto::v1::gossip_client::GossipClient;
use quickpickle_node::proto::v1::jobs_client::JobsClient;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{
    AnnounceRequest, CompleteRequest, ExtendRequest, GetRequest, KimchiProof, ProveRequest, PullRequest,
    SubmitRequest, kimchi_proof, proof,
};
use rustix::process::Signal;
use tonic::Code;

use crate::proofs::{TINY, altered, kimchi, kind, seed, tiny, write_keys};
use crate::support::process::signal;
use crate::support::{LONG, Node, refused};

pub fn socket(folder: &Path, name: &str) -> String {
    format!("unix:{}", folder.join(name).display())
}

/// A number as a field element.
pub fn element(number: u64) -> Vec<u8> {
    [number.to_le_bytes().as_slice(), &[0; 24]].concat()
}

async fn made(node: &Node, circuit: &str, number: u64) -> KimchiProof {
    let request = ProveRequest { circuit: circuit.to_owned(), witness: seed(number) };
    node.client().await.prove(request).await.expect("a proof").into_inner().proof.expect("a proof")
}

#[tokio::test(flavor = "multi_thread")]
async fn producers_make_blocks_in_turn_and_everybody_verifies_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let [seed_door, archive_dir] = ["seed", "blocks"].map(|name| folder.path().join(name));
    let seed_door = format!("unix:{}", seed_door.display());
    let [first_door, second_door, archive_door] =
        ["first", "second", "archive"].map(|name| socket(folder.path(), name));
    let circuit = format!("blockchain={TINY}");
    let slots = ["--slot", "0.5", "--peer", &seed_door];
    let producer = ["--role", "block-producer", "--circuit", &circuit];
    let first = Node::start_at(&first_door, &[&producer[..], &slots, &["--turn", "0/2"]].concat());
    let second = Node::start_at(&second_door, &[&producer[..], &slots, &["--turn", "1/2"]].concat());
    // The seed tells everybody what anybody has told it.
    let peers = ["--peer", &first_door, "--peer", &second_door, "--peer", &archive_door];
    let seed = Node::start_at(&seed_door, &[&["--role", "seed", "--keys", &first_door][..], &peers].concat());
    let archive_dir = archive_dir.to_str().expect("text");
    let archive = ["--role", "archive", "--keys", &first_door, "--archive-dir", archive_dir];
    let archive = Node::start_at(&archive_door, &archive);
    let nodes = [first.ready(), second.ready(), seed.ready(), archive.ready()];

    for (node, blocks) in nodes.iter().zip([2, 2, 4, 4]) {
        let status = node.until("enough blocks", |status| status.blocks_accepted >= blocks).await;
        assert_eq!(status.blocks_refused, 0, "{status:?}");
    }
    // Nobody has verified a block twice.
    let made: u64 = [nodes[0].status().await.proofs_made, nodes[1].status().await.proofs_made].iter().sum();
    assert!(nodes[2].status().await.blocks_accepted <= made + 2);
    assert!(std::fs::read_dir(archive_dir).expect("a folder").count() >= 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_not_valid_goes_no_further() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, block) = tiny("blockchain");
    let file = write_keys(folder.path(), &keys);
    let door = socket(folder.path(), "door");
    let behind = Node::start_at(&door, &["--keys", &file]).ready();
    let node = Node::start(&["--role", "seed", "--keys", &file, "--peer", &door]).ready();
    let mut gossip = GossipClient::new(node.channel().await);
    // Its witness is of the number 5; of the altered one of the number 4.
    let good = AnnounceRequest { slot: 5, proof: Some(block.clone()), round: 0 };
    let bad = AnnounceRequest { slot: 4, proof: Some(altered(&block)), round: 0 };
    let mut tell = async |block: &AnnounceRequest| {
        gossip
            .announce(block.clone())
            .await
            .map(|answer| answer.into_inner())
            .map(|a| (a.verdict.map(|v| v.kind()), a.seen_before))
    };
    assert_eq!(tell(&bad).await.expect("an answer"), (Some(Kind::Rejected), false));
    assert_eq!(tell(&bad).await.expect("an answer"), (Some(Kind::Rejected), true));
    assert_eq!(tell(&good).await.expect("an answer"), (Some(Kind::Valid), false));
    assert_eq!(tell(&good).await.expect("an answer"), (Some(Kind::Valid), true));
    let elsewhere = AnnounceRequest { slot: 6, proof: Some(block), round: 0 };
    for wrong in [elsewhere, AnnounceRequest::default()] {
        assert_eq!(tell(&wrong).await.expect_err("refused").code(), Code::InvalidArgument);
    }
    let status = behind.until("a block", |status| status.blocks_accepted == 1).await;
    assert_eq!(status.blocks_refused, 0);
    let status = node.status().await;
    assert_eq!((status.blocks_accepted, status.blocks_refused), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_pulled_leased_and_lost_to_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, _) = tiny("transaction");
    let file = write_keys(folder.path(), &keys);
    let door = socket(folder.path(), "coordinator");
    let coordinator =
        Node::start_at(&door, &["--role", "snark-coordinator", "--keys", &file, "--lease", "2"]).ready();
    let mut jobs = JobsClient::new(coordinator.channel().await);
    let submit = |number: u64| SubmitRequest {
        circuit: "transaction".to_owned(),
        witness: seed(number),
        public_input: element(number).into(),
    };
    let first = jobs.submit(submit(100)).await.expect("taken").into_inner().job;

    // Somebody takes it, and never comes back.
    let pull = PullRequest { worker: "idler".to_owned(), circuits: vec!["transaction".to_owned()] };
    let leased = jobs.pull(pull).await.expect("an answer").into_inner().job.expect("a job");
    assert_eq!((leased.id, leased.lease_ms), (first, 2000));
    let state = async |job: u64| {
        let mut jobs = JobsClient::new(coordinator.channel().await);
        jobs.get(GetRequest { job }).await.expect("an answer").into_inner()
    };
    assert_eq!((state(first).await.state(), state(first).await.worker), (State::Leased, "idler".to_owned()));

    let circuit = format!("transaction={TINY}");
    let worker = ["--role", "snark-worker", "--coordinator", &door, "--circuit", &circuit];
    let workers = [Node::start(&worker).ready(), Node::start(&worker).ready()];
    let mut all = vec![first];
    for number in 0..10 {
        all.push(jobs.submit(submit(number)).await.expect("taken").into_inner().job);
    }
    coordinator.until("all done", |status| status.jobs_done == 11).await;
    for job in &all {
        let done = state(*job).await;
        assert_eq!(done.state(), State::Done);
        let proof = done.proof.expect("a proof");
        let number = if *job == first { 100 } else { *job - first - 1 };
        assert!(proof.public_input.starts_with(&element(number)), "job {job}");
        let request = quickpickle_node::proto::v1::VerifyRequest { proof: Some(kimchi(proof)) };
        let answer = coordinator.client().await.verify(request).await.expect("an answer").into_inner();
        assert_eq!(kind(answer.verdict), Kind::Valid);
    }
    let again = state(first).await;
    assert!(again.attempts == 2 && again.worker.starts_with("worker "), "{again:?}");
    // The idler is too late, even with a good proof.
    let proof = made(&workers[0], "transaction", 100).await;
    let late = CompleteRequest { job: first, lease: leased.lease, proof: Some(proof) };
    assert_eq!(jobs.complete(late).await.expect_err("refused").code(), Code::FailedPrecondition);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_takes_longer_than_the_lease_is_finished() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, _) = tiny("transaction");
    let file = write_keys(folder.path(), &keys);
    let door = socket(folder.path(), "coordinator");
    let coordinator = ["--role", "snark-coordinator", "--keys", &file, "--lease", "2"];
    let coordinator = Node::start_at(&door, &coordinator).ready();
    let circuit = format!("transaction={TINY}");
    let worker = ["--role", "snark-worker", "--coordinator", &door, "--circuit", &circuit];
    let worker = Node::start(&[&worker[..], &["--stall-timeout", "60"]].concat()).ready();
    let prover = worker.pid_of("prover", "ready").await;
    signal(prover, Signal::STOP);
    let mut jobs = JobsClient::new(coordinator.channel().await);
    let submit = SubmitRequest {
        circuit: "transaction".to_owned(),
        witness: seed(1),
        public_input: element(1).into(),
    };
    let job = jobs.submit(submit).await.expect("taken").into_inner().job;
    coordinator.until("leased", |status| status.jobs_leased == 1).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    signal(prover, Signal::CONT);
    coordinator.until("done", |status| status.jobs_done == 1).await;
    let done = jobs.get(GetRequest { job }).await.expect("an answer").into_inner();
    assert_eq!((done.state(), done.attempts), (State::Done, 1), "it kept its lease");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_outlast_a_coordinator_that_is_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, own) = tiny("transaction");
    let Some(proof::Kind::Kimchi(own)) = own.kind else { panic!("a Kimchi proof") };
    let file = write_keys(folder.path(), &keys);
    let [door, job_dir] = ["coordinator", "jobs"].map(|name| folder.path().join(name));
    let (door, job_dir) = (format!("unix:{}", door.display()), job_dir.to_str().expect("text").to_owned());
    let arguments = ["--role", "snark-coordinator", "--keys", &file, "--job-dir", &job_dir];
    let first = Node::start_at(&door, &arguments).ready();
    let mut jobs = JobsClient::new(first.channel().await);
    let mut all = Vec::new();
    for number in [5, 6, 7] {
        let submit = SubmitRequest {
            circuit: "transaction".to_owned(),
            witness: seed(number),
            public_input: element(number).into(),
        };
        all.push(jobs.submit(submit).await.expect("taken").into_inner().job);
    }
    let pull = || PullRequest { worker: "w".to_owned(), circuits: vec!["transaction".to_owned()] };
    let leased = jobs.pull(pull()).await.expect("an answer").into_inner().job.expect("a job");
    assert_eq!(leased.id, all[0]);
    let (status, error) = refused(&[&arguments[..], &["--listen", "127.0.0.1:0"]].concat());
    assert!(status == Some(2) && error.contains("is another coordinator's"), "{error}");
    drop(first);

    let second = Node::start_at(&door, &arguments).ready();
    let status = second.status().await;
    assert_eq!((status.jobs_waiting, status.jobs_leased), (2, 1));
    // Who had a job has it still, and hands it in twice, as if its answer was lost.
    let mut jobs = JobsClient::new(second.channel().await);
    let extend = ExtendRequest { job: leased.id, lease: leased.lease };
    assert!(jobs.extend(extend).await.expect("its lease").into_inner().lease_ms > 0);
    for lease in [leased.lease, leased.lease] {
        let complete = CompleteRequest { job: leased.id, lease, proof: Some(own.clone()) };
        jobs.complete(complete).await.expect("taken");
    }
    assert_eq!(second.status().await.jobs_done, 1);
    let other = CompleteRequest { job: leased.id, lease: leased.lease + 1, proof: Some(own.clone()) };
    assert_eq!(jobs.complete(other).await.expect_err("refused").code(), Code::FailedPrecondition);
    // No number comes twice.
    let again = jobs.pull(pull()).await.expect("an answer").into_inner().job.expect("a job");
    assert!(again.id == all[1] && again.lease > leased.lease + 1, "{again:?}");
    drop(second);

    let third = Node::start_at(&door, &arguments).ready();
    let circuit = format!("transaction={TINY}");
    let worker = ["--role", "snark-worker", "--coordinator", &door, "--circuit", &circuit];
    let _worker = Node::start(&worker).ready();
    third.until("the one that waits is done", |status| status.jobs_done == 1).await;
    let mut jobs = JobsClient::new(third.channel().await);
    let mut state = async |job: u64| jobs.get(GetRequest { job }).await.expect("an answer").into_inner();
    let [done, held, last] = [state(all[0]).await, state(all[1]).await, state(all[2]).await];
    assert_eq!([done.state(), held.state(), last.state()], [State::Done, State::Leased, State::Done]);
    assert_eq!((done.proof, done.worker.as_str()), (Some(KimchiProof { key: done_key(), ..own }), "w"));
}

/// The key that a coordinator names in the proofs that it has taken.
fn done_key() -> Option<kimchi_proof::Key> {
    Some(kimchi_proof::Key::KeyName("transaction".to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_takes_no_proof_but_a_valid_one_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, own) = tiny("transaction");
    let file = write_keys(folder.path(), &keys);
    let node = Node::start(&["--role", "snark-coordinator", "--keys", &file]).ready();
    let mut jobs = JobsClient::new(node.channel().await);
    let Some(proof::Kind::Kimchi(own)) = own.kind else { panic!("a Kimchi proof") };
    let submit = SubmitRequest {
        circuit: "transaction".to_owned(),
        witness: seed(5),
        public_input: element(5).into(),
    };
    let job = jobs.submit(submit).await.expect("taken").into_inner().job;
    let mut elsewhere = own.clone();
    elsewhere.public_input = [element(6), own.public_input[32..].to_vec()].concat().into();
    let mut wrong = own.clone();
    wrong.public_input = [element(5), element(7)].concat().into();
    for (proof, code) in [
        (Some(elsewhere), Code::InvalidArgument),
        (Some(wrong), Code::InvalidArgument),
        (None, Code::InvalidArgument),
        (Some(own), Code::Ok),
    ] {
        let pull = PullRequest { worker: "w".to_owned(), circuits: vec!["transaction".to_owned()] };
        let pulled = tokio::time::timeout(Duration::from_secs(2), jobs.clone().pull(pull)).await;
        // After a request without a proof the job is still leased.
        let lease =
            pulled.ok().and_then(|p| p.expect("an answer").into_inner().job).map_or(3, |job| job.lease);
        let answer = jobs.complete(CompleteRequest { job, lease, proof }).await;
        assert_eq!(answer.map_or_else(|status| status.code(), |_| Code::Ok), code);
    }
    let done = jobs.get(GetRequest { job }).await.expect("an answer").into_inner();
    assert_eq!((done.state(), done.attempts), (State::Done, 3));
    assert!(LONG > Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_bring_jobs_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let [producer_door, door] = ["producer", "coordinator"].map(|name| socket(folder.path(), name));
    let [block, transaction] = [format!("blockchain={TINY}"), format!("transaction={TINY}")];
    let circuits = ["--circuit", &block, "--circuit", &transaction];
    let producer = ["--role", "block-producer", "--slot", "0.5", "--peer", &door];
    let _producer = Node::start_at(&producer_door, &[&producer[..], &circuits].concat()).ready();
    let coordinator = ["--role", "snark-coordinator", "--keys", &producer_door, "--jobs-per-block", "3"];
    let coordinator = Node::start_at(&door, &coordinator).ready();
    let worker = ["--role", "snark-worker", "--coordinator", &door, "--circuit", &transaction];
    let _worker = Node::start(&worker).ready();
    let status = coordinator.until("jobs done", |status| status.jobs_done >= 6).await;
    assert!(status.blocks_accepted >= 2, "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_proofs_nobody_could_verify_does_not_begin() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, _) = tiny("blockchain");
    let file = write_keys(folder.path(), &keys);
    let door = socket(folder.path(), "coordinator");
    let coordinator = ["--role", "snark-coordinator", "--keys", &file];
    let (status, error) =
        refused(&[&coordinator[..], &["--jobs-per-block", "1", "--listen", &door]].concat());
    assert!(status == Some(2) && error.contains("no key transaction among its keys: blockchain"), "{error}");

    let coordinator = Node::start_at(&door, &coordinator).ready();
    let submit =
        SubmitRequest { circuit: "transaction".to_owned(), witness: seed(1), ..SubmitRequest::default() };
    let refused_job = JobsClient::new(coordinator.channel().await).submit(submit).await.expect_err("no key");
    assert_eq!(refused_job.code(), Code::InvalidArgument, "{refused_job}");

    for (circuit, expected) in [
        (format!("transaction={TINY}"), "no key of transaction"),
        ("blockchain=poseidon:2,srs=6".to_owned(), "is not the key of this worker's circuit"),
    ] {
        let worker = ["--role", "snark-worker", "--coordinator", &door, "--circuit", &circuit];
        let mut worker = Node::start(&worker);
        assert_eq!(tokio::task::block_in_place(|| worker.wait()).code(), Some(2));
        let log = worker.log_to_the_end();
        assert!(log.contains(expected), "{log}");
    }
}
