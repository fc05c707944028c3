//! `cargo xtask lab`.

mod evidence;
mod network;
mod page;
mod plan;

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use quickpickle_report::draw::{self, Which};
use quickpickle_report::{Measure, Run, Summary};
use tempfile::TempDir;

use crate::cargo::{self, target_folder};
use crate::machine::Machine;
use network::Length;
use plan::{Mode, Places};

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
    /// What else the machine was doing, for the page that describes the run
    #[arg(long, value_name = "TEXT", default_value = "nothing else")]
    beside: String,
}

/// A run as the page tells of it.
pub struct Outcome {
    pub mode: Mode,
    pub work: evidence::Work,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    ensure!(cfg!(target_os = "linux"), "the memory of processes is measured on Linux only");
    let producers = plan::PRODUCERS as u64;
    ensure!(
        args.slots > producers && args.slot > 0,
        "each of {producers} producers needs a slot, and one to finish"
    );
    let programs = TempDir::with_prefix_in("lab-", target_folder()?)?;
    eprintln!("building without tables");
    let unbaked = build(&["--no-default-features", "--features", "network"], &programs, "unbaked")?;
    eprintln!("building with tables");
    let baked = build(&["--features", "network"], &programs, "baked")?;

    let machine = Machine::describe();
    let start = Instant::now();
    // The paths of Unix sockets are short, so this is not in the target folder.
    let folder = TempDir::with_prefix("lab-")?;
    let keys = folder.path().join("keys");
    fs::create_dir(&keys)?;
    fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    let length = Length { slots: args.slots, more: 2 * producers, slot: Duration::from_secs(args.slot) };
    let (mut runs, mut outcomes) = (Vec::new(), Vec::new());
    for mode in Mode::ALL {
        eprintln!("{mode}: nine nodes, {} slots of {} s", args.slots, args.slot);
        let places = Places { run: &folder.path().join(mode.to_string()), keys: &keys };
        fs::create_dir(places.run)?;
        let program = if mode.is_baked() { &baked } else { &unbaked };
        let is_enough = |recording: &_| evidence::work(recording, mode).is_ok();
        let recording = match network::run(program, mode, length, places, is_enough) {
            Ok(recording) => recording,
            Err(error) => {
                eprintln!("logs and recordings are left in {}", folder.keep().display());
                return Err(error.context(mode.to_string()));
            }
        };
        let path = args.out.join(format!("{mode}.csv"));
        recording.write(BufWriter::new(File::create(&path).with_context(|| path.display().to_string())?))?;
        outcomes.push(Outcome { mode, work: evidence::work(&recording, mode)? });
        runs.push(Run { name: mode.to_string(), recording });
    }

    let write = |name: &str, text: String| {
        let path = args.out.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())
    };
    let summary = Summary::of(&runs);
    write("processes.svg", draw::svg(&runs, Which::All, Measure::Pss)?)?;
    write("verifiers.svg", draw::svg(&runs, Which::Verifiers, Measure::Pss)?)?;
    write("summary.md", format!("# The lab's figures\n\n{summary}").trim_end().to_owned() + "\n")?;
    let page =
        page::Page { machine: &machine, args, outcomes: &outcomes, summary: &summary, time: start.elapsed() };
    write("README.md", page.to_string())?;
    print!("{page}");
    Ok(true)
}

/// Builds the command, and keeps it where the next build does not replace it.
fn build(features: &[&str], folder: &TempDir, name: &str) -> anyhow::Result<PathBuf> {
    let from: &Path = &cargo::build("quickpickle", features, None)?.executable;
    let to = folder.path().join(name);
    fs::copy(from, &to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
    Ok(to)
}
