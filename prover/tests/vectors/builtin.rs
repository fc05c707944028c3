//! Built circuits: proofs of them, witnesses of them that are refused, proofs with a bit altered.

use ark_ff::Field;
use quickpickle_prover::ProverCurve;
use quickpickle_prover::builder::{Builder, lookups, poseidon_chain};
use quickpickle_prover::circuit::{Circuit, ConstraintSystem, FixedTable};
use quickpickle_prover::progress::silent;
use quickpickle_prover::prove::ProveError;
use quickpickle_prover::witness::{Witness, WitnessError};
use quickpickle_runtime::curve::{Fp, Fq, PallasConfig, ScalarField, VestaConfig};
use quickpickle_runtime::kimchi::evaluations::{GateType, LookupPattern};
use quickpickle_runtime::poseidon;
use quickpickle_runtime::wire::kimchi::{proof_from_msgpack, proof_to_msgpack};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::proofs::{generate, prove_and_verify, verdict};
use crate::tables::Tables;

fn prove<C: ProverCurve>(name: &str, (circuit, witness): (Circuit<ScalarField<C>>, Witness<ScalarField<C>>)) {
    let key = generate(ConstraintSystem::<C>::new(circuit).unwrap());
    prove_and_verify(name, &key, &witness, vec![]);
}

#[test]
fn poseidon_chains_prove_over_both_curves() {
    prove::<VestaConfig>("poseidon 20 on vesta", poseidon_chain(20, Fp::from(5u64), 9));
    prove::<PallasConfig>("poseidon 20 on pallas", poseidon_chain(20, Fq::from(5u64), 9));
}

#[test]
fn the_poseidon_gadget_is_poseidon() {
    let (mut builder, public) = Builder::new(&[Fp::from(2u64), Fp::from(3u64)]);
    let zero = builder.constant(Fp::from(0u64));
    let state = builder.poseidon([public[0], public[1], zero]);
    assert_eq!(builder.value(state[0]), poseidon::hash(&[2u64, 3].map(Fp::from)));
}

#[test]
fn lookups_in_fixed_and_runtime_tables_prove() {
    prove::<VestaConfig>("lookups", lookups(100, 10));
    prove::<PallasConfig>("lookups on pallas", lookups(100, 10));
}

#[test]
fn chunked_circuits_prove() {
    for (length, chunks) in [(60, 2), (140, 4), (300, 8)] {
        let (circuit, witness) = poseidon_chain(length, Fp::from(1u64), 9);
        let key = generate(ConstraintSystem::<VestaConfig>::new(circuit).unwrap());
        assert_eq!(key.system().chunks(), chunks);
        prove_and_verify(&format!("poseidon {length}"), &key, &witness, vec![]);
    }
}

#[test]
fn chunked_lookups_prove() {
    let (circuit, witness) = lookups(700, 9);
    let key = generate(ConstraintSystem::<VestaConfig>::new(circuit).unwrap());
    assert!(key.system().chunks() > 1);
    prove_and_verify("chunked lookups", &key, &witness, vec![]);
}

#[test]
fn a_lookup_that_finds_nothing_is_refused() {
    let (circuit, mut witness) = lookups(10, 10);
    let key = generate(ConstraintSystem::<VestaConfig>::new(circuit).unwrap());
    let row = (0..witness.rows()).find(|row| key.system().gate(*row) == GateType::Lookup).unwrap();
    // The first cell of a pair is in no other constraint.
    witness.columns[3][row] += Fp::ONE;
    let expected =
        WitnessError::Lookup { row, gate: GateType::Lookup, pattern: LookupPattern::Lookup, lookup: 1 };
    assert_eq!(key.check(&witness), Err(expected.clone()));
    let mut rng = StdRng::seed_from_u64(1);
    let result = key.prove(&witness, vec![], &Tables, &mut rng, &silent);
    assert_eq!(result, Err(ProveError::Witness(expected)));
}

#[test]
fn a_runtime_table_that_lacks_a_value_is_refused() {
    let (circuit, mut witness) = lookups(10, 10);
    let key = generate(ConstraintSystem::<VestaConfig>::new(circuit).unwrap());
    witness.runtime_tables[0].iter_mut().for_each(|value| *value += Fp::ONE);
    assert!(matches!(key.check(&witness), Err(WitnessError::Lookup { .. })));
    witness.runtime_tables[0].pop();
    assert!(matches!(key.check(&witness), Err(WitnessError::RuntimeTables { .. })));
}

#[test]
fn wrong_sums_and_public_inputs_are_refused() {
    let (mut builder, public) = Builder::new(&[Fp::from(3u64), Fp::from(4u64), Fp::from(19u64)]);
    let product = builder.mul(public[0], public[1]);
    let seven = builder.constant(Fp::from(7u64));
    let sum = builder.add(product, seven);
    builder.assert_equal(sum, public[2]);
    builder.table(FixedTable { id: 5, columns: vec![vec![Fp::ONE]] });
    let (circuit, witness) = builder.finish(9);
    let key = generate(ConstraintSystem::<VestaConfig>::new(circuit).unwrap());
    prove_and_verify("arithmetic", &key, &witness, vec![]);
    for row in 0..witness.rows() {
        for column in 0..6 {
            let mut altered = witness.clone();
            altered.columns[column][row] += Fp::ONE;
            let read = key.check(&altered);
            // Public rows have one cell, a row of two constraints six, all read but those of no variable.
            assert!(read.is_err() || witness.columns[column][row] == Fp::from(0u64), "{row} {column}");
        }
    }
}

#[test]
fn a_proof_with_a_bit_altered_does_not_verify() {
    let (circuit, witness) = lookups(20, 10);
    let key = generate(ConstraintSystem::<VestaConfig>::new(circuit).unwrap());
    let mut rng = StdRng::seed_from_u64(8);
    let proof = key.prove(&witness, vec![], &Tables, &mut rng, &silent).unwrap();
    let public = &witness.columns[0][..1];
    let bytes = proof_to_msgpack(&proof);
    let mut decoded = 0;
    for _ in 0..400 {
        let mut altered = bytes.clone();
        let at = rng.gen_range(0..altered.len());
        altered[at] ^= 1 << rng.gen_range(0..8);
        let Ok(altered) = proof_from_msgpack::<VestaConfig>(&altered) else { continue };
        if altered == proof {
            continue;
        }
        decoded += 1;
        assert!(verdict(&key, public, &altered).is_err(), "byte {at}");
    }
    println!("{decoded} of 400 altered proofs were well formed, and refused");
    assert!(decoded > 100);
}

#[test]
fn proofs_of_one_witness_differ() {
    let (circuit, witness) = poseidon_chain(2, Fp::from(1u64), 9);
    let key = generate(ConstraintSystem::<VestaConfig>::new(circuit).unwrap());
    let prove =
        |seed| key.prove(&witness, vec![], &Tables, &mut StdRng::seed_from_u64(seed), &silent).unwrap();
    let [first, second] = [prove(1), prove(2)];
    assert_eq!(first, prove(1));
    let commitments = |proof: &quickpickle_runtime::kimchi::proof::Proof<VestaConfig>| {
        let c = &proof.commitments;
        c.w.iter().chain([&c.z, &c.t]).flat_map(|c| c.0.clone()).collect::<Vec<_>>()
    };
    for (a, b) in commitments(&first).into_iter().zip(commitments(&second)) {
        assert_ne!(a, b, "a commitment that does not hide");
    }
}

#[test]
fn progress_tells_one_stage_after_the_other() {
    let (circuit, witness) = lookups(20, 10);
    let key = generate(ConstraintSystem::<VestaConfig>::new(circuit).unwrap());
    let seen = std::cell::RefCell::new(Vec::new());
    let progress = |stage, done: usize, total: usize| {
        assert!(done <= total && total > 0);
        seen.borrow_mut().push((stage, done));
    };
    key.prove(&witness, vec![], &Tables, &mut StdRng::seed_from_u64(1), &progress).unwrap();
    let mut stages: Vec<_> = seen.borrow().iter().map(|(stage, _)| *stage).collect();
    stages.dedup();
    // Each stage is one stretch.
    assert_eq!(stages.len(), stages.iter().collect::<std::collections::HashSet<_>>().len());
    assert!(stages.len() >= 8, "{stages:?}");
}
