//! Ledger proofs: their statements are the elements that others have for them.

use std::collections::BTreeSet;

use quickpickle_mina::formats::base58;
use quickpickle_mina::ledger_proof::{
    ELEMENTS, LedgerProof, LocalState, Registers, SokDigest, SokMessage, Statement,
};
use quickpickle_runtime::curve::Fp;
use quickpickle_vectors::{name, needs_whole_set, read, whole};
use serde_json::Value;

use super::{elements, files, json, list, made_proof, text};

const FOLDER: &str = "network/ledger-proofs";

/// The ledger proofs, each with what is known of it.
fn proofs() -> Vec<(String, Vec<u8>, Value)> {
    let mut proofs = Vec::new();
    for path in files(FOLDER, ".json.gz") {
        let job = json(&path);
        for (name, expected) in job["proofs"].as_object().expect("proofs") {
            let file = whole(FOLDER).join(format!("{name}.ledger-proof.binprot"));
            proofs.push((name.clone(), read(&file), expected.clone()));
        }
    }
    assert_eq!(proofs.len(), 32);
    proofs
}

fn decode(name: &str, bytes: &[u8]) -> LedgerProof {
    LedgerProof::from_binprot(bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn statements_are_the_elements_that_others_have() {
    for (name, bytes, expected) in proofs() {
        let proof = decode(&name, &bytes);
        assert_eq!(proof.to_binprot(), bytes, "{name}");
        assert_eq!(proof.statement.to_elements(), elements(list(&expected, "/fields")), "{name}");
        let digest = text(&expected, "/sok_digest");
        assert_eq!(proof.statement.sok_digest.0.as_slice(), hex::decode(digest).expect("hex"), "{name}");
    }
}

fn sok_messages_have_the_digests_in_their_statements() {
    let mut found = 0;
    for (name, bytes, expected) in proofs() {
        let Some(message) = expected.get("sok_message") else { continue };
        found += 1;
        let fee = message["fee"].as_u64().expect("a fee");
        let prover = base58::decode_key(text(message, "/prover")).expect("a key");
        let message = SokMessage { fee, prover };
        let proof = decode(&name, &bytes);
        assert_eq!(message.digest(), proof.statement.sok_digest, "{name}");
        assert_eq!(message.check([&proof]), Ok(()), "{name}");
        let others = [
            SokMessage { fee: fee + 1, ..message },
            SokMessage {
                prover: quickpickle_mina::key::CompressedKey { is_odd: !prover.is_odd, ..prover },
                ..message
            },
        ];
        for other in others {
            let mismatch = other.check([&proof]).expect_err("another message");
            assert_eq!((mismatch.proof, mismatch.message), (0, other), "{name}");
        }
    }
    assert_eq!(found, 16);
}

/// The prover of a job of mainnet whose fee was 0, and the digest in the job's statements.
const PROVER: &str = "B62qopzjbycAJDzvhc1tEuYSmJYfRQQbfS9nvkKtUzBS1fmLCyTz4dJ";
const DIGEST: &str = "ef19eaba9b4cf2076d66bdc7af10fdadcfa277156f39c83fdaa766dea620e7d5";

#[test]
fn a_digest_binds_fee_and_prover() {
    let message = SokMessage { fee: 0, prover: base58::decode_key(PROVER).expect("a key") };
    assert_eq!(hex::encode(message.digest().0), DIGEST);
    let proofs = [made_proof(1, &message), made_proof(2, &message)];
    assert_eq!(message.check(&proofs), Ok(()));
    let (mut odd, mut x) = (message, message);
    odd.prover.is_odd ^= true;
    x.prover.x += Fp::from(1u64);
    for other in [SokMessage { fee: 1, ..message }, SokMessage { fee: 1 << 63, ..message }, odd, x] {
        assert_eq!(other.check(&proofs).expect_err("another message").message, other);
        // Of several proofs the one is named.
        let mixed = [made_proof(1, &message), made_proof(2, &other)];
        assert_eq!(message.check(&mixed).expect_err("another message").proof, 1);
    }
}

#[test]
fn a_digest_has_32_bytes() {
    let mut proof = made_proof(1, &SokMessage::default());
    proof.statement.sok_digest = SokDigest([7; 32]);
    let bytes = proof.to_binprot();
    assert_eq!(LedgerProof::from_binprot(&bytes), Ok(proof));
    let at =
        bytes.windows(33).position(|window| window == [&[32][..], &[7; 32]].concat()).expect("the digest");
    let mut shorter = bytes.clone();
    shorter.remove(at + 1);
    shorter[at] = 31;
    let refusal = LedgerProof::from_binprot(&shorter).expect_err("31 bytes").to_string();
    assert!(refusal.contains("sok_digest"), "{refusal}");
}

fn altered_statements_are_other_elements() {
    let altered = json(&whole(FOLDER).join("works-and-altered.json"));
    let cases = list(&altered, "/altered");
    assert_eq!(cases.len(), 44);
    for case in cases {
        let (name, what) = (text(case, "/base"), text(case, "/what"));
        let mut bytes = read(&whole(FOLDER).join(format!("{name}.ledger-proof.binprot")));
        let original = decode(name, &bytes);
        let offset = usize::try_from(case["offset"].as_u64().expect("an offset")).expect("an offset");
        bytes[offset] ^= u8::try_from(case["xor"].as_u64().expect("a mask")).expect("a mask");
        let other = decode(name, &bytes);
        assert_ne!(other.statement.to_elements(), original.statement.to_elements(), "{name}: {what}");
        assert_eq!(other.proof, original.proof, "{name}: {what}");
    }
}

fn statements_of_transactions_are_their_app_states() {
    let mut found = 0;
    for path in files("mina/valid", ".statement.binprot") {
        if !name(&path).starts_with("tx-") {
            continue;
        }
        found += 1;
        let statement = Statement::<SokDigest>::from_binprot(&read(&path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected = path.to_string_lossy().replace(".statement.binprot", ".json");
        let expected = json(expected.as_ref());
        assert_eq!(statement.to_elements(), elements(list(&expected, "/app_state")), "{}", path.display());
    }
    assert!(found > 0);
}

/// Changes a leaf of a statement.
type Change = Box<dyn Fn(&mut Statement<SokDigest>)>;

fn element_change(leaf: impl Fn(&mut Statement<SokDigest>) -> &mut Fp + 'static) -> Change {
    Box::new(move |statement| *leaf(statement) += Fp::from(1u64))
}

fn register_changes(registers: fn(&mut Statement<SokDigest>) -> &mut Registers) -> Vec<Change> {
    let state = move |s: &mut Statement<SokDigest>, change: fn(&mut LocalState)| {
        change(&mut registers(s).local_state);
    };
    let states: [fn(&mut LocalState); 10] = [
        |state| state.transaction_commitment += Fp::from(1u64),
        |state| state.full_transaction_commitment += Fp::from(1u64),
        |state| state.excess.magnitude ^= 1,
        |state| state.excess.is_negative ^= true,
        |state| state.supply_increase.magnitude ^= 1,
        |state| state.supply_increase.is_negative ^= true,
        |state| state.ledger += Fp::from(1u64),
        |state| state.success ^= true,
        |state| state.account_update_index ^= 1,
        |state| state.will_succeed ^= true,
    ];
    let mut changes = vec![
        element_change(move |s| &mut registers(s).first_pass_ledger),
        element_change(move |s| &mut registers(s).second_pass_ledger),
        element_change(move |s| &mut registers(s).pending_coinbase_stack.data),
        element_change(move |s| &mut registers(s).pending_coinbase_stack.state_init),
        element_change(move |s| &mut registers(s).pending_coinbase_stack.state_curr),
        element_change(move |s| &mut registers(s).local_state.stack_frame),
        element_change(move |s| &mut registers(s).local_state.call_stack),
    ];
    changes.extend(
        states.map(|change| Box::new(move |s: &mut Statement<SokDigest>| state(s, change)) as Change),
    );
    changes
}

fn changes() -> Vec<Change> {
    let mut changes = register_changes(|s| &mut s.source);
    changes.extend(register_changes(|s| &mut s.target));
    changes.push(element_change(|s| &mut s.connecting_ledger_left));
    changes.push(element_change(|s| &mut s.connecting_ledger_right));
    changes.push(Box::new(|s| s.supply_increase.magnitude ^= 1));
    changes.push(Box::new(|s| s.supply_increase.is_negative ^= true));
    for token in 0..2 {
        changes.push(element_change(move |s| &mut s.fee_excess[token].token));
        changes.push(Box::new(move |s| s.fee_excess[token].amount.magnitude ^= 1));
        changes.push(Box::new(move |s| s.fee_excess[token].amount.is_negative ^= true));
    }
    for bit in 0..256 {
        changes.push(Box::new(move |s| s.sok_digest.0[bit / 8] ^= 1 << (bit % 8)));
    }
    changes
}

#[test]
fn each_leaf_of_a_statement_is_an_element_of_its_own() {
    let blank = Statement::<SokDigest>::default();
    let elements = blank.to_elements();
    assert_eq!(elements.len(), ELEMENTS);
    let changes = changes();
    assert_eq!(changes.len(), ELEMENTS);
    let mut seen = BTreeSet::new();
    for change in changes {
        let mut changed = blank.clone();
        change(&mut changed);
        let places: Vec<_> = (changed.to_elements().iter().zip(&elements).enumerate())
            .filter_map(|(place, (changed, element))| (changed != element).then_some(place))
            .collect();
        let &[place] = places.as_slice() else { panic!("{places:?}") };
        assert!(seen.insert(place), "{place}");
    }
}

/// Bytes of a blank statement before the list of failures in its source: five hashes, four elements, two amounts of no
/// magnitude with their signs, a ledger, a boolean and a number.
const BEFORE_FAILURES: usize = 5 * 32 + 4 * 32 + 2 * 2 + 32 + 1 + 1;

#[test]
fn failures_of_account_updates_have_no_place_in_a_statement() {
    let bytes = LedgerProof::default().to_binprot();
    let mut altered = bytes.clone();
    assert_eq!(altered[BEFORE_FAILURES], 0);
    altered[BEFORE_FAILURES] = 1;
    altered.insert(BEFORE_FAILURES + 1, 0);
    let refusal = LedgerProof::from_binprot(&altered).expect_err("a failure").to_string();
    assert!(refusal.contains("source.local_state.failure_status_tbl"), "{refusal}");
}

needs_whole_set!(
    statements_are_the_elements_that_others_have,
    sok_messages_have_the_digests_in_their_statements,
    altered_statements_are_other_elements,
    statements_of_transactions_are_their_app_states,
);
