//! Networks whose keys come in files.

use std::path::Path;

use quickpickle_mina::block::state_hash_text;
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{
    Block, GetVerificationKeysRequest, LedgerProof, VerifyBlocksRequest, VerifyLedgerProofsRequest, block,
    ledger_proof,
};
use quickpickle_vectors::{needs_whole_set, read, whole};
use serde_json::{Value, json};

use crate::proofs::proof_in_binprot;
use crate::support::{Node, refused};

needs_whole_set!(ledger_proofs_are_verified_by_the_keys_of_a_file);

/// The first state's hash of the network in [`file`].
const GENESIS: u64 = 7;

/// The file of a network of its own name, with the keys of devnet.
fn file() -> Value {
    let key = |proof: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../srs-data/networks");
        let file: Value =
            serde_json::from_slice(&read(&path.join(format!("devnet-{proof}.json")))).expect("JSON");
        json!({"digest": file["digest"], "data": file["data"]})
    };
    json!({
        "network": "a-fork", "protocolVersion": "4.0.0", "genesisStateHash": state_hash_text(&GENESIS.into()),
        "keys": {"blockchain": key("blockchain"), "transaction": key("transaction")},
    })
}

fn write(folder: &Path, name: &str, file: &Value) -> String {
    let path = folder.join(name);
    std::fs::write(&path, file.to_string()).expect("written");
    path.to_str().expect("text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_of_a_file_is_known_by_name_with_its_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(folder.path(), "fork.json", &file());
    let node = Node::start(&["--network", "a-fork", "--network-keys", &path]);
    node.logged("\"networks\":\"a-fork (protocol 4.0.0)\"");
    let node = node.ready();
    let networks = node.status().await.networks;
    assert!(networks.iter().any(|name| name == "a-fork (protocol 4.0.0)"), "{networks:?}");
    let keys = node.client().await.get_verification_keys(GetVerificationKeysRequest {}).await;
    let names: Vec<_> = keys.expect("keys").into_inner().keys.into_iter().map(|key| key.name).collect();
    assert_eq!(names, ["blockchain", "transaction"]);

    // A state that began with it, with a proof that is another's.
    let mut state = ProtocolState::default();
    state.body.genesis_state_hash = GENESIS.into();
    state.body.consensus_state.curr_global_slot = 1;
    let block = |network: &str| Block {
        block: Some(block::Block::BinProt(state.to_binprot().into())),
        proof: proof_in_binprot("n0-arith-txform").into(),
        network: network.to_owned(),
        ..Block::default()
    };
    let blocks = ["", "a-fork", "mainnet"].map(block).to_vec();
    let verdicts = node.client().await.verify_blocks(VerifyBlocksRequest { blocks }).await;
    let verdicts = verdicts.expect("an answer").into_inner().verdicts;
    let found: Vec<_> = verdicts.iter().map(|verdict| verdict.kind()).collect();
    assert_eq!(found, [Kind::Rejected, Kind::Rejected, Kind::Input], "{verdicts:?}");
    assert_eq!(verdicts[2].reason, "a block of a-fork (protocol 4.0.0), not of mainnet");
    for verdict in &verdicts {
        assert_eq!(verdict.block.as_ref().expect("facts").network, "a-fork (protocol 4.0.0)");
    }
}

#[test]
fn a_file_that_is_not_what_it_says_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = write(folder.path(), "good.json", &file());
    let mut altered = file();
    altered["keys"]["transaction"]["digest"] = json!("1");
    let altered = write(folder.path(), "altered.json", &altered);
    let long = write(folder.path(), "long.json", &json!(" ".repeat(1 << 17)));
    let missing = folder.path().join("missing.json").to_str().expect("text").to_owned();
    for (files, network, expected) in [
        (vec![&altered], "a-fork", "altered.json: it cannot be used: keys.transaction.digest"),
        (vec![&good, &altered], "mainnet", "altered.json"),
        (vec![&long], "a-fork", "long.json"),
        (vec![&missing], "a-fork", "missing.json: it cannot be read"),
        (vec![&good, &good], "a-fork", "good.json: it cannot be used: genesisStateHash"),
        (vec![&good], "b-fork", "no network is known by the name b-fork, but"),
    ] {
        let files = files.iter().flat_map(|file| ["--network-keys", file]);
        let args: Vec<_> =
            ["--listen", "127.0.0.1:0", "--network", network].into_iter().chain(files).collect();
        let (status, error) = refused(&args);
        assert!(status == Some(2) && error.contains(expected), "{expected}: {error}");
    }
}

fn ledger_proofs_are_verified_by_the_keys_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(folder.path(), "fork.json", &file());
    let test = async {
        let node = Node::start(&["--network", "a-fork", "--network-keys", &path]).ready();
        let proof = |name: &str, network: &str| {
            let bytes =
                read(&whole(&format!("network/ledger-proofs/{name}-merge-100-0.L.ledger-proof.binprot")));
            let proof = Some(ledger_proof::Proof::BinProt(bytes.into()));
            LedgerProof { proof, network: network.to_owned(), ..LedgerProof::default() }
        };
        let ledger_proofs =
            vec![proof("devnet", "a-fork"), proof("mainnet", "a-fork"), proof("devnet", "devnet")];
        let request = VerifyLedgerProofsRequest { ledger_proofs };
        let answer = node.client().await.verify_ledger_proofs(request).await.expect("an answer").into_inner();
        let found: Vec<_> = answer.verdicts.iter().map(|verdict| verdict.kind()).collect();
        assert_eq!(found, [Kind::Valid, Kind::Rejected, Kind::Input], "{:?}", answer.verdicts);
        assert_eq!(
            answer.verdicts[2].reason,
            "the verifier's keys are of a-fork (protocol 4.0.0), not of \"devnet\""
        );
    };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}
