//! A block's place in a chain.

use quickpickle_runtime::curve::Fp;

use crate::consensus::Tip;

/// Which of the nodes.
pub(super) type Index = usize;

/// What is known of a block's proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing proves it.
    Unproven,
    /// The verdict on its proof is awaited.
    Pending,
    /// Its proof is wrong, and no other one proves it.
    Refused,
    /// Its proof is valid.
    Proven,
    /// The proof of a block that descends from it is valid, which proves it too.
    ProvenByDescendant,
}

impl Standing {
    /// Whether a block that stands so takes the place of the one before it as the end of a chain.
    pub(super) fn is_passing(self) -> bool {
        !matches!(self, Self::Pending | Self::Refused)
    }
}

/// A block that is here, or one that others follow.
#[derive(Debug)]
pub(super) struct Node {
    pub state_hash: Fp,
    /// Once it is here.
    pub height_and_slot: Option<(u32, u32)>,
    pub parent: Option<Index>,
    pub first_child: Option<Index>,
    pub next_sibling: Option<Index>,
    pub standing: Standing,
    /// Those of the blocks that follow it that are the end of a chain in its place.
    pub passing_children: u32,
    pub has_proven_child: bool,
    /// As long as it may be the end of a chain.
    pub tip: Option<Box<Tip>>,
}

impl Node {
    pub fn absent(state_hash: Fp) -> Self {
        Self {
            state_hash,
            height_and_slot: None,
            parent: None,
            first_child: None,
            next_sibling: None,
            standing: Standing::Unproven,
            passing_children: 0,
            has_proven_child: false,
            tip: None,
        }
    }

    pub fn is_here(&self) -> bool {
        self.height_and_slot.is_some()
    }

    pub fn is_proven(&self) -> bool {
        matches!(self.standing, Standing::Proven | Standing::ProvenByDescendant)
    }
}
