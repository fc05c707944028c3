//! Keys in files: whole and unaltered, or refused.

use ark_ff::Field;
use quickpickle_prover::ProverCurve;
use quickpickle_prover::builder::{lookups, poseidon_chain};
use quickpickle_prover::circuit::{Circuit, ConstraintSystem};
use quickpickle_prover::key::{AnyKey, ProvingKey, StoreError};
use quickpickle_prover::witness::Witness;
use quickpickle_runtime::curve::{Fp, Fq, PallasConfig, ScalarField, VestaConfig};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::proofs::{generate, prove_and_verify};

fn stored<C: ProverCurve>(circuit: Circuit<ScalarField<C>>, witness: &Witness<ScalarField<C>>) {
    let key = generate(ConstraintSystem::<C>::new(circuit).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let digest = key.save(&path).unwrap();
    let loaded = ProvingKey::<C>::load(&path, Some(&digest)).unwrap();
    assert_eq!(loaded.verifier_index(), key.verifier_index());
    prove_and_verify("from a stored key", &loaded, witness, vec![]);
    // Writing over a key leaves those who have mapped the old one with it.
    assert_eq!(loaded.save(&path).unwrap(), digest);
    drop(loaded);

    let bytes = std::fs::read(&path).unwrap();
    let other = [7; 32];
    let error = ProvingKey::<C>::load(&path, Some(&other)).unwrap_err();
    assert!(matches!(error, StoreError::Digest { .. }), "{error}");
    let mut rng = StdRng::seed_from_u64(4);
    for i in 0..200 {
        let mut altered = bytes.clone();
        // All of the beginning, then anywhere.
        let at = if i < 64 { i } else { rng.gen_range(0..altered.len()) };
        altered[at] ^= 1 << rng.gen_range(0..8);
        std::fs::write(&path, &altered).unwrap();
        let error = ProvingKey::<C>::load(&path, None).unwrap_err();
        let found =
            matches!(error, StoreError::NotAKey | StoreError::Length { .. } | StoreError::Digest { .. });
        assert!(found, "byte {at}: {error}");
    }
    for length in [0, 7, 39, 47, 55, 56, 1000, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(ProvingKey::<C>::load(&path, None).is_err(), "{length} bytes");
    }
    std::fs::write(&path, [bytes.as_slice(), &[0]].concat()).unwrap();
    assert!(matches!(ProvingKey::<C>::load(&path, None), Err(StoreError::Length { .. })));
}

#[test]
fn keys_are_stored_and_loaded_unaltered_or_not_at_all() {
    let (circuit, witness) = lookups(20, 10);
    stored::<VestaConfig>(circuit, &witness);
    let (circuit, witness) = poseidon_chain(4, Fq::from(1u64), 9);
    stored::<PallasConfig>(circuit, &witness);
}

#[test]
fn a_key_is_one_of_its_curve_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let key = generate(ConstraintSystem::<VestaConfig>::new(poseidon_chain(1, Fp::ONE, 9).0).unwrap());
    key.save(&path).unwrap();
    let error = ProvingKey::<PallasConfig>::load(&path, None).unwrap_err();
    assert!(matches!(error, StoreError::Curve { .. }), "{error}");
    assert!(matches!(AnyKey::load(&path, None), Ok(AnyKey::Vesta(_))));
    assert!(matches!(AnyKey::load(&path, Some(&[7; 32])), Err(StoreError::Digest { .. })));

    let key = generate(ConstraintSystem::<PallasConfig>::new(poseidon_chain(1, Fq::ONE, 9).0).unwrap());
    key.save(&path).unwrap();
    assert!(matches!(AnyKey::load(&path, None), Ok(AnyKey::Pallas(_))));
}
