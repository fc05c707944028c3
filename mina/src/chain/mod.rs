//! Many blocks at once: how they hang together, and which chain of them is the best.
//!
//! Blocks come in any order. Of each only its place is kept, about 200 bytes; what chain selection goes by, about 400
//! more, is kept of the ends of chains and of blocks whose verdict is awaited.
//!
//! A block's proof is about its whole chain: it shows that the state before was reached validly too, back to the first one since
//! the fork. So one valid proof proves all blocks that its block descends from, whether they have proofs or not. The caller
//! verifies each proof ([`Check::Later`]) or those of [`ends`](Chain::ends) alone.

mod node;
mod report;

use std::collections::HashMap;

use quickpickle_runtime::curve::Fp;

pub use node::Standing;
use node::{Index, Node};
pub use report::{Best, Fork, Gap, MAX_LISTED, Place, Report};

use crate::block::{Block, state_hash_text};
use crate::consensus::{NotComparable, Tip};

/// Blocks of one chain at most, with those that are missing: about 200 MB. Mainnet makes less than 200,000 a year.
pub const MAX_BLOCKS: usize = 1 << 20;

/// Blocks and how they hang together.
#[derive(Debug)]
pub struct Chain {
    nodes: Vec<Node>,
    by_hash: HashMap<Fp, Index>,
    /// The hash of the first state since the fork.
    genesis: Fp,
    after: Option<After>,
    duplicates: u64,
    before: u64,
}

/// The block that an earlier run ended with.
#[derive(Clone, Copy, Debug)]
struct After {
    state_hash: Fp,
    height: Option<u32>,
}

/// Whether a verdict on a block's proof follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The caller calls [`Chain::settle`] once it has one.
    Later,
    /// There is no proof, or it is not verified.
    Never,
}

/// What a block was when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// New.
    New,
    /// There already.
    Duplicate,
    /// Not after the block that an earlier run ended with: it was not kept.
    Before,
}

/// Why a block was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// It is of another network or fork than those before.
    #[error("a block of another network than those before")]
    OtherNetwork,
    /// It follows another one and is not one higher, or not in a later slot, or the other way round.
    #[error(
        "a block of height {height} that does not fit to {}, of height {other_height}, to which it is linked: heights rise by one, and slots rise",
        state_hash_text(.other)
    )]
    Unfit {
        /// The block's height.
        height: u32,
        /// The hash of the other block.
        other: Fp,
        /// Its height.
        other_height: u32,
    },
    /// There are too many.
    #[error("more than {MAX_BLOCKS} blocks")]
    TooMany,
    /// A verdict on a block that is not here.
    #[error("a verdict on {}, which is not here", state_hash_text(.state_hash))]
    NotHere {
        /// The block's state hash.
        state_hash: Fp,
    },
    /// Two tips cannot be compared.
    #[error("two ends of chains cannot be compared")]
    NotComparable(#[from] NotComparable),
}

impl Chain {
    /// No blocks yet, of the network that began with this state.
    pub fn new(genesis_state_hash: Fp) -> Self {
        Self {
            nodes: Vec::new(),
            by_hash: HashMap::new(),
            genesis: genesis_state_hash,
            after: None,
            duplicates: 0,
            before: 0,
        }
    }

    /// No blocks yet, going on where an earlier run ended: with the block of this hash, which was proved then. Where its height
    /// is given, other blocks that are not higher are not kept.
    pub fn after(genesis_state_hash: Fp, state_hash: Fp, height: Option<u32>) -> Self {
        let mut chain = Self { after: Some(After { state_hash, height }), ..Self::new(genesis_state_hash) };
        let index = chain.place(state_hash);
        chain.stands(index, Standing::Proven);
        chain
    }

    /// Takes a block.
    ///
    /// # Errors
    /// Where it cannot be with the others.
    pub fn add(&mut self, block: &Block, check: Check) -> Result<Arrival, ChainError> {
        let tip = Tip::of(block.state(), block.state_hash());
        if self.genesis != tip.genesis_state_hash {
            return Err(ChainError::OtherNetwork);
        }
        if let Some(After { state_hash, height: Some(height) }) = self.after
            && block.height() <= height
            && block.state_hash() != state_hash
        {
            self.before += 1;
            return Ok(Arrival::Before);
        }
        let known = self.by_hash.get(&block.state_hash()).copied();
        if let Some(index) = known.filter(|index| self.nodes.get(*index).is_some_and(Node::is_here)) {
            self.duplicates += 1;
            if check == Check::Later {
                self.await_again(index, tip);
            }
            return Ok(Arrival::Duplicate);
        }
        // The block's own place and that of the one before.
        if self.nodes.len() + 2 > MAX_BLOCKS {
            return Err(ChainError::TooMany);
        }
        self.fits(&tip, block.state().previous_state_hash, known)?;
        let index = known.unwrap_or_else(|| self.place(block.state_hash()));
        let parent = self.place(block.state().previous_state_hash);
        self.link(index, parent, tip, check);
        Ok(Arrival::New)
    }

    /// Takes the verdict on a block's proof.
    ///
    /// # Errors
    /// Where the block is not here.
    pub fn settle(&mut self, state_hash: Fp, is_valid: bool) -> Result<(), ChainError> {
        let index = self.by_hash.get(&state_hash).copied();
        let here = index.and_then(|index| self.nodes.get(index).filter(|node| node.is_here()));
        let (Some(index), Some(node)) = (index, here) else { return Err(ChainError::NotHere { state_hash }) };
        match (is_valid, node.standing) {
            (true, _) => self.prove(index),
            // A wrong proof of a state that another one proves is a wrong proof still, and the state is proved.
            (false, Standing::Proven | Standing::ProvenByDescendant) => (),
            // Nor is a state that came without a proof worse for a wrong one that came later.
            (false, Standing::Unproven) => (),
            (false, _) => {
                self.stands(index, Standing::Refused);
                self.trim(index);
            }
        }
        Ok(())
    }

    /// How a block stands, if it is here.
    pub fn standing(&self, state_hash: &Fp) -> Option<Standing> {
        let node = self.nodes.get(*self.by_hash.get(state_hash)?)?;
        node.is_here().then_some(node.standing)
    }

    /// The place of a block, made where there is none yet.
    fn place(&mut self, state_hash: Fp) -> Index {
        *self.by_hash.entry(state_hash).or_insert_with(|| {
            self.nodes.push(Node::absent(state_hash));
            self.nodes.len() - 1
        })
    }

    /// Whether a block can follow the one before it, and those after it can follow it.
    fn fits(&self, tip: &Tip, previous: Fp, known: Option<Index>) -> Result<(), ChainError> {
        let parent = self.by_hash.get(&previous).and_then(|index| self.nodes.get(*index));
        let own = (tip.blockchain_length, tip.slot);
        let unfit = |node: &Node, height| {
            Err(ChainError::Unfit { height: own.0, other: node.state_hash, other_height: height })
        };
        if let Some(node) = parent
            && let Some((height, slot)) = node.height_and_slot
            && (height.checked_add(1) != Some(own.0) || slot >= own.1)
        {
            return unfit(node, height);
        }
        for child in known.into_iter().flat_map(|index| self.children(index)) {
            if let Some((height, slot)) = child.height_and_slot
                && (own.0.checked_add(1) != Some(height) || own.1 >= slot)
            {
                return unfit(child, height);
            }
        }
        Ok(())
    }

    fn link(&mut self, index: Index, parent: Index, tip: Tip, check: Check) {
        let sibling = self.nodes.get_mut(parent).and_then(|node| node.first_child.replace(index));
        let Some(node) = self.nodes.get_mut(index) else { return };
        node.height_and_slot = Some((tip.blockchain_length, tip.slot));
        node.parent = Some(parent);
        node.next_sibling = sibling;
        node.tip = Some(Box::new(tip));
        let standing = match (node.standing, check) {
            (Standing::Unproven, Check::Later) => Standing::Pending,
            (standing, _) => standing,
        };
        node.standing = standing;
        let is_proven = node.is_proven();
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.passing_children += u32::from(standing.is_passing());
            parent.has_proven_child |= is_proven;
        }
        if is_proven {
            self.prove_before(index);
        }
        self.trim(index);
        self.trim(parent);
    }

    /// A block that came without its proof, or with a wrong one, came again with another.
    fn await_again(&mut self, index: Index, tip: Tip) {
        let Some(node) = self.nodes.get_mut(index).filter(|node| !node.is_proven()) else { return };
        node.tip = Some(Box::new(tip));
        // One without a proof stays the end of its chain meanwhile.
        if node.standing == Standing::Refused {
            self.stands(index, Standing::Pending);
        }
    }

    /// A block's own proof is valid.
    fn prove(&mut self, index: Index) {
        self.stands(index, Standing::Proven);
        self.trim(index);
        self.prove_before(index);
    }

    /// Marks what a proved block descends from.
    fn prove_before(&mut self, index: Index) {
        let before = |nodes: &[Node], index: Index| nodes.get(index).and_then(|node| node.parent);
        let mut next = before(&self.nodes, index);
        while let Some(at) = next {
            // All before a proved block that is here are marked already.
            let was_proven = self.nodes.get(at).is_none_or(Node::is_proven);
            if !was_proven {
                self.stands(at, Standing::ProvenByDescendant);
            }
            self.trim(at);
            next = before(&self.nodes, at).filter(|_| !was_proven);
        }
    }

    /// Changes how a block stands, and what the one before it knows of that.
    fn stands(&mut self, index: Index, standing: Standing) {
        let Some(node) = self.nodes.get_mut(index) else { return };
        let old = core::mem::replace(&mut node.standing, standing);
        let is_proven = node.is_proven();
        let parent = node.parent;
        if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
            parent.passing_children += u32::from(standing.is_passing());
            parent.passing_children -= u32::from(old.is_passing());
            parent.has_proven_child |= is_proven;
        }
    }

    /// Drops what is kept of a block that is the end of no chain any more, whatever verdicts come.
    fn trim(&mut self, index: Index) {
        let Some(node) = self.nodes.get_mut(index) else { return };
        let is_passed = match node.standing {
            Standing::Pending => false,
            Standing::Refused => true,
            Standing::Unproven => node.passing_children > 0,
            Standing::Proven | Standing::ProvenByDescendant => node.has_proven_child,
        };
        if is_passed {
            node.tip = None;
        }
    }

    fn children(&self, index: Index) -> impl Iterator<Item = &Node> {
        let first = self.nodes.get(index).and_then(|node| node.first_child);
        core::iter::successors(first, |at| self.nodes.get(*at)?.next_sibling)
            .filter_map(|at| self.nodes.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol_state::ProtocolState;

    #[test]
    fn what_selection_goes_by_is_kept_of_ends_alone() {
        let mut state = ProtocolState::default();
        state.body.genesis_state_hash = Fp::from(7u64);
        let blocks: Vec<Block> = (1..10)
            .map(|height| {
                state.body.consensus_state.blockchain_length = height;
                state.body.consensus_state.curr_global_slot = height;
                let block = Block::new(state.clone(), None);
                state.previous_state_hash = block.state_hash();
                block
            })
            .collect();
        let kept = |chain: &Chain| chain.nodes.iter().filter(|node| node.tip.is_some()).count();
        let fed = |check| {
            let mut chain = Chain::new(Fp::from(7u64));
            blocks.iter().for_each(|block| assert_eq!(chain.add(block, check), Ok(Arrival::New)));
            chain
        };
        assert_eq!(kept(&fed(Check::Never)), 1);
        let mut chain = fed(Check::Later);
        assert_eq!(kept(&chain), 9, "each may be the end yet");
        chain.settle(blocks[8].state_hash(), false).expect("here");
        assert_eq!(kept(&chain), 8);
        chain.settle(blocks[7].state_hash(), true).expect("here");
        assert_eq!(kept(&chain), 1);
    }
}
