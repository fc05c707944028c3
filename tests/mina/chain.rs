//! `quickpickle chain`, `account` and `light`, on the chains of two networks.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use quickpickle::mina::block::state_hash_text;
use quickpickle::mina::protocol_state::ProtocolState;
use quickpickle_vectors::{needs_whole_set, read, whole};
use serde_json::{Value, json};

use crate::support::*;

needs_whole_set!(
    one_proof_proves_the_chain_before_it,
    forks_gaps_and_wrong_proofs_are_told,
    a_run_goes_on_where_another_ended,
    an_account_is_proved_by_a_tip,
    a_bridge_has_its_answer,
);

const STATES: usize = 16;

fn file(name: &str) -> String {
    text(&whole(&format!("network/light/{name}")))
}

fn state(network: &str, at: usize) -> ProtocolState {
    let bytes = read(&whole(&format!("network/light/{network}.{at:02}.state.binprot")));
    ProtocolState::from_binprot(&bytes).expect("a state")
}

/// A daemon's answer with a state and a proof.
fn answer(state: &ProtocolState, proof: &str) -> String {
    let proof = read(&whole(&format!("network/light/{proof}.tip.proof.binprot")));
    json!({"data": {
        "protocolState": STANDARD.encode(state.to_binprot()),
        "bestChain": [{
            "stateHash": state_hash_text(&state.hash()),
            "protocolStateProof": {"base64": URL_SAFE.encode(proof)},
        }],
    }})
    .to_string()
}

/// A folder with the states of mainnet but the last one, which is there with a proof.
fn folder(proof: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for at in 0..STATES - 1 {
        write(&folder, &format!("{at:02}.binprot"), state("mainnet", at).to_binprot());
    }
    write(&folder, "tip.json", answer(&state("mainnet", STATES - 1), proof));
    folder
}

/// Runs `quickpickle chain`; its status, the lines about single blocks, and the summary.
fn chain(folder: &tempfile::TempDir, args: &[&str]) -> (i32, Vec<Value>, Value) {
    let (status, mut lines) = run(&[&["chain", "--json", &text(folder.path())], args].concat());
    let summary = lines.pop().expect("a summary");
    assert_eq!(summary["kind"], "chain");
    (status, lines, summary)
}

fn one_proof_proves_the_chain_before_it() {
    let (status, lines, summary) = chain(&folder("mainnet"), &["--network", "mainnet", "--window", "3"]);
    assert_eq!((status, lines.len()), (0, 0), "{lines:?}");
    let tip = state("mainnet", STATES - 1);
    assert_eq!(summary["best"]["state_hash"], state_hash_text(&tip.hash()));
    assert_eq!(summary["best"]["proven"], true);
    assert_eq!(
        summary["heights"],
        json!([
            state("mainnet", 0).body.consensus_state.blockchain_length,
            tip.body.consensus_state.blockchain_length
        ])
    );
    for (count, due) in [
        ("blocks", 16),
        ("proven", 1),
        ("proven_by_descendants", 15),
        ("unproven", 0),
        ("fork_count", 0),
        ("gap_count", 0),
    ] {
        assert_eq!(summary[count], due, "{count}: {summary}");
    }
    // Blocks of another network are refused by name.
    let (status, lines) = run(&["chain", "--json", "--network", "devnet", &text(folder("mainnet").path())]);
    assert_eq!((status, words(&lines, "verdict")), (2, vec!["input"; STATES]));
}

fn forks_gaps_and_wrong_proofs_are_told() {
    let blocks = folder("mainnet");
    fs::remove_file(blocks.path().join("07.binprot")).expect("removed");
    let mut other = state("mainnet", 11);
    other.body.blockchain_state.timestamp += 1;
    write(&blocks, "other.binprot", other.to_binprot());
    fs::copy(blocks.path().join("03.binprot"), blocks.path().join("again.binprot")).expect("copied");
    write(&blocks, "broken.json", "{\"version\":3,\"data\":{\"protocol_state\":{}}}");
    let (status, lines, summary) = chain(&blocks, &[]);
    assert_eq!((status, words(&lines, "verdict")), (2, vec!["malformed"]));
    assert_eq!(summary["gap_count"], 1);
    assert_eq!(summary["gaps"][0]["state_hash"], state_hash_text(&state("mainnet", 7).hash()));
    assert_eq!((&summary["fork_count"], &summary["duplicates"]), (&1.into(), &1.into()));
    assert_eq!(summary["forks"][0]["before"]["state_hash"], state_hash_text(&state("mainnet", 10).hash()));
    assert_eq!(summary["forks"][0]["branches"].as_array().map(Vec::len), Some(2));
    assert_eq!(summary["unproven"], 8, "the other block, and those before the gap: {summary}");

    // The proof of the other network's tip is none of this one.
    let (status, lines, summary) = chain(&folder("devnet"), &[]);
    assert_eq!((words(&lines, "verdict"), words(&lines, "mina")), (vec!["rejected"], vec!["invalid_proof"]));
    assert_eq!((status, &summary["refused"], &summary["unproven"]), (2, &1.into(), &15.into()));
    assert_eq!((&summary["best"]["proven"], &summary["best_proven"]), (&false.into(), &Value::Null));
    // A good one of the same block that comes later counts.
    let blocks = folder("devnet");
    write(&blocks, "tip.right.json", answer(&state("mainnet", STATES - 1), "mainnet"));
    for window in ["1", "64"] {
        let (status, lines, summary) = chain(&blocks, &["--window", window]);
        assert_eq!((status, lines.len(), &summary["best"]["proven"]), (1, 1, &true.into()), "{summary}");
    }
    // Also where the block was there without one, and in the middle.
    let blocks = folder("mainnet");
    write(&blocks, "15.binprot", state("mainnet", STATES - 1).to_binprot());
    let (status, _, summary) = chain(&blocks, &["--window", "1"]);
    assert_eq!((status, &summary["best"]["proven"], &summary["proven"]), (0, &true.into(), &1.into()));
    // A wrong proof that comes later makes no state worse.
    let blocks = folder("devnet");
    write(&blocks, "15.binprot", state("mainnet", STATES - 1).to_binprot());
    let (status, _, summary) = chain(&blocks, &["--window", "1"]);
    assert_eq!((status, &summary["refused"], &summary["unproven"]), (2, &0.into(), &16.into()));
    assert_eq!(summary["best"]["state_hash"], state_hash_text(&state("mainnet", STATES - 1).hash()));
}

fn a_run_goes_on_where_another_ended() {
    let blocks = folder("mainnet");
    let held = state("mainnet", 9);
    let hash = state_hash_text(&held.hash());
    let (status, _, summary) = chain(&blocks, &["--after", &hash]);
    assert_eq!((status, &summary["blocks"], &summary["gap_count"]), (0, &16.into(), &0.into()));
    // Where a file tells the height, what is not higher is passed over.
    let height = held.body.consensus_state.blockchain_length;
    fs::rename(
        blocks.path().join("09.binprot"),
        blocks.path().join(format!("mainnet-{height}-{hash}.binprot")),
    )
    .expect("renamed");
    let (status, _, summary) = chain(&blocks, &["--after", &hash]);
    assert_eq!((status, &summary["before"]), (0, &9.into()), "{summary}");
    assert_eq!(summary["gap_count"], 0);
    let (status, lines) = run(&["chain", "--after", "3N", &text(blocks.path())]);
    assert_eq!((status, lines.len()), (2, 0));
}

fn an_account_is_proved_by_a_tip() {
    let (account, proof) = (file("devnet.account.graphql.json"), file("devnet.tip.proof.binprot"));
    let tip = file("devnet.15.state.binprot");
    let args = ["account", "--json", &account, "--tip", &tip, "--tip-proof", &proof];
    let (status, lines) = run(&args);
    assert_eq!((status, words(&lines, "verdict")), (0, vec!["valid"]), "{lines:?}");
    assert_eq!(lines[0]["proven_by_block"], state_hash_text(&state("devnet", 15).hash()));
    assert_eq!(lines[0]["network"], "devnet (protocol 3.0.0)");
    assert!(lines[0]["balance"].is_string() && lines[0]["nonce"].is_u64());

    let folder = tempfile::tempdir().expect("a folder");
    // Another path, another network, another proof, no proof.
    let mut altered: Value = serde_json::from_slice(&read(std::path::Path::new(&account))).expect("JSON");
    let path = &mut altered["data"]["encodedSnarkedLedgerAccountMembership"][0]["merklePath"];
    path.as_array_mut().expect("a path").swap(0, 1);
    let altered = write(&folder, "altered.json", altered.to_string());
    let (status, lines) = run(&["account", "--json", &altered, "--tip", &tip, "--tip-proof", &proof]);
    assert_eq!((status, words(&lines, "verdict")), (1, vec!["rejected"]), "{lines:?}");
    for (tip, proof, due) in [
        (&tip, Some(file("mainnet.tip.proof.binprot")), 1),
        (&file("devnet.14.state.binprot"), Some(proof.clone()), 1),
        (&tip, None, 2),
    ] {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
        command.args(["account", &account, "--tip", tip]);
        command.args(proof.iter().flat_map(|proof| ["--tip-proof", proof.as_str()]));
        let output = command.output().expect("the command runs");
        let told = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(due), "{told}");
        assert!(
            told.starts_with(if due == 1 { "rejected" } else { "unproven" }) && !told.contains("balance"),
            "{told}"
        );
    }
}

fn a_bridge_has_its_answer() {
    let states = |network: &str| {
        (0..STATES).map(|at| file(&format!("{network}.{at:02}.state.binprot"))).collect::<Vec<_>>()
    };
    let ask = |states: &[String], held: &str, proof: &str, account: Option<&str>| {
        let mut args = vec!["light", "--json", "--held", held, "--proof", proof];
        args.extend(account.iter().flat_map(|account| ["--account", account]));
        args.extend(states.iter().map(String::as_str));
        run(&args)
    };
    let account = file("devnet.account.graphql.json");
    for network in ["devnet", "mainnet"] {
        let (held, proof) =
            (file(&format!("{network}.bridge.state.binprot")), file(&format!("{network}.tip.proof.binprot")));
        let account = (network == "devnet").then_some(account.as_str());
        let (status, lines) = ask(&states(network), &held, &proof, account);
        assert_eq!((status, words(&lines, "verdict")), (0, vec!["valid"]), "{lines:?}");
        assert_eq!((&lines[0]["is_better"], &lines[0]["states"]), (&true.into(), &16.into()));
        assert_eq!(lines[0]["state_hash"], state_hash_text(&state(network, STATES - 1).hash()));
        assert_eq!(lines[0]["balance"].is_string(), account.is_some());
        // The tip that is held already is no better.
        let (status, lines) = ask(&states(network), &states(network)[STATES - 1], &proof, None);
        assert_eq!((status, &lines[0]["is_better"]), (1, &false.into()));
    }
    let (held, proof) = (file("devnet.bridge.state.binprot"), file("devnet.tip.proof.binprot"));
    let mut gap = states("devnet");
    gap.remove(4);
    let mut mixed = states("devnet");
    mixed[3] = states("mainnet")[3].clone();
    for (states, held, proof, account, due) in [
        (&gap, &held, &proof, None, 1),
        (&mixed, &held, &proof, None, 2),
        (&states("devnet"), &held, &file("mainnet.tip.proof.binprot"), None, 1),
        (&states("mainnet"), &held, &file("mainnet.tip.proof.binprot"), None, 2),
        (
            &states("mainnet"),
            &file("mainnet.bridge.state.binprot"),
            &file("mainnet.tip.proof.binprot"),
            Some(&account),
            1,
        ),
    ] {
        let (status, lines) = ask(states, held, proof, account.map(|account| account.as_str()));
        assert_eq!((status, words(&lines, "verdict")), (due, vec!["rejected"]), "{lines:?}");
        assert!(lines[0]["reason"].is_string() && lines[0]["state_hash"].is_null());
    }
}
