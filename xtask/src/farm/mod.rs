//! `cargo xtask farm`.

#[cfg(feature = "farm")]
mod balanced;
#[cfg(feature = "farm")]
mod chart;
#[cfg(feature = "farm")]
mod engines;
#[cfg(feature = "farm")]
mod haproxy;
#[cfg(feature = "farm")]
mod load;
#[cfg(feature = "farm")]
mod marks;
#[cfg(feature = "farm")]
mod nats;
#[cfg(feature = "farm")]
mod page;
#[cfg(feature = "farm")]
mod processes;
#[cfg(feature = "farm")]
mod proving;
#[cfg(feature = "farm")]
mod queue;
#[cfg(feature = "farm")]
mod relay;
#[cfg(feature = "farm")]
mod report;
#[cfg(feature = "farm")]
mod run;

use std::path::PathBuf;

/// Run farms that verify and prove on this machine, and check that no request and no job is lost.
///
/// Several nodes behind HAProxy: one is killed, one drained, one slow. Several workers over a work queue of NATS JetStream:
/// workers are killed, the server too, and the network is cut. Two snark coordinators that share their jobs on JetStream, and three snark
/// workers: each of them is killed, and one comes late. Leaves figures, graphs and a page; what they show is told in
/// docs/farm.md. Debian has the engines: apt-get install haproxy nats-server.
#[derive(clap::Args)]
pub struct Args {
    /// The folder for figures, graphs and page
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/farm"))]
    out: PathBuf,
    /// The command to run instead of one that is built here: it has the features `network` and `jetstream`
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// How often a worker is killed
    #[arg(long, value_name = "N", default_value = "200")]
    kills: usize,
    /// Proofs of each measurement
    #[arg(long, value_name = "N", default_value = "512")]
    proofs: usize,
    /// What else the machine was doing, for the page
    #[arg(long, value_name = "TEXT", default_value = "nothing else")]
    beside: String,
    /// Run nothing: draw graphs and page again from the figures in the folder
    #[arg(long)]
    redraw: bool,
}

#[cfg(feature = "farm")]
pub fn run(args: &Args) -> anyhow::Result<bool> {
    run::run(args)
}

/// Builds this program again with what the task needs, and has that one do it.
#[cfg(not(feature = "farm"))]
pub fn run(_: &Args) -> anyhow::Result<bool> {
    use anyhow::Context as _;

    let status = crate::cargo::cargo()
        .args(["run", "--release", "--quiet", "--package", "xtask", "--features", "farm", "--"])
        .args(std::env::args_os().skip(1))
        .status()
        .context("cargo")?;
    Ok(status.success())
}
