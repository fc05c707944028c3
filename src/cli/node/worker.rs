//! `quickpickle worker verifier` and `quickpickle worker prover`: started by a node, and by nobody else.

use std::env;

use clap::{CommandFactory as _, Parser, Subcommand};
use quickpickle_node::logging::LogFormat;
use quickpickle_node::worker::{self, Kind};

use crate::cli::Status;

/// The word after the program's name that makes a process a worker.
const WORKER: &str = "worker";

/// A worker of a node: the node starts it. It is no subcommand, so that neither help nor completions tell of it.
#[derive(Parser)]
#[command(name = "quickpickle worker")]
pub struct Args {
    #[command(subcommand)]
    kind: WorkerKind,
    /// The process that started it, with which it ends.
    #[arg(long, global = true, default_value = "0")]
    parent: u32,
    /// How its logs look.
    #[arg(long, global = true, default_value = "text")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Subcommand)]
enum WorkerKind {
    /// Verifies.
    Verifier,
    /// Proves.
    Prover,
}

/// The arguments of this process, where it was started as a worker of a node. Those of a farm have no such word.
pub fn arguments() -> Option<Args> {
    let mut arguments = env::args_os().skip(1);
    let is_worker = arguments.next()? == WORKER;
    let kind = arguments.next()?;
    let is_kind = Args::command().find_subcommand(kind).is_some();
    (is_worker && is_kind).then(|| Args::parse_from(env::args_os().skip(1)))
}

/// Runs it until it is killed.
pub fn run(args: &Args) -> anyhow::Result<Status> {
    // Before anything else: from here on it cannot outlive its parent.
    worker::attach(args.parent)?;
    quickpickle_node::logging::install(args.log_format, false);
    let kind = match args.kind {
        WorkerKind::Verifier => Kind::Verifier,
        WorkerKind::Prover => Kind::Prover,
    };
    worker::run(kind, super::environment())?;
    Ok(Status::Good)
}
