//! What decodes, and what does not.

use std::collections::HashSet;

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::verdict::Verdict;
use quickpickle_mina::zkapp_command::{
    AccountKeys, Candidate, Forest, MAX_ACCOUNT_UPDATES, Protocol, ZkappCommand, check,
};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::chain;
use quickpickle_vectors::needs_whole_set;
use rand_core::OsRng;

use super::cases::{altered, at, command, network, place, protocol, shipped, text};

/// A command in which most is set.
const RANDOM: &str = "random-dev-011-devnet";
const OTHER_KEY: &str = "B62qmpxkQGXXmLfFR3EekMJerDCBDPNNoNnMdegJpkw1gThKvYnnBay";
const OTHER_STATE: &str = "3NK4BpDSekaqsG6tx8Nse2zJchRft2JpnbvMiog55WCr5xJZaKeP";

fn what_is_malformed_does_not_decode() {
    assert_eq!(decode(&altered()), (43, 228));
}

#[test]
fn what_is_malformed_of_the_shipped_commands_does_not_decode() {
    assert_eq!(decode(&shipped()), (5, 36));
}

/// How many are refused, and how many are not.
fn decode(cases: &[Json]) -> (usize, usize) {
    let (mut refused, mut taken) = (0, 0);
    for case in cases {
        let command = ZkappCommand::from_graphql(at(case, &["command"]), protocol(case));
        let is_malformed = text(case, &["verdict"]) == "malformed";
        assert_eq!(command.is_err(), is_malformed, "{}", text(case, &["name"]));
        *(if is_malformed { &mut refused } else { &mut taken }) += 1;
    }
    (refused, taken)
}

/// What became of a field.
enum Change<'a> {
    /// It was left out: the name of the object that had it, its own, and the value with `null` in its place.
    LeftOut(&'a str, &'a str, Json),
    /// One more came.
    Added,
}

/// Calls `see` with the value after each of its objects, the outermost of the name `of`, has lost a field or got one more.
fn with_other_fields(
    json: &Json,
    of: &str,
    rebuild: &dyn Fn(Json) -> Json,
    see: &mut dyn FnMut(Json, Change),
) {
    match json {
        Json::Object(fields) => {
            for (at, (name, value)) in fields.iter().enumerate() {
                let field = |value| {
                    let mut changed = fields.clone();
                    changed[at].1 = value;
                    rebuild(Json::Object(changed))
                };
                let mut fewer = fields.clone();
                fewer.remove(at);
                let change = Change::LeftOut(of, name, field(Json::Null));
                see(rebuild(Json::Object(fewer)), change);
                with_other_fields(value, name, &field, see);
            }
            let mut more = fields.clone();
            more.push(("another".to_owned(), Json::Null));
            see(rebuild(Json::Object(more)), Change::Added);
        }
        Json::List(list) => {
            for at in 0..list.len() {
                let element = |value| {
                    let mut changed = list.clone();
                    changed[at] = value;
                    rebuild(Json::List(changed))
                };
                with_other_fields(&list[at], of, &element, see);
            }
        }
        _ => (),
    }
}

/// The fields that are nullable in the schema of the daemon's GraphQL, of the objects under these names; a list has its elements'.
const NULLABLE: [(&str, &[&str]); 9] = [
    ("body", &["validUntil"]),
    (
        "update",
        &["delegate", "verificationKey", "permissions", "zkappUri", "tokenSymbol", "timing", "votingFor"],
    ),
    ("preconditions", &["validWhile"]),
    (
        "network",
        &[
            "snarkedLedgerHash",
            "blockchainLength",
            "minWindowDensity",
            "totalCurrency",
            "globalSlotSinceGenesis",
        ],
    ),
    ("stakingEpochData", &["seed", "startCheckpoint", "lockCheckpoint", "epochLength"]),
    ("nextEpochData", &["seed", "startCheckpoint", "lockCheckpoint", "epochLength"]),
    ("ledger", &["hash", "totalCurrency"]),
    ("account", &["balance", "nonce", "receiptChainHash", "delegate", "actionState", "provedState", "isNew"]),
    ("authorization", &["proof", "signature"]),
];

fn is_nullable(of: &str, name: &str) -> bool {
    NULLABLE.iter().any(|(object, names)| *object == of && names.contains(&name))
}

#[test]
fn records_have_all_their_fields_but_nullable_ones_and_no_others() {
    let shipped = shipped();
    let read = |json: &Json| ZkappCommand::from_graphql(json, Protocol::Berkeley);
    let (mut refused, mut left_out) = (0, HashSet::new());
    for name in [RANDOM, "tally-deploy-and-log-devnet"] {
        let case = shipped.iter().find(|case| text(case, &["name"]) == name).expect("it");
        with_other_fields(at(case, &["command"]), "", &|json| json, &mut |json, change| match change {
            Change::LeftOut(of, field, with_null) if is_nullable(of, field) => {
                let found = read(&json).unwrap_or_else(|error| panic!("{of}.{field}: {error}"));
                assert_eq!(Ok(found), read(&with_null), "{of}.{field}");
                left_out.insert(format!("{of}.{field}"));
            }
            Change::LeftOut(of, field, with_null) => {
                refused += 1;
                assert!(read(&json).is_err(), "{of}.{field} left out");
                assert!(read(&with_null).is_err(), "{of}.{field} null");
            }
            Change::Added => assert!(read(&json).is_err(), "one more"),
        });
    }
    assert!(refused > 100, "{refused}");
    assert_eq!(left_out.len(), NULLABLE.iter().map(|(_, names)| names.len()).sum::<usize>());
}

/// The leaves of a value: each with the way to it.
fn leaves(json: &Json, way: &mut Vec<Json>, found: &mut Vec<Vec<Json>>) {
    let mut step = |step: Json, json: &Json| {
        way.push(step);
        leaves(json, way, found);
        way.pop();
    };
    match json {
        Json::Object(fields) => fields.iter().for_each(|(name, json)| step(Json::Text(name.clone()), json)),
        Json::List(list) if !list.is_empty() => {
            list.iter().enumerate().for_each(|(at, json)| step(Json::Number(at as u64), json));
        }
        _ => found.push(way.clone()),
    }
}

/// What may stand where this leaf is, in some place of a command.
fn candidates(leaf: &Json, key: &Json) -> Vec<Json> {
    let text = |text: &str| Json::Text(text.to_owned());
    let record = |fields: &[(&str, &str)]| {
        Json::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    };
    let token = base58::encode_element(Version::TokenId, &Fp::from(9u64));
    let texts = |texts: &[&str]| texts.iter().map(|other| text(other)).collect();
    match leaf {
        Json::Boolean(value) => vec![Json::Boolean(!value)],
        Json::Text(number) if number.parse::<f64>().is_ok() => texts(&["7", "8"]),
        Json::Text(_) => {
            texts(&["Positive", "Negative", "None", "Proof", OTHER_KEY, OTHER_STATE, &token, "7"])
        }
        Json::Null => {
            let mut candidates: Vec<_> = texts(&["7", OTHER_KEY, OTHER_STATE]);
            candidates.push(Json::Boolean(true));
            candidates.push(record(&[("lower", "3"), ("upper", "9")]));
            let timing = ["initialMinimumBalance", "cliffTime", "cliffAmount", "vestingPeriod"];
            let timing: Vec<_> =
                timing.into_iter().chain(["vestingIncrement"]).map(|name| (name, "5")).collect();
            candidates.push(record(&timing));
            candidates.push(key.clone());
            candidates
        }
        // No events, or no actions.
        Json::List(_) => vec![Json::List(vec![Json::List(vec![text("6")])])],
        Json::Number(_) | Json::Object(_) => Vec::new(),
    }
}

/// Every leaf, whatever else it may be, is in the hash.
#[test]
fn each_field_of_an_account_update_changes_its_hash() {
    let network = NetworkId::Testnet;
    let shipped = shipped();
    let key =
        shipped.iter().find_map(|case| case.get("verification_keys")?.as_list()?.first()).expect("a key");
    let case = shipped.iter().find(|case| text(case, &["name"]) == RANDOM).expect("it");
    let original = command(case);
    let hashes = original.hashes(&network);
    let json = at(case, &["command"]);
    let mut ways = Vec::new();
    leaves(json, &mut Vec::new(), &mut ways);
    let mut changed = 0;
    for way in &ways {
        let label = format!("{way:?}");
        let mut values = 0;
        let mut json = json.clone();
        let leaf = place(&mut json, way).clone();
        for candidate in candidates(&leaf, key) {
            *place(&mut json, way) = candidate;
            match ZkappCommand::from_graphql(&json, Protocol::Berkeley) {
                Ok(other) if other != original => {
                    assert_ne!(other.hashes(&network).full_commitment, hashes.full_commitment, "{label}");
                    values += 1;
                }
                _ => (),
            }
        }
        // Not looked at without a proof; what is shown and not said; a depth of which no other fits.
        let has_no_other = ["verificationKeyHash", "uthorization\"", "callDepth", "memo"];
        if !has_no_other.iter().any(|name| label.contains(name)) {
            assert!(values > 0, "no other value for {label}");
            changed += 1;
        }
    }
    assert!(changed > 90, "{changed} of {} leaves", ways.len());
}

/// Whatever byte is altered: no panic, nothing that is written in two ways, and nothing else that is signed.
#[test]
fn altered_bytes_are_refused_or_another_command() {
    let shipped = shipped();
    let case = shipped.iter().find(|case| text(case, &["name"]) == RANDOM).expect("it");
    let original = command(case);
    let bytes = original.to_binprot();
    let mut others = Vec::new();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x82] {
            let mut altered = bytes.clone();
            altered[at] ^= flip;
            if let Ok(other) = ZkappCommand::from_binprot(&altered, Protocol::Berkeley) {
                assert_ne!(other, original, "byte {at}");
                assert_eq!(other.to_binprot(), altered, "byte {at}");
                others.push(other);
            }
        }
        if at % 3 == 0 {
            assert!(ZkappCommand::from_binprot(&bytes[..at], Protocol::Berkeley).is_err(), "{at} bytes");
        }
    }
    assert!(others.len() > 100, "{}", others.len());
    let (network, keys) = (network(case), AccountKeys::new());
    let candidates: Vec<_> = (others.iter().step_by(5))
        .map(|command| Candidate { command, network: &network, keys: &keys, has_failed: false })
        .collect();
    for verdict in check(&candidates, &mut OsRng).verdicts(&[]) {
        assert!(matches!(verdict, Verdict::Invalid(_)), "{verdict}");
    }
}

/// The value at a way of names and numbers, which are numbers where they can be.
fn place_at<'a>(json: &'a mut Json, way: &str) -> &'a mut Json {
    let step = |step: &str| step.parse().map_or_else(|_| Json::Text(step.to_owned()), Json::Number);
    place(json, &way.split('.').map(step).collect::<Vec<_>>())
}

#[test]
fn what_does_not_fit_into_its_place_is_refused() {
    let shipped = shipped();
    let named = |name: &str| shipped.iter().find(|case| text(case, &["name"]) == name).expect("it");
    let whole = |text: &str| Json::Text(text.to_owned());
    let body = "accountUpdates.0.body";
    let deploy = at(named("tally-deploy-and-log-devnet"), &["command"]);
    let with = |command: &Json, way: &str, value: &Json| {
        let mut altered = command.clone();
        *place_at(&mut altered, way) = value.clone();
        ZkappCommand::from_graphql(&altered, Protocol::Berkeley)
    };
    let random = at(named(RANDOM), &["command"]);
    for (way, longest, too_long) in [
        ("update.tokenSymbol", "sixsix", "sevenof"),
        ("update.zkappUri", &*"u".repeat(255), &*"u".repeat(256)),
    ] {
        assert!(with(random, &format!("{body}.{way}"), &whole(longest)).is_ok(), "{way}");
        assert!(with(random, &format!("{body}.{way}"), &whole(too_long)).is_err(), "{way}");
    }
    let depth = format!("{body}.callDepth");
    for (number, is_refused) in [(0, false), (1, true), (1 << 32, true)] {
        assert_eq!(with(random, &depth, &Json::Number(number)).is_err(), is_refused, "{number}");
    }
    let both = Json::Object(
        ["parentsOwnToken", "inheritFromParent"].map(|name| (name.to_owned(), Json::Boolean(true))).into(),
    );
    assert!(with(random, &format!("{body}.mayUseToken"), &both).is_err());
    for way in ["events", "actions"] {
        let event = |_| Json::List(vec![whole("1")]);
        let events = |count: usize| Json::List((0..count).map(event).collect());
        assert!(with(random, &format!("{body}.{way}"), &events(1024)).is_ok(), "{way}");
        assert!(with(random, &format!("{body}.{way}"), &events(1025)).is_err(), "{way}");
    }
    for count in [7, 9] {
        let state = Json::List(vec![Json::Null; count]);
        assert!(with(random, &format!("{body}.update.appState"), &state).is_err(), "{count}");
    }
    // An account update with both authorizations, and a key with another's hash.
    let updates = at(deploy, &["accountUpdates"]).as_list().expect("a list");
    let of = |name: &str| {
        let found = updates.iter().map(|update| at(update, &["authorization", name]));
        found.enumerate().find(|(_, value)| **value != Json::Null).expect(name)
    };
    let ((_, signature), (proven, _)) = (of("signature"), of("proof"));
    let way = format!("accountUpdates.{proven}.authorization.signature");
    let refusal = with(deploy, &way, signature).expect_err("both").to_string();
    assert!(refusal.contains("both a proof and a signature"), "{refusal}");
    let sets_key = |update: &Json| *at(update, &["body", "update", "verificationKey"]) != Json::Null;
    let key = updates.iter().position(sets_key).expect("a deployment");
    let hash = format!("accountUpdates.{key}.body.update.verificationKey.hash");
    let refusal = with(deploy, &hash, &whole("1")).expect_err("another hash");
    assert!(chain(&refusal).contains("hash"), "{refusal}");
}

/// Lists that say to be long are refused before there is room for them.
#[test]
fn lists_are_bounded() {
    let shipped = shipped();
    let case = shipped.iter().find(|case| text(case, &["name"]) == RANDOM).expect("it");
    let mut many = at(case, &["command"]).clone();
    let updates = place(&mut many, &[Json::Text("accountUpdates".to_owned())]);
    let Json::List(list) = updates else { panic!("a list") };
    let first = list[0].clone();
    list.resize(MAX_ACCOUNT_UPDATES, first.clone());
    let most = ZkappCommand::from_graphql(&many, Protocol::Berkeley).expect("not too many");
    let bytes = most.to_binprot();
    assert_eq!(ZkappCommand::from_binprot(&bytes, Protocol::Berkeley).as_ref(), Ok(&most));
    let Json::List(list) = place(&mut many, &[Json::Text("accountUpdates".to_owned())]) else { panic!() };
    list.push(first);
    assert!(ZkappCommand::from_graphql(&many, Protocol::Berkeley).is_err());
    let update = most.account_updates.account_updates()[0].clone();
    assert!(Forest::new(vec![update.clone(); MAX_ACCOUNT_UPDATES]).is_ok());
    assert!(Forest::new(vec![update; MAX_ACCOUNT_UPDATES + 1]).is_err());
}

needs_whole_set!(what_is_malformed_does_not_decode);
