//! Chain selection: which of two chains a node goes on with, told from their last states alone.
//!
//! Facts: Mina, `src/lib/consensus/proof_of_stake.ml` (`select`, `is_short_range`, `update_min_window_density`) and
//! `slot.ml`; the specification, `docs/specs/consensus/README.md`, sections 5.2 to 6.2. Where the specification's figures and
//! the daemon differ, the daemon counts: it projects windows by sub-windows, not by slots, and tells epochs by slots.
//!
//! Both states have to be proved: what a state says of its chain's density is worth nothing otherwise.

mod density;

use core::cmp::Ordering;
use core::fmt;

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};
use quickpickle_runtime::curve::Fp;

pub use density::projected_min_window_density;

use crate::protocol_state::{Constants, ProtocolState, SUB_WINDOWS};

/// What selection goes by: of a state, a few hundred bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The state's hash.
    pub state_hash: Fp,
    /// The hash of the first state since the fork.
    pub genesis_state_hash: Fp,
    /// The height.
    pub blockchain_length: u32,
    /// The slot since the fork.
    pub slot: u32,
    /// Slots of an epoch.
    pub slots_per_epoch: u32,
    /// The least number of blocks that a window had.
    pub min_window_density: u32,
    /// The blocks of each sub-window of the last window, by number modulo [`SUB_WINDOWS`].
    pub sub_window_densities: [u32; SUB_WINDOWS],
    /// The last state that the staking epoch's seed is made of.
    pub staking_lock_checkpoint: Fp,
    /// The last state, so far, that the next epoch's seed is made of.
    pub next_lock_checkpoint: Fp,
    /// BLAKE2b-256 of the VRF's output.
    pub vrf_hash: [u8; 32],
    /// The network's constants.
    pub constants: Constants,
}

impl Tip {
    /// That of a state with this hash.
    pub fn of(state: &ProtocolState, state_hash: Fp) -> Self {
        let consensus = &state.body.consensus_state;
        Self {
            state_hash,
            genesis_state_hash: state.genesis_state_hash(),
            blockchain_length: consensus.blockchain_length,
            slot: consensus.curr_global_slot,
            slots_per_epoch: consensus.slots_per_epoch,
            min_window_density: consensus.min_window_density,
            sub_window_densities: consensus.sub_window_densities,
            staking_lock_checkpoint: consensus.staking_epoch_data.lock_checkpoint,
            next_lock_checkpoint: consensus.next_epoch_data.lock_checkpoint,
            vrf_hash: Blake2b::<U32>::digest(consensus.last_vrf_output).into(),
            constants: state.body.constants,
        }
    }
}

/// How far back two chains part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// After the last checkpoint that is final.
    Short,
    /// Before it.
    Long,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The greater of the least densities, both projected to the later slot; long range only.
    Density,
    /// The longer chain.
    Length,
    /// The greater hash of the last VRF output.
    Vrf,
    /// The greater state hash.
    StateHash,
    /// They are one state.
    Same,
}

/// Which chain is selected, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Whether the candidate takes the place of what was held.
    pub takes_candidate: bool,
    /// How far back they part.
    pub range: Range,
    /// What decided.
    pub rule: Rule,
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = match self.range {
            Range::Short => "short range",
            Range::Long => "long range",
        };
        let rule = match self.rule {
            Rule::Density => "minimum window density",
            Rule::Length => "length",
            Rule::Vrf => "VRF output",
            Rule::StateHash => "state hash",
            Rule::Same => "the same state",
        };
        write!(f, "{range}, {rule}")
    }
}

/// Why two states cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotComparable {
    /// They are of two networks or of two forks.
    #[error("the states are of two networks")]
    TwoNetworks,
    /// Their networks' constants differ, which no two proved states' do.
    #[error("the states have other constants, or some that no network has")]
    Constants,
}

/// Which of two chains a node selects that holds one of them.
///
/// # Errors
/// Where they are of two networks.
pub fn select(held: &Tip, candidate: &Tip) -> Result<Selection, NotComparable> {
    if held.genesis_state_hash != candidate.genesis_state_hash {
        return Err(NotComparable::TwoNetworks);
    }
    let constants = &held.constants;
    let are_alike = *constants == candidate.constants
        && [held, candidate].iter().all(|tip| tip.slots_per_epoch == constants.slots_per_epoch);
    if !are_alike || constants.slots_per_epoch == 0 || constants.slots_per_sub_window == 0 {
        return Err(NotComparable::Constants);
    }
    let range = if is_short_range(held, candidate) { Range::Short } else { Range::Long };
    let slot = held.slot.max(candidate.slot);
    let density = |tip: &Tip| match range {
        Range::Short => 0,
        Range::Long => projected_min_window_density(tip, slot),
    };
    let rules = [
        (Rule::Density, density(candidate).cmp(&density(held))),
        (Rule::Length, candidate.blockchain_length.cmp(&held.blockchain_length)),
        (Rule::Vrf, candidate.vrf_hash.cmp(&held.vrf_hash)),
        (Rule::StateHash, candidate.state_hash.cmp(&held.state_hash)),
    ];
    let decides = rules.into_iter().find(|(_, order)| order.is_ne());
    let (rule, order) = decides.unwrap_or((Rule::Same, Ordering::Equal));
    Ok(Selection { takes_candidate: order.is_gt(), range, rule })
}

/// Whether two chains have the last final checkpoint in common.
fn is_short_range(a: &Tip, b: &Tip) -> bool {
    let epoch = |tip: &Tip| u64::from(tip.slot / tip.slots_per_epoch);
    // What is the next epoch's checkpoint for one is the staking epoch's for the other, an epoch later. It does not change any
    // more after two thirds of an epoch; the slot that is asked for is the one after the state's.
    let is_before = |a: &Tip, b: &Tip| {
        let slot = u64::from(a.slot % a.slots_per_epoch) + 1;
        epoch(a) + 1 == epoch(b)
            && slot >= u64::from(a.slots_per_epoch / 3) * 2
            && a.next_lock_checkpoint == b.staking_lock_checkpoint
    };
    if epoch(a) == epoch(b) {
        a.staking_lock_checkpoint == b.staking_lock_checkpoint
    } else {
        is_before(a, b) || is_before(b, a)
    }
}
