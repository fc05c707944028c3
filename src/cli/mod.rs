//! The command line: one file a subcommand.

mod account;
mod cache;
mod chain;
mod completions;
mod convert;
mod delegation;
mod input;
mod inspect;
mod keys;
mod light;
mod man;
mod mina;
#[cfg(feature = "node")]
mod node;
mod output;
mod prover;
#[cfg(feature = "report")]
mod report;
mod srs;
mod tables;
mod terminal;
mod values;
mod verify;
mod version;

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
  quickpickle verify payment.json
  quickpickle inspect vk.json
  quickpickle convert vk.json --to binprot --out vk.binprot
  quickpickle tables --check
  quickpickle prove circuit.json witness.json --out proof.bin
  quickpickle completions bash > ~/.local/share/bash-completion/completions/quickpickle

Exit status: 0 all valid, 1 some proof rejected, 2 input or usage error.";

/// Verify Mina proofs, with the tables that it takes inside the binary.
#[derive(Parser)]
#[command(name = "quickpickle", version, long_version = version::long(), after_help = EXAMPLES, disable_help_subcommand = true)]
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
    Chain(chain::Args),
    Account(account::Args),
    Light(light::Args),
    Inspect(inspect::Args),
    Convert(convert::Args),
    DelegationVerify(delegation::Args),
    Keygen(prover::keygen::Args),
    Prove(prover::prove::Args),
    Keys(keys::Args),
    #[cfg(feature = "node")]
    Node(Box<node::Args>),
    #[cfg(feature = "node")]
    Health(node::health::Args),
    #[cfg(feature = "jetstream")]
    Worker(Box<node::farm::Args>),
    Tables(tables::Args),
    Cache(cache::Args),
    Srs(srs::Args),
    #[cfg(feature = "report")]
    Report(report::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Whether it writes its log lines in its own way.
    fn logs_by_itself(&self) -> bool {
        match self {
            #[cfg(feature = "node")]
            Self::Node(_) => true,
            #[cfg(feature = "jetstream")]
            Self::Worker(_) => true,
            _ => false,
        }
    }
}

/// Runs the command; `started` is when the process began to run its own code.
pub fn run(started: Instant) -> ExitCode {
    // Before anything computes: a backend that was asked for and cannot be had is an error like others.
    let backend = || quickpickle_curve::try_backend().map_err(anyhow::Error::from);
    #[cfg(feature = "node")]
    if let Some(args) = node::worker::arguments() {
        return exit(backend().and_then(|_| node::worker::run(&args)));
    }
    // Usage errors leave here, with status 2.
    let cli = Cli::parse();
    if !cli.command.logs_by_itself() {
        terminal::show_log(if cli.verbose { log::LevelFilter::Debug } else { log::LevelFilter::Warn });
    }
    exit(backend().and_then(|_| match cli.command {
        Command::Verify(args) => verify::run(args, started),
        Command::Chain(args) => chain::run(args),
        Command::Account(args) => account::run(args),
        Command::Light(args) => light::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Convert(args) => convert::run(args),
        Command::DelegationVerify(args) => delegation::run(&args),
        Command::Keygen(args) => prover::keygen::run(args),
        Command::Prove(args) => prover::prove::run(args),
        Command::Keys(args) => keys::run(args),
        #[cfg(feature = "node")]
        Command::Node(args) => node::run(*args, cli.verbose),
        #[cfg(feature = "node")]
        Command::Health(args) => node::health::run(args),
        #[cfg(feature = "jetstream")]
        Command::Worker(args) => node::farm::run(*args, cli.verbose),
        Command::Tables(args) => tables::run(args),
        Command::Cache(args) => cache::run(&args),
        Command::Srs(args) => srs::run(&args),
        #[cfg(feature = "report")]
        Command::Report(args) => report::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(&args),
    }))
}

fn exit(result: anyhow::Result<Status>) -> ExitCode {
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
#[path = "../../tests/docs/lines.rs"]
mod documented;

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::documented::{self, Line};

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    /// Also those that no test runs, because they would run for ever.
    #[test]
    fn the_documented_lines_are_understood() {
        let mut lines: Vec<Line> =
            documented::pages().iter().flat_map(|page| documented::of_page(page)).collect();
        let root = super::Cli::command();
        for command in [&root].into_iter().chain(root.get_subcommands()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            lines.extend(documented::of_help(command.get_name(), &help));
        }
        let mut parsed = 0;
        for line in lines.iter().filter(|line| line.is_ours()) {
            for words in
                line.commands().iter().filter(|words| words.first().is_some_and(|w| w == "quickpickle"))
            {
                let here = match words.get(1).map(String::as_str) {
                    Some("node") => cfg!(feature = "node"),
                    Some("worker") => cfg!(feature = "jetstream"),
                    Some("report") => cfg!(feature = "report"),
                    _ => true,
                };
                match super::Cli::try_parse_from(words) {
                    Ok(_) => parsed += 1,
                    // What is asked for is printed in place of parsed arguments.
                    Err(error) if error.kind() == clap::error::ErrorKind::DisplayVersion => parsed += 1,
                    Err(error) => assert!(!here, "{}: {error}", line.place),
                }
            }
        }
        assert!(parsed > 30, "only {parsed} lines were found");
    }
}
