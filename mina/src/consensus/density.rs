//! The least density of a chain's windows, as it would be at a later slot without further blocks.

use super::Tip;
use crate::protocol_state::SUB_WINDOWS;

/// The least number of blocks that a window of the chain has had, were the chain to reach `slot`, which is not before its
/// own, without a further block.
///
/// A window at a slot is the [`SUB_WINDOWS`] sub-windows before the slot's own. Within the tip's own sub-window nothing
/// changes, and before the end of the grace period nothing counts.
pub fn projected_min_window_density(tip: &Tip, slot: u32) -> u32 {
    let constants = &tip.constants;
    let sub_window = |slot: u32| slot.checked_div(constants.slots_per_sub_window).unwrap_or(0);
    let (own, later) = (sub_window(tip.slot), sub_window(slot));
    let window = u64::from(constants.slots_per_sub_window) * SUB_WINDOWS as u64;
    let grace_end = u64::from(constants.grace_period_slots) + window;
    if later <= own || u64::from(slot) < grace_end {
        return tip.min_window_density;
    }
    // The tip's own sub-window and those before it that are still within the window: each empty one between pushes one out.
    let empty = (later - own - 1) as usize;
    let newest = own as usize % SUB_WINDOWS;
    let kept = SUB_WINDOWS.saturating_sub(empty);
    let densities = tip.sub_window_densities.iter().cycle().skip(newest + SUB_WINDOWS + 1 - kept).take(kept);
    // 32 bits, as the protocol adds them; those of a proved state are at most 77 together.
    let density = densities.fold(0u32, |sum, density| sum.wrapping_add(*density));
    density.min(tip.min_window_density)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol_state::ProtocolState;

    const SLOTS: i64 = 7;
    const GRACE: u32 = 20;

    /// Blocks of a sub-window of a chain with blocks in these slots; those before the first one count as full.
    fn blocks(chain: &[u32], sub_window: i64) -> u32 {
        match sub_window {
            ..0 => SLOTS as u32,
            _ => chain.iter().filter(|slot| i64::from(**slot) / SLOTS == sub_window).count() as u32,
        }
    }

    /// The least density of a chain at a slot after its last, counted slot by slot.
    fn counted(chain: &[u32], slot: u32) -> u32 {
        let mut least = 77;
        for (at, next) in chain.iter().skip(1).chain([&slot]).enumerate() {
            let (before, sub_window) = (&chain[..=at], i64::from(*next) / SLOTS);
            if i64::from(chain[at]) / SLOTS != sub_window && *next >= GRACE + 77 {
                least = least.min((sub_window - 11..sub_window).map(|window| blocks(before, window)).sum());
            }
        }
        least
    }

    fn tip(chain: &[u32]) -> Tip {
        let slot = *chain.last().expect("a first block");
        let mut state = ProtocolState::default();
        state.body.constants.slots_per_sub_window = SLOTS as u32;
        state.body.constants.grace_period_slots = GRACE;
        let consensus = &mut state.body.consensus_state;
        consensus.curr_global_slot = slot;
        consensus.min_window_density = counted(&chain[..chain.len() - 1], slot);
        let own = i64::from(slot) / SLOTS;
        for window in own - 10..=own {
            consensus.sub_window_densities[window.rem_euclid(11) as usize] = blocks(chain, window);
        }
        Tip::of(&state, Default::default())
    }

    #[test]
    fn densities_are_those_of_chains_counted_slot_by_slot() {
        let mut random = 7u32;
        let mut below = |end: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % end
        };
        let mut seen = [0; 3];
        for _ in 0..60 {
            let mut chain = vec![0, 1];
            for _ in 0..below(60) {
                let step = if below(8) == 0 { 1 + below(90) } else { 1 + below(3) };
                chain.push(chain[chain.len() - 1] + step);
            }
            let tip = tip(&chain);
            for ahead in (0..120).chain([1000, 100_000]) {
                let projected = projected_min_window_density(&tip, tip.slot + ahead);
                assert_eq!(projected, counted(&chain, tip.slot + ahead), "{chain:?} at {ahead}");
                seen[usize::from(projected < tip.min_window_density) + usize::from(projected == 0)] += 1;
            }
        }
        assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
    }
}
