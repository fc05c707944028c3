//! The library as programs in C have it: installed, and linked with the system's compiler, which Rust links with too.
#![cfg(target_os = "linux")]

mod cases;
mod examples;
mod installed;
#[cfg(ocaml)]
mod ocaml;

#[cfg(not(ocaml))]
#[test]
#[ignore = "dune, OCaml or pkg-config was not there when this was built"]
fn ocaml() {
    panic!("dune, OCaml or pkg-config was not there when this was built");
}
