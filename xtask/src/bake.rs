//! `cargo xtask bake`.

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use quickpickle_curve::tables::make;
use quickpickle_precompute::{Manifest, file_name};
use quickpickle_srs_data::{Content, Digest, PackedPoint, Role, TableEntry};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../srs-data/manifest.toml");

/// Compute all tables of the manifest anew and compare them with their pins.
///
/// Nothing is read from a store. The exit status is 0 where every table is as pinned or was accepted, and 1 otherwise.
#[derive(clap::Args)]
pub struct Args {
    /// Write the digests of what was computed into srs-data/manifest.toml
    #[arg(long)]
    accept: bool,
    /// Write the tables into this folder, one `<name>.table` each, for QUICKPICKLE_TABLES_DIR
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let text = std::fs::read_to_string(MANIFEST).context(MANIFEST)?;
    let mut manifest = Manifest::parse(&text)?;
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let total: usize = manifest.tables.iter().map(TableEntry::points).sum();
    let bar = ProgressBar::new(total as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed}  {msg}")?);
    let start = Instant::now();

    let mut srs: BTreeMap<Role, Vec<PackedPoint>> = BTreeMap::new();
    let mut changed = 0;
    // The generators before what is made of them.
    let mut order: Vec<usize> = (0..manifest.tables.len()).collect();
    order.sort_by_key(|&i| manifest.tables[i].name.content != Content::Srs);
    for i in order {
        let entry = &mut manifest.tables[i];
        bar.set_message(entry.name.to_string());
        let table_start = Instant::now();
        let of_role = srs.get(&entry.name.role).map(Vec::as_slice);
        let Some(points) = make(entry.name, entry.srs_log2, of_role) else {
            bail!("{}: the field has no such domain", entry.name)
        };
        let computed = Digest::of(&points);
        let seconds = table_start.elapsed().as_secs_f64();
        let line = if computed == entry.digest {
            format!("{:<18} as pinned  {seconds:6.2} s  {computed}", entry.name)
        } else {
            changed += 1;
            format!("{:<18} CHANGED    {seconds:6.2} s  {computed}, pinned was {}", entry.name, entry.digest)
        };
        bar.suspend(|| println!("{line}"));
        entry.digest = computed;
        if let Some(folder) = &args.out {
            write(folder, entry, &points)?;
        }
        bar.inc(points.len() as u64);
        if entry.name.content == Content::Srs {
            srs.insert(entry.name.role, points);
        }
    }
    bar.finish_and_clear();
    let count = manifest.tables.len();
    println!("{count} tables in {:.2} s, {changed} changed", start.elapsed().as_secs_f64());

    let accepted = manifest.to_text()?;
    if args.accept && accepted != text {
        std::fs::write(MANIFEST, accepted).context(MANIFEST)?;
        println!("the pins in srs-data/manifest.toml are rewritten");
    } else if changed > 0 {
        println!("the pins stand; to take over what was computed: cargo xtask bake --accept");
        return Ok(false);
    }
    Ok(true)
}

fn write(folder: &Path, entry: &TableEntry, points: &[PackedPoint]) -> anyhow::Result<()> {
    let path = folder.join(file_name(entry));
    std::fs::write(&path, entry.to_file(points)?).with_context(|| path.display().to_string())
}
