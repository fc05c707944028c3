//! The program under test. Cargo builds it for the tests of its own package alone, and this is another one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Names a program that is built already, with the features that the tests are for.
const VARIABLE: &str = "QUICKPICKLE_BINARY";

/// `quickpickle` with its node: the one that the environment names, otherwise built here.
pub fn quickpickle() -> &'static Path {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os(VARIABLE) {
        Some(path) => path.into(),
        None => build(),
    });
    &PROGRAM
}

fn build() -> PathBuf {
    // The tests lie in the target folder as `PROFILE/deps/node-HASH`.
    let tests = std::env::current_exe().expect("a program");
    let target = tests.ancestors().nth(3).expect("the target folder");
    // The default features are too many: where the network's keys are not in it, it must say so.
    let optional = [
        ("jetstream", cfg!(feature = "jetstream")),
        ("mainnet", cfg!(feature = "mainnet")),
        ("network", cfg!(feature = "network")),
    ];
    let optional = optional.iter().filter(|(_, on)| *on).map(|(feature, _)| *feature);
    let features: Vec<_> = ["wrap", "step", "node"].into_iter().chain(optional).collect();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "quickpickle", "--no-default-features", "--features"])
        .args([&features.join(","), "--target-dir"])
        .arg(target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "cargo build: {status}");
    target.join("release/quickpickle")
}
