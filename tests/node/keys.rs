//! Where the keys come from.

use quickpickle_node::keys::{KeySet, Messages as _, read};
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{GetVerificationKeysRequest, Proof, ProveRequest, Witness, witness};
use tonic::Code;

use crate::proofs::{TINY, altered, kimchi, kind, seed, verify};
use crate::support::{Node, VERIFIER_READY, refused};

async fn prove(node: &Node, number: u64) -> Proof {
    let request = ProveRequest { circuit: "blockchain".to_owned(), witness: seed(number) };
    let proof = node.client().await.prove(request).await.expect("a proof").into_inner().proof;
    kimchi(proof.expect("a proof"))
}

async fn verdict(node: &Node, proof: &Proof) -> Kind {
    let answer = node.client().await.verify(verify(proof)).await.expect("an answer").into_inner();
    kind(answer.verdict)
}

async fn digest(node: &Node) -> String {
    let keys = node.client().await.get_verification_keys(GetVerificationKeysRequest {}).await;
    let keys = keys.expect("keys").into_inner();
    let set = KeySet::from_wire(keys.keys).expect("a set");
    assert_eq!(set.digest().to_string(), keys.digest);
    keys.digest
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prover_makes_the_keys_then_the_verifier_starts_and_others_get_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keys.json").to_str().expect("text").to_owned();
    let key_dir = folder.path().join("proving").to_str().expect("text").to_owned();
    let circuit = "blockchain=poseidon:20,srs=9";
    let maker =
        ["--role", "block-producer", "--circuit", circuit, "--key-dir", &key_dir, "--write-keys", &file];
    let producer = Node::start(&maker).ready();
    let log = producer.logged(VERIFIER_READY);
    let ready: Vec<_> = (log.lines())
        .filter(|line| line.contains("a worker is ready"))
        .map(|line| if line.contains("\"prover\"") { "prover" } else { "verifier" })
        .collect();
    assert_eq!(ready, ["prover", "verifier"], "the verifier waits for the prover's keys");

    let proof = prove(&producer, 11).await;
    assert_eq!(verdict(&producer, &proof).await, Kind::Valid);
    assert_eq!(verdict(&producer, &altered(&proof)).await, Kind::Rejected);
    let other = prove(&producer, 12).await;
    assert_ne!(proof, other);
    assert_eq!(verdict(&producer, &other).await, Kind::Valid);

    // Over the net, from a file, and as each process makes its own: the same keys.
    let known = digest(&producer).await;
    assert_eq!(
        read(folder.path().join("keys.json").as_path()).expect("a keys file").digest().to_string(),
        known
    );
    let peer = format!("http://{}", producer.address);
    for source in [peer.as_str(), &producer.address, &file] {
        let node = Node::start(&["--keys", source, "--keys-digest", &known]).ready();
        assert_eq!(digest(&node).await, known, "{source}");
        assert_eq!(verdict(&node, &proof).await, Kind::Valid, "{source}");
        assert_eq!(node.worker("prover").await, None);
    }
    let node = Node::start(&["--keys", "duplicated", "--circuit", circuit]).ready();
    assert_eq!(digest(&node).await, known);
    assert_eq!(verdict(&node, &proof).await, Kind::Valid);

    // Proving keys are kept; an altered one is noticed, and made again.
    drop(producer);
    let kept: Vec<_> =
        std::fs::read_dir(&key_dir).expect("a folder").map(|e| e.expect("a file").path()).collect();
    assert_eq!(kept.len(), 1);
    let mut bytes = std::fs::read(&kept[0]).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&kept[0], &bytes).expect("written");
    let producer = Node::start(&maker).ready();
    producer.logged("a kept proving key is made anew");
    assert_eq!(digest(&producer).await, known);
    drop(producer);
    let producer = Node::start(&maker).ready();
    assert!(!producer.logged(VERIFIER_READY).contains("made anew"));
    assert_eq!(verdict(&producer, &prove(&producer, 13).await).await, Kind::Valid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_none_is_refused() {
    let circuit = format!("blockchain={TINY}");
    let node =
        Node::start(&["--role", "block-producer", "--circuit", &circuit, "--circuit", "l=lookups:3,srs=9"])
            .ready();
    let mut client = node.client().await;
    let mut refused = async |circuit: &str, witness: Option<witness::Kind>| {
        let witness = witness.map(|kind| Witness { kind: Some(kind) });
        let request = ProveRequest { circuit: circuit.to_owned(), witness };
        client.prove(request).await.expect_err("no proof").code()
    };
    let zeros = vec![0; 15 * 32 * 20];
    let bomb = vec![0x1f, 0x8b, 8, 0];
    for (circuit, witness, code) in [
        ("blockchain", Some(witness::Kind::Columns(zeros.into())), Code::InvalidArgument),
        ("blockchain", Some(witness::Kind::Columns(bomb.into())), Code::InvalidArgument),
        ("blockchain", Some(witness::Kind::Columns(vec![1, 2, 3].into())), Code::InvalidArgument),
        ("blockchain", None, Code::InvalidArgument),
        ("l", Some(witness::Kind::Seed(1)), Code::InvalidArgument),
        ("nothing", Some(witness::Kind::Seed(1)), Code::NotFound),
    ] {
        assert_eq!(refused(circuit, witness).await, code, "{circuit}");
    }
    assert_eq!(node.worker("prover").await.map(|worker| worker.replaced), Some(0));
    assert_eq!(verdict(&node, &prove(&node, 1).await).await, Kind::Valid);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_the_expected_ones_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, _) = crate::proofs::tiny("blockchain");
    let file = crate::proofs::write_keys(folder.path(), &keys);
    let listen = ["--listen", "127.0.0.1:0"];
    let with = |more: &[&str]| refused(&[&listen, more].concat());

    let (status, error) = with(&["--keys", &file, "--keys-digest", &"0".repeat(64)]);
    assert!(status == Some(2) && error.contains("--keys-digest"), "{error}");

    let text = std::fs::read_to_string(&file).expect("readable");
    let start = text.find("\"data\": \"").expect("data") + 200;
    let mut bytes = text.into_bytes();
    bytes[start] = if bytes[start] == b'A' { b'B' } else { b'A' };
    let altered = folder.path().join("altered.json");
    std::fs::write(&altered, bytes).expect("written");
    let (status, error) = with(&["--keys", altered.to_str().expect("text")]);
    assert!(status == Some(2) && error.contains("has been altered"), "{error}");

    let (status, error) = with(&["--keys", "no/such/file.json"]);
    assert!(status == Some(2) && error.contains("no/such/file.json"), "{error}");

    // The prover's key of the same name is another one.
    let (status, error) =
        with(&["--role", "block-producer", "--keys", &file, "--circuit", "blockchain=poseidon:2,srs=6"]);
    assert!(status == Some(2) && error.contains("not the one that the verifier was given"), "{error}");

    if cfg!(not(feature = "mainnet")) {
        let (status, error) = with(&["--network", "mainnet"]);
        assert!(status == Some(2) && error.contains("--features mainnet"), "{error}");
    }
    let (status, error) = with(&["--keys", "https://192.0.2.1:7100"]);
    assert!(status == Some(2) && error.contains("--keys-digest"), "{error}");
    let (status, error) = with(&["--role", "block-producer", "--circuit", "blockchain=no/such.json"]);
    assert!(status == Some(2) && error.contains("no/such.json"), "{error}");
}

#[cfg(feature = "mainnet")]
#[tokio::test(flavor = "multi_thread")]
async fn baked_keys_take_no_prover() {
    let node = Node::start(&["--network", "mainnet"]).ready();
    let keys = node.client().await.get_verification_keys(GetVerificationKeysRequest {}).await;
    let names: Vec<_> = keys.expect("keys").into_inner().keys.into_iter().map(|key| key.name).collect();
    assert_eq!(names, ["blockchain", "transaction"]);
    assert_eq!(node.worker("prover").await, None);
}
