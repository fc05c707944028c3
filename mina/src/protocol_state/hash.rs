//! The hash of a protocol state.

use ark_ff::{BigInteger as _, PrimeField as _};
use quickpickle_runtime::curve::Fp;
use sha2::{Digest as _, Sha256};

use super::{BlockchainState, Body, ConsensusState, Constants, EpochData, ProtocolState, StagedLedgerHash};
use crate::hash::{Input, Prefix, ToInput};

static STATE: Prefix = Prefix::new("MinaProtoState");
static BODY: Prefix = Prefix::new("MinaProtoStateBody");

/// Bits of a VRF's output that are hashed.
const VRF_BITS: usize = 253;

impl ProtocolState {
    /// The state hash (`3N...`): what a block's proof states, what names a block.
    pub fn hash(&self) -> Fp {
        Self::hash_of(self.previous_state_hash, self.body.hash())
    }

    /// The hash of a state of which only the two hashes are known that it consists of.
    pub fn hash_of(previous_state_hash: Fp, body_hash: Fp) -> Fp {
        STATE.hash(&[previous_state_hash, body_hash])
    }
}

impl Body {
    /// The hash of the body alone.
    pub fn hash(&self) -> Fp {
        BODY.hash_input(&Input::of(self))
    }
}

impl ToInput for Body {
    fn to_input(&self, input: &mut Input) {
        input
            .add(&self.constants)
            .field(self.genesis_state_hash)
            .add(&self.blockchain_state)
            .add(&self.consensus_state);
    }
}

impl ToInput for Constants {
    fn to_input(&self, input: &mut Input) {
        input
            .u32(self.k)
            .u32(self.delta)
            .u32(self.slots_per_epoch)
            .u32(self.slots_per_sub_window)
            .u32(self.grace_period_slots)
            .u64(self.genesis_state_timestamp);
    }
}

impl ToInput for BlockchainState {
    fn to_input(&self, input: &mut Input) {
        input
            .add(&self.staged_ledger_hash)
            .field(self.genesis_ledger_hash)
            .add(&self.ledger_proof_statement)
            .u64(self.timestamp)
            .bytes(&self.body_reference);
    }
}

impl ToInput for StagedLedgerHash {
    fn to_input(&self, input: &mut Input) {
        let mut non_snark = Sha256::new();
        non_snark.update(self.ledger_hash.into_bigint().to_bytes_be());
        non_snark.update(self.aux_hash);
        non_snark.update(self.pending_coinbase_aux);
        input.bytes(&non_snark.finalize()).field(self.pending_coinbase_hash);
    }
}

impl ToInput for ConsensusState {
    fn to_input(&self, input: &mut Input) {
        input.u32(self.blockchain_length).u32(self.epoch_count).u32(self.min_window_density);
        for density in self.sub_window_densities {
            input.u32(density);
        }
        input
            .bits(&self.last_vrf_output, VRF_BITS)
            .u64(self.total_currency)
            .u32(self.curr_global_slot)
            .u32(self.slots_per_epoch)
            .u32(self.global_slot_since_genesis)
            .bit(self.has_ancestor_in_same_checkpoint_window)
            .bit(self.supercharge_coinbase)
            .add(&self.staking_epoch_data)
            .add(&self.next_epoch_data)
            .add(&self.block_stake_winner)
            .add(&self.block_creator)
            .add(&self.coinbase_receiver);
    }
}

impl ToInput for EpochData {
    fn to_input(&self, input: &mut Input) {
        input
            .field(self.seed)
            .field(self.start_checkpoint)
            .u32(self.epoch_length)
            .field(self.ledger_hash)
            .u64(self.total_currency)
            .field(self.lock_checkpoint);
    }
}
