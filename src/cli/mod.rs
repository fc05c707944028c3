//! The command line: one file a subcommand.

mod completions;
mod input;
mod inspect;
mod logger;
#[cfg(feature = "node")]
mod node;
mod prover;
#[cfg(feature = "report")]
mod report;
mod tables;
mod verify;

use std::io;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};

/// What the process answers with (documented in `docs/verdicts.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Status {
    /// Everything asked for holds.
    Good = 0,
    /// A proof was checked and found wrong, or a table is not what it must be.
    Bad = 1,
    /// Something was not checked: bad usage, unreadable or malformed input.
    Trouble = 2,
}

const EXAMPLES: &str = "\
Examples:
  quickpickle verify proof.json --vk vk.json
  quickpickle inspect vk.json
  quickpickle tables --check
  quickpickle prove poseidon:1000 --out proof.bin
  quickpickle completions bash > ~/.local/share/bash-completion/completions/quickpickle

Exit status: 0 all valid, 1 some proof rejected, 2 input or usage error.";

/// Verify Mina proofs, with the tables that it takes inside the binary.
#[derive(Parser)]
#[command(name = "quickpickle", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Tell more on standard error.
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    Verify(verify::Args),
    Inspect(inspect::Args),
    Keygen(prover::keygen::Args),
    Prove(prover::prove::Args),
    #[cfg(feature = "node")]
    Node(Box<node::Args>),
    #[cfg(feature = "node")]
    #[command(hide = true)]
    Worker(node::worker::Args),
    Tables(tables::Args),
    #[cfg(feature = "report")]
    Report(report::Args),
    Completions(completions::Args),
}

impl Command {
    /// Whether it writes its log lines in its own way.
    fn logs_by_itself(&self) -> bool {
        match self {
            #[cfg(feature = "node")]
            Self::Node(_) | Self::Worker(_) => true,
            _ => false,
        }
    }
}

/// Runs the command; `started` is when the process began to run its own code.
pub fn run(started: Instant) -> ExitCode {
    // Usage errors leave here, with status 2.
    let cli = Cli::parse();
    if !cli.command.logs_by_itself() {
        logger::install(if cli.verbose { log::LevelFilter::Debug } else { log::LevelFilter::Warn });
    }
    // Before anything computes: a backend that was asked for and cannot be had is an error like others.
    let backend = quickpickle_curve::try_backend().map_err(anyhow::Error::from);
    let result = backend.and_then(|_| match cli.command {
        Command::Verify(args) => verify::run(args, started),
        Command::Inspect(args) => inspect::run(args),
        Command::Keygen(args) => prover::keygen::run(args),
        Command::Prove(args) => prover::prove::run(args),
        #[cfg(feature = "node")]
        Command::Node(args) => node::run(*args, cli.verbose),
        #[cfg(feature = "node")]
        Command::Worker(args) => node::worker::run(&args),
        Command::Tables(args) => tables::run(args),
        #[cfg(feature = "report")]
        Command::Report(args) => report::run(args),
        Command::Completions(args) => completions::run(args),
    });
    let status = result.unwrap_or_else(|error| {
        // Whoever closed the pipe does not want to read about it.
        let closed = error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe);
        if !closed {
            eprintln!("error: {error:#}");
        }
        Status::Trouble
    });
    ExitCode::from(status as u8)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
