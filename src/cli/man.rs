//! `quickpickle man`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _, ValueHint};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::output::Output;
use super::{Cli, Status};

/// Write the manual pages into a folder: one of the command, and one of each subcommand.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  quickpickle man ~/.local/share/man/man1

`man quickpickle` finds them there, and `man quickpickle-verify`.")]
pub struct Args {
    /// The folder, which is made where it is not there.
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<Status> {
    fs::create_dir_all(&args.folder).with_context(|| format!("{} cannot be made", args.folder.display()))?;
    let mut command = Cli::command().disable_version_flag(true);
    command.build();
    write(&command, &args.folder)?;
    Ok(Status::Good)
}

/// Writes the page of a command, and those of its subcommands.
fn write(command: &Command, folder: &Path) -> anyhow::Result<()> {
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        write(subcommand, folder)?;
    }
    let man = Man::new(command.clone())
        .manual("quickpickle")
        .source(concat!("quickpickle ", env!("CARGO_PKG_VERSION")));
    let page = page(&man, command)?;
    Output::create(&folder.join(man.get_filename()))?.write(&page)
}

/// The sections that `Man` has, but for the version's, which would tell of this machine's backend.
fn page(man: &Man, command: &Command) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(help) = command.get_after_help() {
        examples(&help.to_string()).to_writer(&mut page)?;
    }
    Ok(page)
}

/// What stands behind the options in the help: indented lines stay as they are, the others are paragraphs.
fn examples(help: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    let mut is_verbatim = false;
    for line in help.lines().filter(|line| !matches!(*line, "Example:" | "Examples:")) {
        let indented = line.starts_with("  ");
        if indented != is_verbatim {
            roff.control(if indented { "nf" } else { "fi" }, []);
            is_verbatim = indented;
        }
        if line.is_empty() {
            roff.control("PP", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    if is_verbatim {
        roff.control("fi", []);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_keep_their_lines_and_text_does_not() {
        let text = examples("Examples:\n  a --b\n  c\n\nText.\n").to_roff();
        assert_eq!(text, ".SH EXAMPLES\n.nf\n  a \\-\\-b\n  c\n.fi\n.PP\nText.\n");
    }
}
