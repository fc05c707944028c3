//! What is left to verify of the items of a batch. The signatures of all of them are verified together, and then their proofs.

use std::collections::HashSet;

use quickpickle_mina::signature::{Claim, verify_each};
use quickpickle_mina::verdict::{Invalid, Verdict as MinaVerdict};
use quickpickle_mina::zkapp_command::{Checked, Walked};
use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::verifier::{OwnedTask, Task};
use rand_core::OsRng;
use rayon::prelude::*;

use super::item::{Item, Work, no_verdict};
use crate::proto::v1::Verdict;

/// The items of a batch, whose signatures were verified.
#[derive(Debug)]
pub(super) struct Due<'a> {
    items: Vec<Option<(&'a Item, Open<'a>)>>,
    checked: Checked<'a>,
    /// The places of the zkApp commands, in the order of `checked`.
    zkapps: Vec<usize>,
}

/// What an item's verdict is still open for.
#[derive(Debug)]
enum Open<'a> {
    /// These proofs.
    Proofs(&'a [OwnedTask]),
    /// The proofs of a zkApp command.
    Zkapp,
    /// Nothing; there is no verdict where nothing was found out.
    Judged(Option<MinaVerdict>),
}

impl<'a> Due<'a> {
    /// Verifies the signatures of all items that there are. That takes no point of the tables.
    pub(super) fn of(items: &[Option<&'a Item>]) -> Self {
        let claim = |item: &Option<&'a Item>| match &(*item)?.work {
            Work::Signed { command, network } => Some(command.claim(network)),
            Work::Proofs(_) | Work::Zkapp(_) => None,
        };
        let of_signed: Vec<Option<Result<Claim<'a>, Invalid>>> = items.par_iter().map(claim).collect();
        let candidate = |(place, item): (usize, &Option<&'a Item>)| match &(*item)?.work {
            Work::Zkapp(work) => Some((place, work.candidate())),
            Work::Proofs(_) | Work::Signed { .. } => None,
        };
        let (zkapps, candidates): (Vec<_>, Vec<_>) = items.iter().enumerate().filter_map(candidate).unzip();

        let walked = Walked::of(&candidates);
        let mut claims = walked.claims().to_vec();
        let of_zkapps = claims.len();
        let mut fault =
            |claim: Option<Result<Claim<'a>, Invalid>>| claim?.map(|claim| claims.push(claim)).err();
        let faults: Vec<Option<Invalid>> = of_signed.into_iter().map(&mut fault).collect();
        let verdicts = verify_each(&claims, &mut OsRng);
        let (of_zkapps, of_signed) = verdicts.split_at_checked(of_zkapps).unwrap_or_default();

        let mut of_signed = of_signed.iter();
        let mut open = |(item, fault): (&Option<&'a Item>, Option<Invalid>)| {
            let item = (*item)?;
            let open = match (&item.work, fault) {
                (Work::Proofs(tasks), _) => Open::Proofs(tasks),
                (Work::Zkapp(_), _) => Open::Zkapp,
                (Work::Signed { .. }, Some(invalid)) => Open::Judged(Some(MinaVerdict::Invalid(invalid))),
                (Work::Signed { command, .. }, None) => {
                    Open::Judged(of_signed.next().map(|signature| command.verdict(*signature)))
                }
            };
            Some((item, open))
        };
        let items = items.iter().zip(faults).map(&mut open).collect();
        Self { items, checked: walked.checked(of_zkapps), zkapps }
    }

    /// The proofs that are left, and the place of the item that each is of.
    pub(super) fn tasks(&self) -> (Vec<usize>, Vec<Task<'_>>) {
        let (mut places, mut tasks) = (Vec::new(), Vec::new());
        for (place, item) in self.items.iter().enumerate() {
            if let Some((_, Open::Proofs(own))) = item {
                places.resize(places.len() + own.len(), place);
                tasks.extend(own.iter().map(OwnedTask::task));
            }
        }
        // Each command has a place; without one its proofs would be nobody's.
        let place = |command: usize| self.zkapps.get(command).copied().unwrap_or(usize::MAX);
        places.extend(self.checked.commands_of_tasks().map(place));
        tasks.extend(self.checked.tasks());
        (places, tasks)
    }

    /// The verdict on each item, from the results of [`tasks`](Self::tasks), one for each: `None` where one of an item's was given up.
    pub(super) fn verdicts(&self, results: &[Result<(), VerifyError>]) -> Vec<Option<Verdict>> {
        let is_given_up = |result: &Result<(), VerifyError>| *result == Err(VerifyError::Abandoned);
        let proofs = |item: &Option<(&Item, Open<'_>)>| match item {
            Some((_, Open::Proofs(own))) => own.len(),
            _ => 0,
        };
        // Were some missing, nothing would have been found out.
        let own = self.items.iter().map(proofs).sum();
        let (mut left, of_zkapps) = results.split_at_checked(own).unwrap_or_default();
        let given_up =
            self.checked.commands_of_tasks().zip(of_zkapps).filter(|(_, result)| is_given_up(result));
        let given_up: HashSet<usize> = given_up.map(|(command, _)| command).collect();
        let mut commands = self.checked.verdicts(of_zkapps).into_iter().enumerate();
        let mut verdict = |item: &Option<(&Item, Open<'_>)>| {
            let (item, open) = item.as_ref()?;
            let verdict = match open {
                Open::Proofs(tasks) => {
                    let (own, others) = left.split_at_checked(tasks.len()).unwrap_or_default();
                    left = others;
                    if own.iter().any(is_given_up) {
                        return None;
                    }
                    item.verdict_of_proofs(own)
                }
                Open::Zkapp => match commands.next() {
                    Some((command, _)) if given_up.contains(&command) => return None,
                    Some((_, verdict)) => verdict.into(),
                    None => no_verdict(),
                },
                Open::Judged(verdict) => verdict.clone().map_or_else(no_verdict, Verdict::from),
            };
            Some(Verdict { block: item.block.clone(), ..verdict })
        };
        self.items.iter().map(&mut verdict).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::mina_verdict::Word;
    use crate::proto::v1::verdict::Kind;
    use crate::worker::verifier::item::ZkappWork;
    use quickpickle_mina::network::NetworkId;
    use quickpickle_mina::signed_command::SignedCommand;
    use quickpickle_mina::zkapp_command::{AccountKeys, Protocol, ZkappCommand};
    use quickpickle_runtime::pickles::key::PreparedKey;
    use quickpickle_runtime::wire::o1js;
    use quickpickle_vectors::{read, shipped, unzipped};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn task() -> OwnedTask {
        let file = |name| read(&shipped("o1js/n0-arith").join(name));
        let (key, _) = o1js::verification_key_from_json(file("vk.json")).unwrap();
        let proof = o1js::proof_from_json(file("proof.json")).unwrap();
        proof.into_task(Arc::new(PreparedKey::new(key).unwrap()))
    }

    fn verdict(item: &Item, results: &[Result<(), VerifyError>]) -> Option<(Kind, Option<Word>, String)> {
        let verdict = Due::of(&[Some(item)]).verdicts(results).pop()??;
        Some((verdict.kind(), verdict.mina.as_ref().map(|mina| mina.word()), verdict.reason))
    }

    #[test]
    fn all_proofs_of_an_item_must_be_valid() {
        let wrong = Err(VerifyError::Opening);
        let two = Item::ledger_proofs(vec![task(), task()]);
        let valid = Some((Kind::Valid, Some(Word::Valid), String::new()));
        assert_eq!(verdict(&two, &[Ok(()), Ok(())]), valid);
        for (results, place) in [([Ok(()), wrong.clone()], 1), ([wrong.clone(), wrong.clone()], 0)] {
            let reason = format!("proof {place}: {}", VerifyError::Opening);
            let due = Some((Kind::Rejected, Some(Word::InvalidProof), reason));
            assert_eq!(verdict(&two, &results), due);
        }
        // What was given up is tried again, whatever was found out of the rest.
        assert_eq!(verdict(&two, &[wrong.clone(), Err(VerifyError::Abandoned)]), None);
        // Too few results are none, and nothing to verify is nothing valid.
        let none = Some((Kind::Unavailable, None, "no verdict".to_owned()));
        assert_eq!(verdict(&two, &[Ok(())]), none);
        assert_eq!(verdict(&Item::ledger_proofs(Vec::new()), &[]), none);
        // What is not of Mina's networks has no word of their verifier.
        assert_eq!(verdict(&Item::proof(task()), &[Ok(())]), Some((Kind::Valid, None, String::new())));
        assert_eq!(verdict(&Item::proof(task()), &[wrong]).map(|verdict| verdict.1), Some(None));
    }

    /// The payments of the signed cases, each for its own network and for another one.
    fn payments() -> Vec<Item> {
        let cases: Value = serde_json::from_slice(&unzipped(&shipped("mina/signatures.json.gz"))).unwrap();
        let cases =
            cases.as_array().unwrap().iter().filter(|case| case["data"]["body"]["amount"].is_string());
        let payment = |case: &Value| {
            let (common, body) = (&case["data"]["common"], &case["data"]["body"]);
            let data = json!({
                "from": common["feePayer"], "to": body["receiver"], "amount": body["amount"], "fee": common["fee"],
                "nonce": common["nonce"], "memo": common["memo"], "validUntil": common["validUntil"],
            });
            let text = json!({"signature": case["signature"], "publicKey": case["public_key"], "data": data});
            let command = SignedCommand::read(text.to_string().as_bytes()).unwrap().remove(0);
            let networks = [&case["network"], &case["wrong_network"]["network"]];
            networks.map(|network| Item::signed(command, NetworkId::named(network.as_str().unwrap())))
        };
        cases.flat_map(payment).collect()
    }

    /// The zkApp commands of the shipped cases, each for its own network; only their own updates set keys.
    fn zkapps() -> Vec<Item> {
        let mut file: Value =
            serde_json::from_slice(&unzipped(&shipped("mina/zkapp-commands.json.gz"))).unwrap();
        let strings = file["strings"].take();
        let zkapp = |case: &Value| {
            let mut text = case["command"].to_string();
            for (name, string) in strings.as_object().unwrap() {
                text = text.replace(&format!("\"@{name}\""), &string.to_string());
            }
            let command = ZkappCommand::from_text(text.as_bytes(), Protocol::Berkeley);
            let network = NetworkId::named(case["network"].as_str()?);
            let (keys, has_failed) = (AccountKeys::new(), false);
            Some(Item::zkapp(ZkappWork { command: command.ok()?, network, keys, has_failed }))
        };
        file["cases"].as_array().unwrap().iter().filter_map(zkapp).collect()
    }

    #[test]
    fn signatures_of_all_commands_are_verified_together_with_the_verdicts_of_each_alone() {
        let items: Vec<Item> = zkapps().into_iter().chain(payments()).chain([Item::proof(task())]).collect();
        // One that nobody waits for is among them.
        let together: Vec<_> = [None].into_iter().chain(items.iter().map(Some)).collect();
        let due = Due::of(&together);
        let (places, tasks) = due.tasks();
        // The proof that is an item of its own is the first, and then those of commands come.
        assert_eq!((places[0], places.len()), (items.len(), tasks.len()));
        let found = due.verdicts(&vec![Ok(()); tasks.len()]);
        assert_eq!((found.len(), &found[0]), (items.len() + 1, &None));
        let mut words = BTreeMap::new();
        for (at, (item, found)) in items.iter().zip(&found[1..]).enumerate() {
            let alone = Due::of(&[Some(item)]);
            let own = alone.tasks().1.len();
            assert_eq!(own, places.iter().filter(|place| **place == at + 1).count());
            assert_eq!(alone.verdicts(&vec![Ok(()); own]), std::slice::from_ref(found));
            let word = found.as_ref().and_then(|verdict| Some(verdict.mina.as_ref()?.word()));
            *words.entry(word.unwrap_or_default()).or_insert(0) += 1;
        }
        for word in [Word::Valid, Word::InvalidSignature, Word::InvalidKeys, Word::UnexpectedVerificationKey]
        {
            assert!(words.get(&word).is_some_and(|count| *count > 0), "{words:?}");
        }

        // A wrong proof is its command's alone, and so is one that was given up.
        assert!(tasks.len() > 3);
        let mut results = vec![Ok(()); tasks.len()];
        (results[1], results[2]) = (Err(VerifyError::Abandoned), Err(VerifyError::Opening));
        let (before, found) = (found, due.verdicts(&results));
        let changed = |at: &usize| before[*at] != found[*at];
        assert_eq!((0..found.len()).filter(changed).collect::<Vec<_>>(), places[1..3]);
        assert_eq!(found[places[1]], None);
        let mina = found[places[2]].as_ref().and_then(|verdict| verdict.mina.clone()).unwrap();
        assert_eq!((mina.word(), mina.culprits.len()), (Word::InvalidProof, 1));
    }
}
