//! What there is to say of many blocks.

use quickpickle_runtime::curve::Fp;

use super::node::Node;
use super::{Chain, Standing};
use crate::consensus::{Selection, Tip, select};

/// Forks and gaps that are listed at most; all are counted.
pub const MAX_LISTED: usize = 1000;

/// A block, named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its state hash.
    pub state_hash: Fp,
    /// Its height, where it is here.
    pub height: Option<u32>,
}

/// Where chains part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The block that they have in common, which may not be here.
    pub before: Place,
    /// The blocks that follow it.
    pub branches: Vec<Place>,
}

/// A block that others follow, and that is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its state hash.
    pub missing: Fp,
    /// Its height.
    pub height: u32,
}

/// The end of the best chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// The block.
    pub tip: Tip,
    /// How it stands.
    pub standing: Standing,
    /// How it won against the best of the others, if there are any.
    pub selection: Option<Selection>,
}

/// What there is to say of the blocks so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Blocks that are here, each once.
    pub blocks: u64,
    /// Blocks that came again.
    pub duplicates: u64,
    /// Blocks that were not kept, as they are not after the one that an earlier run ended with.
    pub before: u64,
    /// The least and the greatest height.
    pub heights: Option<(u32, u32)>,
    /// Blocks whose own proof is valid.
    pub proven: u64,
    /// Blocks that a later one's proof proves.
    pub proven_by_descendants: u64,
    /// Blocks whose proof is wrong, and that no later one's proves.
    pub refused: u64,
    /// Blocks that nothing proves, and those whose verdict is awaited.
    pub unproven: u64,
    /// How many forks there are.
    pub fork_count: u64,
    /// The first of them.
    pub forks: Vec<Fork>,
    /// How many blocks are missing that others follow. What the lowest block follows is not missing, nor is what an earlier
    /// run ended with, nor the network's first state.
    pub gap_count: u64,
    /// The first of them.
    pub gaps: Vec<Gap>,
    /// The best of the blocks that are proved.
    pub best_proven: Option<Best>,
    /// The best of all whose proof is not wrong, whether they are proved or not.
    pub best: Option<Best>,
}

impl Chain {
    /// The blocks that no other follows but those whose proofs are wrong: whoever verifies their proofs has verified all.
    pub fn ends(&self) -> impl Iterator<Item = Place> {
        self.nodes.iter().filter(|node| node.is_end()).map(Node::place)
    }

    /// What there is to say of the blocks so far. The best is found by comparing the ends of chains from the lowest on, so that
    /// it does not depend on the order in which the blocks came.
    pub fn report(&self) -> Report {
        let mut report = Report { duplicates: self.duplicates, before: self.before, ..Report::default() };
        for node in &self.nodes {
            let Some((height, _)) = node.height_and_slot else { continue };
            report.blocks += 1;
            let (least, greatest) = report.heights.unwrap_or((height, height));
            report.heights = Some((least.min(height), greatest.max(height)));
            *match node.standing {
                Standing::Proven => &mut report.proven,
                Standing::ProvenByDescendant => &mut report.proven_by_descendants,
                Standing::Refused => &mut report.refused,
                Standing::Unproven | Standing::Pending => &mut report.unproven,
            } += 1;
        }
        let start = report.heights.map(|(least, _)| least);
        for (index, node) in self.nodes.iter().enumerate() {
            let mut branches = self.children(index).map(Node::place);
            let (Some(first), second) = (branches.next(), branches.next()) else { continue };
            if second.is_some() {
                report.fork_count += 1;
                if report.forks.len() < MAX_LISTED {
                    let branches = self.children(index).map(Node::place).take(MAX_LISTED).collect();
                    report.forks.push(Fork { before: node.place(), branches });
                }
            }
            if let Some(height) = first.height
                && !node.is_here()
                && self.after.is_none_or(|after| after.state_hash != node.state_hash)
                && node.state_hash != self.genesis
                && Some(height) != start
            {
                report.gap_count += 1;
                if report.gaps.len() < MAX_LISTED {
                    report.gaps.push(Gap { missing: node.state_hash, height: height.saturating_sub(1) });
                }
            }
        }
        report.gaps.sort_by_key(|gap| (gap.height, gap.missing));
        report.best_proven = best(self.nodes.iter().filter(|node| node.is_proven()));
        report.best = best(self.nodes.iter().filter(|node| node.is_end()));
        report
    }
}

impl Node {
    fn place(&self) -> Place {
        Place { state_hash: self.state_hash, height: self.height_and_slot.map(|(height, _)| height) }
    }

    fn is_end(&self) -> bool {
        self.is_here() && self.passing_children == 0 && self.standing != Standing::Refused
    }
}

/// The best of some blocks, of those of which it is kept what selection goes by.
fn best<'a>(nodes: impl Iterator<Item = &'a Node>) -> Option<Best> {
    let mut ends: Vec<(&Tip, Standing)> =
        nodes.filter_map(|node| Some((node.tip.as_deref()?, node.standing))).collect();
    ends.sort_by_key(|(tip, _)| (tip.blockchain_length, tip.state_hash));
    let mut ends = ends.into_iter();
    let (tip, standing) = ends.next()?;
    let mut best = Best { tip: *tip, standing, selection: None };
    for (tip, standing) in ends {
        // States that nothing proves may have constants of their own; they cannot be compared, and are no better.
        match select(&best.tip, tip) {
            Ok(selection) if selection.takes_candidate => {
                best = Best { tip: *tip, standing, selection: Some(selection) };
            }
            Ok(selection) if best.selection.is_none() => best.selection = Some(selection),
            _ => (),
        }
    }
    Some(best)
}
