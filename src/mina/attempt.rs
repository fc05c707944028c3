//! What there is to verify of an object, so that it is valid on a network.

use std::borrow::Cow;
use std::sync::Arc;

use quickpickle_mina::block::Block;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signature::Claim;
use quickpickle_mina::signed_command::SignedCommand;
use quickpickle_mina::zkapp_command::{AccountKeys, ZkappCommand};
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_srs_data::NetworkProof;

use super::{Known, Object, ObjectError, Part, network_of};

/// An object, and what it is judged by if it is a command: the keys of accounts before it, and whether it failed.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub object: &'a Object,
    pub keys: &'a AccountKeys,
    pub has_failed: bool,
}

/// What is to be verified for an object to be valid on a network.
pub struct Attempt<'a> {
    pub network: String,
    pub work: Work<'a>,
}

pub enum Work<'a> {
    /// Proofs of the network's circuits.
    Proofs(Vec<(Part, OwnedTask)>),
    /// The signature of a payment or delegation.
    Signature(&'a SignedCommand, Claim<'a>),
    /// The signatures and proofs of a zkApp command.
    Command {
        command: Cow<'a, ZkappCommand>,
        network: &'a NetworkId,
        keys: &'a AccountKeys,
        has_failed: bool,
    },
}

impl<'a> Attempt<'a> {
    /// The object on the network of this turn, or `None` where there are no more.
    pub fn new(
        asked: Asked<'a>,
        known: &Known,
        signers: &'a [NetworkId],
        turn: usize,
    ) -> Option<Result<Self, ObjectError>> {
        match asked.object {
            Object::Block(block) => (turn == 0).then(|| Self::block(block, known)),
            Object::LedgerProof(proof) => {
                Self::with_transaction_key(known, turn, |key| Ok(vec![proof.task(key)]))
            }
            Object::SnarkWork(work) => Self::with_transaction_key(known, turn, |key| Ok(work.tasks(key)?)),
            Object::MergeJob(job) => Self::with_transaction_key(known, turn, |key| Ok(job.tasks(key).into())),
            Object::AssignedWork(work) => Self::with_transaction_key(known, turn, |key| Ok(work.tasks(key))),
            Object::ZkappCommand(command) => Self::command(command, asked, known, signers, turn),
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
        asked: Asked<'a>,
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
        let Asked { keys, has_failed, .. } = asked;
        let work = Work::Command { command, network, keys, has_failed };
        Some(Ok(Self { network: network.to_string(), work }))
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
