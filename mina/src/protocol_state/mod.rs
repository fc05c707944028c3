//! Protocol states: what a block's proof is about, by way of its hash.
//!
//! Facts: Mina, `src/lib/mina_state/protocol_state.ml` and `blockchain_state.ml`, `src/lib/consensus/proof_of_stake.ml`.

pub(crate) mod format;
mod hash;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::DecodeError;

use crate::formats::json::Json;
use crate::formats::{read_binprot, read_json, write_binprot};
use crate::key::CompressedKey;
use crate::ledger_proof;

/// Sub-windows of the window whose density is counted.
pub const SUB_WINDOWS: usize = 11;
/// The longest encoding in bin_prot that is read. A state has about 1,550 bytes.
pub const MAX_BINPROT: usize = 16 << 10;

/// A protocol state (`Protocol_state.Value.Stable.V2`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtocolState {
    /// The hash of the state before.
    pub previous_state_hash: Fp,
    /// All else.
    pub body: Body,
}

/// What a protocol state says, beside what came before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The hash of the first state, by which networks and forks are told apart.
    pub genesis_state_hash: Fp,
    /// The ledgers.
    pub blockchain_state: BlockchainState,
    /// What the choice between chains goes by.
    pub consensus_state: ConsensusState,
    /// The network's constants.
    pub constants: Constants,
}

/// The ledgers of a protocol state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockchainState {
    /// The ledger with the block's transactions.
    pub staged_ledger_hash: StagedLedgerHash,
    /// The ledger that the network began with.
    pub genesis_ledger_hash: Fp,
    /// The last ledger proof: its target is the snarked ledger.
    pub ledger_proof_statement: ledger_proof::Statement<()>,
    /// When the block was made, in milliseconds since 1970.
    pub timestamp: u64,
    /// The digest of the block's body.
    pub body_reference: [u8; 32],
}

impl BlockchainState {
    /// The root of the last ledger whose transactions are proved.
    pub fn snarked_ledger_hash(&self) -> Fp {
        self.ledger_proof_statement.target.first_pass_ledger
    }
}

/// The hash of the ledger whose transactions are not all proved yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StagedLedgerHash {
    /// The root of the ledger.
    pub ledger_hash: Fp,
    /// The digest of the scan state.
    pub aux_hash: [u8; 32],
    /// The digest of what is known of pending coinbases beside their hash.
    pub pending_coinbase_aux: [u8; 32],
    /// The hash of the pending coinbases.
    pub pending_coinbase_hash: Fp,
}

/// What the choice between chains goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsensusState {
    /// The block's height.
    pub blockchain_length: u32,
    /// Epochs since the fork.
    pub epoch_count: u32,
    /// The least number of blocks that a window of slots had.
    pub min_window_density: u32,
    /// The blocks of each sub-window of the last window.
    pub sub_window_densities: [u32; SUB_WINDOWS],
    /// The output of the creator's VRF; 253 bits.
    pub last_vrf_output: [u8; 32],
    /// All the currency, in nanomina.
    pub total_currency: u64,
    /// The slot since the fork.
    pub curr_global_slot: u32,
    /// Slots of an epoch.
    pub slots_per_epoch: u32,
    /// The slot since the network's first genesis.
    pub global_slot_since_genesis: u32,
    /// Of the epoch whose stakes decide.
    pub staking_epoch_data: EpochData,
    /// Of the epoch that is collected.
    pub next_epoch_data: EpochData,
    /// Whether a block before is in the same checkpoint window.
    pub has_ancestor_in_same_checkpoint_window: bool,
    /// Whose stake won the slot.
    pub block_stake_winner: CompressedKey,
    /// Who made the block.
    pub block_creator: CompressedKey,
    /// Who gets the coinbase.
    pub coinbase_receiver: CompressedKey,
    /// Whether the coinbase is doubled.
    pub supercharge_coinbase: bool,
}

/// What is known of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EpochData {
    /// The root of the ledger of stakes.
    pub ledger_hash: Fp,
    /// Its currency.
    pub total_currency: u64,
    /// The seed of the VRF.
    pub seed: Fp,
    /// The hash of the epoch's first state.
    pub start_checkpoint: Fp,
    /// The hash of the last state that the seed is made of.
    pub lock_checkpoint: Fp,
    /// Its blocks.
    pub epoch_length: u32,
}

/// The network's constants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constants {
    /// Blocks after which one is final.
    pub k: u32,
    /// Slots of an epoch.
    pub slots_per_epoch: u32,
    /// Slots of a sub-window.
    pub slots_per_sub_window: u32,
    /// Slots at the beginning in which densities do not count.
    pub grace_period_slots: u32,
    /// Slots that a block may be late.
    pub delta: u32,
    /// When the network began, in milliseconds since 1970.
    pub genesis_state_timestamp: u64,
}

impl ProtocolState {
    /// Decodes bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one state.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        read_binprot(input, MAX_BINPROT, format::protocol_state)
    }

    /// Encodes as bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        write_binprot(self, format::protocol_state)
    }

    /// Decodes the JSON that OCaml derives, as precomputed blocks have it.
    ///
    /// # Errors
    /// Where the value is not a state of this protocol.
    pub fn from_json(json: &Json) -> Result<Self, DecodeError> {
        read_json(json, format::protocol_state)
    }

    /// The hash of the first state since the fork: where this is the first one, its own, which it cannot contain.
    pub fn genesis_state_hash(&self) -> Fp {
        // Mina, `protocol_state.ml` (`genesis_state_hash`) and `proof_of_stake.ml` (`is_genesis_state`).
        match self.body.consensus_state.curr_global_slot {
            0 => self.hash(),
            _ => self.body.genesis_state_hash,
        }
    }
}
