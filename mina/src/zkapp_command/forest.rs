//! The account updates of a command: trees, of which those further down are called by those above, as a flat list.
//!
//! Facts: Mina, `src/lib/mina_base/zkapp_command.ml` (`Call_forest`).

use ark_ff::AdditiveGroup as _;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;

use super::account_update::{AccountUpdate, Authorization};
use crate::hash::Prefix;

static NODE: Prefix = Prefix::new("MinaAcctUpdateNode");
pub(super) static CONS: Prefix = Prefix::new("MinaAcctUpdateCons");

/// Account updates of a command at most. What a block may cost allows about 30.
pub const MAX_ACCOUNT_UPDATES: usize = 256;

/// Account updates depth first, each with its call depth, which grows by one at most from one to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forest(pub(super) Vec<AccountUpdate>);

/// The hashes of a forest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForestHashes {
    /// Of each account update: the statement of its proof.
    pub account_updates: Vec<Statement>,
    /// Of all: the commitment.
    pub forest: Fp,
}

/// What an account update's proof is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The hash of the account update.
    pub account_update: Fp,
    /// The hash of those that it calls.
    pub calls: Fp,
    /// The hash of the list that begins with it, of those that have the same caller (`stack_hash`).
    pub stack: Fp,
}

impl Statement {
    /// The elements that the proof states.
    pub fn elements(&self) -> [Fp; 2] {
        [self.account_update, self.calls]
    }
}

impl Forest {
    /// A forest of account updates.
    ///
    /// # Errors
    /// Where there are more than [`MAX_ACCOUNT_UPDATES`], or one is called through more than come before it.
    pub fn new(account_updates: Vec<AccountUpdate>) -> Result<Self, Fault> {
        let forest = Self(account_updates);
        forest.check_depths()?;
        Ok(forest)
    }

    /// As [`new`](Self::new).
    pub(super) fn check_depths(&self) -> Result<(), Fault> {
        if self.0.len() > MAX_ACCOUNT_UPDATES {
            return Err(Fault::TooMany { max: MAX_ACCOUNT_UPDATES });
        }
        let mut deepest = 0;
        for account_update in &self.0 {
            if account_update.call_depth > deepest {
                return Err(Fault::Inconsistent("an account update is called by none before it"));
            }
            deepest = account_update.call_depth.saturating_add(1);
        }
        Ok(())
    }

    /// The account updates.
    pub fn account_updates(&self) -> &[AccountUpdate] {
        &self.0
    }

    /// Puts other authorizations in the place of those that are there.
    pub(super) fn replace_authorizations(&mut self, replace: impl Fn(&Authorization) -> Authorization) {
        for account_update in &mut self.0 {
            account_update.authorization = replace(&account_update.authorization);
        }
    }

    /// Works the hashes of trees and lists out from those of the account updates.
    pub(super) fn hashes(&self, hashes: &[Fp]) -> ForestHashes {
        let mut statements = Vec::with_capacity(self.0.len());
        // By depth, the hash of the list as far as it is there: what is still to come is to its left.
        let mut lists: Vec<Fp> = vec![Fp::ZERO];
        for (account_update, &hash) in self.0.iter().zip(hashes).rev() {
            let depth = account_update.call_depth as usize;
            // All that was called by it is deeper by one, and to its right: nothing is deeper still.
            lists.resize(lists.len().max(depth + 2), Fp::ZERO);
            let calls = lists[depth + 1];
            lists.truncate(depth + 1);
            let tree = NODE.hash(&[hash, calls]);
            let stack = CONS.hash(&[tree, lists[depth]]);
            lists[depth] = stack;
            statements.push(Statement { account_update: hash, calls, stack });
        }
        statements.reverse();
        ForestHashes { account_updates: statements, forest: lists[0] }
    }
}
