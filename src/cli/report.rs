//! `quickpickle report`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::ValueHint;
use quickpickle_memory::draw::{self, Graph};
use quickpickle_memory::{Measure, Run, Summary};

use super::Status;

/// Runs that one graph has room for.
const MAX_RUNS: usize = 6;

/// Draw recordings of a node's memory, and compute what they show.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle node --record before.csv
  quickpickle report before.csv after.csv --out graphs

Each file is a run, called by the file's name. Writes processes.svg (the runs side by side) and summary.md (ratios to the first
run), and prints the summary.")]
pub struct Args {
    /// The recordings, the one that others are compared with first.
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The folder for graph and summary.
    #[arg(long, value_name = "FOLDER", default_value = ".", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// What the graph shows: resident pages, resident pages with shared ones by share, or pages of the process alone.
    #[arg(long, value_enum, default_value_t = Shown::Pss)]
    measure: Shown,
    /// Each file is a node of one and the same run, which is called by this name.
    #[arg(long, value_name = "NAME")]
    one_run: Option<String>,
}

/// [`Measure`] as an argument.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Shown {
    Rss,
    Pss,
    Uss,
}

impl From<Shown> for Measure {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Rss => Self::Rss,
            Shown::Pss => Self::Pss,
            Shown::Uss => Self::Uss,
        }
    }
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let open = |path: &PathBuf| Run::open(path).with_context(|| path.display().to_string());
    let mut runs = args.files.iter().map(open).collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(name) = args.one_run {
        let recording = quickpickle_memory::Recording::merge(runs.into_iter().map(|run| run.recording));
        runs = vec![Run { name, recording }];
    }
    ensure!(
        runs.len() <= MAX_RUNS,
        "more than {MAX_RUNS} runs: --one-run NAME puts nodes of one run together"
    );

    let graph = Graph { measure: args.measure.into(), ..Graph::default() };
    fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    write(&args.out, "processes.svg", &draw::svg(&runs, &graph)?)?;
    let summary = Summary::of(&runs).to_string();
    write(&args.out, "summary.md", &summary)?;
    io::stdout().lock().write_all(summary.as_bytes())?;
    Ok(Status::Good)
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    fs::write(&path, text).with_context(|| path.display().to_string())
}
