//! The commands in precomputed blocks.

use quickpickle::mina::block::BlockError;
use quickpickle::mina::{BlockCommands, Known, Object, ObjectError};
use quickpickle::{ErrorKind, Verifier};
use quickpickle_vectors::{entries, name, needs_whole_set, shipped, unzipped, whole};
use serde_json::{Value, json};

use crate::support::*;

needs_whole_set!(commands_in_blocks_are_valid, an_altered_command_in_a_block_is_named,);

const NAME: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";

/// Another one whose commands have proofs.
const OTHER: &str = "mainnet-425422-3NLhbkx92FD5CETZDBKA4PEXfb2QpVdcrrKdsDEcH2V3DqXkqgZ1";

fn block(name: &str) -> Value {
    serde_json::from_slice(&unzipped(&whole(&format!("network/blocks/{name}.json.gz")))).expect("JSON")
}

/// The commands of a block's first part.
fn commands(block: &mut Value) -> &mut Vec<Value> {
    block["data"]["staged_ledger_diff"]["diff"][0]["commands"].as_array_mut().expect("commands")
}

fn verdicts(block: &Value, known: &Known) -> Vec<Result<(), ObjectError>> {
    let read = BlockCommands::read(block.to_string().as_bytes(), known).expect("commands");
    let verdicts = Verifier::baked().verify_block_commands(&read, known);
    verdicts.into_iter().map(|verdict| verdict.map(|_| ())).collect()
}

fn commands_in_blocks_are_valid() {
    let known = Known::baked().only("mainnet");
    let (mut signed, mut zkapps, mut proofs) = (0, 0, 0);
    for path in entries(&whole("network/blocks")) {
        if !name(&path).ends_with(".json.gz") || name(&path).starts_with("expected") {
            continue;
        }
        let read = BlockCommands::read(&unzipped(&path), &known).expect("commands");
        let verdicts = Verifier::baked().verify_block_commands(&read, &known);
        for (place, (object, verdict)) in read.objects().iter().zip(verdicts).enumerate() {
            assert!(verdict.is_ok(), "{} {place}: {verdict:?}", name(&path));
            match object {
                Object::SignedCommand(_) => signed += 1,
                Object::ZkappCommand(command) => {
                    zkapps += 1;
                    let updates = command.account_updates.account_updates().iter();
                    proofs += updates
                        .filter(|update| format!("{:?}", update.authorization).starts_with("Proof"))
                        .count();
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(signed > 100 && zkapps == 38 && proofs > 10, "{signed} {zkapps} {proofs}");
}

fn an_altered_command_in_a_block_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = write(&folder, &format!("{NAME}.json"), block(NAME).to_string());
    let (status, lines) = verify(&[&whole, "--commands", "--network", "mainnet"]);
    assert_eq!((status, words(&lines, "verdict")), (0, vec!["valid"; 9]), "{lines:?}");
    assert!(lines[0]["command"].is_null() && lines[0]["kind"] == "block");
    for (place, line) in lines[1..].iter().enumerate() {
        assert_eq!((&line["command"], &line["file"]), (&place.into(), &whole.clone().into()));
    }
    // Without the option they are not looked at.
    assert_eq!(verify(&[&whole]).1.len(), 1);

    let mut altered = block(NAME);
    let at = commands(&mut altered).iter().position(|command| command["data"][0] == "Signed_command");
    let at = at.expect("a payment");
    let nonce = &mut commands(&mut altered)[at]["data"][1]["payload"]["common"]["nonce"];
    *nonce = "123456".into();
    let altered = write(&folder, &format!("{NAME}.json"), altered.to_string());
    let (status, lines) = verify(&[&altered, "--commands"]);
    let wrong: Vec<&Value> = lines.iter().filter(|line| line["verdict"] != "valid").collect();
    assert_eq!((status, lines.len(), wrong.len()), (1, 9, 1), "{wrong:?}");
    assert_eq!((&wrong[0]["command"], &wrong[0]["mina"]), (&at.into(), &"invalid_signature".into()));
    let (status, quiet) = verify(&[&altered, "--commands", "--quiet"]);
    assert_eq!((status, quiet), (1, vec![wrong[0].clone()]));

    // The proof of another block's command in a command's place: wrong where the command was applied, and of no account where it failed.
    let known = Known::baked().only("mainnet");
    let (mut block, mut other) = (block(NAME), block(OTHER));
    let proof = |command: &Value| {
        let text = command.to_string();
        let at = text.find("[\"Proof\",\"")? + 10;
        Some(text[at..].split('"').next()?.to_owned())
    };
    let list = commands(&mut block);
    let at = list.iter().position(|command| proof(command).is_some()).expect("a proof");
    let own = proof(&list[at]).expect("a proof");
    let others = commands(&mut other).iter().find_map(proof).expect("a proof");
    let altered = list[at].to_string().replace(&own, &others);
    list[at] = serde_json::from_str(&altered).expect("JSON");
    let due: Vec<bool> = (0..list.len()).map(|place| place != at).collect();
    let found = verdicts(&block, &known);
    assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), due, "{found:?}");
    assert!(found[at].as_ref().is_err_and(|error| error.mina() == Some("invalid_proof")), "{found:?}");
    commands(&mut block)[at]["status"] = json!(["Failed", [[], [["Cancelled"]]]]);
    assert!(verdicts(&block, &known).iter().all(Result::is_ok));

    // Without the accounts there is no key but where a command sets it, which is no fault of the commands.
    other["data"]["accounts_accessed"] = json!([]);
    let missing: Vec<_> = verdicts(&other, &known).into_iter().filter_map(Result::err).collect();
    assert!(!missing.is_empty());
    for error in missing {
        assert_eq!((error.mina(), error.kind()), (Some("missing_verification_key"), ErrorKind::Input));
    }
}

/// A fee as OCaml's JSON has it: in mina.
fn in_mina(fee: &str) -> String {
    let fee: u64 = fee.parse().expect("nanomina");
    let text = format!("{}.{:09}", fee / 1_000_000_000, fee % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Payments and delegations that were made for this project, as a block has them.
#[test]
fn commands_are_read_as_a_block_has_them() {
    let cases: Value = serde_json::from_slice(&unzipped(&shipped("mina/signatures.json.gz"))).expect("JSON");
    let mut list: Vec<Value> = cases
        .as_array()
        .expect("a list")
        .iter()
        .filter(|case| {
            case["network"] == "mainnet" && matches!(case["kind"].as_str(), Some("payment" | "delegation"))
        })
        .map(|case| case["command"].clone())
        .collect();
    for command in &mut list {
        let fee = &mut command["payload"]["common"]["fee"];
        *fee = in_mina(fee.as_str().expect("a fee")).into();
        let valid_until = &mut command["payload"]["common"]["valid_until"];
        if let Some(slot) = valid_until.get(1).cloned() {
            *valid_until = slot;
        }
    }
    assert!(list.len() > 3);
    let included = |status: Value| {
        list.iter()
            .map(|command| json!({"data": ["Signed_command", command], "status": status}))
            .collect::<Vec<_>>()
    };
    let block = |commands: &[Value]| json!({"version": 3, "data": {"staged_ledger_diff": {"diff": [{"commands": commands}, null]}}});
    let known = Known::baked().only("mainnet");
    for status in [json!(["Applied"]), json!(["Failed", [[["Amount_insufficient_to_create_account"]]]])] {
        let found = verdicts(&block(&included(status)), &known);
        assert!(found.len() == list.len() && found.iter().all(Result::is_ok), "{found:?}");
    }
    let found = verdicts(&block(&included(json!(["Applied"]))), &Known::baked().only("devnet"));
    assert!(found.iter().all(|verdict| verdict.as_ref().is_err_and(ObjectError::is_rejected)), "{found:?}");

    let read = |text: &Value| BlockCommands::read(text.to_string().as_bytes(), &known).map(drop);
    let good = block(&included(json!(["Applied"])));
    assert!(read(&good).is_ok());
    for (path, value) in [
        ("/data/staged_ledger_diff/diff/0/commands/1/status", json!(["Undone"])),
        ("/data/staged_ledger_diff/diff/0/commands/1/status", json!("Applied")),
        ("/data/staged_ledger_diff/diff/0/commands/1/data/0", json!("Coinbase")),
        ("/data/staged_ledger_diff/diff/0/commands/1/data/1", json!({})),
        ("/data/staged_ledger_diff/diff/0/commands", json!({})),
        ("/data/staged_ledger_diff/diff", json!(null)),
    ] {
        let mut altered = good.clone();
        *altered.pointer_mut(path).expect("there") = value;
        let error = read(&altered).expect_err("no commands");
        assert_eq!(error.kind(), ErrorKind::Malformed, "{path}: {error}");
    }
    let none = BlockCommands::read(b"{\"data\":{\"bestChain\":[]}}", &known).map(drop);
    assert_eq!(none, Err(ObjectError::Block(BlockError::NoCommands)));
    assert!(matches!(
        read(&json!({"version": 2, "data": {}})),
        Err(ObjectError::Block(BlockError::OtherVersion { found: 2 }))
    ));
}
