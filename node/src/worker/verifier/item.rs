//! What one verdict is about: a proof, or proofs and signatures that stand and fall together.

use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signed_command::SignedCommand;
use quickpickle_mina::zkapp_command::{AccountKeys, Candidate, ZkappCommand};
use quickpickle_runtime::error::{VerifyError, chain};
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_runtime::wire::DecodeError;

use crate::proto::v1::mina_verdict::Word;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{BlockFacts, Verdict};

/// What one verdict is about.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) work: Work,
    /// Whether it is one of Mina's objects, whose verdicts have words.
    is_minas: bool,
    /// Of a block.
    pub(super) block: Option<BlockFacts>,
}

/// What is verified for it.
#[derive(Debug)]
pub(super) enum Work {
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

impl ZkappWork {
    /// As it is checked.
    pub(super) fn candidate(&self) -> Candidate<'_> {
        let Self { command, network, keys, has_failed } = self;
        Candidate { command, network, keys, has_failed: *has_failed }
    }
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

    /// The verdict, from the results of its proofs, of which there is one for each: the first that is not valid decides.
    pub(super) fn verdict_of_proofs(&self, results: &[Result<(), VerifyError>]) -> Verdict {
        if results.is_empty() {
            return no_verdict();
        }
        let wrong =
            results.iter().enumerate().find_map(|(place, result)| Some((place, result.as_ref().err()?)));
        let (kind, reason) = match wrong {
            None => (Kind::Valid, String::new()),
            Some((place, error)) if results.len() > 1 => {
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

/// Were a result missing, nothing would have been found out.
pub(super) fn no_verdict() -> Verdict {
    Verdict::new(Kind::Unavailable, "no verdict")
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
