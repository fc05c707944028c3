//! Verdicts, as far as they do not depend on proofs: without a verdict on those, a good command is valid assuming.

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::verdict::{Culprit, Verdict};
use quickpickle_mina::zkapp_command::{AccountKeys, Authorization, Candidate, Protocol, ZkappCommand, check};
use quickpickle_vectors::{needs_whole_set, whole};
use rand::rngs::OsRng;

use super::cases::{
    account_keys, altered, at, command, commands, culprits, lines, list, network, parse, place, text,
    unzipped,
};

/// A command and what is expected of it.
struct Case {
    name: String,
    command: ZkappCommand,
    network: NetworkId,
    keys: AccountKeys,
    verdict: String,
    culprits: Option<Vec<Culprit>>,
}

impl Case {
    fn of(json: &Json, protocol: Protocol) -> Self {
        Self {
            name: text(json, &["name"]).to_owned(),
            command: command(json, protocol),
            network: network(json),
            keys: account_keys(json),
            verdict: text(json, &["verdict"]).to_owned(),
            culprits: culprits(json),
        }
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate { command: &self.command, network: &self.network, keys: &self.keys, has_failed: false }
    }

    fn has_proof(&self) -> bool {
        let is_proof = |authorization: &Authorization| matches!(authorization, Authorization::Proof(_));
        self.command.account_updates.account_updates().iter().any(|update| is_proof(&update.authorization))
    }

    /// What is expected before any proof was verified.
    fn expected(&self) -> &str {
        match self.verdict.as_str() {
            "valid" | "invalid_proof" if self.has_proof() => "valid_assuming",
            verdict => verdict,
        }
    }

    fn compare(&self, verdict: &Verdict) {
        assert_eq!(verdict.word(), self.expected(), "{}: {verdict}", self.name);
        if let (Verdict::Invalid(invalid), Some(culprits)) = (verdict, &self.culprits) {
            assert_eq!(invalid.culprits, *culprits, "{}", self.name);
            let keys = culprits.iter().map(|culprit| match culprit {
                Culprit::FeePayer => self.command.fee_payer.public_key,
                Culprit::Receiver => panic!("a zkApp command has none"),
                Culprit::AccountUpdate(at) => {
                    self.command.account_updates.account_updates()[*at].body.public_key
                }
            });
            assert_eq!(invalid.keys, keys.collect::<Vec<_>>(), "{}", self.name);
        }
    }
}

/// The commands that decode: as they were made, altered, random, of the next fork.
fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = commands().iter().map(|(_, json)| Case::of(json, Protocol::Berkeley)).collect();
    let altered = altered();
    let decode = altered.iter().filter(|json| text(json, &["verdict"]) != "malformed");
    cases.extend(decode.map(|json| Case::of(json, Protocol::Berkeley)));
    cases.extend(lines("random.jsonl.gz").iter().map(|json| Case::of(json, Protocol::Berkeley)));
    cases.extend(lines("mesa.jsonl.gz").iter().map(|json| Case::of(json, Protocol::Mesa)));
    cases
}

fn each_command_of_a_batch_has_its_own_verdict() {
    let cases = cases();
    let candidates: Vec<_> = cases.iter().map(Case::candidate).collect();
    let verdicts = check(&candidates, &mut OsRng).verdicts(&[]);
    assert_eq!(verdicts.len(), cases.len());
    for (case, verdict) in cases.iter().zip(&verdicts) {
        case.compare(verdict);
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
        case.compare(&verdicts[0]);
    }
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
        let mut case = Case::of(&json, Protocol::Berkeley);
        (case.name, case.verdict) =
            (text(alteration, &["name"]).to_owned(), text(alteration, &["verdict"]).to_owned());
        cases.push(case);
    }
    assert!(cases.len() > 300);
    let candidates: Vec<_> = cases.iter().map(Case::candidate).collect();
    for (case, verdict) in cases.iter().zip(check(&candidates, &mut OsRng).verdicts(&[])) {
        case.compare(&verdict);
    }
}

fn a_failed_commands_proofs_count_for_nothing() {
    let mut seen = 0;
    for (_, json) in commands() {
        let case = Case::of(&json, Protocol::Berkeley);
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
