//! What each role starts.

use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{ProveRequest, VerifyRequest};
use tonic::Code;

use crate::proofs::{TINY, kimchi, kind, seed, tiny, verify, write_keys};
use crate::support::process::gone;
use crate::support::{Node, VERIFIER_READY, refused};

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_prove_has_no_prover() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, proof) = tiny("blockchain");
    let file = write_keys(folder.path(), &keys);
    let archive_dir = folder.path().join("blocks");
    let archive_dir = archive_dir.to_str().expect("text");
    let roles = ["passive", "seed", "archive", "snark-coordinator"];
    for role in roles.into_iter().take(if cfg!(feature = "network") { 4 } else { 1 }) {
        let circuit = format!("blockchain={TINY}");
        let (status, error) = refused(&["--role", role, "--keys", "prover", "--circuit", &circuit]);
        assert!(status == Some(2) && error.contains("starts no prover"), "{error}");

        let archive: &[_] = if role == "archive" { &["--archive-dir", archive_dir] } else { &[] };
        let node = Node::start(&[&["--role", role, "--keys", &file], archive].concat()).ready();
        let status = node.status().await;
        let workers: Vec<_> = status.workers.iter().map(|w| (w.name.as_str(), w.state.as_str())).collect();
        assert_eq!((status.role.as_str(), workers), (role, vec![("verifier", "ready")]));
        let mut client = node.client().await;
        let answer = client.verify(verify(&proof)).await.expect("an answer").into_inner();
        assert_eq!(kind(answer.verdict), Kind::Valid);
        let prove = ProveRequest { circuit: "blockchain".to_owned(), witness: seed(1) };
        assert_eq!(client.prove(prove).await.unwrap_err().code(), Code::Unimplemented);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lazy_prover_comes_with_the_first_use_and_goes_when_idle() {
    let circuit = format!("blockchain={TINY}");
    let folder = tempfile::tempdir().expect("a folder");
    let key_dir = folder.path().to_str().expect("text");
    let lazy = ["--role", "block-producer", "--circuit", &circuit, "--key-dir", key_dir, "--lazy-prover"];
    let prove = async |node: &Node| {
        let request = ProveRequest { circuit: "blockchain".to_owned(), witness: seed(1) };
        let proof = node.client().await.prove(request).await.expect("a proof").into_inner().proof;
        let request = VerifyRequest { proof: Some(kimchi(proof.expect("a proof"))) };
        kind(node.client().await.verify(request).await.expect("an answer").into_inner().verdict)
    };

    // It makes the keys, and is gone again.
    let file = folder.path().join("keys.json");
    let write = ["--write-keys", file.to_str().expect("text")];
    let node = Node::start(&[&lazy[..], &write].concat()).ready();
    node.until("stopped", |status| status.workers.iter().any(|w| w.name == "prover" && w.state == "stopped"))
        .await;
    assert_eq!(prove(&node).await, Kind::Valid);
    assert_eq!(node.worker("prover").await.map(|w| (w.state, w.replaced)), Some(("ready".to_owned(), 0)));
    drop(node);

    // With keys from elsewhere it is not there until it is used.
    let keys = ["--keys", file.to_str().expect("text"), "--prover-idle-stop", "0.3"];
    let node = Node::start(&[&lazy[..], &keys].concat()).ready();
    let worker = node.worker("prover").await.expect("a prover");
    assert_eq!((worker.state.as_str(), worker.pid), ("stopped", 0));
    assert!(!node.logged(VERIFIER_READY).contains("\"worker\":\"prover\""));
    assert_eq!(prove(&node).await, Kind::Valid);
    let pid = node.worker("prover").await.map(|worker| worker.pid).filter(|pid| *pid != 0);
    node.until("stopped", |status| status.workers.iter().any(|w| w.name == "prover" && w.state == "stopped"))
        .await;
    pid.into_iter().for_each(gone);
    assert_eq!(prove(&node).await, Kind::Valid);
    assert_eq!(node.worker("prover").await.map(|worker| worker.replaced), Some(0), "that is no trouble");
}

#[cfg(not(feature = "network"))]
#[test]
fn roles_of_a_network_are_refused_without_it() {
    for role in ["seed", "archive", "snark-coordinator", "snark-worker"] {
        let (status, error) = refused(&["--role", role, "--keys", "baked"]);
        assert!(status == Some(2) && error.contains("--features network"), "{error}");
    }
}

#[cfg(feature = "network")]
#[tokio::test(flavor = "multi_thread")]
async fn a_snark_worker_has_no_verifier() {
    let circuit = format!("transaction={TINY}");
    let (status, error) = refused(&["--role", "snark-worker", "--circuit", &circuit]);
    assert!(status == Some(2) && error.contains("--coordinator"), "{error}");
    let coordinator = ["--coordinator", "unix:/nobody/is/there"];
    let node =
        Node::start(&[&["--role", "snark-worker", "--circuit", &circuit][..], &coordinator].concat()).ready();
    let status = node.status().await;
    let workers: Vec<_> = status.workers.iter().map(|w| (w.name.as_str(), w.state.as_str())).collect();
    assert_eq!(workers, [("prover", "ready")]);
    let (_, proof) = tiny("transaction");
    assert_eq!(node.client().await.verify(verify(&proof)).await.unwrap_err().code(), Code::Unimplemented);
    // It keeps asking.
    node.logged("no job from the coordinator");
    node.logged("no job from the coordinator");
}

#[test]
fn options_that_do_not_fit_the_role_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, _) = tiny("transaction");
    let file = write_keys(folder.path(), &keys);
    let mut cases = vec![("--keys http://a".to_owned(), "HOST:PORT")];
    if cfg!(feature = "network") {
        cases.extend([
            (
                format!("--role seed --archive-dir a --keys {file}"),
                "--archive-dir is for --role archive, not for seed",
            ),
            (format!("--role archive --keys {file}"), "say --archive-dir"),
            ("--role passive --coordinator unix:/a".to_owned(), "--coordinator is for"),
            ("--role passive --slot 1".to_owned(), "--slot is for"),
            ("--role seed".to_owned(), "say --network, --keys FILE"),
            ("--role snark-coordinator".to_owned(), "say --network, --keys FILE"),
            // What the role verifies takes a key that is not there.
            (format!("--role seed --keys {file}"), "no key blockchain among its keys: transaction"),
            (format!("--role archive --archive-dir /proc/a --keys {file}"), "/proc/a"),
        ]);
    }
    for (arguments, expected) in cases {
        let all: Vec<_> = "--listen 127.0.0.1:0".split(' ').chain(arguments.split(' ')).collect();
        let (status, error) = refused(&all);
        assert!(status == Some(2) && error.contains(expected), "{arguments}: {error}");
    }
}
