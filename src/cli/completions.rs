//! `quickpickle completions`.

use std::io;

use clap::CommandFactory as _;

use super::{Cli, Status};

/// Print a completion script for a shell.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  quickpickle completions fish > ~/.config/fish/completions/quickpickle.fish")]
pub struct Args {
    /// Which shell.
    shell: clap_complete::Shell,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "quickpickle", &mut script);
    io::Write::write_all(&mut io::stdout(), &script)?;
    Ok(Status::Good)
}
