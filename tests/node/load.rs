//! More requests than there is room for.

use std::collections::HashMap;
use std::sync::Arc;

use quickpickle_node::proto::v1::verdict::Kind;
use tokio::task::JoinSet;
use tonic::Code;

use crate::proofs::{altered, kind, side_loaded_of, tiny, verify, write_keys};
use crate::support::Node;
use crate::support::process::{peak_memory, resident_memory};

const CLIENTS: usize = 32;
const REQUESTS: usize = 10_000;
/// Requests of one client that are under way at the same time: together more than the queue has room for.
const AT_ONCE: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Answer {
    Verdict(Kind),
    Busy,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_ten_thousand_has_one_answer_in_bounded_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, proof) = tiny("tiny");
    let file = write_keys(folder.path(), &keys);
    let limits = ["--queue", "128", "--batch", "128", "--verifier-memory", "128"];
    let node = Node::start(&[&["--keys", &file][..], &limits].concat()).ready();
    let proofs = Arc::new([(verify(&proof), Kind::Valid), (verify(&altered(&proof)), Kind::Rejected)]);

    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let share = REQUESTS / CLIENTS + usize::from(client < REQUESTS % CLIENTS);
        let (connection, proofs) = (node.client().await, Arc::clone(&proofs));
        clients.spawn(async move {
            let mut answers: HashMap<Answer, usize> = HashMap::new();
            let mut under_way = JoinSet::new();
            let mut begun = 0;
            while begun < share || !under_way.is_empty() {
                if begun < share && under_way.len() < AT_ONCE {
                    // Every fortieth is not valid, which costs a batch a search.
                    let (request, expected) = proofs[usize::from(begun % 40 == 39)].clone();
                    let mut connection = connection.clone();
                    under_way.spawn(async move { (connection.verify(request).await, expected) });
                    begun += 1;
                    continue;
                }
                let (answer, expected) = under_way.join_next().await.expect("one").expect("a task");
                let answer = match answer {
                    Ok(answer) => {
                        let found = kind(answer.into_inner().verdict);
                        assert_eq!(found, expected);
                        Answer::Verdict(found)
                    }
                    Err(status) => {
                        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                        assert!(status.message().contains("busy"), "{status}");
                        Answer::Busy
                    }
                };
                *answers.entry(answer).or_default() += 1;
            }
            answers
        });
    }
    let mut answers: HashMap<Answer, usize> = HashMap::new();
    while let Some(of_client) = clients.join_next().await {
        for (answer, count) in of_client.expect("a client") {
            *answers.entry(answer).or_default() += count;
        }
    }
    let status = node.status().await;
    let verifier = &status.workers[0];
    let peaks = [node.pid(), verifier.pid].map(|pid| peak_memory(pid) >> 20);
    eprintln!("{answers:?}; peak of main and verifier {peaks:?} MiB");
    assert_eq!(answers.values().sum::<usize>(), REQUESTS);
    assert!(answers[&Answer::Verdict(Kind::Valid)] > REQUESTS / 10);
    assert_eq!((status.queued, verifier.replaced), (0, 0));
    assert!(peaks.iter().all(|peak| *peak < 128), "{peaks:?} MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_process_keeps_no_memory_of_large_messages() {
    let node = Node::start(&[]).ready();
    let before = resident_memory(node.pid());
    // No proof, of nearly the largest size.
    let large = verify(&side_loaded_of(&"x".repeat(14 << 20), "{}"));
    for _ in 0..3 {
        let mut clients = JoinSet::new();
        for _ in 0..6 {
            let (mut client, large) = (node.client().await, large.clone());
            clients.spawn(async move {
                for _ in 0..4 {
                    match client.verify(large.clone()).await {
                        Ok(answer) => assert_ne!(kind(answer.into_inner().verdict), Kind::Valid),
                        Err(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status}"),
                    }
                }
            });
        }
        while let Some(client) = clients.join_next().await {
            client.expect("a client");
        }
    }
    node.until("idle", |status| status.queued == 0).await;
    let [before, after, peak] =
        [before, resident_memory(node.pid()), peak_memory(node.pid())].map(|bytes| bytes >> 20);
    eprintln!("main: {before} MiB before, {after} MiB after, {peak} MiB at most");
    assert!(after < before + 32, "{before}, {after}, {peak} MiB");
}
