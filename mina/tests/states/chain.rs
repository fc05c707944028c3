//! Many blocks: links, forks, gaps and verdicts, in whatever order they come.

use quickpickle_mina::block::Block;
use quickpickle_mina::chain::{Arrival, Chain, ChainError, Check, Gap, Report, Standing};
use quickpickle_mina::consensus::{Rule, Tip};
use quickpickle_runtime::curve::Fp;

use crate::{made_states, next_state};

/// Sixteen blocks that follow each other.
fn blocks() -> Vec<Block> {
    made_states("mainnet").into_iter().map(|state| Block::new(state, None)).collect()
}

/// A block that follows another one, and is told from others by its timestamp.
fn child(parent: &Block, timestamp: u64) -> Block {
    let mut state = next_state(parent.state());
    state.body.blockchain_state.timestamp = timestamp;
    Block::new(state, None)
}

fn chain_of<'a>(blocks: impl IntoIterator<Item = &'a Block>, check: Check) -> Chain {
    let mut blocks = blocks.into_iter().peekable();
    let mut chain = Chain::new(blocks.peek().expect("a block").state().genesis_state_hash());
    for block in blocks {
        assert_eq!(chain.add(block, check), Ok(Arrival::New));
    }
    chain
}

fn best(report: &Report) -> Option<Fp> {
    report.best.as_ref().map(|best| best.tip.state_hash)
}

fn best_proven(report: &Report) -> Option<Fp> {
    report.best_proven.as_ref().map(|best| best.tip.state_hash)
}

#[test]
fn a_valid_proof_proves_all_before_it() {
    let blocks = blocks();
    let mut chain = chain_of(&blocks, Check::Later);
    assert_eq!(chain.ends().count(), 16, "each verdict is awaited");
    chain.settle(blocks[9].state_hash(), true).expect("here");
    chain.settle(blocks[15].state_hash(), false).expect("here");
    // The wrong proof of a state that another one proves is no reason to refuse the state.
    chain.settle(blocks[4].state_hash(), false).expect("here");
    let standing = |at: usize| chain.standing(&blocks[at].state_hash());
    assert_eq!(standing(9), Some(Standing::Proven));
    assert!((0..9).all(|at| standing(at) == Some(Standing::ProvenByDescendant)));
    assert!((10..15).all(|at| standing(at) == Some(Standing::Pending)));
    assert_eq!(standing(15), Some(Standing::Refused));
    let report = chain.report();
    assert_eq!((report.blocks, report.proven, report.proven_by_descendants), (16, 1, 9));
    assert_eq!((report.refused, report.unproven), (1, 5));
    assert_eq!(report.heights, Some((382_720, 382_735)));
    assert_eq!(best_proven(&report), Some(blocks[9].state_hash()));
    assert_eq!(best(&report), Some(blocks[14].state_hash()), "the proof of the last one is wrong");
    assert_eq!(chain.standing(&Fp::from(1u64)), None);
    let state_hash = blocks[0].state().previous_state_hash;
    assert_eq!(chain.settle(state_hash, true), Err(ChainError::NotHere { state_hash }));
}

#[test]
fn gaps_duplicates_and_misfits_are_told() {
    let blocks = blocks();
    let (missing, here): (Vec<_>, Vec<_>) =
        blocks.iter().enumerate().partition(|(at, _)| [5, 6, 11].contains(at));
    let mut chain = chain_of(here.iter().map(|(_, block)| *block), Check::Never);
    let gap = |at: usize| Gap { missing: blocks[at].state_hash(), height: blocks[at].height() };
    let report = chain.report();
    // Of two in a row only the one is known that a block follows.
    assert_eq!((report.gap_count, report.gaps), (2, vec![gap(6), gap(11)]));
    assert_eq!(chain.ends().count(), 3);
    // What proves the last one proves nothing over a gap, until it is closed.
    chain.settle(blocks[15].state_hash(), true).expect("here");
    assert_eq!(chain.standing(&blocks[10].state_hash()), Some(Standing::Unproven));
    for (_, block) in &missing {
        assert_eq!(chain.add(block, Check::Later), Ok(Arrival::New));
        assert_eq!(chain.add(block, Check::Later), Ok(Arrival::Duplicate));
    }
    let report = chain.report();
    assert_eq!((report.gap_count, report.fork_count, report.duplicates), (0, 0, 3));
    assert_eq!((report.proven, report.proven_by_descendants), (1, 15));

    let higher = |add: u32| {
        let mut state = child(&blocks[15], 1).into_state();
        state.body.consensus_state.blockchain_length += add;
        Block::new(state, None)
    };
    assert!(matches!(
        chain.add(&higher(1), Check::Never),
        Err(ChainError::Unfit { other_height: 382_735, .. })
    ));
    let mut same_slot = child(&blocks[15], 1).into_state();
    same_slot.body.consensus_state.curr_global_slot -= 1;
    assert!(matches!(chain.add(&Block::new(same_slot, None), Check::Never), Err(ChainError::Unfit { .. })));
    // The other way round: the block before comes later.
    let (parent, mut orphan) = (child(&blocks[15], 1), child(&child(&blocks[15], 1), 2).into_state());
    orphan.body.consensus_state.blockchain_length += 1;
    assert_eq!(chain.add(&Block::new(orphan, None), Check::Never), Ok(Arrival::New));
    assert!(matches!(chain.add(&parent, Check::Never), Err(ChainError::Unfit { .. })));
    let (parent, mut orphan) = (child(&blocks[15], 3), child(&child(&blocks[15], 3), 4).into_state());
    orphan.body.consensus_state.curr_global_slot -= 1;
    assert_eq!(chain.add(&Block::new(orphan, None), Check::Never), Ok(Arrival::New));
    assert!(matches!(chain.add(&parent, Check::Never), Err(ChainError::Unfit { .. })));
    let mut other = blocks[3].state().clone();
    other.body.genesis_state_hash += Fp::from(1u64);
    assert_eq!(chain.add(&Block::new(other, None), Check::Never), Err(ChainError::OtherNetwork));
}

#[test]
fn an_earlier_run_is_gone_on_with() {
    let blocks = blocks();
    let genesis = blocks[0].state().genesis_state_hash();
    for height in [Some(blocks[5].height()), None] {
        let mut chain = Chain::after(genesis, blocks[5].state_hash(), height);
        let due = |at: usize| if height.is_some() && at < 5 { Arrival::Before } else { Arrival::New };
        for (at, block) in blocks.iter().enumerate().filter(|(at, _)| *at != 5 || height.is_some()) {
            assert_eq!(chain.add(block, Check::Later), Ok(due(at)));
        }
        let report = chain.report();
        assert_eq!(report.gap_count, 0, "what the earlier run ended with is no gap");
        assert_eq!(report.before, if height.is_some() { 5 } else { 0 });
        assert_eq!(chain.standing(&blocks[6].state_hash()), Some(Standing::Pending));
        let proven = height.map(|_| Standing::Proven);
        assert_eq!(chain.standing(&blocks[5].state_hash()), proven);
    }
    // Another block of that height is not after it either.
    let mut chain = Chain::after(genesis, blocks[5].state_hash(), Some(blocks[5].height()));
    assert_eq!(chain.add(&child(&blocks[4], 1), Check::Later), Ok(Arrival::Before));
}

#[test]
fn the_order_of_arrival_decides_nothing() {
    let base = blocks().remove(15);
    let mut random = 11u32;
    let mut below = |end: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as usize % end
    };
    // A tree with forks of all depths; of each block whether its proof is valid, wrong, or not there.
    let mut tree = vec![base];
    for timestamp in 0..30 {
        let parent = tree.len() - 1 - below(tree.len().min(6));
        tree.push(child(&tree[parent], timestamp));
    }
    let verdicts: Vec<Option<bool>> =
        tree.iter().map(|_| [None, Some(true), Some(false)][below(3)]).collect();
    let before =
        |at: usize| tree.iter().position(|other| other.state_hash() == tree[at].state().previous_state_hash);
    let is_ancestor = |ancestor: usize, of: usize| {
        core::iter::successors(before(of), |at| before(*at)).any(|at| at == ancestor)
    };
    let due = |at: usize| match verdicts[at] {
        Some(true) => Standing::Proven,
        _ if (0..tree.len()).any(|other| verdicts[other] == Some(true) && is_ancestor(at, other)) => {
            Standing::ProvenByDescendant
        }
        Some(false) => Standing::Refused,
        None => Standing::Unproven,
    };
    let is_refused = |at: usize| due(at) == Standing::Refused;
    let is_end = |at: &usize| {
        !is_refused(*at) && (0..tree.len()).all(|other| before(other) != Some(*at) || is_refused(other))
    };
    let mut due_ends: Vec<Fp> = (0..tree.len()).filter(is_end).map(|at| tree[at].state_hash()).collect();
    due_ends.sort();
    let mut reports = Vec::new();
    for _ in 0..30 {
        let mut chain = Chain::new(tree[0].state().genesis_state_hash());
        // Verdicts come some time after their block.
        let mut order: Vec<usize> = (0..tree.len()).collect();
        (1..order.len()).for_each(|at| order.swap(at, below(at + 1)));
        let mut awaited = Vec::new();
        for at in order {
            let check = if verdicts[at].is_some() { Check::Later } else { Check::Never };
            assert_eq!(chain.add(&tree[at], check), Ok(Arrival::New));
            awaited.extend(verdicts[at].map(|is_valid| (at, is_valid)));
            while below(3) == 0 && !awaited.is_empty() {
                let (at, is_valid) = awaited.swap_remove(below(awaited.len()));
                chain.settle(tree[at].state_hash(), is_valid).expect("here");
            }
        }
        for (at, is_valid) in awaited {
            chain.settle(tree[at].state_hash(), is_valid).expect("here");
        }
        for (at, block) in tree.iter().enumerate() {
            assert_eq!(chain.standing(&block.state_hash()), Some(due(at)), "block {at}");
        }
        let mut ends: Vec<Fp> = chain.ends().map(|end| end.state_hash).collect();
        ends.sort();
        assert_eq!(ends, due_ends, "what nothing follows but what is refused, and is not refused itself");
        let mut report = chain.report();
        report.forks.sort_by_key(|fork| fork.before.state_hash);
        report.forks.iter_mut().for_each(|fork| fork.branches.sort_by_key(|branch| branch.state_hash));
        reports.push(report);
    }
    assert!(reports.iter().all(|report| report == &reports[0]), "{reports:#?}");
    let report = &reports[0];
    assert!(
        report.fork_count > 3 && report.proven > 3 && report.refused > 0 && report.unproven > 0,
        "{report:?}"
    );
    // All these are in the short range: the highest proved block wins, and the greater hash among those of one height.
    let highest = (0..tree.len())
        .filter(|at| verdicts[*at] == Some(true))
        .max_by_key(|at| (tree[*at].height(), tree[*at].state_hash()))
        .map(|at| tree[at].state_hash());
    assert_eq!(best_proven(report), highest);
    assert!(report.best_proven.as_ref().is_some_and(|best| best.selection.is_some()));
}

/// Ends are compared by the rules of chain selection, not by the order in which they are gone through.
#[test]
fn of_two_ends_of_one_height_the_greater_output_wins() {
    let base = blocks().remove(15);
    let with_output = |output: u8, timestamp: u64| {
        let mut state = child(&base, timestamp).into_state();
        state.body.consensus_state.last_vrf_output[0] = output;
        Block::new(state, None)
    };
    let mut seen = [0; 2];
    for timestamp in 0..20 {
        let ends = [with_output(1, timestamp), with_output(2, timestamp)];
        let tips = ends.each_ref().map(|end| Tip::of(end.state(), end.state_hash()));
        let winner = usize::from(tips[1].vrf_hash > tips[0].vrf_hash);
        // Both orders of the hashes, by which equally high ends are gone through.
        seen[usize::from(tips[winner].state_hash < tips[1 - winner].state_hash)] += 1;
        let report = chain_of([&base, &ends[0], &ends[1]], Check::Never).report();
        assert_eq!(best(&report), Some(tips[winner].state_hash));
        let selection = report.best.and_then(|best| best.selection);
        assert_eq!(selection.map(|selection| selection.rule), Some(Rule::Vrf));
    }
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}
