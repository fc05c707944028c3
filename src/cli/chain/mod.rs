//! `quickpickle chain`.

mod summary;

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueHint;
use indicatif::ProgressBar;
use quickpickle::answer::describe;
use quickpickle::mina::block::{Block, FileName, state_hash_from_text};
use quickpickle::mina::chain::{Arrival, Chain, Check, Standing};
use quickpickle::mina::{Known, Object, ObjectError, network_of};
use quickpickle::wire::DecodeError;
use quickpickle::{Fp, Verifier};
use rayon::prelude::*;

use self::summary::Summary;
use super::mina::NetworkArgs;
use super::verify::documents::{Document, Documents, Source};
use super::verify::objects::{LAYOUT, named};
use super::verify::report::{Failure, Line, Tally};
use super::verify::window::Windows;
use super::{Status, input, terminal};

const EXAMPLES: &str = "\
Examples:
  quickpickle chain blocks/
  quickpickle chain blocks/ --network mainnet --json
  quickpickle chain blocks/ --after 3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc

A line for each block that is refused, each fork and each gap, then what there is: blocks, proofs, the best tip.
A block's proof is about its whole chain, so a valid one proves all blocks that its block descends from.

Exit status: 0 the best tip is proved and no block was refused, 1 some block rejected, 2 some block not read, or nothing
proves the best tip.";

/// Verify many blocks: links, heights, forks, gaps, proofs, and which chain is the best.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Blocks: files, folders, `-` for standard input with a block a line. The order does not matter.
    #[arg(value_name = "BLOCKS", required = true, value_hint = ValueHint::AnyPath)]
    blocks: Vec<PathBuf>,
    /// Go on where an earlier run ended: with the block of this hash, which was proved then. Where a file has its name, blocks
    /// that are not higher are passed over.
    #[arg(long, value_name = "STATEHASH", value_parser = state_hash)]
    after: Option<Fp>,
    /// Print JSON: an object for each block that is refused, and one for all.
    #[arg(long)]
    json: bool,
    /// How many blocks are verified together; more cost less each, and more memory.
    #[arg(long, value_name = "N", default_value = "64")]
    window: NonZeroUsize,
    #[command(flatten)]
    networks: NetworkArgs,
}

fn state_hash(text: &str) -> Result<Fp, DecodeError> {
    state_hash_from_text(text)
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let known = args.networks.known()?;
    let sources: Vec<_> = args.blocks.iter().cloned().map(Source::new).collect();
    input::one_stdin(sources.iter().map(|source| source.path.as_path()).chain(args.networks.files()))?;
    let documents = Documents::new(sources, LAYOUT, &args.networks.files().collect::<Vec<_>>())?;
    let height = args.after.and_then(|hash| documents.names().find_map(|name| height_of(name, hash)));
    let progress = progress(&documents);
    let mut run = Run {
        verifier: Verifier::baked(),
        known,
        after: args.after.map(|hash| (hash, height)),
        chain: None,
        read: 0,
        refused: Tally::of("block"),
        json: args.json,
    };
    let mut windows = Windows::new(documents)?;
    loop {
        let window = windows.next(args.window);
        if window.is_empty() {
            break;
        }
        run.take(&window)?;
        progress.inc(window.iter().map(|document| document.len() as u64).sum());
        progress.set_message(format!("{} blocks", run.read));
    }
    progress.finish_and_clear();
    run.finish()
}

/// The height in the name of the file of the block of this hash.
fn height_of(name: &str, hash: Fp) -> Option<u32> {
    FileName::parse(name).filter(|name| name.state_hash == hash).map(|name| name.height)
}

/// What is known of all blocks so far.
struct Run {
    verifier: Verifier,
    known: Known,
    /// The block that an earlier run ended with, and its height.
    after: Option<(Fp, Option<u32>)>,
    /// Made for the network of the first block.
    chain: Option<Chain>,
    /// Blocks that were read.
    read: u64,
    refused: Tally,
    json: bool,
}

impl Run {
    /// Takes the blocks of a window: puts each in its place, and verifies the proofs of those that are new.
    fn take(&mut self, window: &[Document]) -> anyhow::Result<()> {
        let read: Vec<(&Document, Result<Block, Failure>)> =
            window.par_iter().flat_map_iter(|document| read(document, &self.known)).collect();
        let mut lines = Vec::new();
        let (mut places, mut objects) = (Vec::new(), Vec::new());
        for (document, block) in read {
            self.read += 1;
            match block.and_then(|block| Ok((self.place(&block)?, block))) {
                Ok((arrival, block)) if block.proof.is_some() && self.is_open(arrival, &block) => {
                    places.push(document);
                    objects.push(Object::from(block));
                }
                Ok(_) => (),
                Err(failure) => lines.push((document, None, failure)),
            }
        }
        let verdicts = self.verifier.verify_objects(&objects, &self.known);
        let (mut valid, mut refused) = (Vec::new(), Vec::new());
        for ((document, object), verdict) in places.into_iter().zip(objects).zip(verdicts) {
            let Object::Block(block) = &object else { continue };
            match verdict {
                Ok(_) => valid.push(block.state_hash()),
                Err(error) => {
                    // A check that could not be made is no wrong proof: the block stays one that nothing proves.
                    refused.extend(error.is_rejected().then_some(block.state_hash()));
                    lines.push((document, Some(object), error.into()));
                }
            }
        }
        if let Some(chain) = &mut self.chain {
            // The valid ones first: a wrong proof of a block that another one proves changes nothing.
            valid.into_iter().try_for_each(|block| chain.settle(block, true))?;
            refused.into_iter().try_for_each(|block| chain.settle(block, false))?;
        }
        for (.., failure) in &lines {
            self.refused.count(failure.verdict());
        }
        Ok(terminal::without_bars(|| self.print(lines))?)
    }

    /// The block's place in the chain, which is that of the first block's network.
    fn place(&mut self, block: &Block) -> Result<Arrival, Failure> {
        let network = network_of(block, &self.known)?;
        let genesis = network.genesis_state_hash;
        let new = || match self.after {
            Some((hash, height)) => Chain::after(genesis, hash, height),
            None => Chain::new(genesis),
        };
        let check = if block.proof.is_some() { Check::Later } else { Check::Never };
        Ok(self.chain.get_or_insert_with(new).add(block, check)?)
    }

    /// Whether the proof of a block says something new: of one that came before without its proof, or with a wrong one, too.
    fn is_open(&self, arrival: Arrival, block: &Block) -> bool {
        let standing = || self.chain.as_ref().and_then(|chain| chain.standing(&block.state_hash()));
        match arrival {
            Arrival::New => true,
            Arrival::Duplicate => {
                !matches!(standing(), Some(Standing::Proven | Standing::ProvenByDescendant))
            }
            Arrival::Before => false,
        }
    }

    fn print(&self, lines: Vec<(&Document, Option<Object>, Failure)>) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for (document, object, failure) in lines {
            let facts = object.map(|object| describe(&object, None, &self.known));
            Line::of_object(document, facts, &Err(failure)).write(&mut out, self.json)?;
        }
        out.flush()
    }

    fn finish(self) -> anyhow::Result<Status> {
        let chain = self.chain.context("no block of a known network is there")?;
        let summary = Summary::of(&chain.report());
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, &summary)?;
            writeln!(out)?;
        } else {
            write!(out, "{summary}")?;
        }
        let proved = if summary.is_proved() { Status::Good } else { Status::Trouble };
        Ok(self.refused.status().max(proved))
    }
}

/// The blocks of a document, or why there are none.
fn read<'a>(document: &'a Document, known: &Known) -> Vec<(&'a Document, Result<Block, Failure>)> {
    let blocks = document.bytes().and_then(|bytes| Ok(Block::read(bytes).map_err(ObjectError::from)?));
    let blocks = match blocks {
        Ok(blocks) => blocks,
        Err(failure) => return vec![(document, Err(failure))],
    };
    let is_only = blocks.len() == 1 && document.line.is_none();
    let checked = |block: Block| {
        let claims = if is_only { named(&document.file, &block, known) } else { Ok(()) };
        (document, claims.map(|()| block))
    };
    blocks.into_iter().map(checked).collect()
}

fn progress(documents: &Documents) -> ProgressBar {
    match documents.total_bytes() {
        Some(total) => terminal::bar(Some(total), "{elapsed} [{wide_bar}] {percent}% {msg}, {eta} left"),
        None => terminal::bar(None, "{elapsed} {spinner} {msg}"),
    }
}
