//! Looks whether the whole set of vectors lies beside the repository, for the tests that need it.

use std::path::Path;

const WHOLE_SET: &str = "../../../shared/vectors/README.md";
const VARIABLE: &str = "QUICKPICKLE_VECTORS";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(whole_set)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let there = Path::new(WHOLE_SET).is_file();
    if there {
        // Only then: cargo would build all tests again every time for a file that is not there.
        println!("cargo::rerun-if-changed={WHOLE_SET}");
    }
    if there || std::env::var_os(VARIABLE).is_some_and(|value| value == "required") {
        println!("cargo::rustc-cfg=whole_set");
    }
}
