//! The memory of a loaded key, in a process that does nothing else.
#![cfg(target_os = "linux")]

#[path = "vectors/tables.rs"]
mod tables;

use std::path::Path;
use std::process::Command;

use quickpickle_memory::status;
use quickpickle_prover::builder::poseidon_chain;
use quickpickle_prover::circuit::ConstraintSystem;
use quickpickle_prover::key::ProvingKey;
use quickpickle_prover::progress::silent;
use quickpickle_runtime::curve::{Fp, VestaConfig};
use quickpickle_runtime::kimchi::gates::Generation;

const NAME: &str = "a_loaded_key_is_its_mapped_pages";
const KEY: &str = "QUICKPICKLE_TEST_KEY";

/// Loads the key, and prints by how much the process grew: of its own, and of files.
fn load(path: &Path) {
    let resident = || ["RssAnon", "RssFile"].map(|name| status(std::process::id(), name).unwrap());
    let before = resident();
    let key = ProvingKey::<VestaConfig>::load(path, None).unwrap();
    let after = resident();
    println!("\ngrown {} {}", after[0] - before[0], after[1] - before[1]);
    drop(key);
}

#[test]
fn a_loaded_key_is_its_mapped_pages() {
    if let Some(path) = std::env::var_os(KEY) {
        return load(Path::new(&path));
    }
    let (circuit, _) = poseidon_chain(680, Fp::from(1u64), 9);
    let system = ConstraintSystem::<VestaConfig>::new(circuit).unwrap();
    let key = ProvingKey::generate(system, Generation::Berkeley, &tables::Tables, &silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    key.save(&path).unwrap();
    let size = std::fs::metadata(&path).unwrap().len() / 1024;
    assert!(size > 3000, "{size} KiB");

    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", NAME, "--nocapture"]).env(KEY, &path).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let grown = output.lines().find_map(|line| line.strip_prefix("grown ")).unwrap();
    let (own, mapped) = grown.split_once(' ').unwrap();
    let [own, mapped]: [u64; 2] = [own, mapped].map(|text| text.parse().unwrap());
    println!("a key of {size} KiB: {own} KiB of its own, {mapped} KiB mapped");
    assert!(mapped * 10 > size * 9, "{mapped} of {size} KiB are mapped");
    // Gates and wires are decoded: 29 bytes a row, beside 480 of coefficients.
    assert!(own * 4 < size, "{own} KiB beside a file of {size} KiB");
}
