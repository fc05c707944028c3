//! `cargo xtask lab`.

mod conditions;
mod evidence;
mod network;
mod page;
mod plan;

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use quickpickle_memory::draw::{self, Graph, Reference, Scale};
use quickpickle_memory::{Measure, Run, Summary};
use tempfile::TempDir;

use crate::cargo::{self, target_folder};
use crate::machine::Machine;
use conditions::Conditions;
use network::Length;
use plan::{Mode, Places, Replay};

/// Run a network of nine nodes on this machine, three times, and measure the memory of their processes.
///
/// A seed, four block producers, a passive node, a snark coordinator and two workers: once with keys that every process makes,
/// once with keys that the provers return, both on a build without tables, and once with tables in the binary and published
/// keys. Leaves recordings, graphs and tables; what they are is told in docs/measurements.md.
#[derive(clap::Args)]
pub struct Args {
    /// The folder for recordings, graphs and tables
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/lab"))]
    out: PathBuf,
    /// Slots that each run lasts at least once all nodes are ready; each is one producer's
    #[arg(long, value_name = "N", default_value = "6")]
    slots: u64,
    /// The length of a slot in seconds
    #[arg(long, value_name = "SECONDS", default_value = "12")]
    slot: u64,
    /// Real blocks, a file each, that the seed tells as well, and that all others verify
    #[arg(long, value_name = "FOLDER")]
    replay: Option<PathBuf>,
    /// The network that they are of: its keys are in the binaries
    #[arg(long, value_name = "NAME", default_value = "mainnet", requires = "replay")]
    network: String,
    /// What else the machine was doing, for the page that describes the run
    #[arg(long, value_name = "TEXT", default_value = "nothing else")]
    beside: String,
    /// Run nothing: draw graphs, tables and page again from the recordings in the folder
    #[arg(long)]
    redraw: bool,
}

/// Mina's daemon as its pull request 16201 found it, each figure the highest of a process of this kind in a network of the same
/// nodes: what the first run of the lab is not.
const DAEMON: [Reference<'static>; 2] = [
    Reference { process: "verifier", label: "Mina's daemon: 0.9 GB", megabytes: 900.0 },
    Reference { process: "prover", label: "Mina's daemon: 2.0 GB", megabytes: 2000.0 },
];

pub fn run(args: &Args) -> anyhow::Result<bool> {
    if args.redraw {
        let (conditions, runs) = kept(&args.out)?;
        return write(&args.out, &conditions, &runs);
    }
    let (conditions, runs) = measure(args)?;
    fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    for run in &runs {
        let path = args.out.join(format!("{}.csv", run.name));
        let file = File::create(&path).with_context(|| path.display().to_string())?;
        run.recording.write(BufWriter::new(file))?;
    }
    conditions.write(&args.out)?;
    write(&args.out, &conditions, &runs)
}

/// Runs the network in every mode, in the order of [`Mode::ALL`].
fn measure(args: &Args) -> anyhow::Result<(Conditions, Vec<Run>)> {
    ensure!(cfg!(target_os = "linux"), "the memory of processes is measured on Linux only");
    let producers = plan::PRODUCERS as u64;
    ensure!(
        args.slots > producers && args.slot > 0,
        "each of {producers} producers needs a slot, and one to finish"
    );
    let programs = TempDir::with_prefix_in("lab-", target_folder()?)?;
    eprintln!("building without tables");
    let replay = args.replay.as_ref().map(|folder| {
        let network = args.network.clone();
        std::path::absolute(folder).map(|folder| Replay { folder, network })
    });
    let replay = replay.transpose()?;
    // The networks' keys are no tables.
    let features = if replay.is_some() { "network,mainnet,devnet" } else { "network" };
    let unbaked = build(&["--no-default-features", "--features", features], &programs, "unbaked")?;
    eprintln!("building with tables");
    let baked = build(&["--features", "network"], &programs, "baked")?;

    let machine = Machine::describe();
    let start = Instant::now();
    // The paths of Unix sockets are short, so this is not in the target folder.
    let folder = TempDir::with_prefix("lab-")?;
    let keys = folder.path().join("keys");
    fs::create_dir(&keys)?;
    let length = Length { slots: args.slots, more: 2 * producers, slot: Duration::from_secs(args.slot) };
    let mut runs = Vec::new();
    for mode in Mode::ALL {
        eprintln!("{mode}: nine nodes, {} slots of {} s", args.slots, args.slot);
        let places = Places { run: &folder.path().join(mode.to_string()), keys: &keys };
        fs::create_dir(places.run)?;
        let program = if mode.is_baked() { &baked } else { &unbaked };
        let is_enough = |recording: &_| evidence::work(recording, mode).is_ok();
        let recording = match network::run(program, mode, length, replay.as_ref(), places, is_enough) {
            Ok(recording) => recording,
            Err(error) => {
                eprintln!("logs and recordings are left in {}", folder.keep().display());
                return Err(error.context(mode.to_string()));
            }
        };
        runs.push(Run { name: mode.to_string(), recording });
    }

    let conditions = Conditions {
        machine,
        beside: args.beside.clone(),
        slots: args.slots,
        slot: args.slot,
        seconds: start.elapsed().as_secs_f64(),
    };
    Ok((conditions, runs))
}

/// Writes graphs, tables and page of the runs.
fn write(out: &Path, conditions: &Conditions, runs: &[Run]) -> anyhow::Result<bool> {
    for (name, text) in files(conditions, runs)? {
        let path = out.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        eprintln!("{}", path.display());
    }
    Ok(true)
}

/// Graphs, tables and page of the runs, which are in the order of [`Mode::ALL`].
fn files(conditions: &Conditions, runs: &[Run]) -> anyhow::Result<[(&'static str, String); 4]> {
    let work = Mode::ALL.into_iter().zip(runs).map(|(mode, run)| evidence::work(&run.recording, mode));
    let work = work.collect::<anyhow::Result<Vec<_>>>()?;
    let captions = Mode::ALL.map(Mode::caption);
    let processes = Graph { captions: &captions, ..Graph::default() };
    let daemon = Graph {
        measure: Measure::Rss,
        scale: Scale::Log,
        processes: &DAEMON.map(|reference| reference.process),
        references: &DAEMON,
        captions: &captions,
    };
    let summary = Summary::of(runs);
    let page = page::Page { conditions, work: &work, summary: &summary };
    Ok([
        ("processes.svg", draw::svg(runs, &processes)?),
        ("daemon.svg", draw::svg(runs, &daemon)?),
        ("summary.md", format!("# The lab's figures\n\n{summary}").trim_end().to_owned() + "\n"),
        ("README.md", page.to_string()),
    ])
}

/// The runs that are kept in a folder.
fn kept(folder: &Path) -> anyhow::Result<(Conditions, Vec<Run>)> {
    let open = |mode: Mode| {
        let path = folder.join(format!("{mode}.csv"));
        Run::open(&path).with_context(|| path.display().to_string())
    };
    Ok((Conditions::read(folder)?, Mode::ALL.into_iter().map(open).collect::<anyhow::Result<_>>()?))
}

/// Builds the command, and keeps it where the next build does not replace it.
fn build(features: &[&str], folder: &TempDir, name: &str) -> anyhow::Result<PathBuf> {
    let from: &Path = &cargo::build("quickpickle", features, None)?.executable;
    let to = folder.path().join(name);
    fs::copy(from, &to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_run_is_shown_as_the_lab_shows_it_now() {
        let folder = crate::root().join("docs/lab");
        let (conditions, runs) = kept(&folder).unwrap();
        let mut files = files(&conditions, &runs).unwrap().to_vec();
        files.retain(|(name, text)| fs::read_to_string(folder.join(name)).ok().as_ref() != Some(text));
        let stale: Vec<_> = files.into_iter().map(|(name, _)| name).collect();
        assert!(
            stale.is_empty(),
            "stale in docs/lab: {stale:?}; `cargo xtask lab --redraw` draws them again"
        );
    }
}
