//! Verification of objects: all their signatures and all their proofs together.

use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use quickpickle_mina::block::Block;
use quickpickle_mina::identity::{Identity, IdentityError};
use quickpickle_mina::ledger_proof::LedgerProof;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signature::{self, Claim, SignatureError};
use quickpickle_mina::signed_command::SignedCommand;
use quickpickle_mina::snark_work::SnarkWork;
use quickpickle_mina::zkapp_command::{Candidate, ZkappCommand, check};
use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::verifier::{OwnedTask, Task};
use quickpickle_srs_data::NetworkProof;
use rand_core::OsRng;

use super::{Known, Object, ObjectError, Part};
use crate::Verifier;

/// That an object is valid, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valid {
    /// The network: with the version of its protocol where keys of it were used, otherwise that which was signed for.
    pub network: String,
}

type Verdict = Result<Valid, ObjectError>;

impl Verifier {
    /// Verifies a block: that it is of a known network, and that its proof shows its state.
    ///
    /// # Errors
    /// Whenever the block is not known to be valid, one without a proof among them; [`ObjectError::kind`] tells why.
    pub fn verify_block(&self, block: &Block, known: &Known) -> Verdict {
        self.verify_one(block.clone().into(), known)
    }

    /// Verifies a ledger proof. It does not say of which network it is: each is tried that `known` takes.
    ///
    /// # Errors
    /// Whenever it is not valid.
    pub fn verify_ledger_proof(&self, proof: &LedgerProof, known: &Known) -> Verdict {
        self.verify_one(proof.clone().into(), known)
    }

    /// Verifies the proofs of a snark work, and that they were made for its fee and prover.
    ///
    /// # Errors
    /// Whenever one of it is not so.
    pub fn verify_snark_work(&self, work: &SnarkWork, known: &Known) -> Verdict {
        self.verify_one(work.clone().into(), known)
    }

    /// Verifies a zkApp command: its signatures, and its proofs with the keys that `known` has of its accounts.
    ///
    /// # Errors
    /// Whenever it is not valid; [`ObjectError::mina`] has the word that Mina's verifier has for it.
    pub fn verify_zkapp_command(&self, command: &ZkappCommand, known: &Known) -> Verdict {
        self.verify_one(command.clone().into(), known)
    }

    /// Verifies a payment or a delegation: that it is signed.
    ///
    /// # Errors
    /// Whenever it is not.
    pub fn verify_signed_command(&self, command: &SignedCommand, known: &Known) -> Verdict {
        self.verify_one((*command).into(), known)
    }

    fn verify_one(&self, object: Object, known: &Known) -> Verdict {
        // One verdict an object.
        self.verify_objects(&[object], known).pop().unwrap_or(Err(ObjectError::NoProof))
    }

    /// Verifies objects of any kinds together: all signatures, and all proofs as one batch. The results are in the order of the
    /// objects.
    ///
    /// An object that does not say of which network it is and is refused for the first is tried again with the next.
    pub fn verify_objects<O: Borrow<Object>>(&self, objects: &[O], known: &Known) -> Vec<Verdict> {
        let signers = known.signers();
        let mut verdicts: Vec<Option<Verdict>> = vec![None; objects.len()];
        for turn in 0.. {
            let mut attempts = Vec::new();
            for (place, (object, verdict)) in objects.iter().zip(&mut verdicts).enumerate() {
                if verdict
                    .as_ref()
                    .is_some_and(|verdict| !verdict.as_ref().is_err_and(ObjectError::is_of_one_network))
                {
                    continue;
                }
                match Attempt::new(object.borrow(), known, &signers, turn) {
                    Some(Ok(attempt)) => attempts.push((place, attempt)),
                    Some(Err(error)) => *verdict = Some(Err(ObjectError::likelier(verdict.take(), error))),
                    None => (),
                }
            }
            if attempts.is_empty() {
                break;
            }
            for (place, result) in self.verify_attempts(attempts, known) {
                if let Some(verdict) = verdicts.get_mut(place) {
                    *verdict = Some(result.map_err(|error| ObjectError::likelier(verdict.take(), error)));
                }
            }
        }
        let missing =
            || Err(ObjectError::NoSuchNetwork { name: known.name().unwrap_or_default().to_owned() });
        verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(missing)).collect()
    }

    fn verify_attempts(&self, attempts: Vec<(usize, Attempt<'_>)>, known: &Known) -> Vec<(usize, Verdict)> {
        let (mut proofs, mut claims, mut candidates) = (Vec::new(), Vec::new(), Vec::new());
        for (_, attempt) in &attempts {
            match &attempt.work {
                Work::Proofs(tasks) => proofs.extend(tasks.iter().map(|(_, task)| task.task())),
                Work::Signature(_, claim) => claims.push(claim.clone()),
                Work::Command { command, network } => {
                    let keys = known.account_keys();
                    candidates.push(Candidate { command: command.as_ref(), network, keys, has_failed: false });
                }
            }
        }
        let mut signatures = signature::verify_each(&claims, &mut OsRng).into_iter();
        let checked = check(&candidates, &mut OsRng);
        let own = proofs.len();
        let tasks: Vec<Task<'_>> = proofs.into_iter().chain(checked.tasks()).collect();
        let results = self.verify_batch(&tasks);
        let (proofs, of_commands) = results.split_at_checked(own).unwrap_or((&results, &[]));
        let mut proofs = proofs.iter();
        let mut commands = checked.verdicts(of_commands).into_iter();

        let mut verdicts = Vec::with_capacity(attempts.len());
        for (place, Attempt { network, work }) in &attempts {
            // There is a verdict for each; were one missing, it would count as refused, not as valid.
            let result = match work {
                Work::Proofs(tasks) => {
                    let mut first = Ok(());
                    for (part, _) in tasks {
                        let verdict = proofs.next().cloned().unwrap_or(Err(VerifyError::Opening));
                        first = first.and(verdict.map_err(|error| ObjectError::Proof(*part, error)));
                    }
                    first
                }
                Work::Signature(command, _) => {
                    let signature = signatures.next().unwrap_or(Err(SignatureError::InvalidSignature));
                    ObjectError::of_command(command.verdict(signature))
                }
                Work::Command { .. } => match commands.next() {
                    Some(verdict) => ObjectError::of_command(verdict),
                    None => Err(ObjectError::Assuming),
                },
            };
            verdicts.push((*place, result.map(|()| Valid { network: network.clone() })));
        }
        verdicts
    }
}

/// What is to be verified for an object to be valid on a network.
struct Attempt<'a> {
    network: String,
    work: Work<'a>,
}

enum Work<'a> {
    /// Proofs of the network's circuits.
    Proofs(Vec<(Part, OwnedTask)>),
    /// The signature of a payment or delegation.
    Signature(&'a SignedCommand, Claim<'a>),
    /// The signatures and proofs of a zkApp command.
    Command { command: Cow<'a, ZkappCommand>, network: &'a NetworkId },
}

impl<'a> Attempt<'a> {
    /// The object on the network of this turn, or `None` where there are no more.
    fn new(
        object: &'a Object,
        known: &Known,
        signers: &'a [NetworkId],
        turn: usize,
    ) -> Option<Result<Self, ObjectError>> {
        match object {
            Object::Block(block) => (turn == 0).then(|| Self::block(block, known)),
            Object::LedgerProof(proof) => {
                Self::with_transaction_key(known, turn, |key| Ok(vec![proof.task(key)]))
            }
            Object::SnarkWork(work) => Self::with_transaction_key(known, turn, |key| Ok(work.tasks(key)?)),
            Object::MergeJob(job) => Self::with_transaction_key(known, turn, |key| Ok(job.tasks(key).into())),
            Object::AssignedWork(work) => Self::with_transaction_key(known, turn, |key| Ok(work.tasks(key))),
            Object::ZkappCommand(command) => Self::command(command, known, signers, turn),
            Object::SignedCommand(command) => {
                let network = signers.get(turn)?;
                let claim = command.claim(network).map_err(ObjectError::Command);
                Some(claim.map(|claim| Self {
                    network: network.to_string(),
                    work: Work::Signature(command, claim),
                }))
            }
        }
    }

    fn command(
        command: &'a ZkappCommand,
        known: &Known,
        signers: &'a [NetworkId],
        turn: usize,
    ) -> Option<Result<Self, ObjectError>> {
        let mut protocols = known.protocols();
        // What an account update leaves out differs; without any the form does not tell, but the signature does.
        if !command.account_updates.account_updates().is_empty() {
            protocols.retain(|protocol| *protocol == command.protocol);
        }
        if protocols.is_empty() {
            return (turn == 0).then_some(Err(ObjectError::OtherProtocol { found: command.protocol }));
        }
        let network = signers.get(turn / protocols.len())?;
        let protocol = *protocols.get(turn % protocols.len())?;
        let command = if protocol == command.protocol {
            Cow::Borrowed(command)
        } else {
            Cow::Owned(ZkappCommand { protocol, ..command.clone() })
        };
        Some(Ok(Self { network: network.to_string(), work: Work::Command { command, network } }))
    }

    fn block(block: &Block, known: &Known) -> Result<Self, ObjectError> {
        let network = network_of(block, known)?;
        let proof = block.proof.as_deref().ok_or(ObjectError::NoProof)?;
        let key = known.key(network, NetworkProof::Blockchain)?;
        let task = OwnedTask::pickles(key, block.statement().to_vec(), proof.clone());
        Ok(Self { network: network.to_string(), work: Work::Proofs(vec![(Part::Proof, task)]) })
    }

    fn with_transaction_key(
        known: &Known,
        turn: usize,
        tasks: impl FnOnce(&Arc<PreparedKey>) -> Result<Vec<OwnedTask>, ObjectError>,
    ) -> Option<Result<Self, ObjectError>> {
        let network = known.candidates().nth(turn)?;
        let attempt = known.key(network, NetworkProof::Transaction).and_then(|key| {
            let tasks = tasks(&key)?;
            let is_only = tasks.len() == 1;
            let part = |place| if is_only { Part::Proof } else { Part::ProofOf(place) };
            let proofs = tasks.into_iter().enumerate().map(|(place, task)| (part(place), task)).collect();
            Ok(Self { network: network.to_string(), work: Work::Proofs(proofs) })
        });
        Some(attempt)
    }
}

/// The network that a block says it is of, which must be one that is meant.
///
/// # Errors
/// Where it is not.
pub fn network_of<'a>(block: &Block, known: &'a Known) -> Result<&'a Identity, ObjectError> {
    let network = known.networks().of_block(block)?;
    match known.name() {
        Some(expected) if !known.takes(&network.network) => {
            Err(IdentityError::OtherNetwork { found: network.to_string(), expected: expected.to_owned() }
                .into())
        }
        _ => Ok(network),
    }
}
