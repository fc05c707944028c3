//! What decodes, and what does not.

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::zkapp_command::{Protocol, ZkappCommand};
use quickpickle_vectors::{name, needs_whole_set};

use super::cases::{altered, at, commands, text};

fn what_is_malformed_does_not_decode() {
    let (mut refused, mut taken) = (0, 0);
    for case in altered() {
        let command = ZkappCommand::from_graphql(at(&case, &["command"]), Protocol::Berkeley);
        let is_malformed = text(&case, &["verdict"]) == "malformed";
        assert_eq!(command.is_err(), is_malformed, "{}", text(&case, &["name"]));
        *(if is_malformed { &mut refused } else { &mut taken }) += 1;
    }
    assert_eq!((refused, taken), (43, 228));
}

/// Calls `see` with the value after each of its objects has lost a field or got one more.
fn with_other_fields(json: &Json, rebuild: &dyn Fn(Json) -> Json, see: &mut dyn FnMut(Json)) {
    match json {
        Json::Object(fields) => {
            for at in 0..fields.len() {
                let mut fewer = fields.clone();
                fewer.remove(at);
                see(rebuild(Json::Object(fewer)));
                let field = |value| {
                    let mut changed = fields.clone();
                    changed[at].1 = value;
                    rebuild(Json::Object(changed))
                };
                with_other_fields(&fields[at].1, &field, see);
            }
            let mut more = fields.clone();
            more.push(("another".to_owned(), Json::Null));
            see(rebuild(Json::Object(more)));
        }
        Json::List(list) => {
            for at in 0..list.len() {
                let element = |value| {
                    let mut changed = list.clone();
                    changed[at] = value;
                    rebuild(Json::List(changed))
                };
                with_other_fields(&list[at], &element, see);
            }
        }
        _ => (),
    }
}

fn records_have_all_their_fields_and_no_others() {
    let commands = commands();
    let (_, case) =
        commands.iter().find(|(path, _)| name(path) == "tally-deploy-devnet.json.gz").expect("it");
    let mut seen = 0;
    with_other_fields(at(case, &["command"]), &|json| json, &mut |json| {
        seen += 1;
        assert!(ZkappCommand::from_graphql(&json, Protocol::Berkeley).is_err(), "change {seen}");
    });
    assert!(seen > 200, "{seen}");
}

needs_whole_set!(what_is_malformed_does_not_decode, records_have_all_their_fields_and_no_others);
