//! Witnesses that are known to be good prove, and the proofs verify; altered ones are refused where they were altered.

use std::time::Instant;

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
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::files::{self, element};
use crate::tables::Tables;

/// A curve whose Kimchi proofs the verifier takes.
pub trait Verifiable: KimchiCurve {
    fn task<'a>(
        key: &'a ProvingKey<Self>,
        public: &'a [ScalarField<Self>],
        proof: &'a Proof<Self>,
    ) -> Task<'a>;
}

impl Verifiable for VestaConfig {
    fn task<'a>(
        key: &'a ProvingKey<Self>,
        public_input: &'a [ScalarField<Self>],
        proof: &'a Proof<Self>,
    ) -> Task<'a> {
        Task::Vesta { key: key.prepared_index(), public_input, proof }
    }
}

impl Verifiable for PallasConfig {
    fn task<'a>(
        key: &'a ProvingKey<Self>,
        public_input: &'a [ScalarField<Self>],
        proof: &'a Proof<Self>,
    ) -> Task<'a> {
        Task::Pallas { key: key.prepared_index(), public_input, proof }
    }
}

pub fn verdict<C: Verifiable>(
    key: &ProvingKey<C>,
    public: &[ScalarField<C>],
    proof: &Proof<C>,
) -> Result<(), VerifyError> {
    verify(C::task(key, public, proof), &Tables, &mut StdRng::seed_from_u64(11))
}

/// Proves, writes and reads the proof, verifies it; and that a proof for other public inputs is refused.
pub fn prove_and_verify<C: Verifiable>(
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

pub fn generate<C: KimchiCurve>(system: ConstraintSystem<C>) -> ProvingKey<C> {
    ProvingKey::generate(system, Generation::Berkeley, &Tables, &silent).unwrap()
}

fn point<C: KimchiCurve>(value: &Value) -> Affine<C> {
    Affine::<C>::new(element(&value[0]), element(&value[1]))
}

fn keygen<C: Verifiable>(program: &str, name: &str) {
    let Some(folder) = files::folder("keygen") else { return };
    let folder = folder.join(program);
    let key = generate(ConstraintSystem::<C>::new(files::keygen_circuit::<C>(&folder, name)).unwrap());
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
        prove_and_verify(&format!("{program}/{name} {number}"), &key, &witness, previous.collect());
    }
}

#[test]
fn step_circuits_of_o1js_prove() {
    for (program, name) in files::STEP {
        keygen::<VestaConfig>(program, name);
    }
}

#[test]
fn wrap_circuits_of_o1js_prove() {
    for (program, name) in files::WRAP {
        keygen::<PallasConfig>(program, name);
    }
}

fn kimchi_circuit<C: Verifiable>(name: &str, previous: Vec<RecursionChallenge<C>>) {
    let path = files::folder("kimchi-circuits").unwrap().join(format!("{name}.circuit.json.gz"));
    let file = CircuitFile::read(std::fs::File::open(path).unwrap()).unwrap();
    let key = generate(ConstraintSystem::<C>::new(file.circuit::<C>().unwrap()).unwrap());
    let witness = file.witness::<C>().unwrap().unwrap();
    prove_and_verify(name, &key, &witness, previous);
}

#[test]
fn kimchi_circuits_prove() {
    let Some(folder) = files::folder("kimchi-circuits") else { return };
    let single =
        ["pallas-d8-srs15-pub5-poseidon", "vesta-d8-srs16-pub5-poseidon", "vesta-d9-srs16-pub3-prev2"];
    for name in single.into_iter().chain(files::CHUNKED) {
        match fixture_from_msgpack(&std::fs::read(folder.join(format!("{name}.bin"))).unwrap()).unwrap() {
            AnyFixture::Pallas(fixture) => kimchi_circuit(name, fixture.proof.previous_challenges),
            AnyFixture::Vesta(fixture) => kimchi_circuit(name, fixture.proof.previous_challenges),
        }
    }
}
