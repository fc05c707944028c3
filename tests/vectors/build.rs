//! Looks whether the whole set of vectors lies beside the repository, and whether there is a NATS server, for the tests that need them.

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
    nats_server();
}

/// Where Debian's package puts it.
const PROGRAMS: &str = "/usr/sbin";

fn nats_server() {
    println!("cargo::rustc-check-cfg=cfg(nats_server)");
    println!("cargo::rerun-if-env-changed=PATH");
    if Path::new(PROGRAMS).is_dir() {
        // So that it is noticed once it is installed.
        println!("cargo::rerun-if-changed={PROGRAMS}");
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join("nats-server").is_file()) {
        println!("cargo::rustc-cfg=nats_server");
    }
}
