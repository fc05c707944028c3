//! Verdicts over gRPC.

use quickpickle::internals::curve::VestaConfig;
use quickpickle::wire::kimchi::public_input_to_bytes;
use quickpickle::wire::{binprot, o1js};
use quickpickle_node::keys::{KeySet, Messages as _};
use quickpickle_node::proto::v1::side_loaded_proof::Proof as Form;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{
    GetVerificationKeysRequest, KimchiProof, Proof, SharedKey, SideLoadedProof, VerifyBatchRequest,
    VerifyRequest, VerifyStreamRequest, kimchi_proof, proof, shared_key, side_loaded_proof,
};
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::proofs::{altered, fixture, kind, network, side_loaded, text, verify, write_keys};
use crate::support::Node;

/// Proofs of all kinds, with what is to come out; and the keys that they take.
fn cases() -> (KeySet, Vec<(Proof, Kind)>) {
    let (blockchain, valid) = network("n2-merge-depth1", "blockchain");
    let (transaction, other) = network("n1-counter-depth1", "transaction");
    let mut moved = valid.clone();
    if let Some(proof::Kind::Network(proof)) = &mut moved.kind {
        proof.key = "transaction".to_owned();
    }
    let mut unknown = valid.clone();
    if let Some(proof::Kind::Network(proof)) = &mut unknown.kind {
        proof.key = "nothing".to_owned();
    }
    let mut statement = valid.clone();
    if let Some(proof::Kind::Network(proof)) = &mut statement.kind {
        proof.statement = vec![0; 32].into();
    }
    let mut cut = fixture("vesta-d8-srs16-pub5-poseidon.bin");
    if let Some(proof::Kind::Kimchi(proof)) = &mut cut.kind {
        proof.proof.truncate(1000);
    }
    let vesta = fixture("vesta-d8-srs16-pub5-poseidon.bin");
    let named = |key_name: &str| {
        let key = Some(kimchi_proof::Key::KeyName(key_name.to_owned()));
        Proof { kind: Some(proof::Kind::Kimchi(KimchiProof { key, ..KimchiProof::default() })) }
    };
    let cases = vec![
        (side_loaded("n0-arith"), Kind::Valid),
        (side_loaded("neg-n0-arith--alpha"), Kind::Rejected),
        (side_loaded("neg-n0-arith--garbage"), Kind::Malformed),
        (side_loaded("neg-n0-arith--vk-bitflip"), Kind::Input),
        (valid, Kind::Valid),
        (other, Kind::Malformed),
        (moved, Kind::Rejected),
        (unknown, Kind::Input),
        (statement, Kind::Rejected),
        (altered(&vesta), Kind::Rejected),
        (vesta, Kind::Valid),
        (fixture("pallas-d8-srs15-pub5-poseidon.bin"), Kind::Valid),
        (cut, Kind::Malformed),
        (named("blockchain"), Kind::Input),
        (named("nothing"), Kind::Input),
    ];
    (KeySet::new(vec![blockchain, transaction]).expect("a set"), cases)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_proof_has_its_verdict_alone_in_a_batch_and_in_a_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, cases) = cases();
    let file = write_keys(folder.path(), &keys);
    let node = Node::start(&["--role", "passive", "--keys", &file]).ready();
    let mut client = node.client().await;

    let mut single = Vec::new();
    for (proof, _) in &cases {
        single.push(kind(client.verify(verify(proof)).await.expect("an answer").into_inner().verdict));
    }
    let batch =
        VerifyBatchRequest { proofs: cases.iter().map(|(proof, _)| proof.clone()).collect(), key: None };
    let batch = client.verify_batch(batch).await.expect("an answer").into_inner().verdicts;
    let batch: Vec<_> = batch.into_iter().map(|verdict| kind(Some(verdict))).collect();
    let requests: Vec<_> = (0..)
        .zip(&cases)
        .map(|(id, (proof, _))| VerifyStreamRequest { id, proof: Some(proof.clone()) })
        .collect();
    let mut answers =
        client.verify_stream(tokio_stream::iter(requests)).await.expect("a stream").into_inner();
    let mut stream = vec![None; cases.len()];
    while let Some(answer) = answers.next().await {
        let answer = answer.expect("an answer");
        assert!(stream[answer.id as usize].replace(kind(answer.verdict)).is_none(), "one answer each");
    }
    for (i, (_, expected)) in cases.iter().enumerate() {
        assert_eq!((single[i], batch[i], stream[i]), (*expected, *expected, Some(*expected)), "case {i}");
    }
    // None of it has harmed the verifier.
    assert_eq!(node.worker("verifier").await.map(|worker| worker.replaced), Some(0));

    let told = client.get_verification_keys(GetVerificationKeysRequest {}).await.expect("keys").into_inner();
    assert_eq!((KeySet::from_wire(told.keys), told.digest), (Ok(keys.clone()), keys.digest().to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_without_proof_are_refused_and_limits_are_kept() {
    let node = Node::start(&["--max-message", "100", "--queue", "4"]).ready();
    let mut client = node.client().await;
    for request in [VerifyRequest::default(), VerifyRequest { proof: Some(Proof::default()) }] {
        assert_eq!(client.verify(request).await.unwrap_err().code(), Code::InvalidArgument);
    }
    let proof = side_loaded("n0-arith");
    let five = VerifyBatchRequest { proofs: vec![proof.clone(); 5], key: None };
    assert_eq!(
        client.verify_batch(five).await.unwrap_err().code(),
        Code::OutOfRange,
        "more bytes than a message has"
    );
    let tiny = VerifyBatchRequest { proofs: vec![Proof::default(); 5], key: None };
    assert_eq!(
        client.verify_batch(tiny).await.unwrap_err().code(),
        Code::InvalidArgument,
        "more than the queue holds"
    );
    let none = VerifyBatchRequest::default();
    assert!(client.verify_batch(none).await.expect("an answer").into_inner().verdicts.is_empty());
    let mut late = tonic::Request::new(verify(&proof));
    late.set_timeout(std::time::Duration::from_millis(1));
    let code = client.verify(late).await.unwrap_err().code();
    assert!(matches!(code, Code::DeadlineExceeded | Code::Cancelled), "{code}");
    assert_eq!(
        kind(client.verify(verify(&proof)).await.expect("an answer").into_inner().verdict),
        Kind::Valid
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_reflection_are_the_standard_ones() {
    let mut node = Node::start(&["--metrics", "127.0.0.1:0"]);
    let metrics = node.told("metrics on ");
    let node = node.ready();
    let mut health = HealthClient::new(node.channel().await);
    for service in ["", "quickpickle.v1.Quickpickle"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        // 1: serving.
        assert_eq!(health.check(request).await.expect("an answer").into_inner().status, 1, "{service}");
    }
    let mut reflection = ServerReflectionClient::new(node.channel().await);
    let list = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..ServerReflectionRequest::default()
    };
    let mut answers =
        reflection.server_reflection_info(tokio_stream::iter([list])).await.expect("an answer").into_inner();
    let answer = answers.next().await.expect("an answer").expect("an answer").message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    for name in ["quickpickle.v1.Quickpickle", "grpc.health.v1.Health"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    assert_eq!(names.iter().any(|found| found == "quickpickle.v1.Gossip"), cfg!(feature = "network"));
    // What a passive node does not serve, and what only its own processes do.
    for name in ["quickpickle.v1.Jobs", "quickpickle.worker.v1.Verifier"] {
        assert!(names.iter().all(|found| found != name), "{names:?}");
    }

    let proof = side_loaded("n0-arith");
    node.client().await.verify(verify(&proof)).await.expect("an answer");
    let page = tokio::task::spawn_blocking(move || get(&metrics, "/metrics")).await.expect("a page");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    for line in
        ["quickpickle_verdicts_total{verdict=\"valid\"} 1", "quickpickle_verification_seconds_count 1"]
    {
        assert!(page.lines().any(|found| found == line), "{line}: {page}");
    }
    assert!(page.contains("quickpickle_resident_bytes{process=\"verifier\"} "));
}

/// A page over HTTP.
pub fn get(address: &str, path: &str) -> String {
    use std::io::{Read, Write};
    trait ReadWrite: Read + Write {}
    impl<T: Read + Write> ReadWrite for T {}
    let mut stream: Box<dyn ReadWrite> = match address.strip_prefix("unix:") {
        Some(path) => Box::new(std::os::unix::net::UnixStream::connect(path).expect("a connection")),
        None => Box::new(std::net::TcpStream::connect(address).expect("a connection")),
    };
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("sent");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("a page");
    page
}

#[test]
fn metrics_are_over_a_unix_socket_too_and_say_what_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("unix:{}", folder.path().join("metrics").display());
    let mut node = Node::start(&["--metrics", &address]);
    assert_eq!(node.told("metrics on "), address);
    let node = node.ready();
    let page = get(&address, "/metrics");
    let said = page.lines().find_map(|line| line.strip_prefix("quickpickle_build_info{version=\""));
    let (version, rest) = said.and_then(|said| said.split_once('"')).unwrap_or_else(|| panic!("{page}"));
    assert!(version.split('.').count() == 3 && rest == ",role=\"passive\"} 1", "{page}");
    drop(node);
}

#[tokio::test(flavor = "multi_thread")]
async fn side_loaded_proofs_come_in_all_forms_with_the_lengths_that_are_expected() {
    let node = Node::start(&["--max-statement", "5"]).ready();
    let mut client = node.client().await;
    // The form that zkApp transactions carry, with challenges of two proofs.
    let decoded = o1js::proof_from_json(text("n0-arith-txform", "proof.json")).expect("a proof");
    let key_json = text("n0-arith-txform", "vk.json");
    let (key, _) = o1js::verification_key_from_json(&key_json).expect("a key");
    let (input, output) = (decoded.public_input().len() as u32, decoded.public_output().len() as u32);
    let json = Form::ProofJson(text("n0-arith-txform", "proof.json"));
    let bin_prot = Form::ProofBinProt(binprot::proof_to_bytes(&decoded.proof).into());
    let fields: serde_json::Value =
        serde_json::from_str(&text("n0-arith-txform", "proof.json")).expect("JSON");
    let base64 = Form::ProofBase64(fields["proof"].as_str().expect("text").to_owned());
    let key_json = side_loaded_proof::Key::KeyJson(key_json);
    let key_bin_prot = side_loaded_proof::Key::KeyBinProt(binprot::verification_key_to_bytes(&key).into());
    let statement = public_input_to_bytes::<VestaConfig>(decoded.statement());
    let lengths = |input: u32, output: u32| (Some(input), Some(output));
    for (what, form, key, statement, (input_length, output_length), expected) in [
        ("JSON", &json, &key_json, &[][..], (None, None), Kind::Valid),
        ("JSON, a key in bin_prot", &json, &key_bin_prot, &[], lengths(input, output), Kind::Valid),
        ("bin_prot", &bin_prot, &key_json, &statement, lengths(input, output), Kind::Valid),
        ("both bin_prot", &bin_prot, &key_bin_prot, &statement, (None, None), Kind::Valid),
        ("base64", &base64, &key_bin_prot, &statement, (None, None), Kind::Valid),
        ("without its statement", &bin_prot, &key_bin_prot, &[], (None, None), Kind::Rejected),
        ("longer than a statement may be", &bin_prot, &key_json, &[0; 6 * 32], (None, None), Kind::Input),
        ("a longer input", &json, &key_json, &[], lengths(input + 1, output), Kind::Input),
        ("a shorter output", &json, &key_json, &[], (None, Some(output + 1)), Kind::Input),
        ("the border elsewhere", &json, &key_json, &[], lengths(input + output, 0), Kind::Input),
        ("another length in all", &bin_prot, &key_json, &statement, lengths(input, output + 1), Kind::Input),
    ] {
        let proof = SideLoadedProof {
            proof: Some(form.clone()),
            key: Some(key.clone()),
            statement: statement.to_vec().into(),
            input_length,
            output_length,
        };
        let request = VerifyRequest { proof: Some(Proof { kind: Some(proof::Kind::SideLoaded(proof)) }) };
        let verdict =
            client.verify(request).await.expect("an answer").into_inner().verdict.expect("a verdict");
        assert_eq!(verdict.kind(), expected, "{what}: {}", verdict.reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_enough_for_many_statements() {
    let node = Node::start(&[]).ready();
    let mut client = node.client().await;
    let without_key = |case: &str| {
        let proof = Some(Form::ProofJson(text(case, "proof.json")));
        Proof { kind: Some(proof::Kind::SideLoaded(SideLoadedProof { proof, ..SideLoadedProof::default() })) }
    };
    let key = |kind| Some(SharedKey { kind: Some(kind) });
    let json = shared_key::Kind::Json(text("n0-arith", "vk.json"));
    let Some(proof::Kind::Kimchi(mut kimchi)) = fixture("vesta-d8-srs16-pub5-poseidon.bin").kind else {
        panic!("a Kimchi proof")
    };
    let Some(kimchi_proof::Key::Index(index)) = kimchi.key.take() else { panic!("a key") };
    let kimchi = crate::proofs::kimchi(kimchi);
    let proofs =
        vec![without_key("n0-arith"), without_key("neg-n0-arith--alpha"), side_loaded("n1-counter-depth1")];
    for (what, key, proofs, expected) in [
        ("JSON", key(json.clone()), proofs.clone(), vec![Kind::Valid, Kind::Rejected, Kind::Valid]),
        ("none", None, proofs.clone(), vec![Kind::Input, Kind::Input, Kind::Valid]),
        ("empty", Some(SharedKey::default()), proofs, vec![Kind::Input, Kind::Input, Kind::Valid]),
        (
            "Kimchi",
            key(shared_key::Kind::Kimchi(index)),
            vec![kimchi.clone(), altered(&kimchi), kimchi.clone()],
            vec![Kind::Valid, Kind::Rejected, Kind::Valid],
        ),
        ("of another kind", key(json), vec![kimchi], vec![Kind::Input]),
    ] {
        let request = VerifyBatchRequest { proofs, key };
        let verdicts = client.verify_batch(request).await.expect("an answer").into_inner().verdicts;
        assert_eq!(verdicts.iter().map(|v| v.kind()).collect::<Vec<_>>(), expected, "{what}");
    }
}
