//! Verification of the commands in a precomputed block, beside the block's own.

use quickpickle::Verifier;
use quickpickle::mina::{BlockCommands, Known, Object, network_of};

use super::documents::Document;
use super::objects::Item;

/// The commands of the block that an item of a document is, verified; nothing where it is no block of a known network.
pub fn of_block(item: &Item, document: &Document, verifier: Verifier, known: &Known) -> Vec<Item> {
    let Some(Object::Block(block)) = &item.object else { return Vec::new() };
    let Ok(network) = network_of(block, known) else { return Vec::new() };
    let known = known.clone().only(network.network.clone());
    let commands = document.bytes().and_then(|bytes| Ok(BlockCommands::read(bytes, &known)?));
    let commands = match commands {
        Ok(commands) => commands,
        Err(failure) => return vec![Item::new(item.document, None, Err(failure))],
    };
    let verdicts = verifier.verify_block_commands(&commands, &known);
    let items = commands.objects().iter().zip(verdicts).enumerate();
    let item = |(place, (object, verdict)): (usize, (&Object, _))| {
        let mut command = Item::new(item.document, Some(object.clone()), Ok(()));
        command.command = Some(place);
        command.judged(Some(verdict))
    };
    items.map(item).collect()
}
