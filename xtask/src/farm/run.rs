//! The task: all farms, and what is left of them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use super::engines::Engines;
use super::load::Load;
use super::report::Report;
use super::{Args, balanced, chart, page, proving, queue};
use crate::cargo;
use crate::machine::Machine;

/// The figures that are kept.
const KEPT: &str = "run.json";

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let report = if args.redraw {
        kept(&args.out)?
    } else {
        let report = measure(args)?;
        fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
        fs::write(args.out.join(KEPT), serde_json::to_string(&report)? + "\n")?;
        report
    };
    for (name, text) in files(&report)? {
        let path = args.out.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        eprintln!("{}", path.display());
    }
    for (name, faults) in [
        ("behind HAProxy", &report.balanced),
        ("over JetStream", &report.queue),
        ("jobs", &report.proving.faults),
    ] {
        eprintln!("{name}: {}, of which {} are answered rightly and once", faults.requests, faults.right);
        if !faults.is_good() {
            eprintln!(
                "{name}: {} wrong, {} lost, {} twice, {} dead",
                faults.wrong, faults.lost, faults.twice, faults.dead
            );
        }
    }
    Ok(report.is_good())
}

fn measure(args: &Args) -> anyhow::Result<Report> {
    ensure!(args.kills > 0 && args.proofs > 0, "there is nothing to do");
    let engines = Engines::find()?;
    let program = match &args.program {
        Some(program) => program.clone(),
        None => cargo::build("quickpickle", &["--features", "network,jetstream"], None)?.executable,
    };
    let program = fs::canonicalize(&program).with_context(|| program.display().to_string())?;
    let load = Load::read()?;
    let machine = Machine::describe();
    let folder = TempDir::with_prefix("farm-")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(async {
        let at = folder.path();
        let mut throughput = balanced::throughput(&program, &engines, at, &load, args.proofs).await?;
        throughput.extend(queue::throughput(&program, &engines, at, &load, args.proofs).await?);
        let balanced = balanced::faults(&program, &engines, at, &load).await?;
        let queue = queue::faults(&program, &engines, at, &load, args.kills).await?;
        let proving = proving::faults(&program, &engines, at).await?;
        let (engines, beside) = (engines.versions.clone(), args.beside.clone());
        anyhow::Ok(Report { machine, engines, beside, throughput, balanced, queue, proving })
    });
    if !result.as_ref().is_ok_and(Report::is_good) {
        eprintln!("logs are left in {}", folder.keep().display());
    }
    result
}

/// Graphs and page of a run.
fn files(report: &Report) -> anyhow::Result<[(&'static str, String); 5]> {
    Ok([
        ("throughput.svg", chart::bars(&report.throughput)?),
        ("balanced.svg", chart::answers(&report.balanced)?),
        ("queue.svg", chart::answers(&report.queue)?),
        ("proving.svg", chart::total(&report.proving.faults)?),
        ("README.md", page::Page(report).to_string()),
    ])
}

fn kept(folder: &Path) -> anyhow::Result<Report> {
    let path = folder.join(KEPT);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_run_lost_nothing_and_is_shown_as_the_task_shows_it_now() {
        let folder = crate::root().join("docs/farm");
        let report = kept(&folder).unwrap();
        assert!(report.is_good());
        assert!(report.proving.alone > report.proving.lease, "proofs outlast their leases");
        for (name, text) in files(&report).unwrap() {
            let found = fs::read_to_string(folder.join(name)).unwrap();
            assert!(found == text, "docs/farm/{name} is stale: `cargo xtask farm --redraw` draws it again");
        }
    }
}
