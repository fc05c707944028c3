//! zkApp commands, payments and delegations.

use std::collections::BTreeMap;

use quickpickle::mina::zkapp_command::Protocol;
use quickpickle::mina::{Known, Object, ObjectError};
use quickpickle::{ErrorKind, Verifier};
use quickpickle_vectors::{entries, name, needs_whole_set, shipped, unzipped, whole};
use serde_json::{Value, json};

use crate::support::*;

needs_whole_set!(
    every_command_has_its_verdict,
    altered_commands_have_their_verdicts_and_culprits,
    payments_of_mainnet_are_valid,
);

const FOLDER: &str = "network/zkapp-commands";

/// The accounts of a case in the form of `--keys`.
fn accounts(case: &Value) -> Value {
    let list = |name: &str| case[name].as_array().cloned().unwrap_or_default();
    let keys = list("verification_keys");
    let with_key = |account: &Value| {
        let hash = &account["verification_key_hash"];
        let key = keys.iter().find(|key| &key["hash"] == hash && hash.is_string())?;
        Some(
            json!({"publicKey": account["public_key"], "tokenId": account["token_id"], "verificationKey": key}),
        )
    };
    list("accounts").iter().filter_map(with_key).collect()
}

/// What is known before a case.
fn known(accounts: &Value, network: &str) -> Known {
    let mut known = Known::baked().only(network);
    if accounts != &json!([]) {
        known.add_account_keys(accounts.to_string().as_bytes()).expect("accounts");
    }
    known
}

/// The cases of a file, in which `@k` stands for one of its strings.
pub fn altered(path: &std::path::Path) -> Vec<Value> {
    fn put(value: &mut Value, strings: &Value) {
        match value {
            Value::String(text) => {
                if let Some(string) = text.strip_prefix('@').and_then(|key| strings.get(key)) {
                    *value = string.clone();
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|value| put(value, strings)),
            Value::Object(fields) => fields.values_mut().for_each(|value| put(value, strings)),
            _ => (),
        }
    }
    let mut file: Value = serde_json::from_slice(&unzipped(path)).expect("JSON");
    let strings = file["strings"].take();
    let mut cases = file["cases"].as_array_mut().map(std::mem::take).expect("cases");
    cases.iter_mut().for_each(|case| put(case, &strings));
    cases
}

/// The verdicts on the commands of cases, which are verified together where they have the same accounts.
fn verdicts(cases: &[Value]) -> Vec<(&Value, Result<(), ObjectError>)> {
    let mut groups: BTreeMap<(String, String), Vec<(&Value, Object)>> = BTreeMap::new();
    let mut verdicts = Vec::new();
    for case in cases {
        match Object::read(case["command"].to_string().as_bytes()) {
            Ok(mut objects) => {
                let group =
                    (case["network"].to_string(), case["fork"].to_string() + &accounts(case).to_string());
                groups.entry(group).or_default().push((case, objects.remove(0)));
            }
            Err(error) => verdicts.push((case, Err(error))),
        }
    }
    for group in groups.into_values() {
        let first = group[0].0;
        let mut known = known(&accounts(first), first["network"].as_str().expect("a network"));
        if first["fork"] == "mesa" {
            known = known.with_protocol(Protocol::Mesa);
        }
        let (cases, objects): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let results = Verifier::baked().verify_objects(&objects, &known);
        verdicts.extend(cases.into_iter().zip(results.into_iter().map(|result| result.map(|_| ()))));
    }
    verdicts
}

fn word(verdict: &Result<(), ObjectError>) -> &str {
    match verdict {
        Ok(()) => "valid",
        Err(error) if error.kind() == ErrorKind::Malformed => "malformed",
        Err(error) => error.mina().unwrap_or("no word"),
    }
}

fn every_command_has_its_verdict() {
    let files: Vec<_> = entries(&whole(FOLDER))
        .into_iter()
        .filter(|path| name(path).ends_with("-devnet.json.gz") || name(path).ends_with("-mainnet.json.gz"))
        .collect();
    let cases: Vec<Value> =
        files.iter().map(|path| serde_json::from_slice(&unzipped(path)).expect("JSON")).collect();
    assert!(cases.len() > 12);
    for (case, verdict) in verdicts(&cases) {
        assert_eq!(word(&verdict), case["verdict"], "{}: {verdict:?}", case["name"]);
    }
    // bin_prot, and its base64, through the command; of the wrong network they are not signed.
    let folder = tempfile::tempdir().expect("a folder");
    let case = cases.iter().find(|case| case["name"] == "tally-bump-mainnet").expect("the case");
    let keys = write(&folder, "keys.json", accounts(case).to_string());
    let bytes = quickpickle_vectors::read(&whole(&format!("{FOLDER}/tally-bump-mainnet.binprot")));
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes);
    let files = [
        write(&folder, "command.binprot", &bytes),
        write(&folder, "command.base64", &base64),
        write(&folder, "input.json", json!({"input": {"zkappCommand": case["command"]}}).to_string()),
    ];
    let args = |network| [&files[0], &files[1], &files[2], "--keys", &keys, "--network", network];
    let (status, lines) = verify(&args("mainnet"));
    assert_eq!((status, words(&lines, "verdict")), (0, vec!["valid"; 3]), "{lines:?}");
    let hash = case["expected"]["transaction_hash"].as_str().expect("a hash");
    assert_eq!(words(&lines, "hash"), [hash; 3]);
    let (status, lines) = verify(&args("devnet"));
    assert_eq!((status, words(&lines, "mina")), (1, vec!["invalid_signature"; 3]), "{lines:?}");
}

fn altered_commands_have_their_verdicts_and_culprits() {
    let mut seen = 0;
    for path in entries(&whole(FOLDER)) {
        if name(&path).ends_with(".altered.json.gz") && !name(&path).starts_with("random") {
            seen += compare(&altered(&path));
        }
    }
    assert!(seen > 250, "{seen}");
}

/// Some of each kind, also where the whole set is not there.
#[test]
fn commands_have_their_verdicts_and_culprits() {
    assert!(compare(&altered(&shipped("mina/zkapp-commands.json.gz"))) > 30);
}

/// Compares the verdicts on cases with those that are due; how many are not valid.
fn compare(cases: &[Value]) -> usize {
    let verdicts = verdicts(cases);
    assert_eq!(verdicts.len(), cases.len());
    let mut seen = 0;
    for (case, verdict) in verdicts {
        assert_eq!(word(&verdict), case["verdict"], "{}: {verdict:?}", case["name"]);
        let Err(error) = verdict else { continue };
        for culprit in case["culprits"].as_array().into_iter().flatten() {
            let told = match culprit {
                Value::String(_) => "fee payer".to_owned(),
                place => format!("account update {place}"),
            };
            let is_named = matches!(error, ObjectError::Decode(_)) || error.to_string().contains(&told);
            assert!(is_named, "{}: {error}", case["name"]);
        }
        seen += 1;
    }
    seen
}

fn payments_of_mainnet_are_valid() {
    let lines = String::from_utf8(unzipped(&whole("network/signatures/mainnet-signed-commands.jsonl.gz")))
        .expect("text");
    let cases: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let object = |case: &Value| {
        let bytes = hex(case["binprot"].as_str().expect("hex"));
        Object::read(&bytes).unwrap_or_else(|error| panic!("{case}: {error}")).remove(0)
    };
    let objects: Vec<Object> = cases.iter().map(object).collect();
    assert!(objects.len() > 100 && objects.iter().all(|object| matches!(object, Object::SignedCommand(_))));
    let verdicts = Verifier::baked().verify_objects(&objects, &Known::baked());
    for (case, verdict) in cases.iter().zip(verdicts) {
        assert_eq!(verdict.map(|valid| valid.network), Ok("mainnet".to_owned()), "{case}");
    }
    let verdicts = Verifier::baked().verify_objects(&objects, &Known::baked().only("devnet"));
    assert!(
        verdicts
            .iter()
            .all(|verdict| verdict.as_ref().is_err_and(|error| error.mina() == Some("invalid_signature")))
    );
}

fn hex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digits).collect()
}

/// A case in the form of wallets.
fn wallet_json(case: &Value) -> Value {
    let (common, body) = (&case["data"]["common"], &case["data"]["body"]);
    let mut data = json!({
        "from": common["feePayer"], "to": body["receiver"], "fee": common["fee"], "nonce": common["nonce"],
        "memo": common["memo"], "validUntil": common["validUntil"],
    });
    match &body["amount"] {
        Value::Null => data["to"] = body["newDelegate"].clone(),
        amount => data["amount"] = amount.clone(),
    }
    json!({"publicKey": case["public_key"], "signature": case["signature"], "data": data})
}

/// The payments and delegations that were made for this project, as wallets have them.
#[test]
fn signed_commands_are_valid_on_their_network_alone() {
    let cases: Value = serde_json::from_slice(&unzipped(&shipped("mina/signatures.json.gz"))).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = 0;
    for case in cases.as_array().expect("a list") {
        if !matches!(case["kind"].as_str(), Some("payment" | "delegation")) {
            continue;
        }
        let network = case["network"].as_str().expect("a network");
        let signed = wallet_json(case);
        let objects =
            Object::read(signed.to_string().as_bytes()).unwrap_or_else(|error| panic!("{signed}: {error}"));
        let [object @ Object::SignedCommand(_)] = objects.as_slice() else { panic!("{objects:?}") };
        let verdict = |known: &Known| Verifier::baked().verify_objects(&[object], known).remove(0);
        assert!(verdict(&Known::baked().only(network)).is_ok(), "{case}");
        let is_known = matches!(network, "mainnet" | "devnet");
        assert_eq!(verdict(&Known::baked()).is_ok(), is_known, "{case}");
        let error = verdict(&Known::baked().only("another")).expect_err("another network");
        assert_eq!((error.kind(), error.mina()), (ErrorKind::Rejected, Some("invalid_signature")));
        let mut altered = signed.clone();
        altered["data"]["nonce"] = json!("12345678");
        let altered = Object::read(altered.to_string().as_bytes()).expect("a command");
        assert!(Verifier::baked().verify_objects(&altered, &Known::baked().only(network))[0].is_err());
        seen += 1;
        if is_known {
            let file = write(&folder, "payment.json", signed.to_string());
            let (status, lines) = verify(&[&file]);
            let named = if network == "mainnet" { "mainnet" } else { "testnet" };
            assert_eq!(
                (status, words(&lines, "verdict"), words(&lines, "network")),
                (0, vec!["valid"], vec![named])
            );
            assert!(
                words(&lines, "from")[0].starts_with("B62") && words(&lines, "hash")[0].starts_with("5J")
            );
        }
    }
    assert!(seen > 5, "{seen}");
}

/// A command of o1js's with its account's key: valid with it, refused without it, with another one, or altered.
#[test]
fn a_command_is_verified_with_the_keys_of_its_accounts() {
    let cases = altered(&shipped("mina/zkapp-commands.json.gz"));
    let case = cases.iter().find(|case| case["name"] == "tally-bump-devnet").expect("the case").clone();
    let folder = tempfile::tempdir().expect("a folder");
    let command = write(&folder, "command.json", case["command"].to_string());
    let keys = write(&folder, "keys.json", accounts(&case).to_string());
    let (status, lines) = verify(&[&command, "--keys", &keys]);
    assert_eq!((status, words(&lines, "verdict")), (0, vec!["valid"]), "{lines:?}");
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["network"], &lines[0]["proofs"]),
        (&"zkApp command".into(), &"testnet".into(), &1.into())
    );

    let mut other_hash = accounts(&case);
    other_hash[0]["verificationKey"]["hash"] = json!("1");
    let mut other_account = accounts(&case);
    other_account[0]["publicKey"] = case["command"]["feePayer"]["body"]["publicKey"].clone();
    let mut altered = case["command"].clone();
    altered["memo"] = json!("E4YM2vTHhWEg66xpj52JErHUBU4pZ1yageL4TVDDpTTSsv8mK6YaH");
    let altered = write(&folder, "altered.json", altered.to_string());
    let in_answer = json!({"data": {"account": {
        "publicKey": accounts(&case)[0]["publicKey"], "token": accounts(&case)[0]["tokenId"],
        "verificationKey": {"verificationKey": accounts(&case)[0]["verificationKey"]["data"], "hash": null},
    }}});
    for (command, keys, status, verdict, mina) in [
        (&command, None, 2, "input", "missing_verification_key"),
        (&command, Some(other_hash), 2, "input", "mismatched_verification_key"),
        (&command, Some(other_account), 2, "input", "missing_verification_key"),
        (&command, Some(in_answer), 0, "valid", ""),
        (&altered, None, 1, "rejected", "invalid_signature"),
    ] {
        let keys = keys.map(|keys| write(&folder, "other.json", keys.to_string()));
        let mut args = vec![command.as_str()];
        args.extend(keys.iter().flat_map(|keys| ["--keys", keys.as_str()]));
        let (found, lines) = verify(&args);
        assert_eq!(
            (found, words(&lines, "verdict"), words(&lines, "mina")),
            (status, vec![verdict], vec![mina]),
            "{lines:?}"
        );
    }
    // No accounts, and an account twice, are no keys.
    let twice = json!([accounts(&case)[0], accounts(&case)[0]]);
    for keys in [json!([]), json!({"data": {}}), twice] {
        let keys = write(&folder, "none.json", keys.to_string());
        assert_eq!(verify(&[&command, "--keys", &keys]), (2, Vec::new()));
    }
}
