//! Compiles `proto/` without a `protoc` of the system.

use std::error::Error;
use std::path::Path;

use prost::Message as _;

const FOLDER: &str = "proto";
const FILES: [&str; 2] = ["quickpickle.proto", "worker.proto"];
/// What nodes of a simulated network say to each other.
const NETWORK: [&str; 2] = ["network/gossip.proto", "network/jobs.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut files = FILES.to_vec();
    if std::env::var_os("CARGO_FEATURE_NETWORK").is_some() {
        files.extend(NETWORK);
    }
    let descriptors = protox::compile(files, [FOLDER])?;
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    // What the reflection service hands out.
    std::fs::write(Path::new(&out).join("descriptors.bin"), descriptors.encode_to_vec())?;
    // Proofs are cloned for a second attempt, and are not small: `Bytes` shares them.
    tonic_prost_build::configure().bytes(".").compile_fds(descriptors)?;
    Ok(())
}
