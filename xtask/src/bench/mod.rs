//! `cargo xtask bench`.

mod build;
mod command;
mod growth;
mod library;
mod objects;
mod pace;
mod portable;
mod prover;
mod report;
mod wrong;

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use build::{Build, Workshop};
use report::{Measured, Report};

use crate::machine::Machine;
use crate::root;

/// Measure what quickpickle promises, beside a build without tables, in one run.
///
/// Prints a table; --json writes the same figures as JSON. Medians and minima of several runs, on whatever else the
/// machine is doing: its load is part of the report.
#[derive(clap::Args)]
pub struct Args {
    /// Write the figures into this file as JSON, `-` for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Shorter batches and streams: half the time
    #[arg(long)]
    quick: bool,
    /// How often each figure is measured
    #[arg(long, value_name = "N", default_value = "9")]
    runs: std::num::NonZeroUsize,
    /// Measure the library in this process and print JSON; what the command itself starts, in both builds
    #[arg(long, hide = true)]
    library: bool,
    /// Of that, only what the arithmetic's backend decides
    #[arg(long, hide = true, requires = "library")]
    arithmetic: bool,
    /// Measure what a proof costs in batches of 1 to 4096 instead, on one thread and on all, with each backend; draw it into
    /// this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "quick"])]
    growth: Option<PathBuf>,
    /// The part of it that one process measures
    #[arg(long, hide = true)]
    growth_here: bool,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Effort {
    runs: usize,
    quick: bool,
}

/// A shipped o1js proof and its key.
struct Vector {
    proof: PathBuf,
    key: PathBuf,
}

impl Vector {
    fn named(case: &str) -> Self {
        let folder = root().join("tests/vectors/o1js").join(case);
        Self { proof: folder.join("proof.json"), key: folder.join("vk.json") }
    }
}

/// The proof that one verification is measured with: a program that verified an earlier proof of its own.
const CASE: &str = "n1-counter-depth1";

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let effort = Effort { runs: args.runs.get(), quick: args.quick };
    if args.library {
        let figures = if args.arithmetic { library::arithmetic(effort) } else { library::measure(effort) };
        println!("{}", serde_json::to_string(&figures?)?);
        return Ok(true);
    }
    if args.growth_here {
        println!("{}", serde_json::to_string(&growth::measure(effort.runs)?)?);
        return Ok(true);
    }
    if let Some(file) = &args.growth {
        growth::run(file, effort.runs)?;
        return Ok(true);
    }
    // On Unix a program can be replaced while it runs, as building it anew does here.
    ensure!(cfg!(unix), "the benchmark needs a Unix system; memory is measured on Linux only");
    let machine = Machine::describe();
    let bar =
        ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {elapsed}  {msg}")?);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    let step = |what: &str| {
        bar.set_message(what.to_owned());
        if bar.is_hidden() {
            eprintln!("{what}");
        }
    };

    let workshop = Workshop::new()?;
    let mut figures = Vec::new();
    step("building without tables");
    let unbaked = workshop.build(Build::Unbaked)?;
    step("building with tables");
    let baked = workshop.build(Build::Baked)?;
    step("building with an empty and with a filled store");
    figures.extend(workshop.measure(effort.runs.min(3))?);

    let vector = Vector::named(CASE);
    for (build, programs) in [(Build::Baked, &baked), (Build::Unbaked, &unbaked)] {
        step(&format!("the command, {}", build.name()));
        figures.extend(command::measure(&programs.command, &vector, effort)?.into_iter().map(of(build)));
        step(&format!("a stream of proofs, {}", build.name()));
        figures.extend(command::stream(&programs.command, &vector, effort)?.into_iter().map(of(build)));
        step(&format!("blocks, {}", build.name()));
        figures.extend(objects::measure_command(&programs.command, effort)?.into_iter().map(of(build)));
        step(&format!("the library, {}", build.name()));
        let measured = library::measure_in(&programs.library, effort)?;
        figures.extend(measured.into_iter().map(of(build)));
    }
    step("the portable backend");
    figures.extend(portable::measure(&baked, &vector, effort)?.into_iter().map(of(Build::Baked)));
    bar.finish_and_clear();

    let report = Report::new(machine, effort.runs, figures);
    match &args.json {
        Some(path) if path.as_os_str() == "-" => println!("{}", report.json()?),
        Some(path) => {
            print!("{report}");
            std::fs::write(path, report.json()?).with_context(|| path.display().to_string())?;
        }
        None => print!("{report}"),
    }
    Ok(true)
}

fn of(build: Build) -> impl Fn(Measured) -> (Build, Measured) {
    move |measured| (build, measured)
}
