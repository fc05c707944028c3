//! Keys equal, commitment by commitment, those that the reference made of the same circuits.

use std::path::Path;
use std::time::Instant;

use ark_ec::AffineRepr;
use quickpickle_prover::ProverCurve;
use quickpickle_prover::circuit::{CircuitFile, ConstraintSystem};
use quickpickle_prover::key::ProvingKey;
use quickpickle_prover::progress::silent;
use quickpickle_runtime::curve::{Affine, KimchiCurve, PallasConfig, VestaConfig};
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::index::{LookupIndex, VerifierIndex};
use quickpickle_runtime::kimchi::proof::Commitment;
use quickpickle_runtime::tables::Lagrange;
use quickpickle_runtime::wire::kimchi::{AnyFixture, fixture_from_msgpack};
use quickpickle_vectors::{needs_whole_set, read, shipped, whole};
use serde_json::Value;

use crate::files::{self, element};
use crate::tables::Tables;

needs_whole_set!(
    keys_of_more_programs_are_those_of_o1js,
    keys_of_more_kimchi_circuits_are_those_of_the_reference,
);

/// Generates the key; says how long it took without the tables.
fn generate<C: ProverCurve>(system: ConstraintSystem<C>) -> (ProvingKey<C>, u128) {
    Lagrange::<C>::of(&Tables, system.srs_size(), system.domain_log2(), 1).unwrap();
    let start = Instant::now();
    let key = ProvingKey::generate(system, Generation::Berkeley, &Tables, &silent).unwrap();
    (key, start.elapsed().as_millis())
}

fn commitment<C: KimchiCurve>(value: &Value) -> Option<Commitment<C>> {
    let chunks = value.as_array()?.iter().map(|point| match point.as_array() {
        None => Affine::<C>::zero(),
        Some(xy) => Affine::<C>::new(element(&xy[0]), element(&xy[1])),
    });
    Some(Commitment(chunks.collect()))
}

fn commitments<C: KimchiCurve, const N: usize>(value: &Value) -> [Commitment<C>; N] {
    let all: Vec<_> = value.as_array().unwrap().iter().map(|c| commitment(c).unwrap()).collect();
    all.try_into().unwrap()
}

fn index<C: KimchiCurve>(value: &Value) -> VerifierIndex<C> {
    let size = |name: &str| value[name].as_u64().unwrap();
    let one = |name: &str| commitment(&value[name]).unwrap();
    let lookup = value["lookup_index"].as_object().map(|lookup| LookupIndex {
        joint_lookup_used: lookup["joint_lookup_used"].as_bool().unwrap(),
        table: lookup["lookup_table"].as_array().unwrap().iter().map(|c| commitment(c).unwrap()).collect(),
        pattern_selectors: ["xor", "lookup", "range_check", "ffmul"]
            .map(|name| commitment(&lookup["lookup_selectors"][name])),
        table_ids: commitment(&lookup["table_ids"]),
        max_per_row: lookup["max_per_row"].as_u64().unwrap() as usize,
        max_joint_size: lookup["max_joint_size"].as_u64().unwrap() as u32,
        runtime_selector: commitment(&lookup["runtime_tables_selector"]),
    });
    VerifierIndex {
        domain_log2: value["domain"]["log_size_of_group"].as_u64().unwrap() as u32,
        max_poly_size: size("max_poly_size") as usize,
        zk_rows: size("zk_rows"),
        public: size("public") as usize,
        previous_challenges: size("prev_challenges") as usize,
        sigma: commitments(&value["sigma_comm"]),
        coefficients: commitments(&value["coefficients_comm"]),
        selectors: ["generic", "psm", "complete_add", "mul", "emul", "endomul_scalar"]
            .map(|name| one(&format!("{name}_comm"))),
        optional_selectors: [
            "range_check0",
            "range_check1",
            "foreign_field_add",
            "foreign_field_mul",
            "xor",
            "rot",
        ]
        .map(|name| commitment(&value[format!("{name}_comm")])),
        shifts: std::array::from_fn(|i| element(&value["shifts"][i])),
        lookup,
    }
}

fn keygen<C: ProverCurve>(folder: &Path, name: &str) {
    let system = ConstraintSystem::<C>::new(files::keygen_circuit::<C>(folder, name)).unwrap();
    let (key, milliseconds) = generate(system);
    let expected = index::<C>(&files::json(&folder.join(format!("{name}.verifier_index.json.gz"))));
    assert_eq!(*key.verifier_index(), expected, "{}/{name}", folder.display());
    println!("{}/{name}: equal; {milliseconds} ms", folder.display());
}

#[test]
fn step_keys_are_those_of_o1js() {
    keygen::<VestaConfig>(&shipped("keygen/n0arith"), "step0");
    keygen::<VestaConfig>(&shipped("keygen/n0feat"), "step0");
    keygen::<VestaConfig>(&shipped("keygen/n0feat"), "step1");
}

#[test]
fn a_wrap_key_is_that_of_o1js() {
    keygen::<PallasConfig>(&shipped("keygen/n0arith"), "wrap0");
}

fn keys_of_more_programs_are_those_of_o1js() {
    keygen::<PallasConfig>(&whole("keygen/n0feat"), "wrap0");
    let recursive = whole("keygen/n1counter");
    keygen::<VestaConfig>(&recursive, "step0");
    keygen::<VestaConfig>(&recursive, "step1");
    keygen::<PallasConfig>(&recursive, "wrap0");
}

fn kimchi_circuit<C: ProverCurve>(folder: &Path, name: &str, expected: &VerifierIndex<C>) {
    let file = std::fs::File::open(folder.join(format!("{name}.circuit.json.gz"))).unwrap();
    let circuit = CircuitFile::read(file).unwrap().circuit::<C>().unwrap();
    let (key, milliseconds) = generate(ConstraintSystem::new(circuit).unwrap());
    assert_eq!(key.verifier_index(), expected, "{name}");
    println!("{name}: equal, {} chunks; {milliseconds} ms", key.system().chunks());
}

fn kimchi_circuits(folder: &Path, names: &[&str]) {
    for name in names {
        match fixture_from_msgpack(&read(&folder.join(format!("{name}.bin")))).unwrap() {
            AnyFixture::Pallas(fixture) => kimchi_circuit(folder, name, &fixture.index),
            AnyFixture::Vesta(fixture) => kimchi_circuit(folder, name, &fixture.index),
        }
    }
}

#[test]
fn keys_of_kimchi_circuits_are_those_of_the_reference() {
    kimchi_circuits(&shipped("kimchi-circuits"), &files::SHIPPED_CIRCUITS);
}

fn keys_of_more_kimchi_circuits_are_those_of_the_reference() {
    kimchi_circuits(&whole("kimchi-circuits"), &files::MORE_CIRCUITS);
}
