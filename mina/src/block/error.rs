//! Why an input is no block, or not the one that it claims to be.

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::ErrorKind;
use quickpickle_runtime::wire::DecodeError;

use super::{MAX_BLOCKS, state_hash_text};

/// Why there is no block, which is another thing than a proof that does not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The input is not in any of the forms of a block.
    #[error("the input cannot be read as a block")]
    Decode(#[from] DecodeError),
    /// The block is of the protocol before version 3.
    #[error(
        "a block of before the fork to protocol version 3 (Berkeley, June 2024), whose states and proofs are of another protocol"
    )]
    BeforeFork,
    /// The precomputed block is of another version of the form.
    #[error("a precomputed block of version {found}, not 3: it is of another fork")]
    OtherVersion {
        /// The version.
        found: u64,
    },
    /// The JSON has no block.
    #[error(
        "JSON without a block: neither a precomputed block nor an answer with `protocolState(encoding: BASE64)`"
    )]
    NoBlock,
    /// The input has no commands beside its block.
    #[error("the commands of a block are in its precomputed form alone")]
    NoCommands,
    /// The daemon answered with an error.
    #[error("the daemon's answer is an error: {message}")]
    Daemon {
        /// The beginning of its message.
        message: String,
    },
    /// A claimed state hash is not that of the state.
    #[error("the state hash is {}, the input claims {}", state_hash_text(.computed), state_hash_text(.claimed))]
    OtherHash {
        /// The claimed one.
        claimed: Fp,
        /// That of the state.
        computed: Fp,
    },
    /// Two claims of one block's state hash differ.
    #[error("the block's stateHash is {}, its stateHashField that of {}", state_hash_text(.text), state_hash_text(.field))]
    TwoHashes {
        /// `stateHash`.
        text: Fp,
        /// `stateHashField`.
        field: Fp,
    },
    /// A claimed height is not that of the state.
    #[error("the block's height is {computed}, its name claims {claimed}")]
    OtherHeight {
        /// The claimed one.
        claimed: u32,
        /// That of the state.
        computed: u32,
    },
    /// The body is another one than the state says.
    #[error("the digest of the block's body is {}, the state has {}", hex::encode(.computed), hex::encode(.stated))]
    OtherBody {
        /// The digest in the state.
        stated: [u8; 32],
        /// That of the body.
        computed: [u8; 32],
    },
    /// The hashes that a header has for a late block do not lead to the state before.
    #[error("the header's delta_block_chain_proof does not end in the previous state hash")]
    OtherDeltaChain,
    /// The answer has the proof of a block whose state is not in it.
    #[error("the answer has the proof of {}, and no protocolState of it", .claimed.as_ref().map_or("a block without a stateHash".to_owned(), state_hash_text))]
    NoState {
        /// The block's state hash, if there is one.
        claimed: Option<Fp>,
    },
    /// The answer has one block twice.
    #[error("the answer has two proofs of {}", state_hash_text(.state_hash))]
    Twice {
        /// The block's state hash.
        state_hash: Fp,
    },
    /// The answer has more blocks than are read.
    #[error("more than {MAX_BLOCKS} blocks in one answer")]
    TooMany,
}

impl BlockError {
    /// What kind of error this is. A claim that is false was checked, so it is rejected.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherHash { .. }
            | Self::OtherHeight { .. }
            | Self::OtherBody { .. }
            | Self::OtherDeltaChain
            | Self::TwoHashes { .. } => ErrorKind::Rejected,
            Self::NoState { .. } | Self::NoCommands => ErrorKind::Input,
            Self::Decode(_)
            | Self::BeforeFork
            | Self::OtherVersion { .. }
            | Self::NoBlock
            | Self::Daemon { .. }
            | Self::Twice { .. }
            | Self::TooMany => ErrorKind::Malformed,
        }
    }
}
