//! What one verdict is about: a proof, or proofs and signatures that stand and fall together.

use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signed_command::{self, SignedCommand};
use quickpickle_mina::verdict::Verdict as MinaVerdict;
use quickpickle_mina::zkapp_command::{AccountKeys, Candidate, Checked, ZkappCommand, check};
use quickpickle_runtime::error::{VerifyError, chain};
use quickpickle_runtime::verifier::{OwnedTask, Task};
use quickpickle_runtime::wire::DecodeError;
use rand_core::OsRng;

use crate::proto::v1::mina_verdict::Word;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{BlockFacts, Verdict};

/// What one verdict is about.
#[derive(Debug)]
pub(super) struct Item {
    work: Work,
    /// Whether it is one of Mina's objects, whose verdicts have words.
    is_minas: bool,
    /// Of a block.
    block: Option<BlockFacts>,
}

#[derive(Debug)]
enum Work {
    /// All of them must be valid. There is one at least.
    Proofs(Vec<OwnedTask>),
    /// Its signatures and its proofs.
    Zkapp(Box<ZkappWork>),
    /// A payment or delegation, which must be signed.
    Signed { command: Box<SignedCommand>, network: NetworkId },
}

/// A zkApp command with what it is judged by.
#[derive(Debug)]
pub(super) struct ZkappWork {
    pub(super) command: ZkappCommand,
    pub(super) network: NetworkId,
    /// Of accounts before it.
    pub(super) keys: AccountKeys,
    /// Whether it is in a block as one that failed.
    pub(super) has_failed: bool,
}

/// What is left of an item once its signatures are verified.
#[derive(Debug)]
pub(super) enum Due<'a> {
    /// These proofs.
    Proofs(&'a [OwnedTask]),
    /// The proofs of a command.
    Zkapp(Box<Checked<'a>>),
    /// Nothing.
    Judged(MinaVerdict),
}

impl Item {
    /// A proof with its key and statement.
    pub(super) fn proof(task: OwnedTask) -> Self {
        Self { work: Work::Proofs(vec![task]), is_minas: false, block: None }
    }

    /// A block's proof.
    pub(super) fn block(task: OwnedTask, facts: BlockFacts) -> Self {
        Self { work: Work::Proofs(vec![task]), is_minas: true, block: Some(facts) }
    }

    /// Ledger proofs.
    pub(super) fn ledger_proofs(tasks: Vec<OwnedTask>) -> Self {
        Self { work: Work::Proofs(tasks), is_minas: true, block: None }
    }

    /// A zkApp command.
    pub(super) fn zkapp(work: ZkappWork) -> Self {
        Self { work: Work::Zkapp(Box::new(work)), is_minas: true, block: None }
    }

    /// A payment or delegation.
    pub(super) fn signed(command: SignedCommand, network: NetworkId) -> Self {
        Self { work: Work::Signed { command: Box::new(command), network }, is_minas: true, block: None }
    }

    /// Verifies its signatures. That takes no point of the tables.
    pub(super) fn due(&self) -> Due<'_> {
        match &self.work {
            Work::Proofs(tasks) => Due::Proofs(tasks),
            Work::Zkapp(work) => {
                let ZkappWork { command, network, keys, has_failed } = work.as_ref();
                let candidate = Candidate { command, network, keys, has_failed: *has_failed };
                Due::Zkapp(Box::new(check(&[candidate], &mut OsRng)))
            }
            Work::Signed { command, network } => {
                let verdict = signed_command::verify_each([command.as_ref()], network, &mut OsRng).pop();
                // There is one; were it missing, nothing would have been found out.
                Due::Judged(verdict.unwrap_or(MinaVerdict::ValidAssuming))
            }
        }
    }

    /// The verdict, from the results of what is due; `None` where one of those was given up.
    pub(super) fn verdict(&self, due: &Due<'_>, results: &[Result<(), VerifyError>]) -> Option<Verdict> {
        if results.contains(&Err(VerifyError::Abandoned)) {
            return None;
        }
        let verdict = match due {
            Due::Proofs(tasks) => self.of_proofs(tasks.len(), results),
            Due::Zkapp(checked) => match checked.verdicts(results).pop() {
                Some(verdict) => verdict.into(),
                None => no_verdict(),
            },
            Due::Judged(verdict) => verdict.clone().into(),
        };
        Some(Verdict { block: self.block.clone(), ..verdict })
    }

    /// The first that is not valid decides.
    fn of_proofs(&self, due: usize, results: &[Result<(), VerifyError>]) -> Verdict {
        if due == 0 || results.len() != due {
            return no_verdict();
        }
        let wrong =
            results.iter().enumerate().find_map(|(place, result)| Some((place, result.as_ref().err()?)));
        let (kind, reason) = match wrong {
            None => (Kind::Valid, String::new()),
            Some((place, error)) if due > 1 => {
                (error.kind().into(), format!("proof {place}: {}", chain(error)))
            }
            Some((_, error)) => (error.kind().into(), chain(error)),
        };
        let verdict = Verdict::new(kind, reason);
        match kind {
            Kind::Valid if self.is_minas => verdict.with_word(Word::Valid),
            Kind::Rejected if self.is_minas => verdict.with_word(Word::InvalidProof),
            _ => verdict,
        }
    }
}

/// There is one for each; were one missing, nothing would have been found out.
fn no_verdict() -> Verdict {
    Verdict::new(Kind::Unavailable, "no verdict")
}

impl Due<'_> {
    /// The proofs that are left to verify.
    pub(super) fn tasks(&self) -> Vec<Task<'_>> {
        match self {
            Self::Proofs(tasks) => tasks.iter().map(OwnedTask::task).collect(),
            Self::Zkapp(checked) => checked.tasks(),
            Self::Judged(_) => Vec::new(),
        }
    }
}

/// That something is not verified, and what to say about it.
#[derive(Clone, Debug)]
pub(super) struct Undecided(Box<Verdict>);

impl Undecided {
    pub(super) fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self(Box::new(Verdict::new(kind, reason)))
    }

    pub(super) fn malformed(reason: &str) -> Self {
        Self::new(Kind::Malformed, reason)
    }

    pub(super) fn input(reason: impl Into<String>) -> Self {
        Self::new(Kind::Input, reason)
    }

    /// A proof that does not decode.
    pub(super) fn proof(error: DecodeError) -> Self {
        Self::new(Kind::Malformed, chain(&error))
    }

    /// A statement, public input or key that does not.
    pub(super) fn other(what: &str, error: &dyn std::error::Error) -> Self {
        Self::new(Kind::Input, format!("{what}: {}", chain(error)))
    }

    /// With the word of Mina's verifier for it.
    pub(super) fn with_word(self, word: Word) -> Self {
        Self(Box::new(self.0.with_word(word)))
    }

    /// Of this block.
    pub(super) fn with_block(mut self, facts: BlockFacts) -> Self {
        self.0.block = Some(facts);
        self
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.0.as_ref().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_runtime::pickles::key::PreparedKey;
    use quickpickle_runtime::wire::o1js;
    use std::sync::Arc;

    fn task() -> OwnedTask {
        let file =
            |name| quickpickle_vectors::read(&quickpickle_vectors::shipped("o1js/n0-arith").join(name));
        let (key, _) = o1js::verification_key_from_json(file("vk.json")).unwrap();
        let proof = o1js::proof_from_json(file("proof.json")).unwrap();
        proof.into_task(Arc::new(PreparedKey::new(key).unwrap()))
    }

    fn verdict(item: &Item, results: &[Result<(), VerifyError>]) -> Option<(Kind, Option<Word>, String)> {
        let verdict = item.verdict(&item.due(), results)?;
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
}
