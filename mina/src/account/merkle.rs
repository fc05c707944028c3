//! Merkle paths: from a leaf of a ledger to its root.
//!
//! Facts: Mina, `src/lib/merkle_ledger/merkle_path.ml`, `src/lib/mina_base/ledger_hash.ml` (`merge`).

use std::sync::LazyLock;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;

use crate::hash::Prefix;

/// The levels of a ledger between its leaves and its root, on mainnet and devnet.
pub const DEPTH: usize = 35;

/// The prefixes of the nodes, those above the leaves first.
static LEVELS: LazyLock<[Prefix; DEPTH]> =
    LazyLock::new(|| core::array::from_fn(|height| Prefix::new(&format!("MinaMklTree{height:03}"))));

/// Where a node of the path is below its parent, and the other node below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// On the left; the sibling on the right has this hash.
    Left(Fp),
    /// On the right; the sibling on the left has this hash.
    Right(Fp),
}

/// A path from a leaf to the root of a ledger of [`DEPTH`] levels.
///
/// The depth is part of the type: a path that is shorter could show a node, which is no account, to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerklePath(Box<[Side; DEPTH]>);

impl MerklePath {
    /// The path of these steps, the one at the leaf first.
    ///
    /// # Errors
    /// Where they are not [`DEPTH`] many.
    pub fn new(steps: &[Side]) -> Result<Self, Fault> {
        match <[Side; DEPTH]>::try_from(steps) {
            Ok(steps) => Ok(Self(Box::new(steps))),
            Err(_) if steps.len() < DEPTH => Err(Fault::TooFew { found: steps.len(), expected: DEPTH }),
            Err(_) => Err(Fault::TooMany { max: DEPTH }),
        }
    }

    /// The steps, the one at the leaf first.
    pub fn steps(&self) -> &[Side; DEPTH] {
        &self.0
    }

    /// The root of the ledger that has this leaf at the end of the path.
    pub fn root(&self, leaf: Fp) -> Fp {
        self.0.iter().zip(LEVELS.iter()).fold(leaf, |node, (side, level)| match *side {
            Side::Left(sibling) => level.hash(&[node, sibling]),
            Side::Right(sibling) => level.hash(&[sibling, node]),
        })
    }

    /// The leaf's position among the ledger's, counted from the left.
    pub fn index(&self) -> u64 {
        self.0.iter().rev().fold(0, |index, side| index << 1 | u64::from(matches!(side, Side::Right(_))))
    }
}
