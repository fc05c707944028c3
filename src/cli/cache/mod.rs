//! `quickpickle cache`.

pub mod form;

use std::fs;
use std::io::{self, Write as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Subcommand, ValueHint};
use quickpickle::TableSource as _;
use quickpickle::tables::{self, PackedLagrange, PackedSrs, Role, TableError};

use self::form::{Form, Table};
use super::Status;
use super::output::Output;

/// Write the tables into folders where other programs keep theirs, so that they need not compute them.
#[derive(clap::Args)]
#[command(
    disable_help_subcommand = true,
    after_help = "\
Examples:
  quickpickle cache kimchi bases
  quickpickle cache o1js ~/.cache/o1js

Kimchi is told the folder by LAGRANGE_CACHE_DIR. Files that are there are replaced. Tables that are not in the binary are computed first.
`quickpickle srs` compares such files with the pinned tables."
)]
pub struct Args {
    #[command(subcommand)]
    program: Program,
}

#[derive(Debug, Subcommand)]
enum Program {
    /// The Lagrange bases as proof-systems' Kimchi keeps them where LAGRANGE_CACHE_DIR says.
    Kimchi(Folder),
    /// The SRS files of Mina's daemon.
    Srs(Folder),
    /// The SRS and the Lagrange bases as o1js keeps them in its cache.
    O1js(Folder),
}

#[derive(Debug, clap::Args)]
struct Folder {
    /// The folder, which is made where it is not there.
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

/// Each role with the log2 of its SRS's size and of the sizes of its domains, in Pickles.
const ROLES: [(Role, u32, RangeInclusive<u32>); 2] = [(Role::Wrap, 15, 13..=15), (Role::Step, 16, 9..=16)];

pub fn run(args: &Args) -> anyhow::Result<Status> {
    match &args.program {
        Program::Kimchi(Folder { folder }) => kimchi(folder)?,
        Program::Srs(Folder { folder }) => daemon(folder)?,
        Program::O1js(Folder { folder }) => o1js(folder)?,
    }
    Ok(Status::Good)
}

/// As `poly-commitment/src/lagrange_basis.rs` has it: a folder a curve, and the sizes of SRS and domain in the name.
fn kimchi(folder: &Path) -> anyhow::Result<()> {
    for (role, srs_log2, domains) in ROLES {
        for log2 in domains {
            let name = format!("{}/lagrange_basis_{}-{}", role.curve(), 1 << srs_log2, 1 << log2);
            write(&folder.join(name), &lagrange(Form::MessagePack, role, log2)?.encode(Form::MessagePack)?)?;
        }
    }
    Ok(())
}

/// The names have the curve, log2 of the size, and the version of the file's form.
fn daemon(folder: &Path) -> anyhow::Result<()> {
    for (role, log2, _) in ROLES {
        let name = format!("{}_{log2}_v4", role.curve());
        write(&folder.join(name), &srs(Form::MessagePack, role, log2)?.encode(Form::MessagePack)?)?;
    }
    Ok(())
}

/// As `src/lib/proof-system/cache.ts` has it: beside each file one that ends in `.header`, with the name and its version.
fn o1js(folder: &Path) -> anyhow::Result<()> {
    for (role, log2, domains) in ROLES {
        // Tables are named by the field of the scalars, which is that of the circuit.
        let field = match role {
            Role::Wrap => "fq",
            Role::Step => "fp",
        };
        let mut files = vec![(format!("srs-{field}-{}", 1 << log2), srs(Form::Json, role, log2)?)];
        for log2 in domains {
            files.push((format!("lagrange-basis-{field}-{}", 1 << log2), lagrange(Form::Json, role, log2)?));
        }
        for (name, table) in files {
            write(&folder.join(&name), &table.encode(Form::Json)?)?;
            // Last: without it the other file does not count.
            Output::create(&folder.join(format!("{name}.header")))?.write(format!("{name}-1").as_bytes())?;
        }
    }
    Ok(())
}

/// The SRS of 2^`log2` generators.
fn srs(form: Form, role: Role, log2: u32) -> Result<Table, TableError> {
    let PackedSrs { generators, blinder } = tables::baked().srs(role, 1 << log2)?;
    Ok(Table::Srs { generators: form.points(role, generators), blinder: form.point_of(role, &blinder) })
}

/// The basis of the domain of 2^`log2`, over an SRS that is not smaller.
fn lagrange(form: Form, role: Role, log2: u32) -> Result<Table, TableError> {
    let PackedLagrange { points, chunks } = tables::baked().lagrange(role, 1 << log2, log2)?;
    Ok(Table::Lagrange { points: form.points(role, points), chunks })
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    Output::create(path)?.write(bytes)?;
    writeln!(io::stdout(), "{:>9} bytes  {}", bytes.len(), path.display())?;
    Ok(())
}
