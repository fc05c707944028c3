//! Witnesses that break something are refused, with the place.

use ark_ff::Field;
use quickpickle_prover::circuit::{ConstraintSystem, Wire};
use quickpickle_prover::key::ProvingKey;
use quickpickle_prover::progress::silent;
use quickpickle_prover::prove::ProveError;
use quickpickle_prover::witness::{Witness, WitnessError};
use quickpickle_runtime::curve::{Fp, VestaConfig};
use quickpickle_runtime::kimchi::evaluations::{GateType, LookupPattern, PERMUTS};
use quickpickle_runtime::kimchi::gates::{Generation, constraint_count};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::files;
use crate::proofs::generate;
use crate::tables::Tables;

type Key = ProvingKey<VestaConfig>;

/// The program with every optional gate but Xor16, Rot64 (step 0) or with those (step 1).
fn program(name: &str) -> (Key, Witness<Fp>) {
    let folder = quickpickle_vectors::shipped("keygen/n0feat");
    let key = generate(ConstraintSystem::new(files::keygen_circuit::<VestaConfig>(&folder, name)).unwrap());
    let witness = files::witness::<VestaConfig>(&folder.join(format!("{name}.proof0.witness.bin.gz")));
    (key, witness)
}

fn altered(witness: &Witness<Fp>, row: usize, column: usize) -> Witness<Fp> {
    let mut altered = witness.clone();
    altered.columns[column][row] += Fp::ONE;
    altered
}

/// Whether an error is at this cell: in its row, or in the gate of the row before, which reads it, or at a wire from or to it.
fn is_at(error: &WitnessError, row: usize, column: usize) -> bool {
    let near = |at: usize| at == row || at + 1 == row;
    let cell = Wire { row, column };
    match error {
        WitnessError::Gate { row: at, .. } => near(*at),
        WitnessError::PublicInput { row: at, .. } | WitnessError::Lookup { row: at, .. } => *at == row,
        WitnessError::Copy { from, to } => *from == cell || *to == cell,
        _ => false,
    }
}

#[test]
fn altered_cells_are_refused_where_they_are() {
    for name in ["step0", "step1"] {
        let (key, witness) = program(name);
        assert_eq!(key.check(&witness), Ok(()));
        let mut rng = StdRng::seed_from_u64(17);
        let (mut refused, mut unconstrained) = (0, 0);
        for _ in 0..3000 {
            let (row, column) = (rng.gen_range(0..witness.rows()), rng.gen_range(0..15));
            match key.check(&altered(&witness, row, column)) {
                Err(error) => {
                    assert!(is_at(&error, row, column), "cell {row}, {column}: {error}");
                    refused += 1;
                }
                // Many cells of real circuits are in no constraint: columns that the row's gate does not read.
                Ok(()) => unconstrained += 1,
            }
        }
        println!("{name}: {refused} altered cells refused, {unconstrained} in no constraint");
        assert!(refused > 1000);
    }
}

#[test]
fn every_gate_is_named() {
    let mut seen = std::collections::BTreeSet::new();
    for name in ["step0", "step1"] {
        let (key, witness) = program(name);
        for row in 0..witness.rows() {
            let gate = key.system().gate(row);
            for column in 0..15 {
                if let Err(WitnessError::Gate { row: at, gate: found, constraint }) =
                    key.check(&altered(&witness, row, column))
                    && at == row
                {
                    assert_eq!(found, gate);
                    assert!(constraint < constraint_count(gate, Generation::Berkeley));
                    seen.insert(format!("{gate:?}"));
                }
            }
        }
    }
    println!("{seen:?}");
    for gate in
        ["Generic", "RangeCheck0", "RangeCheck1", "ForeignFieldAdd", "ForeignFieldMul", "Xor16", "Rot64"]
    {
        assert!(seen.contains(gate), "no cell of {gate} was found in a constraint");
    }
}

#[test]
fn wires_are_checked() {
    let (key, witness) = program("step0");
    // A cell that only a wire constrains: of a row without a gate.
    let mut found = false;
    for row in 0..witness.rows() {
        if key.system().gate(row) != GateType::Zero {
            continue;
        }
        for column in 0..PERMUTS {
            if let Err(error) = key.check(&altered(&witness, row, column)) {
                found |= matches!(error, WitnessError::Copy { .. });
            }
        }
    }
    assert!(found);
}

/// Digits that are too large, while the number that they make stays the same: no gate notices, only the lookup does.
#[test]
fn lookups_are_checked() {
    let mut seen = std::collections::BTreeSet::new();
    for name in ["step0", "step1"] {
        let (key, witness) = program(name);
        for row in 0..witness.rows() {
            let gate = key.system().gate(row);
            // The column of the higher of two digits, and of the lower, and what one of the higher is worth.
            let (pattern, high, low, base) = match gate {
                GateType::RangeCheck0 => (LookupPattern::RangeCheck, 3, 4, 1u64 << 12),
                GateType::Xor16 => (LookupPattern::Xor, 4, 3, 1 << 4),
                _ => continue,
            };
            let mut altered = witness.clone();
            altered.columns[high][row] -= Fp::ONE;
            altered.columns[low][row] += Fp::from(base);
            let error = key.check(&altered).unwrap_err();
            let WitnessError::Lookup { row: at, gate: of, pattern: found, lookup: 0 | 1 } = error else {
                panic!("row {row}: {error}");
            };
            assert_eq!((at, of, found), (row, gate, pattern));
            seen.insert(format!("{found:?}"));
        }
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn a_witness_of_another_shape_is_refused() {
    let (key, witness) = program("step0");
    let rows = witness.rows();
    let mut uneven = witness.clone();
    uneven.columns[3].pop();
    assert_eq!(key.check(&uneven), Err(WitnessError::Columns { column: 3, found: rows - 1, expected: rows }));
    let mut long = witness.clone();
    long.columns.iter_mut().for_each(|column| column.resize(8192 - 2, Fp::from(0u64)));
    assert_eq!(key.check(&long), Err(WitnessError::TooManyRows { found: 8190, room: 8189 }));
    let mut none = witness.clone();
    none.columns.iter_mut().for_each(Vec::clear);
    assert_eq!(key.check(&none), Err(WitnessError::NoPublicInput { found: 0, public: 1 }));
    let tables = Witness { runtime_tables: vec![vec![]], ..witness };
    assert!(matches!(key.check(&tables), Err(WitnessError::RuntimeTables { .. })));
}

#[test]
fn proving_refuses_what_the_check_refuses() {
    let (key, witness) = program("step0");
    let row = (0..witness.rows()).find(|row| key.system().gate(*row) == GateType::ForeignFieldMul).unwrap();
    let bad = altered(&witness, row, 0);
    let error = key.check(&bad).unwrap_err();
    assert!(is_at(&error, row, 0), "{error}");
    let mut rng = StdRng::seed_from_u64(1);
    assert_eq!(key.prove(&bad, vec![], &Tables, &mut rng, &silent), Err(ProveError::Witness(error)));
}
