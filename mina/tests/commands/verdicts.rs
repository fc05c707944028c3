//! Verdicts, as far as they do not depend on proofs: without a verdict on those, a good command is valid assuming.

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::signature::Message;
use quickpickle_mina::verdict::{Culprit, Invalid, InvalidKind, Verdict};
use quickpickle_mina::zkapp_command::{
    AccountId, AccountKeys, Authorization, AuthorizationKind, Candidate, Forest, HashedKey, ZkappCommand,
    check,
};
use quickpickle_runtime::curve::{Fp, Fq};
use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::verifier::Task;
use quickpickle_vectors::{needs_whole_set, unzipped, whole};
use rand_core::OsRng;

use super::cases::{Case, altered, at, commands, lines, list, parse, place, shipped, text};
use super::signer;

/// The commands that decode: as they were made, altered, random, of the next fork.
fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = commands().into_iter().map(|(_, json)| json).collect();
    cases.extend(altered());
    cases.extend(lines("random.jsonl.gz"));
    cases.extend(lines("mesa.jsonl.gz"));
    decodable(&cases)
}

fn decodable(cases: &[Json]) -> Vec<Case> {
    cases.iter().filter(|json| text(json, &["verdict"]) != "malformed").map(Case::of).collect()
}

/// What is expected before any proof was verified.
fn expected(case: &Case) -> &str {
    match case.verdict.as_str() {
        "valid" | "invalid_proof" if case.has_proof() => "valid_assuming",
        verdict => verdict,
    }
}

fn each_command_of_a_batch_has_its_own_verdict() {
    judge(&cases());
}

#[test]
fn shipped_commands_have_their_verdicts() {
    judge(&decodable(&shipped()));
}

/// Compares the verdicts on all cases together, and on some alone.
fn judge(cases: &[Case]) {
    let candidates: Vec<_> = cases.iter().map(Case::candidate).collect();
    let verdicts = check(&candidates, &mut OsRng).verdicts(&[]);
    assert_eq!(verdicts.len(), cases.len());
    for (case, verdict) in cases.iter().zip(&verdicts) {
        case.compare(verdict, expected(case));
    }
    let words = [
        "valid",
        "valid_assuming",
        "invalid_keys",
        "invalid_signature",
        "missing_verification_key",
        "unexpected_verification_key",
        "mismatched_authorization_kind",
        "mismatched_verification_key",
    ];
    for word in words {
        assert!(verdicts.iter().any(|verdict| verdict.word() == word), "none is {word}");
    }
    // The same alone.
    for case in cases.iter().step_by(9) {
        let verdicts = check(&[case.candidate()], &mut OsRng).verdicts(&[]);
        case.compare(&verdicts[0], expected(case));
    }
}

/// An account update proves with the key that its account had before it: one that sets the key could otherwise prove anything.
#[test]
fn the_key_that_an_account_update_sets_is_not_its_own() {
    let case = shipped_case("tally-bump-devnet");
    let mut command = case.command.clone();
    let key = {
        let body = &command.account_updates.account_updates()[0].body;
        let account = AccountId { public_key: body.public_key, token_id: body.token_id };
        case.keys.get(&account).expect("its key").key.clone()
    };
    let secret = Fq::from(5u64);
    command.fee_payer.public_key = signer::public(secret);
    let judge = |command: &mut ZkappCommand, keys: &AccountKeys| {
        let message = Message::Elements(vec![command.hashes(&case.network).full_commitment]);
        command.fee_payer.authorization = signer::sign(&case.network, &message, secret, Fq::from(7u64));
        let candidate = Candidate { command, network: &case.network, keys, has_failed: false };
        check(&[candidate], &mut OsRng).verdicts(&[])[0].word()
    };
    assert_eq!(judge(&mut command, &case.keys), "valid_assuming");
    let mut account_updates = command.account_updates.account_updates().to_vec();
    account_updates[0].body.update.verification_key = Some(HashedKey::clone(&key));
    command.account_updates = Forest::new(account_updates).expect("as deep as before");
    assert_eq!(judge(&mut command, &case.keys), "valid_assuming");
    assert_eq!(judge(&mut command, &AccountKeys::new()), "missing_verification_key");
}

/// Of a command that failed the proofs count for nothing; what an account update says it is authorized by does.
#[test]
fn a_failed_command_has_the_authorizations_that_it_names() {
    let case = shipped_case("tally-bump-devnet");
    let mut command = case.command.clone();
    let secret = Fq::from(5u64);
    command.fee_payer.public_key = signer::public(secret);
    let judge = |command: &mut ZkappCommand| {
        let message = Message::Elements(vec![command.hashes(&case.network).full_commitment]);
        command.fee_payer.authorization = signer::sign(&case.network, &message, secret, Fq::from(7u64));
        let keys = AccountKeys::new();
        let candidate = Candidate { command, network: &case.network, keys: &keys, has_failed: true };
        check(&[candidate], &mut OsRng).verdicts(&[])[0].word()
    };
    assert_eq!(judge(&mut command), "valid", "without keys, and with a proof that nobody verified");
    for kind in [AuthorizationKind::NoneGiven, AuthorizationKind::Signature] {
        let mut account_updates = case.command.account_updates.account_updates().to_vec();
        assert!(matches!(account_updates[0].authorization, Authorization::Proof(_)));
        account_updates[0].body.authorization_kind = kind;
        command.account_updates = Forest::new(account_updates).expect("as deep as before");
        assert_eq!(judge(&mut command), "mismatched_authorization_kind");
    }
}

fn shipped_case(name: &str) -> Case {
    Case::of(shipped().iter().find(|json| text(json, &["name"]) == name).expect("it"))
}

/// The verdicts on proofs are those of the commands that have them, and of the account updates.
#[test]
fn verdicts_on_proofs_decide() {
    let cases = [shipped_case("tally-deploy-and-log-devnet"), shipped_case("tally-bump-devnet")];
    let candidates: Vec<_> = cases.iter().map(Case::candidate).collect();
    let checked = check(&candidates, &mut OsRng);
    // Each proof is about its account update and those that it calls.
    let mut due = Vec::new();
    for case in &cases {
        let hashes = case.command.hashes(&case.network).forest.account_updates;
        for (update, statement) in case.command.account_updates.account_updates().iter().zip(hashes) {
            if matches!(update.authorization, Authorization::Proof(_)) {
                due.push(vec![statement.account_update, statement.calls]);
            }
        }
    }
    let statements: Vec<Vec<Fp>> = (checked.tasks().iter())
        .map(|task| match task {
            Task::Pickles { statement, .. } => statement.to_vec(),
            _ => panic!("{task:?}"),
        })
        .collect();
    assert_eq!(statements, due);
    assert_eq!(statements.len(), 2);

    let words = |results: &[Result<(), VerifyError>]| {
        let verdicts = checked.verdicts(results);
        let [first, second] = verdicts.as_slice() else { panic!("{verdicts:?}") };
        assert_eq!(
            (first.is_valid(), second.is_valid()),
            (first.word() == "valid", second.word() == "valid")
        );
        [first.word(), second.word()]
    };
    assert_eq!(words(&[Ok(()), Ok(())]), ["valid", "valid"]);
    for wrong in [VerifyError::Opening, VerifyError::Accumulator] {
        assert_eq!(words(&[Ok(()), Err(wrong.clone())]), ["valid", "invalid_proof"]);
        assert_eq!(words(&[Err(wrong), Ok(())]), ["invalid_proof", "valid"]);
    }
    // What was not verified is not valid, and not invalid either.
    assert_eq!(words(&[Err(VerifyError::Abandoned), Ok(())]), ["valid_assuming", "valid"]);
    assert_eq!(words(&[Ok(())]), ["valid", "valid_assuming"]);
    assert_eq!(words(&[]), ["valid_assuming", "valid_assuming"]);
    let Verdict::Invalid(invalid) = &checked.verdicts(&[Ok(()), Err(VerifyError::Opening)])[1] else {
        panic!("an invalid proof")
    };
    let key = cases[1].command.account_updates.account_updates()[0].body.public_key;
    assert_eq!(*invalid, Invalid::of(InvalidKind::InvalidProof, Culprit::AccountUpdate(0), key));
}

/// What is signed is no excuse for what is said: an account update that claims no right, or a proof, and is signed.
#[test]
fn a_good_signature_does_not_stand_for_another_kind() {
    let (case, secret) = (shipped_case("random-dev-011-devnet"), Fq::from(5u64));
    let judge = |kind: AuthorizationKind, fee: u64| {
        let mut command = case.command.clone();
        command.fee_payer.public_key = signer::public(secret);
        let mut updates = command.account_updates.account_updates()[..1].to_vec();
        let body = &mut updates[0].body;
        (body.public_key, body.authorization_kind) = (signer::public(secret), kind);
        body.use_full_commitment = true;
        command.account_updates = Forest::new(updates.clone()).expect("one account update");
        let message = Message::Elements(vec![command.hashes(&case.network).full_commitment]);
        let signature = signer::sign(&case.network, &message, secret, Fq::from(7u64));
        updates[0].authorization = Authorization::Signature(signature);
        command.account_updates = Forest::new(updates).expect("one account update");
        (command.fee_payer.authorization, command.fee_payer.fee) = (signature, fee);
        let candidate = Candidate { command: &command, ..case.candidate() };
        check(&[candidate], &mut OsRng).verdicts(&[])[0].word()
    };
    let fee = case.command.fee_payer.fee;
    assert_eq!(judge(AuthorizationKind::Signature, fee), "valid");
    for kind in [AuthorizationKind::NoneGiven, AuthorizationKind::Proof(Fp::from(1u64))] {
        assert_eq!(judge(kind, fee), "mismatched_authorization_kind");
        // The fee payer's signature comes first.
        assert_eq!(judge(kind, fee + 1), "invalid_signature");
    }
}

/// A failed command's proofs are not verified. What else an account update may show instead of what it says is told all the same.
#[test]
fn a_failed_account_update_shows_what_it_says() {
    let case = shipped_case("tally-deploy-and-log-devnet--proof-for-signature");
    let candidate = Candidate { has_failed: true, ..case.candidate() };
    let verdict = &check(&[candidate], &mut OsRng).verdicts(&[])[0];
    assert_eq!(verdict.word(), "mismatched_authorization_kind");
    let good = shipped_case("tally-deploy-and-log-devnet");
    let candidate = Candidate { has_failed: true, ..good.candidate() };
    assert_eq!(check(&[candidate], &mut OsRng).verdicts(&[])[0].word(), "valid");
}

fn altered_leaves_of_random_commands_are_not_signed() {
    let originals = lines("random.jsonl.gz");
    let file = parse(&unzipped(&whole("network/zkapp-commands/random.altered.json.gz")));
    let mut cases = Vec::new();
    for alteration in list(&file, &[]) {
        let base = text(alteration, &["base"]);
        let mut json = originals.iter().find(|json| text(json, &["name"]) == base).expect("it").clone();
        let command = list(alteration, &["path"]);
        let path: Vec<Json> = [Json::Text("command".to_owned())].iter().chain(command).cloned().collect();
        *place(&mut json, &path) = at(alteration, &["value"]).clone();
        let mut case = Case::of(&json);
        (case.name, case.verdict) =
            (text(alteration, &["name"]).to_owned(), text(alteration, &["verdict"]).to_owned());
        cases.push(case);
    }
    assert!(cases.len() > 300);
    let candidates: Vec<_> = cases.iter().map(Case::candidate).collect();
    for (case, verdict) in cases.iter().zip(check(&candidates, &mut OsRng).verdicts(&[])) {
        case.compare(&verdict, expected(case));
    }
}

fn a_failed_commands_proofs_count_for_nothing() {
    let mut seen = 0;
    for (_, json) in commands() {
        let case = Case::of(&json);
        let none = AccountKeys::new();
        let judge = |command: &ZkappCommand, has_failed: bool| {
            let candidate = Candidate { command, network: &case.network, keys: &none, has_failed };
            check(&[candidate], &mut OsRng).verdicts(&[])[0].word()
        };
        assert_eq!(judge(&case.command, true), "valid", "{}", case.name);
        if case.has_proof() && !case.name.contains("deploy") {
            assert_eq!(judge(&case.command, false), "missing_verification_key", "{}", case.name);
            seen += 1;
        }
        // Its signatures do.
        let mut other = case.command.clone();
        other.fee_payer.fee += 1;
        assert_eq!(judge(&other, true), "invalid_signature", "{}", case.name);
    }
    assert!(seen > 10, "{seen}");
}

needs_whole_set!(
    each_command_of_a_batch_has_its_own_verdict,
    altered_leaves_of_random_commands_are_not_signed,
    a_failed_commands_proofs_count_for_nothing,
);
