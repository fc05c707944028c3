//! Verification of what Mina's networks send: each input is told by its look.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;

use quickpickle::answer::describe;
use quickpickle::mina::block::{Block, FileName};
use quickpickle::mina::{Known, Object, ObjectError, Valid};
use quickpickle::{Verifier, mina};
use rayon::prelude::*;

use super::commands::of_block;
use super::documents::{ByLine, Document, Documents, Layout};
use super::report::{Failure, Line, Tally, verdict};
use super::timings::{Stage, Timings};
use super::window::Windows;
use super::{Args, progress};
use crate::cli::mina::Asked;
use crate::cli::{Status, terminal};

/// How the files of objects look.
pub const LAYOUT: Layout = Layout {
    extensions: &["json", "jsonl", "ndjson", "binprot", "bin", "base64"],
    lines: ByLine::WhereItIsJson,
    max_bytes: mina::block::MAX_INPUT,
};

pub fn run(args: &Args, mut timings: Timings) -> anyhow::Result<Status> {
    let verifier = timings.during(Stage::Tables, Verifier::baked);
    let known = timings.during(Stage::Key, || args.known())?;
    if let Some(daemon) = args.daemon.daemon()? {
        return tip(&daemon, verifier, &known, args, timings);
    }
    let documents = Documents::new(args.sources()?, args.lined(LAYOUT), &args.others())?;
    let progress = if args.quiet { indicatif::ProgressBar::hidden() } else { progress(&documents) };
    let mut windows = Windows::new(documents)?;

    let mut tally = Tally::of("object");
    loop {
        let window = timings.during(Stage::Read, || windows.next(args.window));
        if window.is_empty() {
            break;
        }
        let items = timings.during(Stage::Decode, || {
            let read = window.par_iter().enumerate().map(|(place, document)| read(place, document, &known));
            read.flatten_iter().collect::<Vec<_>>()
        });
        let verdicts = timings.during(Stage::Verify, || verify(verifier, &items, &known));
        let items = items.into_iter().zip(verdicts).map(|(item, verdict)| item.judged(verdict));
        let with_commands = |item: Item| {
            let document = window.get(item.document).filter(|_| args.commands);
            let commands = document.map(|document| of_block(&item, document, verifier, &known));
            [item].into_iter().chain(commands.into_iter().flatten())
        };
        let items: Vec<_> = timings.during(Stage::Verify, || items.flat_map(with_commands).collect());
        items.iter().for_each(|item| tally.count(verdict(&item.result)));
        terminal::without_bars(|| print(&window, &items, &known, args))?;
        progress.inc(window.iter().map(|document| document.len() as u64).sum());
        progress.set_message(tally.to_string());
    }
    progress.finish_and_clear();
    args.finish(&tally, &timings);
    Ok(tally.status())
}

/// Verifies the best tip of a daemon.
fn tip(
    daemon: &Asked,
    verifier: Verifier,
    known: &Known,
    args: &Args,
    mut timings: Timings,
) -> anyhow::Result<Status> {
    let document =
        Document { file: daemon.name().to_owned(), line: None, statement: None, content: Ok(Vec::new()) };
    let item = match timings.during(Stage::Read, || daemon.best_chain(NonZeroUsize::MIN))? {
        Ok(mut blocks) => {
            let object = blocks.pop().map(Object::from);
            let item = Item::new(0, object, Ok(()));
            let verdict =
                timings.during(Stage::Verify, || verify(verifier, std::slice::from_ref(&item), known));
            item.judged(verdict.into_iter().flatten().next())
        }
        Err(reason) => Item::new(0, None, Err(Failure::Claim { reason })),
    };
    let mut tally = Tally::of("object");
    tally.count(verdict(&item.result));
    print(&[document], &[item], known, args)?;
    args.finish(&tally, &timings);
    Ok(tally.status())
}

/// An object, or what could not be read as one.
pub struct Item {
    /// The place of its document in the window.
    pub document: usize,
    /// The object, where there is one.
    pub object: Option<Object>,
    /// Its place among the commands of its document's block, where it is one of them.
    pub command: Option<usize>,
    /// The network that it was found valid on.
    network: Option<String>,
    /// What is known of it: that nothing is wrong yet, then the verdict.
    result: Result<(), Failure>,
}

impl Item {
    pub fn new(document: usize, object: Option<Object>, result: Result<(), Failure>) -> Self {
        Self { document, object, command: None, network: None, result }
    }

    pub fn judged(self, verdict: Option<Result<Valid, ObjectError>>) -> Self {
        match verdict {
            Some(Ok(Valid { network, .. })) => Self { network: Some(network), ..self },
            Some(Err(error)) => Self { result: Err(error.into()), ..self },
            None => self,
        }
    }
}

/// The objects of a document, each with what is wrong of it already.
fn read(place: usize, document: &Document, known: &Known) -> Vec<Item> {
    let item = |object, result| Item::new(place, object, result);
    let objects = match document.bytes().and_then(|bytes| Ok(Object::read(bytes)?)) {
        Ok(objects) => objects,
        Err(failure) => return vec![item(None, Err(failure))],
    };
    let is_only = objects.len() == 1 && document.line.is_none();
    let claims = |object: &Object| match object {
        Object::Block(block) if is_only => named(&document.file, block, known),
        _ => Ok(()),
    };
    objects
        .into_iter()
        .map(|object| (claims(&object), object))
        .map(|(result, object)| item(Some(object), result))
        .collect()
}

/// Checks what the name of a block's file claims.
pub fn named(file: &str, block: &Block, known: &Known) -> Result<(), Failure> {
    let name = Path::new(file).file_name().and_then(|name| name.to_str()).and_then(FileName::parse);
    let Some(name) = name else { return Ok(()) };
    block.is_named(&name).map_err(ObjectError::from)?;
    match known.networks().of_state(block.state()) {
        Ok(network) if network.network != name.network => Err(ObjectError::OtherNetwork {
            what: "a block",
            found: network.to_string(),
            expected: format!("{}, as its name says", name.network),
        }
        .into()),
        _ => Ok(()),
    }
}

/// The verdicts on the objects that nothing is wrong of yet; none for the others.
fn verify(verifier: Verifier, items: &[Item], known: &Known) -> Vec<Option<Result<Valid, ObjectError>>> {
    let open = |item: &&Item| item.result.is_ok();
    let objects: Vec<&Object> = items.iter().filter(open).filter_map(|item| item.object.as_ref()).collect();
    let mut verdicts = verifier.verify_objects(&objects, known).into_iter();
    // One for each; were one missing, the object would count as not proved, not as valid.
    let next = |item| open(&item).then(|| verdicts.next().unwrap_or(Err(ObjectError::NoProof)));
    items.iter().map(next).collect()
}

fn print(window: &[Document], items: &[Item], known: &Known, args: &Args) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for Item { document, object, command, network: found, result } in items {
        let Some(document) = window.get(*document) else { continue };
        if args.quiet && result.is_ok() {
            continue;
        }
        let describe = |object| {
            let mut facts = describe(object, found.clone(), known);
            facts.0.extend(command.map(|place| ("command", place.into())));
            facts
        };
        let line = Line::of_object(document, object.as_ref().map(describe), result);
        line.write(&mut out, args.json)?;
    }
    out.flush()
}
