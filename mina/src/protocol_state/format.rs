//! The records as OCaml derives them.

use quickpickle_runtime::wire::Fault;
use quickpickle_runtime::wire::parts::Walk;

use super::{
    BlockchainState, Body, ConsensusState, Constants, EpochData, ProtocolState, SUB_WINDOWS, StagedLedgerHash,
};
use crate::formats::{Format, Text, Version};
use crate::ledger_proof;

/// Bits of the last byte of a VRF's output that are used.
const VRF_BITS_OF_LAST: u32 = 5;

const LONG_VRF: Fault = Fault::Inconsistent("an output of the VRF has 253 bits, and this more");

pub(crate) fn protocol_state<F: Format>(f: &mut F, state: &mut ProtocolState) -> Walk<F> {
    f.record(|f| {
        f.field("previous_state_hash", |f| f.hash(Version::StateHash, &mut state.previous_state_hash))?;
        f.field("body", |f| body(f, &mut state.body))
    })
}

fn body<F: Format>(f: &mut F, body: &mut Body) -> Walk<F> {
    f.record(|f| {
        f.field("genesis_state_hash", |f| f.hash(Version::StateHash, &mut body.genesis_state_hash))?;
        f.field("blockchain_state", |f| blockchain_state(f, &mut body.blockchain_state))?;
        f.field("consensus_state", |f| consensus_state(f, &mut body.consensus_state))?;
        f.field("constants", |f| constants(f, &mut body.constants))
    })
}

fn blockchain_state<F: Format>(f: &mut F, state: &mut BlockchainState) -> Walk<F> {
    f.record(|f| {
        f.field("staged_ledger_hash", |f| staged_ledger_hash(f, &mut state.staged_ledger_hash))?;
        f.field("genesis_ledger_hash", |f| f.hash(Version::LedgerHash, &mut state.genesis_ledger_hash))?;
        f.field("ledger_proof_statement", |f| {
            ledger_proof::format::statement(f, &mut state.ledger_proof_statement, |f, ()| f.unit())
        })?;
        f.field("timestamp", |f| f.u64(&mut state.timestamp))?;
        f.field("body_reference", |f| f.bytes(Text::Hex, &mut state.body_reference))
    })
}

fn staged_ledger_hash<F: Format>(f: &mut F, hash: &mut StagedLedgerHash) -> Walk<F> {
    f.record(|f| {
        f.field("non_snark", |f| {
            f.record(|f| {
                f.field("ledger_hash", |f| f.hash(Version::LedgerHash, &mut hash.ledger_hash))?;
                f.field("aux_hash", |f| {
                    f.bytes(Text::Base58(Version::StagedLedgerAuxHash), &mut hash.aux_hash)
                })?;
                f.field("pending_coinbase_aux", |f| {
                    f.bytes(Text::Base58(Version::PendingCoinbaseAux), &mut hash.pending_coinbase_aux)
                })
            })
        })?;
        f.field("pending_coinbase_hash", |f| {
            f.hash(Version::ReceiptChainHash, &mut hash.pending_coinbase_hash)
        })
    })
}

fn consensus_state<F: Format>(f: &mut F, state: &mut ConsensusState) -> Walk<F> {
    f.record(|f| {
        f.field("blockchain_length", |f| f.u32(&mut state.blockchain_length))?;
        f.field("epoch_count", |f| f.u32(&mut state.epoch_count))?;
        f.field("min_window_density", |f| f.u32(&mut state.min_window_density))?;
        f.field("sub_window_densities", |f| {
            // A list in the type; the hash takes as many as the network's window has.
            let mut densities = state.sub_window_densities.to_vec();
            f.resize(&mut densities, 0);
            f.list(SUB_WINDOWS, &mut densities, F::u32)?;
            f.check(|| {
                let found = densities.len();
                let too_few = Fault::TooFew { found, expected: SUB_WINDOWS };
                state.sub_window_densities = densities.try_into().map_err(|_| too_few)?;
                Ok(())
            })
        })?;
        f.field("last_vrf_output", |f| {
            f.bytes(Text::Base64Url, &mut state.last_vrf_output)?;
            f.check(|| {
                // Not hashed, but compared where two chains are equal otherwise.
                let unused = state.last_vrf_output.last().is_some_and(|byte| byte >> VRF_BITS_OF_LAST != 0);
                if unused { Err(LONG_VRF) } else { Ok(()) }
            })
        })?;
        f.field("total_currency", |f| f.u64(&mut state.total_currency))?;
        f.field("curr_global_slot_since_hard_fork", |f| {
            f.record(|f| {
                f.field("slot_number", |f| f.slot(&mut state.curr_global_slot))?;
                f.field("slots_per_epoch", |f| f.u32(&mut state.slots_per_epoch))
            })
        })?;
        f.field("global_slot_since_genesis", |f| f.slot(&mut state.global_slot_since_genesis))?;
        f.field("staking_epoch_data", |f| epoch_data(f, &mut state.staking_epoch_data))?;
        f.field("next_epoch_data", |f| epoch_data(f, &mut state.next_epoch_data))?;
        f.field("has_ancestor_in_same_checkpoint_window", |f| {
            f.boolean(&mut state.has_ancestor_in_same_checkpoint_window)
        })?;
        f.field("block_stake_winner", |f| f.public_key(&mut state.block_stake_winner))?;
        f.field("block_creator", |f| f.public_key(&mut state.block_creator))?;
        f.field("coinbase_receiver", |f| f.public_key(&mut state.coinbase_receiver))?;
        f.field("supercharge_coinbase", |f| f.boolean(&mut state.supercharge_coinbase))
    })
}

fn epoch_data<F: Format>(f: &mut F, data: &mut EpochData) -> Walk<F> {
    f.record(|f| {
        f.field("ledger", |f| {
            f.record(|f| {
                f.field("hash", |f| f.hash(Version::LedgerHash, &mut data.ledger_hash))?;
                f.field("total_currency", |f| f.u64(&mut data.total_currency))
            })
        })?;
        f.field("seed", |f| f.hash(Version::EpochSeed, &mut data.seed))?;
        f.field("start_checkpoint", |f| f.hash(Version::StateHash, &mut data.start_checkpoint))?;
        f.field("lock_checkpoint", |f| f.hash(Version::StateHash, &mut data.lock_checkpoint))?;
        f.field("epoch_length", |f| f.u32(&mut data.epoch_length))
    })
}

fn constants<F: Format>(f: &mut F, constants: &mut Constants) -> Walk<F> {
    f.record(|f| {
        f.field("k", |f| f.u32(&mut constants.k))?;
        f.field("slots_per_epoch", |f| f.u32(&mut constants.slots_per_epoch))?;
        f.field("slots_per_sub_window", |f| f.u32(&mut constants.slots_per_sub_window))?;
        f.field("grace_period_slots", |f| f.u32(&mut constants.grace_period_slots))?;
        f.field("delta", |f| f.u32(&mut constants.delta))?;
        f.field("genesis_state_timestamp", |f| f.u64(&mut constants.genesis_state_timestamp))
    })
}
