//! `cargo xtask check`.

use indicatif::{ProgressBar, ProgressStyle};
use quickpickle_curve::tables::{self, CheckError};
use quickpickle_precompute::{Manifest, Origin, Source, Table, bake};
use quickpickle_srs_data::{PackedPoint, TableEntry};
use rand_core::OsRng;
use std::path::PathBuf;

/// Prove the tables of a build: digests, every point, generators, Lagrange bases.
///
/// The tables are those that a build would embed: from QUICKPICKLE_TABLES_DIR, or from the store, where what is missing
/// is computed. Each must have its pinned digest. Then, without trust in digests: every point is on its curve, the
/// generators are derived from their definition, and each Lagrange basis agrees with the generators in a random linear combination.
#[derive(clap::Args)]
pub struct Args {
    /// Check the ready tables in this folder
    #[arg(long, value_name = "FOLDER")]
    tables: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let manifest = Manifest::built_in()?;
    let source = match &args.tables {
        Some(folder) => Source::Ready(folder.clone()),
        // The executable lies in the target folder, as the output of build scripts does.
        None => Source::from_environment(|name| std::env::var_os(name), &std::env::current_exe()?),
    };
    let bar = ProgressBar::new(manifest.tables.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed}  {msg}")?);
    bar.set_message("reading");
    let baked = bake(&manifest.tables, &source)?;
    baked.notes.iter().for_each(|note| eprintln!("note: {note}"));

    let mut sound = true;
    for table in &baked.tables {
        bar.set_message(table.entry.name.to_string());
        let origin = match table.origin {
            Origin::Ready => "ready",
            Origin::Store => "stored",
            Origin::Computed(_) => "computed",
        };
        let line = match check(table)? {
            Ok(()) => format!("{:<18} sound  {origin:<8}  {}", table.entry.name, table.entry.digest),
            Err(error) => {
                sound = false;
                format!("{:<18} WRONG  {origin:<8}  {error}", table.entry.name)
            }
        };
        bar.suspend(|| println!("{line}"));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(sound)
}

fn check(table: &Table) -> anyhow::Result<Result<(), CheckError>> {
    let entry = &table.entry;
    let points: Vec<PackedPoint> = bytemuck::pod_collect_to_vec(entry.check_file(&table.file)?);
    let TableEntry { srs_log2, .. } = *entry;
    Ok(tables::check(entry.name, srs_log2, &points, &mut OsRng))
}
