//! `quickpickle verify`.

mod args;
mod commands;
pub(super) mod documents;
mod format;
mod limits;
pub(super) mod objects;
pub(super) mod report;
mod timings;
pub(super) mod window;

use std::io::{self, Write as _};
use std::time::Instant;

use indicatif::ProgressBar;
use quickpickle::answer::Verdict;
use quickpickle::{Hint, Limits, Verifier};
use rayon::prelude::*;

pub use self::args::Args;
use self::documents::{Document, Documents};
use self::format::Format;
use self::report::{Failure, Line, Tally, verdict};
use self::timings::{Stage, Timings};
use self::window::Windows;
use super::{Status, terminal};

pub fn run(args: Args, started: Instant) -> anyhow::Result<Status> {
    args.check()?;
    let limits = args.limits();
    let mut timings = Timings::new(started);
    if args.is_of_objects() {
        return objects::run(&args, timings);
    }
    let verifier = timings.during(Stage::Tables, Verifier::baked);
    let sources = args.sources()?;
    let format = args.format(&limits, &mut timings)?;
    let documents = Documents::new(sources, args.layout(&format), &args.others())?;
    let progress = if args.quiet { ProgressBar::hidden() } else { progress(&documents) };
    let mut windows = Windows::new(documents)?;

    let mut tally = Tally::of("proof");
    let mut explained = false;
    loop {
        let window = timings.during(Stage::Read, || windows.next(args.window));
        if window.is_empty() {
            break;
        }
        let prepared = timings.during(Stage::Decode, || {
            window.par_iter().map(|document| format.decode(document, &limits)).collect::<Vec<_>>()
        });
        let results = timings.during(Stage::Verify, || verifier.verify_prepared(prepared));
        let rejected = results.iter().position(|result| verdict(result) == Verdict::REJECTED);
        let hint = match rejected {
            Some(i) if !explained => {
                explained = true;
                let hint = window.get(i).and_then(|document| explain(verifier, &format, document, &limits));
                hint.map(|hint| (i, hint))
            }
            _ => None,
        };
        terminal::without_bars(|| print(&window, &results, hint, &args))?;
        results.iter().for_each(|result| tally.count(verdict(result)));
        progress.inc(window.iter().map(|document| document.len() as u64).sum());
        progress.set_message(tally.to_string());
    }
    progress.finish_and_clear();

    args.finish(&tally, &timings);
    Ok(tally.status())
}

impl Args {
    /// Tells the counts, and where the time went.
    fn finish(&self, tally: &Tally, timings: &Timings) {
        if tally.total() > 1 && !self.quiet {
            eprintln!("{tally}");
        }
        if self.timings {
            if self.json { eprintln!("{}", timings.json(tally.total())) } else { eprintln!("{timings}") }
        }
    }
}

/// What a rejected proof would verify with. It takes a few verifications, and is looked for once a run.
fn explain(verifier: Verifier, format: &Format, document: &Document, limits: &Limits) -> Option<Hint> {
    verifier.explain(format.decode(document, limits).ok()?.task())
}

fn print(
    window: &[Document],
    results: &[Result<(), Failure>],
    hint: Option<(usize, Hint)>,
    args: &Args,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (i, (document, result)) in window.iter().zip(results).enumerate() {
        if args.quiet && result.is_ok() {
            continue;
        }
        let line = Line::new(document, result, hint.filter(|(at, _)| *at == i).map(|(_, hint)| hint));
        line.write(&mut out, args.json)?;
    }
    out.flush()
}

/// A bar over the bytes of the proofs, or the bare counts where their number cannot be known.
fn progress(documents: &Documents) -> ProgressBar {
    let total = documents.total_bytes();
    let template = match total {
        Some(_) => "{elapsed} [{wide_bar}] {percent}% {msg}, {eta} left",
        None => "{elapsed} {spinner} {msg}",
    };
    terminal::bar(total, template)
}
