//! The JSON forms of a command, told apart.

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::zkapp_command::{Protocol, ZkappCommand};
use quickpickle_vectors::{needs_whole_set, shipped, unzipped, whole};
use serde_json::{Value, json};

use super::cases::parse;

needs_whole_set!(ocamls_own_form_is_read_with_its_variant_and_without);

fn read(value: &Value) -> Option<ZkappCommand> {
    ZkappCommand::from_text(value.to_string().as_bytes(), Protocol::Berkeley).ok()
}

#[test]
fn a_command_is_read_alone_and_in_the_query_that_sends_it() {
    let file: Value =
        serde_json::from_slice(&unzipped(&shipped("mina/zkapp-commands.json.gz"))).expect("JSON");
    let cases = file["cases"].as_array().expect("cases");
    let is_whole = |case: &&Value| case["verdict"] == "valid" && !case.to_string().contains("\"@");
    let command = &cases.iter().find(is_whole).expect("a command without proofs")["command"];
    let due = ZkappCommand::from_graphql(&parse(command.to_string().as_bytes()), Protocol::Berkeley);
    let due = due.expect("a command");
    assert_eq!(read(command), Some(due.clone()));
    let variables = json!({"input": {"zkappCommand": command}});
    assert_eq!(read(&json!({"query": "mutation", "variables": variables})), Some(due));
    for other in [json!(["Signed_command", command]), json!([command]), json!({"data": command}), json!({})] {
        assert_eq!(read(&other), None);
    }
}

/// The first zkApp command of a block, as `["Zkapp_command", command]`.
fn of_block(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(list) if list.first().is_some_and(|name| name == "Zkapp_command") => Some(value),
        Value::Array(list) => list.iter().find_map(of_block),
        Value::Object(fields) => fields.values().find_map(of_block),
        _ => None,
    }
}

fn ocamls_own_form_is_read_with_its_variant_and_without() {
    let name = "network/blocks/mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.json.gz";
    let block: Value = serde_json::from_slice(&unzipped(&whole(name))).expect("JSON");
    let variant = of_block(&block).expect("a zkApp command");
    let command: Json = parse(variant[1].to_string().as_bytes());
    let due = ZkappCommand::from_json(&command, Protocol::Berkeley).expect("a command");
    assert_eq!((read(variant), read(&variant[1])), (Some(due.clone()), Some(due)));
}
