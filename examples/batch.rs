//! Verifies proofs of several programs together, and finds the wrong one: `cargo run --release --example batch`.

use std::error::Error;

use quickpickle::wire::o1js::{O1jsProof, proof_from_json};
use quickpickle::{PreparedKey, Task, Verifier};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/o1js");

fn case(name: &str) -> Result<(PreparedKey, O1jsProof), Box<dyn Error>> {
    let key = PreparedKey::from_o1js(std::fs::read(format!("{CASES}/{name}/vk.json"))?)?;
    let proof = proof_from_json(std::fs::read(format!("{CASES}/{name}/proof.json"))?)?;
    Ok((key, proof))
}

fn main() -> Result<(), Box<dyn Error>> {
    let names = ["n0-arith", "n1-counter-depth1", "neg-n0-arith--alpha", "n2-merge-depth1"];
    let cases = names.iter().map(|name| case(name)).collect::<Result<Vec<_>, _>>()?;
    let tasks: Vec<Task<'_>> = cases.iter().map(|(key, proof)| proof.task(key)).collect();

    for (name, verdict) in names.iter().zip(Verifier::baked().verify_batch(&tasks)) {
        match verdict {
            Ok(()) => println!("{name}: valid"),
            Err(error) => println!("{name}: {}: {error}", error.kind()),
        }
    }
    Ok(())
}
