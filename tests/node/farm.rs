//! Workers of a verification farm, over the real NATS server.

use std::time::{Duration, Instant};

use async_nats::ConnectOptions;
use async_nats::jetstream::stream;
use quickpickle_node::proto::v1::Proof;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_vectors::nats::Nats;
use quickpickle_vectors::needs_nats_server;
use rustix::process::Signal;

use crate::proofs::{altered, side_loaded, tiny, write_keys};
use crate::support::process::{gone, signal};
use crate::support::requests::Sender;
use crate::support::{LONG, Node, refused_worker};
use crate::tls::{Authority, write};

needs_nats_server!(
    each_request_gets_one_verdict,
    what_cannot_be_answered_is_a_dead_letter,
    a_request_that_brings_the_verifier_down_is_given_up,
    requests_survive_workers_and_the_server,
    workers_are_let_in_by_their_credentials_over_tls,
    streams_that_would_lose_requests_are_refused_by_name,
    a_full_queue_refuses_requests_and_a_worker_takes_two_batches_of_them,
);

/// Requests of a test: of three one is of an altered proof.
const REQUESTS: usize = 60;

/// A worker's arguments: the server, and the key of the tiny circuit in this folder. Requests of a worker that is gone are
/// handed out again after a second.
fn worker(server: &Nats, keys: &str, more: &[&str]) -> Node {
    Node::start_worker(&[&["--nats", &server.url(), "--keys", keys, "--ack-wait", "1"], more].concat())
}

async fn sender(server: &Nats) -> Sender {
    Sender::connect(&server.url(), ConnectOptions::new()).await
}

fn proof_of(number: usize, proof: &Proof) -> Proof {
    if number.is_multiple_of(3) { altered(proof) } else { proof.clone() }
}

/// Sends requests from this number on.
async fn send(sender: &Sender, numbers: std::ops::Range<usize>, proof: &Proof) {
    for number in numbers {
        assert!(sender.send(&format!("r{number}"), &proof_of(number, proof)).await);
    }
}

/// Each request has one verdict, and the right one.
async fn answered(sender: &Sender, count: usize) {
    let answers = sender.verdicts(count).await;
    for number in 0..count {
        let expected = if number.is_multiple_of(3) { Kind::Rejected } else { Kind::Valid };
        assert_eq!(answers.get(&format!("r{number}")).map(|answer| answer.0), Some(expected), "{number}");
    }
}

async fn each_request_gets_one_verdict() {
    let (server, folder) = (Nats::start(), tempfile::tempdir().expect("a folder"));
    let (keys, proof) = tiny("tiny");
    let keys = write_keys(folder.path(), &keys);
    let mut node = worker(&server, &keys, &["--metrics", "127.0.0.1:0"]).ready();
    let sender = sender(&server).await;
    send(&sender, 0..REQUESTS, &proof).await;
    assert!(!sender.send("r0", &proof_of(0, &proof)).await, "the server knows the id");
    answered(&sender, REQUESTS).await;
    sender.empty().await;
    assert_eq!(sender.dead().await, Vec::<String>::new());
    // Its front door tells how it is, and takes requests as well.
    assert_eq!(node.status().await.role, "passive");
    node.signal(Signal::TERM);
    assert!(node.wait().success());
}

async fn what_cannot_be_answered_is_a_dead_letter() {
    let (server, folder) = (Nats::start(), tempfile::tempdir().expect("a folder"));
    let (keys, proof) = tiny("tiny");
    let node = worker(&server, &write_keys(folder.path(), &keys), &[]).ready();
    let sender = sender(&server).await;
    assert!(sender.send("good", &proof).await);
    let before = sender.verdicts(1).await;
    for (id, bytes) in [(None, &b"x"[..]), (Some("a.b"), b"x"), (Some("form"), b"\xff"), (Some("empty"), b"")]
    {
        assert!(sender.send_bytes(id, bytes.to_vec()).await);
    }
    sender.empty().await;
    let answers = sender.verdicts(3).await;
    let kind = |id: &str| answers.get(id).map(|answer| answer.0);
    assert_eq!((kind("form"), kind("empty")), (Some(Kind::Malformed), Some(Kind::Malformed)));
    let mut dead = sender.dead().await;
    dead.sort();
    let words = ["holds no id", "is missing", "is no VerifyRequest", "has no proof"];
    assert!(dead.len() == 4 && words.iter().all(|word| dead.iter().any(|d| d.contains(word))), "{dead:?}");

    // The verdict of one request is not that of another one which takes its id, even once the server has forgotten the id.
    let requests = sender.context.get_stream("quickpickle-requests").await.expect("a stream");
    let config = requests.cached_info().config.clone();
    let forgetful = stream::Config { duplicate_window: Duration::from_millis(100), ..config };
    sender.context.update_stream(forgetful).await.expect("an update");
    assert_eq!(before.get("good").map(|answer| answer.0), Some(Kind::Valid));
    while !sender.send("good", &altered(&proof)).await {}
    sender.empty().await;
    let after = sender.verdicts(3).await;
    assert_eq!(after.get("good"), before.get("good"));
    assert_eq!(sender.dead().await.last().map(String::as_str), Some("another request had this id"));
    // The same request again is answered already.
    while !sender.send("good", &proof).await {}
    sender.empty().await;
    assert_eq!(sender.verdicts(3).await.get("good"), before.get("good"));
    assert_eq!(sender.dead().await.len(), 5);
    drop(node);
}

async fn a_request_that_brings_the_verifier_down_is_given_up() {
    let server = Nats::start();
    let node = Node::start_worker(&["--nats", &server.url(), "--deliveries", "2"]).ready();
    let sender = sender(&server).await;
    assert!(sender.send("poison", &side_loaded("n0-arith")).await);
    // No verifier lives for as long as the request takes.
    let harm = async {
        loop {
            let pid = node.pid_of("verifier", "ready").await;
            signal(pid, Signal::KILL);
            gone(pid);
        }
    };
    let given_up = async {
        while sender.count("quickpickle-verdicts").await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = harm => {}
        () = given_up => {}
    }
    sender.empty().await;
    let answers = sender.verdicts(1).await;
    let (kind, reason, _) = answers.get("poison").expect("an answer");
    assert!(*kind == Kind::Unavailable && reason.contains("lost twice"), "{kind:?}: {reason}");
    assert_eq!(&sender.dead().await, std::slice::from_ref(reason));
    // Others are answered, by the next verifier.
    assert!(sender.send("good", &side_loaded("n0-arith")).await);
    assert_eq!(sender.verdicts(2).await.get("good").map(|answer| answer.0), Some(Kind::Valid));
}

async fn requests_survive_workers_and_the_server() {
    let (mut server, folder) = (Nats::start(), tempfile::tempdir().expect("a folder"));
    let (keys, proof) = tiny("tiny");
    let keys = write_keys(folder.path(), &keys);
    let sender = {
        let mut first = worker(&server, &keys, &["--batch", "4"]).ready();
        let sender = sender(&server).await;
        send(&sender, 0..REQUESTS, &proof).await;
        first.signal(Signal::KILL);
        first.wait();
        sender
    };
    let mut second = worker(&server, &keys, &[]).ready();
    server.kill();
    server.restart();
    send(&sender, REQUESTS..2 * REQUESTS, &proof).await;
    // What is at hand is answered before the worker ends.
    second.signal(Signal::TERM);
    assert!(second.wait().success(), "{}", second.log());
    let third = worker(&server, &keys, &[]).ready();
    answered(&sender, 2 * REQUESTS).await;
    assert_eq!(sender.dead().await, Vec::<String>::new());
    drop(third);
}

async fn workers_are_let_in_by_their_credentials_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new();
    let (certificate, key) = authority.issue();
    let [certificate, key, ca, token, wrong] = [
        ("cert.pem", certificate.as_str()),
        ("key.pem", &key),
        ("ca.pem", &authority.pem()),
        ("token", "open sesame"),
        ("wrong", "open barley"),
    ]
    .map(|(name, text)| write(folder.path(), name, text));
    let server = Nats::start_with(&format!(
        "authorization {{ token: \"open sesame\" }}\n\
         tls {{ cert_file: {certificate:?}, key_file: {key:?}, ca_file: {ca:?}, verify: true }}"
    ));
    let url = format!("tls://localhost:{}", server.port);
    let (keys, proof) = tiny("tiny");
    let keys = write_keys(folder.path(), &keys);
    let tls =
        ["--nats", &url, "--nats-ca", &ca, "--nats-cert", &certificate, "--nats-key", &key, "--keys", &keys];
    let node = Node::start_worker(&[&tls[..], &["--nats-token", &token]].concat()).ready();
    let options = ConnectOptions::new()
        .require_tls(true)
        .add_root_certificates(ca.clone().into())
        .add_client_certificate(certificate.clone().into(), key.clone().into())
        .token("open sesame".to_owned());
    let sender = Sender::connect(&url, options).await;
    send(&sender, 0..3, &proof).await;
    answered(&sender, 3).await;
    drop(node);
    let (status, error) = refused_worker(&[&tls[..], &["--nats-token", &wrong]].concat());
    assert!(status == Some(2) && error.contains("authorization") && !error.contains("barley"), "{error}");
    let untrusting = ["--nats", &url, "--keys", &keys, "--nats-token", &token, "--nats-patience", "1"];
    let (status, error) = refused_worker(&untrusting);
    assert!(status == Some(2) && error.contains("the NATS servers at"), "{error}");
}

async fn streams_that_would_lose_requests_are_refused_by_name() {
    let server = Nats::start();
    let sender = sender(&server).await;
    let config = stream::Config {
        name: "quickpickle-requests".to_owned(),
        subjects: vec!["quickpickle.requests".to_owned()],
        ..stream::Config::default()
    };
    sender.context.create_stream(config).await.expect("a stream");
    let (status, error) = refused_worker(&["--nats", &server.url()]);
    assert!(status == Some(2) && error.contains("quickpickle-requests is no work queue"), "{error}");
}

async fn a_full_queue_refuses_requests_and_a_worker_takes_two_batches_of_them() {
    let (server, folder) = (Nats::start(), tempfile::tempdir().expect("a folder"));
    let (keys, proof) = tiny("tiny");
    let sender = sender(&server).await;
    let config = stream::Config {
        name: "quickpickle-requests".to_owned(),
        subjects: vec!["quickpickle.requests".to_owned()],
        retention: stream::RetentionPolicy::WorkQueue,
        discard: stream::DiscardPolicy::New,
        max_messages: REQUESTS as i64,
        ..stream::Config::default()
    };
    let requests = sender.context.create_stream(config).await.expect("a stream");
    send(&sender, 0..REQUESTS, &proof).await;
    let one_more = sender.context.publish("quickpickle.requests", "x".into()).await.expect("sent");
    assert!(one_more.await.is_err(), "there is no room");
    let node = worker(&server, &write_keys(folder.path(), &keys), &["--batch", "4"]).ready();
    answered(&sender, REQUESTS).await;

    // By now it takes as many as it ever does; while its verifier does nothing, no more.
    let verifier = node.pid_of("verifier", "ready").await;
    signal(verifier, Signal::STOP);
    send(&sender, REQUESTS..2 * REQUESTS, &proof).await;
    let held = async || requests.consumer_info("workers").await.expect("a consumer").num_ack_pending;
    let end = Instant::now() + LONG;
    while held().await <= 4 {
        assert!(Instant::now() < end, "it takes too few");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let held = held().await;
    assert!(held <= 8, "{held}");
    signal(verifier, Signal::CONT);
    answered(&sender, 2 * REQUESTS).await;
}

#[test]
fn a_server_that_is_not_there_or_not_safe_is_named() {
    for (args, words) in [
        (&["--nats", "nats://127.0.0.1:1", "--nats-patience", "0.2"][..], "were not reached"),
        (&["--nats", "nats://192.0.2.1:4222"], "connect to it by tls://"),
        (&["--nats", "nats://user:hunter2@127.0.0.1:4222"], "--nats-credentials"),
        (&[], "--nats"),
    ] {
        let (status, error) = refused_worker(args);
        assert!(
            status == Some(2) && error.contains(words) && !error.contains("hunter2"),
            "{args:?}: {error}"
        );
    }
}
