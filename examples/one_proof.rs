//! Verifies one o1js proof: `cargo run --release --example one_proof -- PROOF.json VK.json`.
//!
//! Without arguments it takes a proof from the tests.

use std::process::ExitCode;

use quickpickle::{PreparedKey, Verifier};

const CASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/o1js/n1-counter-depth1");

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut file = |default: &str| arguments.next().unwrap_or_else(|| format!("{CASE}/{default}"));
    let (proof, key) = (std::fs::read(file("proof.json"))?, std::fs::read(file("vk.json"))?);

    let key = PreparedKey::from_o1js(key)?;
    Ok(match Verifier::baked().verify_o1js(&key, proof) {
        Ok(()) => {
            println!("valid");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{}: {error}", error.kind());
            ExitCode::FAILURE
        }
    })
}
