//! How the files of circuits are read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use quickpickle_prover::circuit::{Circuit, CircuitFile};
use quickpickle_prover::witness::Witness;
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use serde_json::Value;

/// The circuits in the repository: one a curve, the second in two chunks.
pub const SHIPPED_CIRCUITS: [&str; 2] = ["pallas-d8-srs15-pub5-poseidon", "vesta-d10-srs9-pub5-poseidon"];
/// Those of the whole set besides.
pub const MORE_CIRCUITS: [&str; 3] =
    ["vesta-d8-srs16-pub5-poseidon", "vesta-d9-srs16-pub3-prev2", "vesta-d11-srs9-pub5"];

pub fn decompressed(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&decompressed(path)).unwrap()
}

/// A circuit of `keygen`, whose previous challenges and SRS stand in another file.
pub fn keygen_circuit<C: KimchiCurve>(folder: &Path, name: &str) -> Circuit<ScalarField<C>> {
    let file = File::open(folder.join(format!("{name}.circuit.json.gz"))).unwrap();
    let mut circuit = CircuitFile::read(file).unwrap().circuit::<C>().unwrap();
    let info: Value =
        serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.info.json"))).unwrap()).unwrap();
    circuit.previous_challenges = info["prev_challenges"].as_u64().unwrap() as usize;
    assert_eq!(1 << circuit.srs_log2, info["max_degree"].as_u64().unwrap());
    assert_eq!(circuit.gates.len() as u64, info["num_gates"].as_u64().unwrap());
    circuit
}

pub fn witness<C: KimchiCurve>(path: &Path) -> Witness<ScalarField<C>> {
    CircuitFile::read_witness(File::open(path).unwrap(), 1 << 20).unwrap().witness::<C>().unwrap().unwrap()
}

/// A field element as big-endian hex.
pub fn element<F: ark_ff::PrimeField>(value: &Value) -> F {
    let text = value.as_str().unwrap().strip_prefix("0x").unwrap();
    F::from_be_bytes_mod_order(&hex::decode(text).unwrap())
}
