//! Anything that Mina's networks send, told by its look.

use quickpickle_mina::block::Block;
use quickpickle_mina::formats::detect::{self, Kind};
use quickpickle_mina::ledger_proof::LedgerProof;
use quickpickle_mina::signed_command::SignedCommand;
use quickpickle_mina::snark_work::{AssignedWork, MergeJob, SnarkWork};
use quickpickle_mina::zkapp_command::ZkappCommand;
use quickpickle_runtime::wire::DecodeError;

use super::ObjectError;

/// Something that Mina's networks send, to be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Object {
    /// A block.
    Block(Box<Block>),
    /// A ledger proof.
    LedgerProof(Box<LedgerProof>),
    /// Snark work that is done.
    SnarkWork(Box<SnarkWork>),
    /// The job of merging two ledger proofs.
    MergeJob(Box<MergeJob>),
    /// Such jobs with fee and prover, as a coordinator hands them out.
    AssignedWork(Box<AssignedWork>),
    /// A zkApp command.
    ZkappCommand(Box<ZkappCommand>),
    /// A payment or a delegation.
    SignedCommand(Box<SignedCommand>),
}

impl Object {
    /// Reads all objects of an input in any of their forms: the blocks or payments of a daemon's answer, the jobs
    /// of a worker, otherwise one.
    ///
    /// # Errors
    /// Where the input is none of these, or claims something of an object that is false.
    pub fn read(input: &[u8]) -> Result<Vec<Self>, ObjectError> {
        let one = |object| Ok(vec![object]);
        match detect::kind(input) {
            Kind::Block => Ok(Block::read(input)?.into_iter().map(Self::from).collect()),
            Kind::LedgerProof => one(LedgerProof::read(input)?.into()),
            Kind::SnarkWork => one(SnarkWork::read(input)?.into()),
            Kind::PoolDiff => one(SnarkWork::from_pool_diff_binprot(input)?.into()),
            Kind::MergeJob => Ok(MergeJob::read(input)?.into_iter().map(Self::from).collect()),
            Kind::AssignedWork => one(AssignedWork::from_binprot(input)?.into()),
            Kind::ZkappCommand => {
                let read = |protocol| ZkappCommand::from_binprot(input, protocol);
                one(ZkappCommand::of_any_protocol(read)?.into())
            }
            Kind::ZkappCommandBase64 => {
                let bytes = detect::zkapp_command_of_base64(input).unwrap_or_default();
                let read = |protocol| ZkappCommand::from_binprot(&bytes, protocol);
                one(ZkappCommand::of_any_protocol(read)?.into())
            }
            Kind::ZkappCommandJson => {
                one(ZkappCommand::of_any_protocol(|protocol| ZkappCommand::from_text(input, protocol))?
                    .into())
            }
            Kind::SignedCommand => Ok(SignedCommand::read(input)?.into_iter().map(Self::from).collect()),
            Kind::Other(found) => Err(DecodeError::OtherKind {
                expected: "a block, a ledger proof, a snark work or a command",
                found,
                advice: if found.is_proof() {
                    "it is verified with its program's key"
                } else {
                    found.advice()
                },
            }
            .into()),
        }
    }

    /// What it is, in a word or two.
    pub fn name(&self) -> &'static str {
        use quickpickle_mina::signed_command::Body;
        match self {
            Self::Block(_) => "block",
            Self::LedgerProof(_) => "ledger proof",
            Self::SnarkWork(_) => "snark work",
            Self::MergeJob(_) => "merge job",
            Self::AssignedWork(_) => "snark job",
            Self::ZkappCommand(_) => "zkApp command",
            Self::SignedCommand(command) => match command.payload.body {
                Body::Payment { .. } => "payment",
                Body::Delegation { .. } => "delegation",
            },
        }
    }
}

/// An object of each kind.
macro_rules! objects {
    ($($kind:ident),+) => {
        $(impl From<$kind> for Object {
            fn from(object: $kind) -> Self {
                Self::$kind(Box::new(object))
            }
        })+
    };
}

objects!(Block, LedgerProof, SnarkWork, MergeJob, AssignedWork, ZkappCommand, SignedCommand);
