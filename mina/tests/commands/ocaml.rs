//! OCaml's own JSON, as precomputed blocks have it: of a command that is made here.

use quickpickle_mina::currency::Signed;
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::key::CompressedKey;
use quickpickle_mina::memo::Memo;
use quickpickle_mina::signature::Signature;
use quickpickle_mina::zkapp_command::{
    Authorization, AuthorizationKind, ClosedInterval, MAX_ACCOUNT_UPDATES, Protocol, ZkappCommand,
};
use quickpickle_runtime::curve::Fp;
use serde_json::{Value, json};

use super::cases::parse;

const KEY: &str = "B62qmpxkQGXXmLfFR3EekMJerDCBDPNNoNnMdegJpkw1gThKvYnnBay";

/// An account update that says nothing but its balance change, and the calls below it.
fn tree(magnitude: &str, sign: &str, calls: &[Value]) -> Value {
    let ignore = json!(["Ignore"]);
    let keep = json!(["Keep"]);
    let epoch = json!({
        "ledger": {"hash": ignore, "total_currency": ignore}, "seed": ignore, "start_checkpoint": ignore,
        "lock_checkpoint": ignore, "epoch_length": ignore,
    });
    let digest = format!("0x{:064X}", 5);
    let body = json!({
        "public_key": KEY,
        "token_id": base58::encode_element(Version::TokenId, &Fp::from(1u64)),
        "update": {
            "app_state": vec![keep.clone(); 8], "delegate": keep, "verification_key": keep, "permissions": keep,
            "zkapp_uri": keep, "token_symbol": ["Set", "TOKEN"], "timing": keep, "voting_for": keep,
        },
        "balance_change": {"magnitude": magnitude, "sgn": [sign]},
        "increment_nonce": false,
        "events": [[digest]],
        "actions": [],
        "call_data": digest,
        "preconditions": {
            "network": {
                "snarked_ledger_hash": ignore, "blockchain_length": ["Check", {"lower": "3", "upper": "7"}],
                "min_window_density": ignore, "total_currency": ignore, "global_slot_since_genesis": ignore,
                "staking_epoch_data": epoch, "next_epoch_data": epoch,
            },
            "account": {
                "balance": ignore, "nonce": ignore, "receipt_chain_hash": ignore, "delegate": ignore,
                "state": vec![ignore.clone(); 8], "action_state": ignore, "proved_state": ignore,
                "is_new": ["Check", true],
            },
            "valid_while": ignore,
        },
        "use_full_commitment": true,
        "implicit_account_creation_fee": false,
        "may_use_token": ["Parents_own_token"],
        "authorization_kind": ["Signature"],
    });
    let account_update =
        json!({"body": body, "authorization": ["Signature", Signature::PLACEHOLDER.to_string()]});
    json!({
        "elt": {"account_update": account_update, "account_update_digest": digest, "calls": calls},
        "stack_hash": digest,
    })
}

fn command() -> Value {
    let below = tree("7", "Pos", &[]);
    json!({
        "fee_payer": {
            "body": {"public_key": KEY, "fee": "0.1", "valid_until": "9", "nonce": "80"},
            "authorization": Signature::PLACEHOLDER.to_string(),
        },
        "account_updates": [tree("5", "Neg", std::slice::from_ref(&below)), below],
        "memo": Memo::default().to_string(),
    })
}

fn read(value: &Value) -> Result<ZkappCommand, String> {
    let json = parse(value.to_string().as_bytes());
    ZkappCommand::from_json(&json, Protocol::Berkeley).map_err(|error| error.to_string())
}

#[test]
fn ocamls_form_is_the_same_command() {
    let read = read(&command()).expect("a command");
    let payer = &read.fee_payer;
    assert_eq!((payer.fee, payer.valid_until, payer.nonce), (100_000_000, Some(9), 80));
    let updates = read.account_updates.account_updates();
    let depths: Vec<_> = updates.iter().map(|update| update.call_depth).collect();
    assert_eq!(depths, [0, 1, 0]);
    let changes: Vec<_> = updates.iter().map(|update| update.body.balance_change).collect();
    let change = |magnitude, is_negative| Signed { magnitude, is_negative };
    assert_eq!(changes, [change(5, true), change(7, false), change(7, false)]);
    for update in updates {
        assert_eq!(update.body.public_key.to_string(), KEY);
        assert_eq!(update.body.update.token_symbol.as_deref(), Some(&b"TOKEN"[..]));
        assert_eq!(update.body.authorization_kind, AuthorizationKind::Signature);
        assert_eq!(update.authorization, Authorization::Signature(Signature::PLACEHOLDER));
        let preconditions = &update.body.preconditions;
        let length = Some(ClosedInterval { lower: 3, upper: 7 });
        assert_eq!(preconditions.network.blockchain_length, length);
        assert_eq!(preconditions.account.is_new, Some(true));
        assert_eq!(update.body.events, [[Fp::from(5u64)]]);
    }
    assert_ne!(payer.public_key, CompressedKey::default());
    assert_eq!(ZkappCommand::from_binprot(&read.to_binprot(), Protocol::Berkeley), Ok(read));
}

#[test]
fn what_ocaml_does_not_write_is_refused() {
    let body = "/account_updates/0/elt/account_update/body";
    for (pointer, other) in [
        ("/update/delegate", json!(["Keep", "more"])),
        ("/update/delegate", json!(["Keep", null, null])),
        ("/update/delegate", json!(["Kept"])),
        ("/update/delegate", json!([])),
        ("/update/delegate", json!("Keep")),
        ("/update/delegate", json!(["Set"])),
        ("/update/token_symbol", json!(["Set", "TOKEN", "more"])),
        ("/update/token_symbol", json!(["Set", "sevenof"])),
        ("/update/app_state/7", json!(["Set", "0x05"])),
        ("/update/app_state/7", json!(["Set", "5"])),
        ("/balance_change/sgn", json!(["Neg", null])),
        ("/balance_change/sgn", json!("Neg")),
        ("/balance_change/sgn", json!(["Negative"])),
        ("/balance_change/magnitude", json!("05")),
        ("/balance_change/magnitude", json!(5)),
        ("/may_use_token", json!(["Both"])),
        ("/authorization_kind", json!(["Signature", "more"])),
        ("/authorization_kind", json!(["Proof"])),
        ("/call_data", json!(format!("0x{}", "F".repeat(64)))),
    ] {
        let mut altered = command();
        *altered.pointer_mut(&format!("{body}{pointer}")).expect(pointer) = other.clone();
        assert!(read(&altered).is_err(), "{pointer} {other}");
    }
    // What is nothing is `null`, and not left out.
    for nothing in [Some(Value::Null), None] {
        let mut altered = command();
        let body = altered.pointer_mut("/fee_payer/body").and_then(Value::as_object_mut).expect("a body");
        body.remove("valid_until");
        let is_written = nothing.is_some();
        body.extend(nothing.map(|null| ("valid_until".to_owned(), null)));
        assert_eq!(read(&altered).is_ok(), is_written);
    }
    for (pointer, other) in [
        ("/fee_payer/body/fee", json!("100000000.0")),
        ("/account_updates/0/elt/calls", json!(null)),
        ("/account_updates/0/elt/account_update_digest", json!("5")),
        ("/account_updates/0/stack_hash", json!(null)),
        ("/account_updates/0/elt/account_update/authorization", json!(["None_given", "more"])),
        ("/account_updates", json!(vec![tree("5", "Neg", &[]); MAX_ACCOUNT_UPDATES + 1])),
        ("/memo", json!(Memo::default().to_string().replacen('M', "N", 1))),
    ] {
        let mut altered = command();
        *altered.pointer_mut(pointer).expect(pointer) = other;
        assert!(read(&altered).is_err(), "{pointer}");
    }
}
