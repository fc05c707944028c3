//! `quickpickle verify`.

mod args;
mod documents;
mod format;
mod report;
mod timings;

use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use quickpickle::{OwnedTask, Verifier};
use rayon::prelude::*;

pub use self::args::Args;
#[cfg(feature = "node")]
pub use self::args::network_named;
use self::documents::{Document, Documents};
use self::format::Format;
use self::report::{Failure, Line, Tally, Verdict};
use self::timings::{Stage, Timings};
use super::Status;

/// A window holds no more documents than this many bytes, however many proofs it may have.
const WINDOW_BYTES: usize = 16 << 20;

pub fn run(args: Args, started: Instant) -> anyhow::Result<Status> {
    let mut timings = Timings::new(started);
    let verifier = timings.during(Stage::Tables, Verifier::baked);
    let format = args.format(&mut timings)?;
    let mut documents = Documents::new(&args.proofs(), format.layout(), &args.others())?;
    let progress = progress(&documents);

    let mut tally = Tally::default();
    loop {
        let window = timings.during(Stage::Read, || next_window(&mut documents, args.window));
        if window.is_empty() {
            break;
        }
        let prepared = timings.during(Stage::Decode, || {
            window.par_iter().map(|document| decode(&format, document)).collect::<Vec<_>>()
        });
        let results = timings.during(Stage::Verify, || verifier.verify_prepared(prepared));
        progress.suspend(|| print(&window, &results, args.json))?;
        results.iter().for_each(|result| tally.count(Verdict::of(result)));
        progress.inc(window.iter().map(|document| document.len() as u64).sum());
        progress.set_message(tally.to_string());
    }
    progress.finish_and_clear();

    if tally.total() > 1 {
        eprintln!("{tally}");
    }
    if args.timings {
        if args.json { eprintln!("{}", timings.json(tally.total())) } else { eprintln!("{timings}") }
    }
    Ok(tally.status())
}

/// As many documents as are verified together.
fn next_window(documents: &mut impl Iterator<Item = Document>, most: NonZeroUsize) -> Vec<Document> {
    let mut window = Vec::new();
    let mut bytes = 0;
    while window.len() < most.get() && bytes < WINDOW_BYTES {
        let Some(document) = documents.next() else { break };
        bytes += document.len();
        window.push(document);
    }
    window
}

fn decode(format: &Format, document: &Document) -> Result<OwnedTask, Failure> {
    match &document.content {
        Ok(bytes) => format.decode(bytes),
        // An I/O error cannot be cloned, and its document is still to be named in the report.
        Err(error) => Err(io::Error::new(error.kind(), error.to_string()).into()),
    }
}

fn print(window: &[Document], results: &[Result<(), Failure>], json: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (document, result) in window.iter().zip(results) {
        let line = Line::new(document, result);
        if json {
            serde_json::to_writer(&mut out, &line)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()
}

/// A bar over the bytes of the proofs, or the bare counts where their number cannot be known; nothing where standard
/// error is no terminal.
fn progress(documents: &Documents) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match documents.total_bytes() {
        Some(total) => (ProgressBar::new(total), "{elapsed} [{wide_bar}] {percent}% {msg}, {eta} left"),
        None => (ProgressBar::no_length(), "{elapsed} {spinner} {msg}"),
    };
    // The templates are the two above, and both parse.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar.with_style(style.progress_chars("=> "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_bounded_by_its_number_and_by_its_bytes() {
        let documents = |bytes: usize| {
            (0..10).map(move |_| Document { file: "x".into(), line: None, content: Ok(vec![0; bytes]) })
        };
        let three = NonZeroUsize::MIN.saturating_add(2);
        let most = NonZeroUsize::MAX;
        assert_eq!(next_window(&mut documents(1), three).len(), 3);
        assert_eq!(next_window(&mut documents(1), most).len(), 10);
        assert_eq!(next_window(&mut documents(WINDOW_BYTES / 2), most).len(), 2);
        assert_eq!(next_window(&mut documents(WINDOW_BYTES), most).len(), 1);
    }
}
