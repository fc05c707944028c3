//! Hashes as others have them, step by step.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle_mina::formats::json::Json;
use quickpickle_mina::hash::Input;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::zkapp_command::{Hashes, Protocol, Statement, ZkappCommand};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::chain;
use quickpickle_runtime::wire::number::{element_from_bytes, element_from_decimal};
use quickpickle_vectors::{entries, name, needs_whole_set, read, unzipped, whole};

use super::cases::{at, command, commands, lines, list, network, parse, place, protocol, shipped, text};

fn element(json: &Json, path: &[&str]) -> Fp {
    element_from_decimal(text(json, path)).expect("a decimal field element")
}

fn elements(json: &Json, path: &[&str]) -> Vec<Fp> {
    list(json, path).iter().map(|json| element(json, &[])).collect()
}

/// Compares what a case expects with a command, from the inputs of hashes up to the commitments.
fn compare(case: &Json, command: &ZkappCommand, label: &str) -> Hashes {
    let expected = at(case, &["expected"]);
    let hashes = command.hashes(&network(case));
    let updates = command.account_updates.account_updates();
    let expected_updates = list(expected, &["account_updates"]);
    assert_eq!(updates.len(), expected_updates.len(), "{label}");
    for (at_update, (update, expected)) in updates.iter().zip(expected_updates).enumerate() {
        let label = format!("{label}, account update {at_update}");
        let input = update.body.input(command.protocol);
        if let Some(body) = expected.get("body_input") {
            assert_input(&input, body, &label);
            let hashed = body.get("hashed").or(expected.get("body_fields")).expect("what is hashed");
            assert_eq!(input.to_fields(), elements(hashed, &[]), "{label}");
        }
        let statement = hashes.forest.account_updates[at_update];
        assert_eq!(statement.account_update, element(expected, &["hash"]), "{label}");
        if expected.get("calls").is_some() {
            assert_eq!(statement.calls, element(expected, &["calls"]), "{label}: calls");
        }
    }
    assert_eq!(hashes.fee_payer, element(expected, &["fee_payer_hash"]), "{label}: fee payer");
    assert_eq!(hashes.commitment(), element(expected, &["commitment"]), "{label}");
    assert_eq!(hashes.full_commitment, element(expected, &["full_commitment"]), "{label}");
    if expected.get("memo_hash").is_some() {
        assert_eq!(hashes.memo, element(expected, &["memo_hash"]), "{label}: memo");
    }
    if let Some(hash) = expected.get("transaction_hash") {
        let hash = hash.as_text().expect("a text");
        assert_eq!(command.transaction_hash().to_string(), hash, "{label}");
    }
    hashes
}

fn assert_input(input: &Input, expected: &Json, label: &str) {
    for (place, (found, due)) in input.fields.iter().zip(elements(expected, &["fields"])).enumerate() {
        assert_eq!(*found, due, "{label}: field {place}");
    }
    assert_eq!(input.fields.len(), list(expected, &["fields"]).len(), "{label}");
    let packed: Vec<(u64, u32)> = (list(expected, &["packed"]).iter())
        .map(|pair| match pair.as_list() {
            Some([Json::Text(number), Json::Number(bits)]) => {
                (number.parse().expect("a number"), u32::try_from(*bits).expect("bits"))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    for (place, (found, due)) in input.packed.iter().zip(&packed).enumerate() {
        assert_eq!(found, due, "{label}: packed number {place}");
    }
    assert_eq!(input.packed.len(), packed.len(), "{label}");
}

fn commands_of_contracts_hash_as_o1js_has_them() {
    for (path, case) in commands() {
        let label = name(&path);
        let command = command(&case);
        compare(&case, &command, &label);
        let bytes = read(&path.with_file_name(label.replace(".json.gz", ".binprot")));
        assert_eq!(ZkappCommand::from_binprot(&bytes, Protocol::Berkeley).as_ref(), Ok(&command), "{label}");
        assert_eq!(command.to_binprot(), bytes, "{label}");
    }
}

#[test]
fn shipped_commands_hash_as_others_have_them() {
    let mut seen = 0;
    for case in shipped().iter().filter(|case| case.get("expected").is_some()) {
        let label = text(case, &["name"]);
        let command = command(case);
        compare(case, &command, label);
        if let Some(Json::Text(bytes)) = case.get("binprot") {
            let bytes = STANDARD.decode(bytes).expect("base64");
            assert_eq!(ZkappCommand::from_binprot(&bytes, protocol(case)).as_ref(), Ok(&command), "{label}");
            assert_eq!(command.to_binprot(), bytes, "{label}");
        }
        seen += 1;
    }
    assert_eq!(seen, 6);
}

fn random_commands_hash_as_o1js_has_them() {
    for case in lines("random.jsonl.gz") {
        let label = text(&case, &["name"]);
        let command = command(&case);
        compare(&case, &command, label);
        let other = at(&case, &["expected", "other_network"]);
        let hashes = command.hashes(&network(other));
        assert_eq!(hashes.commitment(), element(other, &["commitment"]), "{label}");
        assert_eq!(hashes.full_commitment, element(other, &["full_commitment"]), "{label}");
        let bytes = command.to_binprot();
        assert_eq!(ZkappCommand::from_binprot(&bytes, Protocol::Berkeley).as_ref(), Ok(&command), "{label}");
    }
}

fn commands_of_the_next_fork_hash_as_its_signer_has_them() {
    for case in lines("mesa.jsonl.gz") {
        let label = text(&case, &["name"]);
        let command = command(&case);
        compare(&case, &command, label);
        let refused = ZkappCommand::from_graphql(at(&case, &["command"]), Protocol::Berkeley);
        let is_alike = command.account_updates.account_updates().is_empty();
        assert_eq!(refused.is_ok(), is_alike, "{label}: a state of 32 elements in one of 8");
    }
}

/// A digest of a precomputed block.
fn digest(json: &Json, field: &str) -> Fp {
    let digits = text(json, &[field]).strip_prefix("0x").expect("hex");
    let mut bytes: [u8; 32] = hex::decode(digits).expect("hex").try_into().expect("32 bytes");
    bytes.reverse();
    element_from_bytes(&bytes).expect("a field element")
}

/// The statements of trees as the network worked them out; what calls hash to is the list's digest.
fn statements(trees: &[Json], found: &mut Vec<Statement>) {
    for tree in trees {
        let calls = list(tree, &["elt", "calls"]);
        found.push(Statement {
            account_update: digest(at(tree, &["elt"]), "account_update_digest"),
            calls: calls.first().map(|first| digest(first, "stack_hash")).unwrap_or_default(),
            stack: digest(tree, "stack_hash"),
        });
        statements(calls, found);
    }
}

fn commands_in_blocks_hash_as_the_network_has_them() {
    let (mut count, mut hashed) = (0, 0);
    for path in entries(&whole("network/blocks")) {
        if !name(&path).starts_with("mainnet-") || !name(&path).ends_with(".json.gz") {
            continue;
        }
        let block = parse(&unzipped(&path));
        for diff in list(&block, &["data", "staged_ledger_diff", "diff"]) {
            for command_json in diff.get("commands").and_then(Json::as_list).unwrap_or_default() {
                let [kind, content] = list(command_json, &["data"]) else { panic!("two parts") };
                if kind.as_text() != Some("Zkapp_command") {
                    continue;
                }
                let label = format!("{}, command {count}", name(&path));
                let command = ZkappCommand::from_json(content, Protocol::Berkeley);
                let command = command.unwrap_or_else(|error| panic!("{label}: {}", chain(&error)));
                let mut expected = Vec::new();
                statements(list(content, &["account_updates"]), &mut expected);
                let hashes = command.hashes(&NetworkId::Mainnet);
                assert_eq!(hashes.forest.account_updates, expected, "{label}");
                let bytes = command.to_binprot();
                assert_eq!(ZkappCommand::from_binprot(&bytes, Protocol::Berkeley).as_ref(), Ok(&command));
                if let Some(hash) = command_json.get("txn_hash").and_then(Json::as_text) {
                    assert_eq!(command.transaction_hash().to_string(), hash, "{label}");
                    hashed += 1;
                }
                count += 1;
            }
        }
    }
    assert_eq!(count, 38);
    assert!(hashed > 10, "{hashed}");
}

fn altered_commands_commit_to_something_else() {
    let originals = lines("random.jsonl.gz");
    let hashed: Vec<_> = (originals.iter())
        .map(|case| {
            let command = command(case);
            let hashes = command.hashes(&network(case));
            (text(case, &["name"]), case, command, hashes)
        })
        .collect();
    let file = parse(&unzipped(&whole("network/zkapp-commands/random.altered.json.gz")));
    let mut kept = 0;
    for case in list(&file, &[]) {
        let base = text(case, &["base"]);
        let original = hashed.iter().find(|(name, ..)| *name == base).expect("its original");
        let (_, original, command, hashes) = original;
        let mut json = at(original, &["command"]).clone();
        *place(&mut json, list(case, &["path"])) = at(case, &["value"]).clone();
        let label = text(case, &["name"]);
        let altered = ZkappCommand::from_graphql(&json, Protocol::Berkeley);
        let altered = altered.unwrap_or_else(|error| panic!("{label}: {}", chain(&error)));
        assert_ne!(altered, *command, "{label}");
        if altered.hashes(&network(case)) == *hashes {
            // Only what is not hashed: signatures.
            assert!(label.contains("uthorization"), "{label}: the same hashes");
            kept += 1;
        }
    }
    assert!(kept < list(&file, &[]).len() / 4, "{kept} of the altered commands have the same hashes");
}

needs_whole_set!(
    commands_of_contracts_hash_as_o1js_has_them,
    random_commands_hash_as_o1js_has_them,
    commands_of_the_next_fork_hash_as_its_signer_has_them,
    commands_in_blocks_hash_as_the_network_has_them,
    altered_commands_commit_to_something_else,
);
