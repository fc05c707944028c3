//! What a node records of itself.

use std::fs;

use rustix::process::Signal;

use crate::proofs::TINY;
use crate::support::{Node, refused};

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_phases_are_recorded_to_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("whale-1.csv");
    let record = path.to_str().expect("text");
    let circuit = format!("blockchain={TINY}");
    let mut node =
        Node::start(&["--role", "block-producer", "--circuit", &circuit, "--record", record]).ready();
    let verifier = node.pid_of("verifier", "ready").await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    node.signal(Signal::TERM);
    assert!(node.wait().success());

    let text = fs::read_to_string(&path).expect("a recording");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 10 && row[1] == "whale-1"), "{text}");
    let marks: Vec<&str> = rows.iter().filter(|row| row[2] == "mark").map(|row| row[9]).collect();
    let position = |mark: &str| marks.iter().position(|found| *found == mark).expect(mark);
    // The verifier is started when the prover has made the keys.
    let order =
        ["main started", "prover started", "keys known", "verifier started", "verifier ready", "draining"];
    assert!(order.map(position).is_sorted(), "{marks:?}");
    assert!(marks.contains(&"prover ready") && marks.contains(&"verifier stopped"), "{marks:?}");
    for (name, pid) in [("main", node.pid()), ("verifier", verifier)] {
        let pid = pid.to_string();
        let samples: Vec<_> = rows.iter().filter(|row| row[3] == name && row[4] == pid).collect();
        let sizes =
            |row: &[&str]| row[5..9].iter().map(|size| size.parse().expect("a size")).collect::<Vec<u64>>();
        assert!(samples.len() > 1, "{name} was not sampled: {text}");
        let good = |sizes: Vec<u64>| {
            sizes.iter().all(|&size| size > 0) && sizes[2] <= sizes[0] && sizes[0] <= sizes[3]
        };
        assert!(samples.into_iter().all(|row| good(sizes(row))), "{text}");
    }
}

#[test]
fn a_node_that_cannot_record_does_not_start() {
    let (status, error) = refused(&["--record", "/no such folder/node.csv", "--listen", "127.0.0.1:0"]);
    assert!(status == Some(2) && error.contains("/no such folder/node.csv"), "{error}");
}
