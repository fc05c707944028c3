//! Proofs of zkApp commands: in one batch, for each command its own verdict.

#[allow(dead_code, reason = "the tests of the crate below use more of it")]
#[path = "../../mina/tests/commands/cases.rs"]
mod cases;

use quickpickle::mina::verdict::Verdict;
use quickpickle::mina::zkapp_command::check;
use quickpickle::{Task, Verifier};
use quickpickle_vectors::needs_whole_set;
use rand_core::OsRng;

use cases::{Case, altered, commands, shipped, text};
use quickpickle::mina::formats::json::Json;

fn decodable(cases: &[Json]) -> Vec<Case> {
    cases.iter().filter(|json| text(json, &["verdict"]) != "malformed").map(Case::of).collect()
}

/// Compares the verdicts on all cases together.
fn judge(cases: &[Case]) {
    let candidates: Vec<_> = cases.iter().map(Case::candidate).collect();
    let checked = check(&candidates, &mut OsRng);
    let tasks = checked.tasks();
    let results = Verifier::baked().verify_batch(&tasks);
    let verdicts = checked.verdicts(&results);
    for (case, verdict) in cases.iter().zip(&verdicts) {
        case.compare(verdict, &case.verdict);
    }
    for word in ["valid", "invalid_proof"] {
        assert!(verdicts.iter().any(|verdict| verdict.word() == word), "none is {word}");
    }
    // Without the last result, the command that it is about is not valid; the others keep their verdicts.
    let fewer = checked.verdicts(results.split_last().expect("proofs").1);
    let changed = fewer.iter().zip(&verdicts).filter(|(fewer, all)| fewer != all).count();
    assert!(changed <= 1, "{changed}");
    // Without any, none with a proof is, but those that have other faults.
    for (case, verdict) in cases.iter().zip(checked.verdicts(&[])) {
        let is_valid = verdict == Verdict::Valid;
        assert!(!(case.has_proof() && is_valid), "{}: {verdict}", case.name);
    }
}

#[test]
fn shipped_commands_have_their_verdicts() {
    judge(&decodable(&shipped()));
}

fn each_command_of_a_batch_has_its_own_verdict() {
    let mut cases: Vec<_> = commands().into_iter().map(|(_, json)| json).collect();
    cases.extend(altered());
    judge(&decodable(&cases));
}

/// A proof is of one place in one command: it is not valid for another account update, calls or key.
#[test]
fn a_proof_is_of_its_own_account_update() {
    let cases = decodable(&shipped());
    let case = cases.iter().find(|case| case.name == "tally-bump-devnet").expect("it");
    let checked = check(&[case.candidate()], &mut OsRng);
    let [Task::Pickles { key, statement, proof }] = checked.tasks()[..] else { panic!("one proof") };
    let verifier = Verifier::baked();
    assert_eq!(verifier.verify(key, statement, proof), Ok(()));
    let mut swapped = statement.to_vec();
    swapped.reverse();
    assert!(verifier.verify(key, &swapped, proof).is_err());
    assert_eq!(checked.verdicts(&[Ok(())]), [Verdict::Valid]);
}

needs_whole_set!(each_command_of_a_batch_has_its_own_verdict);
