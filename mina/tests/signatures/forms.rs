//! Signed commands told from what they look like, and what is claimed of them.

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::signed_command::{Body, CommandError, SignedCommand};

use super::commands::{cases, command, data, ocaml_json};
use super::{at, wallet_json};

/// A value as text.
fn written(json: &Json) -> String {
    let list = |parts: Vec<String>| parts.join(",");
    match json {
        Json::Null => "null".to_owned(),
        Json::Boolean(boolean) => boolean.to_string(),
        Json::Number(number) => number.to_string(),
        Json::Text(text) => serde_json::to_string(text).expect("a string"),
        Json::List(elements) => format!("[{}]", list(elements.iter().map(written).collect())),
        Json::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name:?}:{}", written(value)));
            format!("{{{}}}", list(fields.collect()))
        }
    }
}

/// The fields that a daemon has of a command.
fn answered(command: &SignedCommand) -> Vec<(&'static str, String)> {
    let (payer, receiver) = (command.payload.fee_payer, command.payload.body.receiver());
    let (kind, amount) = match command.payload.body {
        Body::Payment { amount, .. } => ("PAYMENT", amount),
        Body::Delegation { .. } => ("STAKE_DELEGATION", 0),
    };
    let quoted = |value: &dyn core::fmt::Display| format!("\"{value}\"");
    let token = quoted(&"wSHV2S4qX9jFsLjQo8r1BsMLH2ZRKsZx6EJd1sbozGPieEC4Jf");
    vec![
        ("id", quoted(&command.to_id())),
        ("hash", quoted(&command.hash())),
        ("kind", quoted(&kind)),
        ("isDelegation", (kind != "PAYMENT").to_string()),
        ("nonce", command.payload.nonce.to_string()),
        ("validUntil", quoted(&command.payload.valid_until)),
        ("fee", quoted(&command.payload.fee)),
        ("amount", quoted(&amount)),
        ("memo", quoted(&command.payload.memo)),
        ("token", token.clone()),
        ("feeToken", token),
        ("from", quoted(&payer)),
        ("source", format!("{{\"publicKey\":\"{payer}\",\"nonce\":\"77\"}}")),
        ("feePayer", format!("{{\"publicKey\":\"{payer}\"}}")),
        ("to", quoted(&receiver)),
        ("receiver", format!("{{\"publicKey\":\"{receiver}\"}}")),
        ("failureReason", "null".to_owned()),
    ]
}

fn answer(commands: &[Vec<(&'static str, String)>]) -> String {
    let object = |fields: &Vec<(&str, String)>| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    };
    let commands: Vec<_> = commands.iter().map(object).collect();
    format!("{{\"data\":{{\"pooledUserCommands\":[{}]}}}}", commands.join(","))
}

#[test]
fn a_command_is_known_by_its_look() {
    for case in cases() {
        let command = command(&case, at(&case, "data"));
        let ocaml = written(&ocaml_json(&case));
        let tagged = format!("[\"Signed_command\",{ocaml}]");
        let in_block =
            format!("{{\"data\":{tagged},\"status\":[\"Applied\"],\"txn_hash\":\"{}\"}}", command.hash());
        for text in [
            written(&wallet_json(&case, data(at(&case, "data")))),
            format!(" {ocaml}\n"),
            tagged,
            in_block,
            format!("{}\n", command.to_id()),
            answer(&[answered(&command)]),
        ] {
            assert_eq!(SignedCommand::read(text.as_bytes()), Ok(vec![command]), "{text}");
        }
        assert_eq!(SignedCommand::read(&command.to_binprot()), Ok(vec![command]));
    }
    let commands: Vec<_> = cases().iter().map(|case| command(case, at(case, "data"))).collect();
    let all = answer(&commands.iter().map(answered).collect::<Vec<_>>());
    assert_eq!(SignedCommand::read(all.as_bytes()), Ok(commands));
}

#[test]
fn each_false_claim_is_an_error_of_its_own() {
    for case in [&cases()[0], &cases()[10]] {
        let command = command(case, at(case, "data"));
        let fields = answered(&command);
        let mut claims = 0;
        for at in 0..fields.len() {
            let (name, value) = &fields[at];
            let false_one = match *name {
                "id" | "failureReason" => continue,
                "isDelegation" => (value != "true").to_string(),
                "source" | "feePayer" | "receiver" => value.replacen("B62", "B63", 1),
                "nonce" => "4294967295".to_owned(),
                _ => value.replacen('"', "\"1", 1),
            };
            let mut altered = fields.clone();
            altered[at].1 = false_one;
            let field = *name;
            let found = SignedCommand::read(answer(&[altered]).as_bytes());
            assert!(
                matches!(&found, Err(CommandError::OtherClaim { field: of, .. }) if *of == field),
                "{field}: {found:?}"
            );
            claims += 1;
        }
        assert_eq!(claims, 15);
        let mut listed = fields.clone();
        listed.push(("receiver", format!("[\"{}\"]", command.payload.body.receiver())));
        listed.retain(|(name, value)| *name != "receiver" || value.starts_with('['));
        let found = SignedCommand::read(answer(&[listed]).as_bytes());
        assert!(matches!(found, Err(CommandError::OtherClaim { field: "receiver", .. })), "{found:?}");
        let in_block = format!(
            "{{\"data\":[\"Signed_command\",{}],\"txn_hash\":\"{}\"}}",
            written(&ocaml_json(case)),
            command.hash().to_string().replace('5', "6")
        );
        let found = SignedCommand::read(in_block.as_bytes());
        assert!(matches!(found, Err(CommandError::OtherClaim { field: "txn_hash", .. })), "{found:?}");
    }
}

#[test]
fn what_has_no_command_is_refused() {
    let refused = |text: &str| SignedCommand::read(text.as_bytes()).expect_err("no command");
    assert_eq!(refused("{}"), CommandError::NoCommand);
    assert_eq!(refused(r#"{"data":{"pooledUserCommands":[]}}"#), CommandError::NoCommand);
    let daemon = refused(r#"{"data":null,"errors":[{"message":"no such field"}]}"#);
    assert_eq!(daemon, CommandError::Daemon { message: "no such field".to_owned() });
    for text in ["", "AQ==", "word", r#"{"data":{"x":[{"id":"AQ=="}]}}"#, r#"["Zkapp_command",{}]"#, "[", "{"]
    {
        assert!(SignedCommand::read(text.as_bytes()).is_err(), "{text}");
    }
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    assert!(SignedCommand::read(&deep).is_err());
}

#[test]
fn bin_prot_that_begins_like_json_is_bin_prot() {
    let mut signed = command(&cases()[0], at(&cases()[0], "data"));
    for byte in *b"{[" {
        signed.payload.fee = u64::from(byte);
        assert_eq!(signed.to_binprot().first(), Some(&byte));
        assert_eq!(SignedCommand::read(&signed.to_binprot()).expect("a command"), [signed]);
    }
}
