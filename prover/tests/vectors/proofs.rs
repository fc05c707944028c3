//! Witnesses that are known to be good prove, and the proofs verify; altered ones are refused where they were altered.

use std::path::Path;
use std::time::Instant;

use quickpickle_prover::ProverCurve;
use quickpickle_prover::circuit::{CircuitFile, ConstraintSystem};
use quickpickle_prover::key::ProvingKey;
use quickpickle_prover::progress::silent;
use quickpickle_prover::witness::Witness;
use quickpickle_runtime::curve::{Affine, KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::proof::{Commitment, Proof, RecursionChallenge};
use quickpickle_runtime::verifier::{Task, verify};
use quickpickle_runtime::wire::kimchi::{
    AnyFixture, fixture_from_msgpack, proof_from_msgpack, proof_to_msgpack,
};
use quickpickle_vectors::{needs_whole_set, read, shipped, whole};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::files::{self, element};
use crate::tables::Tables;

needs_whole_set!(circuits_of_more_programs_prove, more_kimchi_circuits_prove);

pub fn verdict<C: ProverCurve>(
    key: &ProvingKey<C>,
    public: &[ScalarField<C>],
    proof: &Proof<C>,
) -> Result<(), VerifyError> {
    verify(Task::kimchi(key.prepared_index(), public, proof), &Tables, &mut StdRng::seed_from_u64(11))
}

/// Proves, writes and reads the proof, verifies it; and that a proof for other public inputs is refused.
pub fn prove_and_verify<C: ProverCurve>(
    name: &str,
    key: &ProvingKey<C>,
    witness: &Witness<ScalarField<C>>,
    previous: Vec<RecursionChallenge<C>>,
) -> Proof<C> {
    let mut rng = StdRng::seed_from_u64(5);
    let start = Instant::now();
    let proof = key.prove(witness, previous, &Tables, &mut rng, &silent).unwrap();
    let proving = start.elapsed().as_millis();
    let read = proof_from_msgpack::<C>(&proof_to_msgpack(&proof)).unwrap();
    assert_eq!(read, proof);
    let public = &witness.columns[0][..key.system().public()];
    let start = Instant::now();
    assert_eq!(verdict(key, public, &read), Ok(()), "{name}");
    let verifying = start.elapsed().as_millis();
    println!(
        "{name}: 2^{} in {} chunks, proved in {proving} ms, verified in {verifying} ms",
        key.system().domain_log2(),
        key.system().chunks(),
    );
    if let Some((last, rest)) = public.split_last() {
        let mut other = rest.to_vec();
        other.push(*last + ScalarField::<C>::from(1u64));
        assert_eq!(verdict(key, &other, &proof), Err(VerifyError::Opening), "{name}");
    }
    proof
}

pub fn generate<C: ProverCurve>(system: ConstraintSystem<C>) -> ProvingKey<C> {
    ProvingKey::generate(system, Generation::Berkeley, &Tables, &silent).unwrap()
}

fn point<C: KimchiCurve>(value: &Value) -> Affine<C> {
    Affine::<C>::new(element(&value[0]), element(&value[1]))
}

fn keygen<C: ProverCurve>(folder: &Path, name: &str) {
    let key = generate(ConstraintSystem::<C>::new(files::keygen_circuit::<C>(folder, name)).unwrap());
    for number in 0.. {
        let path = folder.join(format!("{name}.proof{number}.witness.bin.gz"));
        if !path.exists() {
            assert!(number > 0);
            break;
        }
        let witness = files::witness::<C>(&path);
        let recorded = files::json(&folder.join(format!("{name}.proof{number}.json.gz")));
        let flat: Vec<ScalarField<C>> =
            recorded["prev_challenges_flat"].as_array().unwrap().iter().map(element).collect();
        let sgs = recorded["prev_sgs"].as_array().unwrap();
        let previous = flat.chunks(key.system().srs_size().ilog2() as usize).zip(sgs);
        let previous = previous.map(|(challenges, sg)| RecursionChallenge {
            challenges: challenges.to_vec(),
            commitment: Commitment(vec![point(sg)]),
        });
        prove_and_verify(
            &format!("{}/{name} {number}", folder.display()),
            &key,
            &witness,
            previous.collect(),
        );
    }
}

#[test]
fn step_circuits_of_o1js_prove() {
    keygen::<VestaConfig>(&shipped("keygen/n0arith"), "step0");
    keygen::<VestaConfig>(&shipped("keygen/n0feat"), "step0");
    keygen::<VestaConfig>(&shipped("keygen/n0feat"), "step1");
}

#[test]
fn a_wrap_circuit_of_o1js_proves() {
    keygen::<PallasConfig>(&shipped("keygen/n0arith"), "wrap0");
}

fn circuits_of_more_programs_prove() {
    keygen::<PallasConfig>(&whole("keygen/n0feat"), "wrap0");
    let recursive = whole("keygen/n1counter");
    keygen::<VestaConfig>(&recursive, "step0");
    keygen::<VestaConfig>(&recursive, "step1");
    keygen::<PallasConfig>(&recursive, "wrap0");
}

fn kimchi_circuit<C: ProverCurve>(folder: &Path, name: &str, previous: Vec<RecursionChallenge<C>>) {
    let file = std::fs::File::open(folder.join(format!("{name}.circuit.json.gz"))).unwrap();
    let file = CircuitFile::read(file).unwrap();
    let key = generate(ConstraintSystem::<C>::new(file.circuit::<C>().unwrap()).unwrap());
    let witness = file.witness::<C>().unwrap().unwrap();
    prove_and_verify(name, &key, &witness, previous);
}

fn kimchi_circuits(folder: &Path, names: &[&str]) {
    for name in names {
        match fixture_from_msgpack(&read(&folder.join(format!("{name}.bin")))).unwrap() {
            AnyFixture::Pallas(fixture) => kimchi_circuit(folder, name, fixture.proof.previous_challenges),
            AnyFixture::Vesta(fixture) => kimchi_circuit(folder, name, fixture.proof.previous_challenges),
        }
    }
}

#[test]
fn kimchi_circuits_prove() {
    kimchi_circuits(&shipped("kimchi-circuits"), &files::SHIPPED_CIRCUITS);
}

fn more_kimchi_circuits_prove() {
    kimchi_circuits(&whole("kimchi-circuits"), &files::MORE_CIRCUITS);
}
