//! What there is to say of all blocks.

use std::fmt;

use quickpickle::mina::block::state_hash_text;
use quickpickle::mina::chain::{Best, Place, Report, Standing};
use serde::Serialize;

/// The report, as it is printed.
#[derive(Serialize)]
pub struct Summary {
    kind: &'static str,
    blocks: u64,
    /// The least and the greatest height.
    #[serde(skip_serializing_if = "Option::is_none")]
    heights: Option<[u32; 2]>,
    proven: u64,
    proven_by_descendants: u64,
    refused: u64,
    unproven: u64,
    duplicates: u64,
    /// Blocks that are not after the one that an earlier run ended with.
    before: u64,
    fork_count: u64,
    forks: Vec<Fork>,
    gap_count: u64,
    gaps: Vec<Block>,
    /// The best of all blocks whose proof is not wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<Tip>,
    /// The best of those that are proved, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    best_proven: Option<Tip>,
}

#[derive(Serialize)]
struct Block {
    state_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
}

#[derive(Serialize)]
struct Fork {
    before: Block,
    branches: Vec<Block>,
}

#[derive(Serialize)]
struct Tip {
    state_hash: String,
    height: u32,
    slot_since_fork: u32,
    proven: bool,
    /// By what it was selected before the best of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_by: Option<String>,
}

impl Summary {
    pub fn of(report: &Report) -> Self {
        let best = report.best.as_ref().map(Tip::of);
        let best_proven = report.best_proven.as_ref().map(Tip::of);
        let is_best = |tip: &Tip| best.as_ref().is_some_and(|best| best.state_hash == tip.state_hash);
        Self {
            kind: "chain",
            blocks: report.blocks,
            heights: report.heights.map(|(least, greatest)| [least, greatest]),
            proven: report.proven,
            proven_by_descendants: report.proven_by_descendants,
            refused: report.refused,
            unproven: report.unproven,
            duplicates: report.duplicates,
            before: report.before,
            fork_count: report.fork_count,
            forks: report.forks.iter().map(Fork::of).collect(),
            gap_count: report.gap_count,
            gaps: report
                .gaps
                .iter()
                .map(|gap| Block::of(&Place { state_hash: gap.missing, height: Some(gap.height) }))
                .collect(),
            best_proven: best_proven.filter(|tip| !is_best(tip)),
            best,
        }
    }

    /// Whether the best tip is proved, or there is none.
    pub fn is_proved(&self) -> bool {
        self.best.as_ref().is_none_or(|best| best.proven)
    }
}

impl Block {
    fn of(place: &Place) -> Self {
        Self { state_hash: state_hash_text(&place.state_hash), height: place.height }
    }
}

impl Fork {
    fn of(fork: &quickpickle::mina::chain::Fork) -> Self {
        Self { before: Block::of(&fork.before), branches: fork.branches.iter().map(Block::of).collect() }
    }
}

impl Tip {
    fn of(best: &Best) -> Self {
        let selected_by = best.selection.map(|selection| selection.to_string());
        Self {
            state_hash: state_hash_text(&best.tip.state_hash),
            height: best.tip.blockchain_length,
            slot_since_fork: best.tip.slot,
            proven: matches!(best.standing, Standing::Proven | Standing::ProvenByDescendant),
            selected_by,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fork in &self.forks {
            write!(f, "fork after {}:", fork.before)?;
            for branch in &fork.branches {
                write!(f, " {branch}")?;
            }
            writeln!(f)?;
        }
        for gap in &self.gaps {
            writeln!(f, "missing {gap}")?;
        }
        let Self { blocks, proven, proven_by_descendants, refused, unproven, duplicates, before, .. } = self;
        write!(f, "{blocks} blocks")?;
        if let Some([least, greatest]) = self.heights {
            write!(f, " of heights {least} to {greatest}")?;
        }
        writeln!(
            f,
            ": {proven} proved, {proven_by_descendants} by the proofs of later ones, {refused} refused, {unproven} unproven"
        )?;
        writeln!(
            f,
            "{} forks, {} gaps, {duplicates} duplicates, {before} passed over",
            self.fork_count, self.gap_count
        )?;
        for (name, tip) in [("best tip", &self.best), ("best proved tip", &self.best_proven)] {
            if let Some(tip) = tip {
                writeln!(f, "{name} {tip}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.state_hash)?;
        self.height.map_or(Ok(()), |height| write!(f, " ({height})"))
    }
}

impl fmt::Display for Tip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proven = if self.proven { "proved" } else { "not proved" };
        write!(
            f,
            "{}, height {}, slot {} since the fork, {proven}",
            self.state_hash, self.height, self.slot_since_fork
        )?;
        self.selected_by.as_ref().map_or(Ok(()), |rule| write!(f, ", selected by {rule}"))
    }
}
