//! The commands in a block.

use std::sync::Arc;

use quickpickle_mina::block::{Block, UserCommand, commands};
use quickpickle_mina::zkapp_command::AccountKeys;

use super::{Known, Object, ObjectError, Valid, network_of};
use crate::Verifier;

/// The commands of a block with their verdicts, in their order, or why they could not be read.
pub type VerifiedCommands = Result<Vec<(Object, Result<Valid, ObjectError>)>, ObjectError>;

/// The commands of a precomputed block, each with the keys that it is verified with.
#[derive(Clone, Debug)]
pub struct BlockCommands {
    objects: Vec<Object>,
    circumstances: Vec<(Arc<AccountKeys>, bool)>,
}

impl BlockCommands {
    /// Reads the commands of a precomputed block. The keys of accounts are those that `known` has, those that the block lists
    /// of the accounts that it touched, and those that its commands set before.
    ///
    /// # Errors
    /// Where the text is no precomputed block.
    pub fn read(text: &[u8], known: &Known) -> Result<Self, ObjectError> {
        let (mut objects, mut circumstances) = (Vec::new(), Vec::new());
        for included in commands(text, known.account_keys())? {
            objects.push(match included.command {
                UserCommand::Zkapp(command) => Object::ZkappCommand(command),
                UserCommand::Signed(command) => Object::SignedCommand(command),
            });
            circumstances.push((included.keys, included.has_failed));
        }
        Ok(Self { objects, circumstances })
    }

    /// Verifies the commands of a block that was read from `text`, on the block's own network. `None` where that is not one
    /// that is meant: the block's verdict says so.
    ///
    /// # Errors
    /// Where the text is no precomputed block.
    pub fn verified(
        block: &Block,
        text: &[u8],
        verifier: Verifier,
        known: &Known,
    ) -> Option<VerifiedCommands> {
        let known = known.clone().only(network_of(block, known).ok()?.network.clone());
        Some(Self::read(text, &known).map(|commands| {
            let verdicts = verifier.verify_block_commands(&commands, &known);
            commands.objects.into_iter().zip(verdicts).collect()
        }))
    }

    /// The commands, in their order.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Each command, the keys of accounts before it, and whether it failed.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Object, &AccountKeys, bool)> {
        let circumstances = self.circumstances.iter().map(|(keys, has_failed)| (&**keys, *has_failed));
        self.objects.iter().zip(circumstances).map(|(object, (keys, has_failed))| (object, keys, has_failed))
    }
}
