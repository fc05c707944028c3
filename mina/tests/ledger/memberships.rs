//! That an account is in the ledger of a state: by a path to its root, and not otherwise.

use quickpickle_mina::account::{Account, DEPTH, Membership, MerklePath, NotContained, Side};
use quickpickle_mina::formats::json::Json;
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::hash::Prefix;
use quickpickle_mina::key::CompressedKey;
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;
use quickpickle_vectors::{needs_whole_set, read, whole};
use serde_json::{Value, json};

use super::accounts::full;
use super::{elements, json as document, list};

const FOLDER: &str = "network/light";

fn parse(value: &Value) -> Json {
    Json::parse(value.to_string().as_bytes(), 1 << 20).expect("JSON")
}

fn state(file: &str) -> ProtocolState {
    ProtocolState::from_binprot(&read(&whole(FOLDER).join(file))).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// The account with its path in bin_prot and JSON as others have written them down.
fn expected() -> (Value, Membership) {
    let expected = document(&whole(FOLDER).join("expected.json.gz"))["devnet"].clone();
    let account =
        Account::from_binprot(&read(&whole(FOLDER).join("devnet.account.binprot"))).expect("bin_prot");
    let steps: Vec<Side> = list(&expected, "/account/merkle_path").iter().map(side).collect();
    let path = MerklePath::new(&steps).expect("a path");
    (expected, Membership { account, path })
}

fn side(step: &Value) -> Side {
    let sibling = |name: &str| step.get(name).map(|value| elements(std::slice::from_ref(value))[0]);
    match (sibling("left"), sibling("right")) {
        (Some(sibling), None) => Side::Left(sibling),
        (None, Some(sibling)) => Side::Right(sibling),
        _ => panic!("{step}"),
    }
}

fn the_path_leads_to_the_ledgers_that_have_the_account() {
    let (expected, membership) = expected();
    assert_eq!([membership.root()], *elements(&[expected["account"]["root"].clone()]));
    let within = list(&expected, "/account/root_is_snarked_ledger_hash_of");
    let states = list(&expected, "/states");
    let mut contained = 0;
    for known in states {
        let file = known["file"].as_str().expect("a file");
        let (state, membership) = (state(file), membership.clone());
        let snarked = state.body.blockchain_state.snarked_ledger_hash();
        let found = membership.clone().in_state(&state);
        if within.contains(&known["file"]) {
            contained += 1;
            let found = found.unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(found.account(), &membership.account, "{file}");
            assert_eq!(found.state_hash(), state.hash(), "{file}");
            assert_eq!(found.index(), membership.path.index(), "{file}");
        } else {
            let other = NotContained::OtherLedger { found: membership.root(), expected: snarked };
            assert_eq!(found, Err(other), "{file}");
            let message = other.to_string();
            assert!(message.contains(&base58::encode_element(Version::LedgerHash, &snarked)), "{message}");
        }
    }
    assert_eq!((contained, states.len()), (within.len(), 17));
    assert!(contained > 0);
}

fn a_daemons_answer_is_the_same_account_and_path() {
    let (_, membership) = expected();
    let answer = document(&whole(FOLDER).join("devnet.account.graphql.json"));
    let read = |value: &Value| Membership::from_graphql(&parse(value)).expect("an answer");
    let due = std::slice::from_ref(&membership);
    assert_eq!(read(&answer), due);
    assert_eq!(read(&answer["data"]), due);
    let one = &answer["data"]["encodedSnarkedLedgerAccountMembership"][0];
    assert_eq!(read(one), due);
}

fn altered_paths_lead_elsewhere() {
    let (expected, membership) = expected();
    let state = state("devnet.08.state.binprot");
    let altered = list(&expected, "/altered_paths");
    assert_eq!(altered.len(), 3);
    for case in altered {
        let steps: Vec<Side> = list(case, "/merkle_path").iter().map(side).collect();
        let name = case["name"].as_str().expect("a name");
        match MerklePath::new(&steps) {
            Ok(path) => {
                let other = Membership { path, ..membership.clone() };
                let refused = matches!(other.in_state(&state), Err(NotContained::OtherLedger { .. }));
                assert!(refused, "{name}");
            }
            Err(fault) => assert_eq!(fault, Fault::TooFew { found: DEPTH - 1, expected: DEPTH }, "{name}"),
        }
    }
    // Each step turned round, and each sibling changed.
    for at in 0..DEPTH {
        let mut turned = *membership.path.steps();
        let mut changed = turned;
        (turned[at], changed[at]) = match turned[at] {
            Side::Left(sibling) => (Side::Right(sibling), Side::Left(sibling + Fp::from(1u64))),
            Side::Right(sibling) => (Side::Left(sibling), Side::Right(sibling + Fp::from(1u64))),
        };
        for steps in [turned, changed] {
            let path = MerklePath::new(&steps).expect("a path");
            assert!(Membership { path, ..membership.clone() }.in_state(&state).is_err(), "step {at}");
        }
    }
}

fn an_altered_account_is_in_no_ledger() {
    let (_, membership) = expected();
    let state = state("devnet.08.state.binprot");
    let richer = Account { balance: membership.account.balance + 1, ..membership.account.clone() };
    assert!(Membership { account: richer, ..membership.clone() }.in_state(&state).is_err());
    assert!(membership.in_state(&state).is_ok());
}

/// A path of some siblings to either side.
fn some_path() -> MerklePath {
    let steps: Vec<Side> = (0..DEPTH as u64)
        .map(|at| if at % 3 == 0 { Side::Right(Fp::from(at)) } else { Side::Left(Fp::from(at)) })
        .collect();
    MerklePath::new(&steps).expect("a path")
}

#[test]
fn the_staged_ledger_is_refused_by_name() {
    let membership = Membership { account: full(), path: some_path() };
    let mut state = ProtocolState::default();
    state.body.blockchain_state.staged_ledger_hash.ledger_hash = membership.root();
    assert_eq!(membership.clone().in_state(&state), Err(NotContained::StagedLedger));
    let other = ProtocolState::default();
    assert!(matches!(membership.clone().in_state(&other), Err(NotContained::OtherLedger { .. })));
    let proof = &mut state.body.blockchain_state.ledger_proof_statement;
    proof.target.first_pass_ledger = membership.root();
    let found = membership.in_state(&state).expect("contained");
    // Every third level from the leaf on is on the right.
    assert_eq!(found.index(), (0..DEPTH).step_by(3).map(|at| 1 << at).sum::<u64>());
}

/// Each node is hashed with its sibling on the side that the path says, with a prefix for its height.
#[test]
fn a_root_is_worked_out_level_by_level() {
    let path = some_path();
    let leaf = full().hash();
    let mut node = leaf;
    for (height, side) in path.steps().iter().enumerate() {
        let name = format!("MinaMklTree{}{}{}", height / 100, height / 10 % 10, height % 10);
        let pair = match side {
            Side::Left(sibling) => [node, *sibling],
            Side::Right(sibling) => [*sibling, node],
        };
        node = Prefix::new(&name).hash(&pair);
    }
    assert_eq!(path.root(leaf), node);
    assert_eq!(Membership { account: full(), path }.root(), node);
}

#[test]
fn a_path_is_as_long_as_the_ledger_is_deep() {
    let steps = *some_path().steps();
    assert_eq!(MerklePath::new(&steps[..34]), Err(Fault::TooFew { found: 34, expected: DEPTH }));
    let longer = [&steps[..], &steps[..1]].concat();
    assert_eq!(MerklePath::new(&longer), Err(Fault::TooMany { max: DEPTH }));
    assert!(MerklePath::new(&[]).is_err());
}

/// The account of [`full`] without what makes it a zkApp's, field by field as `account` answers.
fn structured() -> (Membership, Value) {
    let account = Account { zkapp: None, ..full() };
    let path = some_path();
    let steps: Vec<Value> = (path.steps().iter())
        .map(|side| match side {
            Side::Left(sibling) => json!({"left": sibling.to_string(), "right": null}),
            Side::Right(sibling) => json!({"left": null, "right": sibling.to_string()}),
        })
        .collect();
    let timing = account.timing.expect("timing");
    let value = json!({
        "publicKey": account.public_key.to_string(),
        "tokenId": base58::encode_element(Version::TokenId, &account.token_id),
        "tokenSymbol": "TOKEN",
        "balance": {"total": account.balance.to_string(), "blockHeight": "1"},
        "nonce": "300",
        "inferredNonce": "301",
        "receiptChainHash": base58::encode_element(Version::ReceiptChainHash, &account.receipt_chain_hash),
        "delegate": account.delegate.map(|key| key.to_string()),
        "votingFor": base58::encode_element(Version::StateHash, &account.voting_for),
        "timing": {
            "initialMinimumBalance": timing.initial_minimum_balance.to_string(),
            "cliffTime": timing.cliff_time.to_string(),
            "cliffAmount": timing.cliff_amount.to_string(),
            "vestingPeriod": timing.vesting_period.to_string(),
            "vestingIncrement": timing.vesting_increment.to_string(),
        },
        "permissions": {
            "editState": "Signature",
            "access": "None",
            "send": "Signature",
            "receive": "None",
            "setDelegate": "Signature",
            "setPermissions": "Signature",
            "setVerificationKey": {"auth": "Signature", "txnVersion": "3"},
            "setZkappUri": "Signature",
            "editActionState": "Signature",
            "setTokenSymbol": "Signature",
            "incrementNonce": "Signature",
            "setVotingFor": "Signature",
            "setTiming": "Signature",
        },
        "zkappState": null,
        "merklePath": steps,
    });
    (Membership { account, path }, value)
}

fn answer(account: &Value) -> Result<Vec<Membership>, String> {
    let answer = json!({"data": {"account": account}});
    Membership::from_graphql(&parse(&answer)).map_err(|error| error.to_string())
}

#[test]
fn an_account_field_by_field_is_read() {
    let (membership, value) = structured();
    assert_eq!(answer(&value), Ok(vec![membership.clone()]));
    let mut named = value.clone();
    let token = named["tokenId"].take();
    named["token"] = token;
    named.as_object_mut().expect("an object").remove("tokenId");
    named["delegateAccount"] = json!({"publicKey": named["delegate"]});
    assert_eq!(answer(&named), Ok(vec![membership.clone()]));
    let mut untimed = value;
    for part in untimed["timing"].as_object_mut().expect("timing").values_mut() {
        *part = Value::Null;
    }
    untimed["delegate"] = Value::Null;
    let found = answer(&untimed).expect("an account").remove(0).account;
    assert_eq!(found, Account { timing: None, delegate: None, ..membership.account });
}

#[test]
fn no_field_may_be_missing_or_another() {
    let (membership, value) = structured();
    let mut fields = 0;
    for name in value.as_object().expect("an object").keys() {
        if matches!(name.as_str(), "inferredNonce" | "zkappState") {
            continue;
        }
        fields += 1;
        let mut without = value.clone();
        without.as_object_mut().expect("an object").remove(name);
        let error = answer(&without).expect_err(name);
        let due = if name == "tokenId" { "token" } else { name };
        assert!(error.contains(due), "{name}: {error}");
    }
    assert_eq!(fields, 11);
    for (pointer, other) in [
        ("/balance/total", json!("01")),
        ("/balance/total", json!(5)),
        ("/nonce", json!("4294967296")),
        ("/timing/cliffTime", json!(null)),
        ("/permissions/send", json!("Both")),
        ("/permissions/setVerificationKey/txnVersion", json!("-1")),
        ("/tokenSymbol", json!("toolong")),
        ("/zkappState", json!(["0", "0", "0", "0", "0", "0", "0", "0"])),
        ("/merklePath/3", json!({"left": null, "right": null})),
        ("/merklePath/3", json!({"left": "1", "right": "1"})),
        ("/merklePath/3/left", json!("1")),
        ("/merklePath/4/left", json!("x")),
    ] {
        let mut altered = value.clone();
        *altered.pointer_mut(pointer).expect(pointer) = other;
        assert!(answer(&altered).is_err(), "{pointer}");
    }
    let mut longer = value;
    let steps = longer["merklePath"].as_array_mut().expect("steps");
    let step = steps[0].clone();
    steps.push(step);
    let error = answer(&longer).expect_err("36 steps");
    assert!(error.contains("merklePath"), "{error}");
    assert!(membership.root() != Fp::default());
}

#[test]
fn answers_without_an_account_are_refused() {
    for value in [
        json!({"data": {"account": null}}),
        json!({"data": null, "errors": [{"message": "no"}]}),
        json!({"errors": [{"message": "no"}]}),
        json!({"data": {"encodedSnarkedLedgerAccountMembership": null}}),
        json!({"data": {"encodedSnarkedLedgerAccountMembership": []}}),
        json!({"data": {"encodedSnarkedLedgerAccountMembership": [null]}}),
        json!({"data": {"encodedSnarkedLedgerAccountMembership": [{"account": "AAAA"}]}}),
        json!({}),
        json!([]),
        json!("account"),
    ] {
        assert!(Membership::from_graphql(&parse(&value)).is_err(), "{value}");
    }
    let of = |count: usize| {
        let list = vec![json!(null); count];
        let answer = json!({"data": {"encodedSnarkedLedgerAccountMembership": list}});
        Membership::from_graphql(&parse(&answer)).expect_err("no account").to_string()
    };
    assert!(of(4096).contains("[0].account"), "{}", of(4096));
    assert!(of(4097).contains("4096"), "{}", of(4097));
}

#[test]
fn twins_of_an_account_are_refused_in_answers_too() {
    let (_, mut value) = structured();
    value["delegate"] = json!(CompressedKey::default().to_string());
    let refusal = answer(&value).expect_err("the empty key");
    assert!(refusal.contains("hashes like none"), "{refusal}");
    let (_, mut value) = structured();
    value["tokenSymbol"] = json!("TOK\u{0}");
    assert!(answer(&value).is_err());
}

needs_whole_set!(
    the_path_leads_to_the_ledgers_that_have_the_account,
    a_daemons_answer_is_the_same_account_and_path,
    altered_paths_lead_elsewhere,
    an_altered_account_is_in_no_ledger,
);
