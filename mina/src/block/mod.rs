//! Blocks, as nodes, archives and daemons hand them over: a protocol state, and the proof of it where it comes along.
//!
//! A block's proof states the state hash alone, and that hash binds every field of the state. What a file or an answer says
//! beside them (a hash, a height, the block's body) is a claim: those that can be checked are, and each that is false is an
//! error of its own. The commands in a block's body are not looked at here: [`commands`] reads them, to be verified as commands.

mod body;
mod commands;
mod error;
mod file_name;
mod graphql;
mod header;
mod json;
mod precomputed;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::verifier::Task;
use quickpickle_runtime::wire::parts::bounded;
use quickpickle_runtime::wire::{DecodeError, Fault, excerpt};

pub use body::{MAX_BODY, body_reference};
pub use commands::{Included, UserCommand, commands};
pub use error::BlockError;
pub use file_name::FileName;
pub use header::{Header, ProtocolVersion};

use crate::formats::{Version, base58, is_text};
use crate::protocol_state::ProtocolState;

/// The longest input that is read, in bytes. A full block of mainnet in JSON has a few megabytes.
pub const MAX_INPUT: usize = 32 << 20;
/// Blocks of one answer at most: more than a daemon's best chain has, which is k = 290 and its root.
pub const MAX_BLOCKS: usize = 512;

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    state: ProtocolState,
    /// The hash of this very state, computed: nobody can set the one without the other.
    state_hash: Fp,
    /// The proof, which many archives leave out.
    pub proof: Option<Box<Proof>>,
    /// The version of the protocol that the block says it is of; neither hashed nor proved.
    pub protocol_version: Option<ProtocolVersion>,
    /// Whether the block's body came along, and its digest is the one in the state.
    pub has_body: bool,
}

impl Block {
    /// A block of a state and its proof.
    pub fn new(state: ProtocolState, proof: Option<Proof>) -> Self {
        let state_hash = state.hash();
        Self { state, state_hash, proof: proof.map(Box::new), protocol_version: None, has_body: false }
    }

    /// Reads all blocks of an input, whichever form it is in: bin_prot of a block, a header or a state; a precomputed
    /// block; an answer of a daemon's GraphQL. There is at least one.
    ///
    /// # Errors
    /// Where the input is none of these, or claims something of a block that is false.
    pub fn read(input: &[u8]) -> Result<Vec<Self>, BlockError> {
        let input = bounded(input, MAX_INPUT)?;
        match input.trim_ascii_start() {
            [b'{', ..] if is_text(input) => json::read(input),
            _ => Ok(vec![Self::from_binprot(input)?]),
        }
    }

    /// Decodes bin_prot of a block (`Mina_block.Stable.V2`), of its header alone, of a state with its proof, or of a state alone: where
    /// the input ends tells which.
    ///
    /// # Errors
    /// Where the input is none of these, the chain of hashes in the header does not end in the state before, or the body is
    /// not the one whose digest is in the state.
    pub fn from_binprot(input: &[u8]) -> Result<Self, BlockError> {
        header::read(bounded(input, MAX_INPUT)?)
    }

    /// Decodes base64 of it, as the uptime service keeps blocks.
    ///
    /// # Errors
    /// Where the text is no base64, and as [`from_binprot`](Self::from_binprot).
    pub fn from_base64(text: &str) -> Result<Self, BlockError> {
        let text = bounded(text.as_bytes(), MAX_INPUT.div_ceil(3) * 4)?;
        let bytes =
            STANDARD.decode(text).map_err(|error| DecodeError::from(Fault::Carrier(excerpt(&error))))?;
        Self::from_binprot(&bytes)
    }

    /// Decodes a precomputed block of this protocol (version 3), as archives keep them, decompressed.
    ///
    /// # Errors
    /// Where the text is not such a block: that of a block before the fork, or of another version, is told by name.
    pub fn from_precomputed(text: &[u8]) -> Result<Self, BlockError> {
        match json::read(bounded(text, MAX_INPUT)?)?.pop() {
            Some(block) => Ok(block),
            None => Err(BlockError::NoBlock),
        }
    }

    /// The state.
    pub fn state(&self) -> &ProtocolState {
        &self.state
    }

    /// The state alone.
    pub fn into_state(self) -> ProtocolState {
        self.state
    }

    /// The state's hash, computed.
    pub fn state_hash(&self) -> Fp {
        self.state_hash
    }

    /// What the proof states: the state hash.
    pub fn statement(&self) -> &[Fp] {
        core::slice::from_ref(&self.state_hash)
    }

    /// The proof with what it is verified against, if it came along; `key` is the network's for blocks.
    pub fn task<'a>(&'a self, key: &'a PreparedKey) -> Option<Task<'a>> {
        self.proof.as_deref().map(|proof| Task::pickles(key, self.statement(), proof))
    }

    /// The block's height.
    pub fn height(&self) -> u32 {
        self.state.body.consensus_state.blockchain_length
    }

    /// Checks a claimed state hash.
    ///
    /// # Errors
    /// Where the state hash is another.
    pub fn is_claimed(&self, claimed: Fp) -> Result<(), BlockError> {
        if claimed == self.state_hash {
            Ok(())
        } else {
            Err(BlockError::OtherHash { claimed, computed: self.state_hash })
        }
    }

    /// Checks what the file's name claims: state hash and height.
    ///
    /// # Errors
    /// Where one of them is another.
    pub fn is_named(&self, name: &FileName<'_>) -> Result<(), BlockError> {
        self.is_claimed(name.state_hash)?;
        let computed = self.height();
        if name.height == computed {
            Ok(())
        } else {
            Err(BlockError::OtherHeight { claimed: name.height, computed })
        }
    }
}

/// The text of a state hash, `3N...`.
pub fn state_hash_text(hash: &Fp) -> String {
    base58::encode_element(Version::StateHash, hash)
}

/// The state hash of a text, `3N...`.
///
/// # Errors
/// Where it is not the text of a state hash.
pub fn state_hash_from_text(text: &str) -> Result<Fp, DecodeError> {
    Ok(base58::decode_element(Version::StateHash, text)?)
}
