//! Compiles `proto/` without a `protoc` of the system.

use std::error::Error;
use std::path::Path;

use prost::Message as _;

const FOLDER: &str = "proto";
const FILES: [&str; 4] = ["quickpickle.proto", "worker.proto", "jobs.proto", "gossip.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let descriptors = protox::compile(FILES, [FOLDER])?;
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    // What the reflection service hands out.
    std::fs::write(Path::new(&out).join("descriptors.bin"), descriptors.encode_to_vec())?;
    // Proofs are cloned for a second attempt, and are not small: `Bytes` shares them.
    tonic_prost_build::configure().bytes(".").compile_fds(descriptors)?;
    Ok(())
}
