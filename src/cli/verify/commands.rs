//! Verification of the commands in a precomputed block, beside the block's own.

use quickpickle::Verifier;
use quickpickle::mina::{BlockCommands, Known, Object};

use super::documents::Document;
use super::objects::Item;

/// The commands of the block that an item of a document is, verified; nothing where it is no block of a known network.
pub fn of_block(item: &Item, document: &Document, verifier: Verifier, known: &Known) -> Vec<Item> {
    let Some(Object::Block(block)) = &item.object else { return Vec::new() };
    let verified = match document.bytes() {
        Ok(bytes) => BlockCommands::verified(block, bytes, verifier, known),
        Err(failure) => return vec![Item::new(item.document, None, Err(failure))],
    };
    match verified {
        None => Vec::new(),
        Some(Err(error)) => vec![Item::new(item.document, None, Err(error.into()))],
        Some(Ok(commands)) => {
            let with_place = |(place, (object, verdict))| {
                let mut command = Item::new(item.document, Some(object), Ok(()));
                command.command = Some(place);
                command.judged(Some(verdict))
            };
            commands.into_iter().enumerate().map(with_place).collect()
        }
    }
}
