//! What the tests on real proofs share: where the cases are, and the table that is printed.

use std::path::{Path, PathBuf};

/// The folder `name` of the shared vectors, where the checkout has them beside it.
pub fn shared(name: &str) -> Option<PathBuf> {
    let folder = root().join("../shared/vectors").join(name);
    folder.is_dir().then_some(folder)
}

/// The root of this package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The entries of a folder, sorted.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries
}

/// A file that the case must have.
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A JSON file that the case must have.
pub fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The file's name as text.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Prints each case with what became of it, and fails if one of them went wrong.
pub fn report(rows: &[(bool, String)]) {
    for (right, line) in rows {
        println!("{} {line}", if *right { "ok   " } else { "WRONG" });
    }
    let wrong: Vec<_> = rows.iter().filter(|(right, _)| !right).map(|(_, line)| line).collect();
    println!("{} cases, {} wrong", rows.len(), wrong.len());
    assert!(!rows.is_empty(), "no cases");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
