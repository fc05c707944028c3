//! Gives the shared library the name under which programs look for it, and tells the tests whether OCaml is there.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PATH");
    println!("cargo:rustc-check-cfg=cfg(ocaml)");
    // It follows `QUICKPICKLE_ABI_VERSION`: a program that was linked with another version is not started with this one.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libquickpickle.so.1");
    }
    let is_there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if ["dune", "ocamlc", "pkg-config"].into_iter().all(is_there) {
        println!("cargo:rustc-cfg=ocaml");
    }
}
