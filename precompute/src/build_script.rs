//! What a build script needs beside the tables: where the store is, and the source that embeds the tables.

use crate::bake::{Baked, Source, file_name};
use crate::manifest::Manifest;
use crate::store::Store;
use quickpickle_srs_data::{TableEntry, TableId};
use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A folder of ready tables: read, checked against the pins, never written.
pub const TABLES_DIR: &str = "QUICKPICKLE_TABLES_DIR";
/// Where the store is, in place of the target folder.
pub const STORE_DIR: &str = "QUICKPICKLE_STORE_DIR";

impl Source {
    /// The source that the environment asks for: [`TABLES_DIR`], else [`STORE_DIR`], else a store in the target folder.
    ///
    /// `variable` looks up an environment variable; `out_dir` is the build script's `OUT_DIR`.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>, out_dir: &Path) -> Self {
        let folder = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        match (folder(TABLES_DIR), folder(STORE_DIR)) {
            (Some(ready), _) => Self::Ready(ready),
            (None, Some(store)) => Self::Store(Store::new(store)),
            (None, None) => Self::Store(Store::new(target_folder(out_dir).join("quickpickle-tables"))),
        }
    }
}

/// The target folder that `out_dir` lies in, which all profiles and targets share.
///
/// Cargo marks it with a `CACHEDIR.TAG`. Where the tag is missing, `OUT_DIR` itself serves: then nothing is shared, and
/// still nothing is written outside.
fn target_folder(out_dir: &Path) -> &Path {
    out_dir.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap_or(out_dir)
}

impl Baked {
    /// The Rust expression of a slice of all tables of the manifest, as values of a struct `Pinned` with the fields
    /// `id`, `srs_log2`, `feature`, `digest` and `file`; the last has the page-aligned file in `folder` of every table
    /// that was baked, and `None` for the others.
    ///
    /// The place that includes it has `Pinned` and `Aligned` (a tuple struct of bytes with the alignment of a page) in
    /// scope, and `TableId`, `Role` and `Content`.
    pub fn source(&self, manifest: &Manifest, folder: &Path) -> String {
        let mut source = String::from("// Made by build.rs from srs-data/manifest.toml.\n&[\n");
        for entry in &manifest.tables {
            let TableEntry { name: TableId { role, content }, srs_log2, feature, digest, .. } = entry;
            let file = if self.tables.iter().any(|table| table.entry.name == entry.name) {
                let path = folder.join(file_name(entry));
                format!(
                    "{{ static FILE: &Aligned<[u8]> = &Aligned(*include_bytes!({path:?})); Some(&FILE.0) }}"
                )
            } else {
                "None".to_owned()
            };
            writeln!(
                source,
                "    Pinned {{ id: TableId {{ role: Role::{role:?}, content: Content::{content:?} }}, \
                 srs_log2: {srs_log2}, feature: {feature:?}, digest: \"{digest}\", file: {file} }},"
            )
            .expect("writing to a string does not fail");
        }
        source.push_str("]\n");
        source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_of(variables: &[(&str, &str)], out_dir: &Path) -> Source {
        let variable = |name: &str| variables.iter().find(|v| v.0 == name).map(|v| v.1.into());
        Source::from_environment(variable, out_dir)
    }

    #[test]
    fn profiles_and_targets_share_the_store() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("target");
        std::fs::create_dir_all(&target).unwrap();
        std::fs::write(target.join("CACHEDIR.TAG"), "").unwrap();
        for out_dir in ["debug/build/a-1/out", "release/build/a-2/out", "wasm32-wasip1/release/build/a-3/out"]
        {
            let Source::Store(store) = store_of(&[], &target.join(out_dir)) else { panic!("not a store") };
            assert_eq!(store.folder(), target.join("quickpickle-tables"));
        }
    }

    #[test]
    fn without_a_tag_nothing_outside_is_written() {
        let root = tempfile::tempdir().unwrap();
        let Source::Store(store) = store_of(&[], root.path()) else { panic!("not a store") };
        assert!(store.folder().starts_with(root.path()));
    }

    #[test]
    fn the_environment_overrides() {
        let out_dir = Path::new("out");
        let store = store_of(&[(STORE_DIR, "s")], out_dir);
        assert!(matches!(store, Source::Store(store) if store.folder() == Path::new("s")));
        let ready = store_of(&[(STORE_DIR, "s"), (TABLES_DIR, "t")], out_dir);
        assert!(matches!(ready, Source::Ready(folder) if folder == Path::new("t")));
        let empty = store_of(&[(STORE_DIR, ""), (TABLES_DIR, "")], out_dir);
        assert!(matches!(empty, Source::Store(store) if store.folder().starts_with(out_dir)));
    }
}
