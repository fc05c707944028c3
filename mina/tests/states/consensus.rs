//! Chain selection on real states, and on made ones that differ in what one rule goes by.

use quickpickle_mina::consensus::{
    NotComparable, Range, Rule, Selection, Tip, projected_min_window_density, select,
};
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_runtime::curve::Fp;
use quickpickle_vectors::needs_whole_set;

use crate::{light_states, made_state};

fn tip(state: &ProtocolState) -> Tip {
    Tip::of(state, state.hash())
}

fn altered(state: &ProtocolState, alter: impl FnOnce(&mut ProtocolState)) -> Tip {
    let mut state = state.clone();
    alter(&mut state);
    tip(&state)
}

/// The selection both ways: what is taken one way is kept the other way.
fn between(held: &Tip, candidate: &Tip) -> Selection {
    let selection = select(held, candidate).expect("one network");
    let back = select(candidate, held).expect("one network");
    assert_eq!((back.range, back.rule), (selection.range, selection.rule));
    assert_eq!(back.takes_candidate, !selection.takes_candidate && selection.rule != Rule::Same);
    selection
}

fn decided(takes_candidate: bool, range: Range, rule: Rule) -> Selection {
    Selection { takes_candidate, range, rule }
}

fn real_states_have_the_densities_that_those_before_project() {
    for network in ["mainnet", "devnet"] {
        let states = light_states(network);
        for pair in states.windows(2) {
            let (before, after) = (tip(&pair[0]), tip(&pair[1]));
            assert_eq!(after.min_window_density, projected_min_window_density(&before, after.slot));
            assert_eq!(between(&before, &after), decided(true, Range::Short, Rule::Length));
        }
    }
}

#[test]
fn each_rule_decides_where_those_before_it_do_not() {
    let state = &made_state("mainnet");
    let held = tip(state);
    assert_eq!(between(&held, &held), decided(false, Range::Short, Rule::Same));

    let other = altered(state, |state| state.body.blockchain_state.timestamp += 1);
    assert_eq!(
        between(&held, &other),
        decided(other.state_hash > held.state_hash, Range::Short, Rule::StateHash)
    );

    // The greater hash, not the greater output.
    let mut seen = [false; 2];
    for byte in 0..16 {
        let other = altered(state, |state| state.body.consensus_state.last_vrf_output[0] ^= byte + 1);
        let takes = other.vrf_hash > held.vrf_hash;
        seen[usize::from(takes)] = true;
        assert_eq!(between(&held, &other), decided(takes, Range::Short, Rule::Vrf));
        // Length comes before it, either way.
        let longer = Tip { blockchain_length: held.blockchain_length + 1, ..other };
        assert_eq!(between(&held, &longer), decided(true, Range::Short, Rule::Length));
    }
    assert_eq!(seen, [true; 2]);

    // Density counts in the long range only, and there before length.
    let denser =
        |tip: Tip| Tip { min_window_density: tip.min_window_density + 1, blockchain_length: 5, ..tip };
    assert_eq!(between(&held, &denser(held)), decided(false, Range::Short, Rule::Length));
    let apart = altered(state, |state| {
        state.body.consensus_state.staking_epoch_data.lock_checkpoint += Fp::from(1u64);
    });
    assert_eq!(between(&held, &denser(apart)), decided(true, Range::Long, Rule::Density));
    let longer = Tip { blockchain_length: held.blockchain_length + 1, ..apart };
    assert_eq!(between(&held, &longer), decided(true, Range::Long, Rule::Length));
    let greater = Tip { vrf_hash: [0xff; 32], ..apart };
    assert_eq!(between(&held, &greater), decided(true, Range::Long, Rule::Vrf));
    let takes = apart.state_hash > held.state_hash;
    assert_eq!(between(&held, &apart), decided(takes, Range::Long, Rule::StateHash));
}

#[test]
fn densities_are_compared_at_the_later_slot() {
    let held = tip(&made_state("mainnet"));
    // A chain that lost its blocks: denser at its last slot, but not at that of a chain that went on.
    let old = Tip { staking_lock_checkpoint: Fp::from(1u64), min_window_density: 60, ..held };
    let at = |tip: Tip, slot: u32, min_window_density: u32| Tip { slot, min_window_density, ..tip };
    let gone_on = |slots: u32| at(held, held.slot + slots, 20);
    // Within the sub-window, and to the next one, none of the 35 blocks of its window falls out.
    assert_eq!(projected_min_window_density(&old, held.slot + 8), 35);
    assert_eq!(between(&old, &gone_on(8)), decided(false, Range::Long, Rule::Density));
    assert_eq!(projected_min_window_density(&old, held.slot + 42), 16);
    assert_eq!(between(&old, &gone_on(42)), decided(true, Range::Long, Rule::Density));
    assert_eq!(projected_min_window_density(&old, held.slot + 100), 0);
    // In the grace period what the states say counts: it ends 77 slots after the constant.
    let early = |slot: u32| (at(old, 100, 60), at(held, slot, 20));
    let (old, later) = early(2160 + 77 - 1);
    assert_eq!(between(&old, &later), decided(false, Range::Long, Rule::Density));
    let (old, later) = early(2160 + 77);
    assert_eq!(between(&old, &later), decided(true, Range::Long, Rule::Density));
}

#[test]
fn checkpoints_tell_short_from_long_range() {
    let base = tip(&made_state("mainnet"));
    let (a, b, c) = (Fp::from(1u64), Fp::from(2u64), Fp::from(3u64));
    let changed = |tip: Tip, slot: u32, staking_lock_checkpoint: Fp, next_lock_checkpoint: Fp| Tip {
        slot,
        staking_lock_checkpoint,
        next_lock_checkpoint,
        ..tip
    };
    let at = |epoch: u32, slot: u32, staking, next| changed(base, epoch * 7140 + slot, staking, next);
    let range = |one: Tip, other: Tip| between(&one, &other).range;
    // One epoch: the staking epoch's checkpoint.
    assert_eq!(range(at(5, 0, a, b), at(5, 7139, a, c)), Range::Short);
    assert_eq!(range(at(5, 10, a, b), at(5, 10, c, b)), Range::Long);
    // One epoch ahead: the next epoch's of the one behind, if the slot after it is past two thirds.
    assert_eq!(range(at(5, 4759, a, b), at(6, 3, b, c)), Range::Short);
    assert_eq!(range(at(5, 4758, a, b), at(6, 3, b, c)), Range::Long);
    assert_eq!(range(at(5, 7139, a, b), at(6, 3, b, c)), Range::Short);
    assert_eq!(range(at(5, 7139, a, b), at(6, 3, a, b)), Range::Long);
    // Two ahead: never.
    assert_eq!(range(at(5, 7139, a, b), at(7, 3, b, c)), Range::Long);
    assert_eq!(range(at(5, 7139, a, a), at(7, 3, a, a)), Range::Long);
}

#[test]
fn states_of_two_networks_are_not_compared() {
    let [mainnet, devnet] = ["mainnet", "devnet"].map(|network| tip(&made_state(network)));
    assert_eq!(select(&mainnet, &devnet), Err(NotComparable::TwoNetworks));
    let mut other = mainnet;
    other.constants.slots_per_sub_window = 8;
    assert_eq!(select(&mainnet, &other), Err(NotComparable::Constants));
    assert_eq!(select(&mainnet, &Tip { slots_per_epoch: 1, ..mainnet }), Err(NotComparable::Constants));
    other.constants.slots_per_sub_window = 0;
    assert_eq!(select(&other, &other), Err(NotComparable::Constants));
    let mut none = mainnet;
    (none.slots_per_epoch, none.constants.slots_per_epoch) = (0, 0);
    assert_eq!(select(&none, &none), Err(NotComparable::Constants));
}

needs_whole_set!(real_states_have_the_densities_that_those_before_project);
