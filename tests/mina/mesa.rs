//! zkApp commands of the next fork: in which form they are follows from what they hold, and whether they are taken from the networks
//! that are known.

use quickpickle::mina::zkapp_command::Protocol;
use quickpickle::mina::{Known, Object, ObjectError};
use quickpickle::{ErrorKind, Verifier};
use quickpickle_vectors::{needs_whole_set, shipped, unzipped, whole};
use serde_json::{Value, json};

use crate::commands::altered;
use crate::support::*;

needs_whole_set!(every_command_of_the_next_fork_is_valid_there_alone);

/// A file of keys of a fork of `network` with this version. They are devnet's: no command is verified with them.
fn network_keys(network: &str, version: &str) -> String {
    let key = |circuit: &str| {
        let path = format!("{}/srs-data/networks/devnet-{circuit}.json", env!("CARGO_MANIFEST_DIR"));
        let key: Value = serde_json::from_slice(&std::fs::read(path).expect("a key")).expect("JSON");
        json!({"digest": key["digest"], "data": key["data"]})
    };
    let genesis = "3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";
    let keys = json!({"blockchain": key("blockchain"), "transaction": key("transaction")});
    json!({"network": network, "protocolVersion": version, "genesisStateHash": genesis, "keys": keys})
        .to_string()
}

fn object(case: &Value) -> Object {
    let read = Object::read(case["command"].to_string().as_bytes());
    read.unwrap_or_else(|error| panic!("{}: {error}", case["name"])).remove(0)
}

/// Checks a case where its fork is known and where not; whether the form tells its protocol.
fn check(case: &Value) -> bool {
    let (network, object) = (case["network"].as_str().expect("a network"), object(case));
    let verdict = |known: &Known| Verifier::baked().verify_objects(&[&object], known).remove(0);
    let Object::ZkappCommand(command) = &object else { panic!("{object:?}") };
    let tells = !command.account_updates.account_updates().is_empty();
    assert_eq!(command.protocol == Protocol::Mesa, tells, "{}", case["name"]);

    let present = || Known::baked().only(network);
    let mut with_fork = present();
    with_fork.add_network(network_keys(network, "4.0.0").as_bytes()).expect("keys");
    for known in [&with_fork, &present().with_protocol(Protocol::Mesa)] {
        assert!(verdict(known).is_ok(), "{}: {:?}", case["name"], verdict(known));
    }
    // For another network it is not signed.
    let mut other = Known::baked().only(if network == "mainnet" { "devnet" } else { "mainnet" });
    other.add_network(network_keys("mainnet", "4.0.0").as_bytes()).expect("keys");
    let other = other.with_protocol(Protocol::Mesa);
    assert!(
        verdict(&other).is_err_and(|error| error.mina() == Some("invalid_signature")),
        "{}",
        case["name"]
    );
    // Where there is no such fork, it is refused by name; without an account update it is not signed in the form that there is.
    let error = verdict(&present()).expect_err("no such fork");
    if tells {
        assert_eq!(error, ObjectError::OtherProtocol { found: Protocol::Mesa });
        assert_eq!(error.kind(), ErrorKind::Input);
    } else {
        assert_eq!(error.mina(), Some("invalid_signature"));
    }
    // In bin_prot it is known for what it is as well.
    let read = Object::read(&command.to_binprot()).expect("a command");
    assert_eq!(read.as_slice(), std::slice::from_ref(&object), "{}", case["name"]);
    tells
}

fn every_command_of_the_next_fork_is_valid_there_alone() {
    let lines = unzipped(&whole("network/zkapp-commands/mesa.jsonl.gz"));
    let lines = String::from_utf8(lines).expect("text");
    let cases: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let telling = cases.iter().filter(|case| check(case)).count();
    assert_eq!((cases.len(), telling), (8, 6));
}

#[test]
fn a_command_of_the_next_fork_is_told_how_to_be_verified() {
    let cases = altered(&shipped("mina/zkapp-commands.json.gz"));
    let case = cases.iter().find(|case| case["fork"] == "mesa").expect("a case");
    assert!(check(case));
    let folder = tempfile::tempdir().expect("a folder");
    let command = write(&folder, "command.json", case["command"].to_string());
    let network = case["network"].as_str().expect("a network");
    let keys = write(&folder, "keys.json", network_keys(network, "4.0.0"));
    let later = write(&folder, "later.json", network_keys(network, "5.0.0"));
    for (args, status, verdict) in [
        (&["--network", network, "--network-keys", &keys][..], 0, "valid"),
        (&["--network-keys", &keys], 0, "valid"),
        (&["--network", network, "--protocol", "mesa"], 0, "valid"),
        (&["--network", network], 2, "input"),
        (&["--network", network, "--network-keys", &later], 2, "input"),
        (&["--network-keys", &keys, "--protocol", "berkeley"], 2, "input"),
    ] {
        let (found, lines) = verify(&[&[command.as_str()], args].concat());
        assert_eq!((found, words(&lines, "verdict")), (status, vec![verdict]), "{args:?}: {lines:?}");
        assert_eq!((&lines[0]["protocol"], &lines[0]["kind"]), (&"mesa".into(), &"zkApp command".into()));
        let reason = lines[0]["reason"].as_str().unwrap_or_default();
        assert_eq!(reason.contains("of the protocol mesa"), status == 2, "{lines:?}");
    }
    // One of today is none of the next fork.
    let today = cases.iter().find(|case| case["name"] == "tally-bump-devnet").expect("a case");
    let today = write(&folder, "today.json", today["command"].to_string());
    let (status, lines) = verify(&[&today, "--protocol", "mesa"]);
    assert_eq!(
        (status, words(&lines, "verdict"), words(&lines, "protocol")),
        (2, vec!["input"], vec!["berkeley"])
    );
}
