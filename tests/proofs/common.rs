//! What the tests on real proofs share.

use quickpickle_vectors::read;
use std::path::Path;

/// The root of this package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A JSON file that the case must have.
pub fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
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
