//! Tells the tests whether Node is there.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PATH");
    println!("cargo:rustc-check-cfg=cfg(node)");
    if Command::new("node").arg("--version").output().is_ok() {
        println!("cargo:rustc-cfg=node");
    }
}
