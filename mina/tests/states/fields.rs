//! Each field of a protocol state, by its name: changed alone it gives another hash, and what is written of it is read again.

use std::collections::HashSet;

use quickpickle_mina::currency::Signed;
use quickpickle_mina::key::CompressedKey;
use quickpickle_mina::ledger_proof::{FeeExcess, Registers, Statement};
use quickpickle_mina::protocol_state::{ConsensusState, Constants, EpochData, ProtocolState, SUB_WINDOWS};
use quickpickle_runtime::curve::Fp;

use crate::made_state;

/// Finds a leaf in a record.
type Leaf<R, T> = fn(&mut R) -> &mut T;

/// Leaves of a record, by their names.
struct Leaves<R: 'static> {
    elements: &'static [(&'static str, Leaf<R, Fp>)],
    numbers: &'static [(&'static str, Leaf<R, u32>)],
    amounts: &'static [(&'static str, Leaf<R, u64>)],
    signed: &'static [(&'static str, Leaf<R, Signed>)],
    booleans: &'static [(&'static str, Leaf<R, bool>)],
    digests: &'static [(&'static str, Leaf<R, [u8; 32]>)],
    keys: &'static [(&'static str, Leaf<R, CompressedKey>)],
}

/// A state with one change, and its name.
type Changed = (String, ProtocolState);

impl<R> Leaves<R> {
    /// Each leaf of the record that is found in a state, changed alone: by its lowest bit, and by its highest.
    fn change(&self, record: &str, find: impl Fn(&mut ProtocolState) -> &mut R, changed: &mut Vec<Changed>) {
        let mut change = |name: &str, what: &str, change: &dyn Fn(&mut R)| {
            let mut state = full();
            change(find(&mut state));
            changed.push((format!("{record}.{name}{what}"), state));
        };
        for (name, leaf) in self.elements {
            change(name, "", &|record| *leaf(record) += Fp::from(1u64));
        }
        for (name, leaf) in self.numbers {
            change(name, ", lowest bit", &|record| *leaf(record) ^= 1);
            change(name, ", highest bit", &|record| *leaf(record) ^= 1 << 31);
        }
        for (name, leaf) in self.amounts {
            change(name, ", lowest bit", &|record| *leaf(record) ^= 1);
            change(name, ", highest bit", &|record| *leaf(record) ^= 1 << 63);
        }
        for (name, leaf) in self.signed {
            change(name, ".magnitude, lowest bit", &|record| leaf(record).magnitude ^= 1);
            change(name, ".magnitude, highest bit", &|record| leaf(record).magnitude ^= 1 << 63);
            change(name, ".sgn", &|record| leaf(record).is_negative ^= true);
        }
        for (name, leaf) in self.booleans {
            change(name, "", &|record| *leaf(record) ^= true);
        }
        for (name, leaf) in self.digests {
            change(name, ", first byte", &|record| leaf(record)[0] ^= 1);
            // The lowest bit: of a VRF's output the three highest are none.
            change(name, ", last byte", &|record| leaf(record)[31] ^= 1);
        }
        for (name, leaf) in self.keys {
            change(name, ".x", &|record| leaf(record).x += Fp::from(1u64));
            change(name, ".is_odd", &|record| leaf(record).is_odd ^= true);
        }
    }
}

const CONSTANTS: Leaves<Constants> = Leaves {
    elements: &[],
    numbers: &[
        ("k", |c| &mut c.k),
        ("slots_per_epoch", |c| &mut c.slots_per_epoch),
        ("slots_per_sub_window", |c| &mut c.slots_per_sub_window),
        ("grace_period_slots", |c| &mut c.grace_period_slots),
        ("delta", |c| &mut c.delta),
    ],
    amounts: &[("genesis_state_timestamp", |c| &mut c.genesis_state_timestamp)],
    signed: &[],
    booleans: &[],
    digests: &[],
    keys: &[],
};

const STATE: Leaves<ProtocolState> = Leaves {
    elements: &[
        ("previous_state_hash", |s| &mut s.previous_state_hash),
        ("genesis_state_hash", |s| &mut s.body.genesis_state_hash),
        ("staged_ledger_hash.ledger_hash", |s| &mut s.body.blockchain_state.staged_ledger_hash.ledger_hash),
        ("staged_ledger_hash.pending_coinbase_hash", |s| {
            &mut s.body.blockchain_state.staged_ledger_hash.pending_coinbase_hash
        }),
        ("genesis_ledger_hash", |s| &mut s.body.blockchain_state.genesis_ledger_hash),
    ],
    numbers: &[
        ("blockchain_length", |s| &mut s.body.consensus_state.blockchain_length),
        ("epoch_count", |s| &mut s.body.consensus_state.epoch_count),
        ("min_window_density", |s| &mut s.body.consensus_state.min_window_density),
        ("curr_global_slot.slot_number", |s| &mut s.body.consensus_state.curr_global_slot),
        ("curr_global_slot.slots_per_epoch", |s| &mut s.body.consensus_state.slots_per_epoch),
        ("global_slot_since_genesis", |s| &mut s.body.consensus_state.global_slot_since_genesis),
    ],
    amounts: &[
        ("timestamp", |s| &mut s.body.blockchain_state.timestamp),
        ("total_currency", |s| &mut s.body.consensus_state.total_currency),
    ],
    signed: &[],
    booleans: &[
        ("has_ancestor_in_same_checkpoint_window", |s| {
            &mut s.body.consensus_state.has_ancestor_in_same_checkpoint_window
        }),
        ("supercharge_coinbase", |s| &mut s.body.consensus_state.supercharge_coinbase),
    ],
    digests: &[
        ("staged_ledger_hash.aux_hash", |s| &mut s.body.blockchain_state.staged_ledger_hash.aux_hash),
        ("staged_ledger_hash.pending_coinbase_aux", |s| {
            &mut s.body.blockchain_state.staged_ledger_hash.pending_coinbase_aux
        }),
        ("body_reference", |s| &mut s.body.blockchain_state.body_reference),
        ("last_vrf_output", |s| &mut s.body.consensus_state.last_vrf_output),
    ],
    keys: &[
        ("block_stake_winner", |s| &mut s.body.consensus_state.block_stake_winner),
        ("block_creator", |s| &mut s.body.consensus_state.block_creator),
        ("coinbase_receiver", |s| &mut s.body.consensus_state.coinbase_receiver),
    ],
};

const EPOCH_DATA: Leaves<EpochData> = Leaves {
    elements: &[
        ("ledger.hash", |e| &mut e.ledger_hash),
        ("seed", |e| &mut e.seed),
        ("start_checkpoint", |e| &mut e.start_checkpoint),
        ("lock_checkpoint", |e| &mut e.lock_checkpoint),
    ],
    numbers: &[("epoch_length", |e| &mut e.epoch_length)],
    amounts: &[("ledger.total_currency", |e| &mut e.total_currency)],
    signed: &[],
    booleans: &[],
    digests: &[],
    keys: &[],
};

const STATEMENT: Leaves<Statement<()>> = Leaves {
    elements: &[
        ("connecting_ledger_left", |s| &mut s.connecting_ledger_left),
        ("connecting_ledger_right", |s| &mut s.connecting_ledger_right),
    ],
    numbers: &[],
    amounts: &[],
    signed: &[("supply_increase", |s| &mut s.supply_increase)],
    booleans: &[],
    digests: &[],
    keys: &[],
};

const FEE_EXCESS: Leaves<FeeExcess> = Leaves {
    elements: &[("token", |f| &mut f.token)],
    numbers: &[],
    amounts: &[],
    signed: &[("amount", |f| &mut f.amount)],
    booleans: &[],
    digests: &[],
    keys: &[],
};

const REGISTERS: Leaves<Registers> = Leaves {
    elements: &[
        ("first_pass_ledger", |r| &mut r.first_pass_ledger),
        ("second_pass_ledger", |r| &mut r.second_pass_ledger),
        ("pending_coinbase_stack.data", |r| &mut r.pending_coinbase_stack.data),
        ("pending_coinbase_stack.state.init", |r| &mut r.pending_coinbase_stack.state_init),
        ("pending_coinbase_stack.state.curr", |r| &mut r.pending_coinbase_stack.state_curr),
        ("local_state.stack_frame", |r| &mut r.local_state.stack_frame),
        ("local_state.call_stack", |r| &mut r.local_state.call_stack),
        ("local_state.transaction_commitment", |r| &mut r.local_state.transaction_commitment),
        ("local_state.full_transaction_commitment", |r| &mut r.local_state.full_transaction_commitment),
        ("local_state.ledger", |r| &mut r.local_state.ledger),
    ],
    numbers: &[("local_state.account_update_index", |r| &mut r.local_state.account_update_index)],
    amounts: &[],
    signed: &[
        ("local_state.excess", |r| &mut r.local_state.excess),
        ("local_state.supply_increase", |r| &mut r.local_state.supply_increase),
    ],
    booleans: &[
        ("local_state.success", |r| &mut r.local_state.success),
        ("local_state.will_succeed", |r| &mut r.local_state.will_succeed),
    ],
    digests: &[],
    keys: &[],
};

/// A state whose fields are told apart: those that could change places have different values.
fn full() -> ProtocolState {
    let mut state = made_state("mainnet");
    let consensus = &mut state.body.consensus_state;
    (consensus.staking_epoch_data.seed, consensus.next_epoch_data.seed) = (Fp::from(3u64), Fp::from(4u64));
    (consensus.block_creator.x, consensus.coinbase_receiver.x) = (Fp::from(5u64), Fp::from(6u64));
    consensus.next_epoch_data.epoch_length = 9;
    let proof = statement(&mut state);
    (proof.source.first_pass_ledger, proof.target.first_pass_ledger) = (Fp::from(7u64), Fp::from(8u64));
    state
}

fn statement(state: &mut ProtocolState) -> &mut Statement<()> {
    &mut state.body.blockchain_state.ledger_proof_statement
}

fn consensus(state: &mut ProtocolState) -> &mut ConsensusState {
    &mut state.body.consensus_state
}

fn changes() -> Vec<Changed> {
    let mut changed = Vec::new();
    STATE.change("state", |s| s, &mut changed);
    CONSTANTS.change("constants", |s| &mut s.body.constants, &mut changed);
    EPOCH_DATA.change("staking_epoch_data", |s| &mut consensus(s).staking_epoch_data, &mut changed);
    EPOCH_DATA.change("next_epoch_data", |s| &mut consensus(s).next_epoch_data, &mut changed);
    for at in 0..SUB_WINDOWS {
        let mut state = full();
        state.body.consensus_state.sub_window_densities[at] += 1;
        changed.push((format!("sub_window_densities.{at}"), state));
    }
    STATEMENT.change("ledger_proof_statement", statement, &mut changed);
    FEE_EXCESS.change("fee_excess.0", |s| &mut statement(s).fee_excess[0], &mut changed);
    FEE_EXCESS.change("fee_excess.1", |s| &mut statement(s).fee_excess[1], &mut changed);
    REGISTERS.change("source", |s| &mut statement(s).source, &mut changed);
    REGISTERS.change("target", |s| &mut statement(s).target, &mut changed);
    changed
}

#[test]
fn each_field_of_a_state_changes_its_hash() {
    let original = full();
    let mut hashes = HashSet::from([original.hash()]);
    let changed = changes();
    assert_eq!(changed.len(), 129);
    for (name, state) in &changed {
        assert!(hashes.insert(state.hash()), "{name}");
        assert_eq!(ProtocolState::from_binprot(&state.to_binprot()).as_ref(), Ok(state), "{name}");
    }
    // All but the previous state's hash is in that of the body.
    let bodies: HashSet<Fp> = changed.iter().map(|(_, state)| state.body.hash()).collect();
    assert_eq!(bodies.len(), changed.len());
    assert!(bodies.contains(&original.body.hash()));
}

/// Two fields that change places are told apart too.
#[test]
fn fields_of_one_kind_are_not_taken_for_each_other() {
    let hash = |swap: &dyn Fn(&mut ProtocolState)| {
        let mut state = full();
        swap(&mut state);
        state.hash()
    };
    let swaps: [&dyn Fn(&mut ProtocolState); 4] = [
        &|s| {
            let consensus = consensus(s);
            core::mem::swap(&mut consensus.staking_epoch_data.seed, &mut consensus.next_epoch_data.seed);
        },
        &|s| {
            let consensus = consensus(s);
            core::mem::swap(&mut consensus.staking_epoch_data, &mut consensus.next_epoch_data);
        },
        &|s| {
            let consensus = consensus(s);
            core::mem::swap(&mut consensus.block_creator, &mut consensus.coinbase_receiver);
        },
        &|s| {
            let statement = statement(s);
            core::mem::swap(&mut statement.source, &mut statement.target);
        },
    ];
    let hashes: HashSet<Fp> = swaps.iter().map(|swap| hash(*swap)).chain([full().hash()]).collect();
    assert_eq!(hashes.len(), swaps.len() + 1);
}

/// Of an output of the VRF, 253 bits are hashed: the others have to be zero.
#[test]
fn an_output_of_the_vrf_has_253_bits() {
    for bit in 0..256 {
        let mut state = full();
        state.body.consensus_state.last_vrf_output[bit / 8] ^= 1 << (bit % 8);
        let read = ProtocolState::from_binprot(&state.to_binprot());
        if bit < 253 {
            assert_ne!(state.hash(), full().hash(), "bit {bit}");
            assert_eq!(read, Ok(state), "bit {bit}");
        } else {
            assert_eq!(state.hash(), full().hash(), "bit {bit}");
            assert!(read.is_err(), "bit {bit}");
        }
    }
}

#[test]
fn a_window_has_eleven_sub_windows() {
    let bytes = full().to_binprot();
    let densities = [11, 3, 2, 4, 1, 2, 5, 4, 3, 4, 3, 4];
    let at = bytes.windows(12).position(|window| window == densities).expect("the densities");
    let with = |densities: &[u8]| {
        ProtocolState::from_binprot(&[&bytes[..at], densities, &bytes[at + 12..]].concat())
    };
    assert_eq!(with(&densities), Ok(full()));
    let more = [&[12][..], &densities[1..], &[1]].concat();
    for other in [&[10, 3, 2, 4, 1, 2, 5, 4, 3, 4, 3][..], &more, &[0]] {
        let refusal = with(other).expect_err("another number").to_string();
        assert!(refusal.contains("sub_window_densities"), "{refusal}");
    }
}
