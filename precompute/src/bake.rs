//! Getting tables: from a folder of ready ones, from the store, or by computing them.

use crate::store::{LoadError, Store};
use quickpickle_curve::tables::make;
use quickpickle_srs_data::{
    Content, Digest, FileError, POINTS_OFFSET, PackedPoint, TableEntry, TableId, chain, replace_file,
};
use rayon::prelude::*;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where tables may come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A folder of ready tables, `<name>.table` each. It is only read, and nothing is computed: a table that is missing
    /// or is not the pinned one is an error.
    Ready(PathBuf),
    /// The store; what it lacks is computed and saved there.
    Store(Store),
    /// Nothing is looked up or kept.
    Compute,
}

/// Where a table came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The folder of ready tables.
    Ready,
    /// The store.
    Store,
    /// Computed now, in this time.
    Computed(Duration),
}

/// A table whose bytes have been checked against its pin.
#[derive(Clone, Debug)]
pub struct Table {
    /// Which table.
    pub entry: TableEntry,
    /// Where it came from.
    pub origin: Origin,
    /// Its file.
    pub file: Vec<u8>,
}

/// What a bake gave.
#[derive(Debug)]
pub struct Baked {
    /// The tables, in the order in which they were asked for.
    pub tables: Vec<Table>,
    /// What went wrong without harm: a store that is read-only, full or damaged.
    pub notes: Vec<String>,
    /// How long all of it took.
    pub time: Duration,
}

/// Why there are no tables.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BakeError {
    /// A ready table is missing or wrong.
    #[error("ready table {name}")]
    Ready {
        /// Which one.
        name: TableId,
        /// Why it cannot be used.
        source: LoadError,
    },
    /// What was computed is not what the manifest pins: the manifest is wrong, or the computation.
    #[error("{name} was computed with the digest {computed}, but the manifest pins {pinned}")]
    Pin {
        /// The table.
        name: TableId,
        /// What the manifest says.
        pinned: Digest,
        /// What the computed points have.
        computed: Digest,
    },
    /// The scalar field has no domain of this size.
    #[error("{name} does not exist: the field has no such domain")]
    NoDomain {
        /// The table.
        name: TableId,
    },
    /// A table's file could not be written where the build wants it.
    #[error("cannot write {}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Gets these tables.
pub fn bake(entries: &[TableEntry], source: &Source) -> Result<Baked, BakeError> {
    let start = Instant::now();
    let mut notes = Vec::new();
    let mut tables: Vec<Option<Table>> = match source {
        Source::Ready(folder) => {
            let ready = |entry: &TableEntry| load_ready(folder, entry).map(Some);
            entries.par_iter().map(ready).collect::<Result<_, _>>()?
        }
        Source::Store(store) => load_stored(store, entries, &mut notes),
        Source::Compute => vec![None; entries.len()],
    };
    if tables.iter().any(Option::is_none) {
        let mut lock = None;
        if let Source::Store(store) = source {
            // Another build may be at the same tables: wait for it, and see what it left.
            match store.lock() {
                Ok(held) => lock = Some(held),
                Err(error) => notes.push(format!(
                    "the store {} cannot be used: {}",
                    store.folder().display(),
                    chain(&error)
                )),
            }
            if lock.is_some() {
                for (table, again) in tables.iter_mut().zip(load_stored(store, entries, &mut Vec::new())) {
                    *table = table.take().or(again);
                }
            }
        }
        compute_missing(entries, &mut tables)?;
        if let (Source::Store(store), Some(_)) = (source, &lock) {
            for table in tables.iter().flatten() {
                if matches!(table.origin, Origin::Computed(_))
                    && let Err(error) = store.save(&table.entry, &table.file)
                {
                    notes.push(format!("{} is not kept in the store: {}", table.entry.name, chain(&error)));
                }
            }
        }
    }
    Ok(Baked { tables: tables.into_iter().flatten().collect(), notes, time: start.elapsed() })
}

impl Baked {
    /// Leaves of every Lagrange basis its first `elements` elements alone, for builds that verify and do nothing else. The
    /// whole tables were compared with their pins before.
    pub fn shorten_bases(&mut self, elements: usize) {
        for table in &mut self.tables {
            if let Content::Lagrange { domain_log2 } = table.entry.name.content {
                let chunks = table.entry.points() >> domain_log2;
                table.file.truncate(POINTS_OFFSET + size_of::<PackedPoint>() * chunks * elements);
            }
        }
    }

    /// Writes every table as `<name>.table` into a folder, which must exist.
    pub fn write_to(&self, folder: &Path) -> Result<(), BakeError> {
        self.tables.iter().try_for_each(|table| {
            let path = folder.join(file_name(&table.entry));
            replace_file(&path, |to| to.write_all(&table.file))
                .map_err(|source| BakeError::Write { path, source })
        })
    }

    /// One line: how many tables, where from, how long.
    pub fn summary(&self) -> String {
        let count = |wanted: fn(&Origin) -> bool| self.tables.iter().filter(|t| wanted(&t.origin)).count();
        let parts = [
            (count(|origin| matches!(origin, Origin::Computed(_))), "computed"),
            (count(|origin| matches!(origin, Origin::Store)), "found in the store"),
            (count(|origin| matches!(origin, Origin::Ready)), "found ready"),
        ];
        let parts: Vec<_> =
            parts.iter().filter(|part| part.0 > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let mebibytes = self.tables.iter().map(|table| table.file.len()).sum::<usize>() as f64 / 1048576.0;
        let list = if parts.is_empty() { "none wanted".to_owned() } else { parts.join(", ") };
        format!("tables: {list} ({mebibytes:.1} MiB) in {:.2} s", self.time.as_secs_f64())
    }
}

/// The name of a table's file in a folder of ready tables.
pub fn file_name(entry: &TableEntry) -> String {
    format!("{}.table", entry.name)
}

fn load_ready(folder: &Path, entry: &TableEntry) -> Result<Table, BakeError> {
    let path = folder.join(file_name(entry));
    let refused = |source| BakeError::Ready { name: entry.name, source };
    let file = fs::read(&path).map_err(|source| refused(LoadError::Read { path: path.clone(), source }))?;
    entry.check_file(&file).map_err(|source| refused(LoadError::Wrong { path, source }))?;
    Ok(Table { entry: entry.clone(), origin: Origin::Ready, file })
}

fn load_stored(store: &Store, entries: &[TableEntry], notes: &mut Vec<String>) -> Vec<Option<Table>> {
    let loaded: Vec<_> = entries.par_iter().map(|entry| store.load(entry)).collect();
    loaded
        .into_iter()
        .zip(entries)
        .map(|(loaded, entry)| match loaded {
            Ok(file) => file.map(|file| Table { entry: entry.clone(), origin: Origin::Store, file }),
            Err(error) => {
                notes.push(format!("{} is computed again: {}", entry.name, chain(&error)));
                None
            }
        })
        .collect()
}

/// Computes what is missing: the SRS first, which the Lagrange bases are made from.
fn compute_missing(entries: &[TableEntry], tables: &mut [Option<Table>]) -> Result<(), BakeError> {
    for srs_turn in [true, false] {
        let missing: Vec<usize> = (0..entries.len())
            .filter(|&i| tables[i].is_none() && (entries[i].name.content == Content::Srs) == srs_turn)
            .collect();
        let computed: Vec<Table> =
            missing.par_iter().map(|&i| compute_one(&entries[i], tables)).collect::<Result<_, _>>()?;
        for (i, table) in missing.into_iter().zip(computed) {
            tables[i] = Some(table);
        }
    }
    Ok(())
}

fn compute_one(entry: &TableEntry, tables: &[Option<Table>]) -> Result<Table, BakeError> {
    let start = Instant::now();
    let srs: Option<Vec<PackedPoint>> = tables
        .iter()
        .flatten()
        .find(|table| {
            let TableId { role, content } = table.entry.name;
            content == Content::Srs && role == entry.name.role
        })
        .and_then(|table| table.entry.check_file(&table.file).ok())
        .map(bytemuck::pod_collect_to_vec);
    let points =
        make(entry.name, entry.srs_log2, srs.as_deref()).ok_or(BakeError::NoDomain { name: entry.name })?;
    let file = entry.to_file(&points).map_err(|error| match error {
        FileError::Digest { pinned, found } => BakeError::Pin { name: entry.name, pinned, computed: found },
        // The number of points is the manifest's, so that only the digest can differ.
        _ => BakeError::Pin { name: entry.name, pinned: entry.digest, computed: Digest::of(&points) },
    })?;
    Ok(Table { entry: entry.clone(), origin: Origin::Computed(start.elapsed()), file })
}
