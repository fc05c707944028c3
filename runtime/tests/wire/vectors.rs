//! Where the vectors are: a representative set in the repository, all of them in a folder beside it where it is there.

use std::fs;
use std::path::{Path, PathBuf};

/// The vectors in the repository.
pub fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}

/// The whole set, where there is one.
pub fn shared() -> Option<PathBuf> {
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors")).filter(|path| path.is_dir())
}

/// The entries of `folder` in both places, sorted.
pub fn entries(folder: &str) -> Vec<PathBuf> {
    let places = [Some(shipped()), shared()];
    let mut entries: Vec<_> = places
        .into_iter()
        .flatten()
        .filter_map(|place| fs::read_dir(place.join(folder)).ok())
        .flatten()
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    entries.sort();
    entries
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// The text of a file.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
