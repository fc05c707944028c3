//! The constraints of all gates on the witnesses of real circuits: o1js programs, step and wrap, whose circuits and
//! witnesses were recorded while they were proved (`tests/vectors/keygen`, and more in the whole set of vectors).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use ark_ff::PrimeField;
use flate2::read::GzDecoder;
use quickpickle_runtime::curve::{KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType, LookupPattern};
use quickpickle_runtime::kimchi::gates::{self, Cells, GateConstants, Generation};
use quickpickle_runtime::kimchi::lookup::Row;
use quickpickle_vectors::{needs_whole_set, shipped, whole};
use serde_json::Value;

needs_whole_set!(all_rows_of_more_circuits_satisfy_their_gates);

struct Gate<F> {
    gate: GateType,
    coefficients: Vec<F>,
}

/// A row of a witness, `columns` being its columns.
struct AtRow<'a, F> {
    columns: &'a [Vec<F>],
    coefficients: &'a [F],
    row: usize,
}

impl<F: PrimeField> Cells<F> for AtRow<'_, F> {
    fn curr(&self, col: usize) -> F {
        self.columns[col][self.row]
    }

    fn next(&self, col: usize) -> F {
        // The circuit's last row is followed by zeros.
        self.columns[col].get(self.row + 1).copied().unwrap_or_default()
    }

    fn coeff(&self, col: usize) -> F {
        self.coefficients.get(col).copied().unwrap_or_default()
    }
}

fn decompressed(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn field<F: PrimeField>(bytes: &[u8]) -> F {
    let value = F::from_le_bytes_mod_order(bytes);
    assert_eq!(ark_ff::BigInteger::to_bytes_le(&value.into_bigint()), bytes, "not below the field's order");
    value
}

fn gate_type(name: &str) -> GateType {
    let all = [GateType::Zero, GateType::Lookup].into_iter().chain(GateType::BASIC).chain(GateType::OPTIONAL);
    all.into_iter().find(|gate| format!("{gate:?}") == name).unwrap()
}

fn circuit<F: PrimeField>(path: &Path) -> (usize, Vec<Gate<F>>) {
    let circuit: Value = serde_json::from_slice(&decompressed(path)).unwrap();
    let gates = circuit["gates"].as_array().unwrap().iter().map(|gate| Gate {
        gate: gate_type(gate["typ"].as_str().unwrap()),
        coefficients: gate["coeffs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| field(&hex::decode(c.as_str().unwrap()).unwrap()))
            .collect(),
    });
    (circuit["public_input_size"].as_u64().unwrap() as usize, gates.collect())
}

fn witness<F: PrimeField>(path: &Path) -> Vec<Vec<F>> {
    let bytes = decompressed(path);
    let rows = bytes.len() / 32 / COLUMNS;
    let elements: Vec<F> = bytes.chunks_exact(32).map(field).collect();
    elements.chunks_exact(rows).map(<[F]>::to_vec).collect()
}

/// Checks all rows; returns how many there were of each gate, and how many lookups.
fn check<C: KimchiCurve>(
    public: usize,
    circuit: &[Gate<ScalarField<C>>],
    columns: &[Vec<ScalarField<C>>],
) -> (BTreeMap<String, usize>, usize) {
    let constants = GateConstants::of::<C>(Generation::Berkeley);
    let mut counts = BTreeMap::new();
    let mut lookups = 0;
    for (row, Gate { gate, coefficients }) in circuit.iter().enumerate() {
        let cells = AtRow { columns, coefficients, row };
        *counts.entry(format!("{gate:?}")).or_default() += 1;
        let mut i = 0;
        gates::constraints(*gate, &constants, &cells, |constraint| {
            // On the rows of the public input the first constraint is the public input itself.
            let public = if row < public && i == 0 { columns[0][row] } else { Default::default() };
            assert_eq!(constraint, public, "row {row}, constraint {i} of {gate:?}");
            i += 1;
        });
        assert_eq!(i, gates::constraint_count(*gate, constants.generation));

        for (beside, position) in [(row, Row::Curr), (row + 1, Row::Next)] {
            let cell = |col: usize| -> u64 {
                let value: ark_ff::BigInt<4> = columns[col][beside].into_bigint();
                value.0[1..].iter().fold(value.0[0], |low, high| if *high == 0 { low } else { u64::MAX })
            };
            match LookupPattern::of_gate(*gate, position) {
                Some(LookupPattern::Xor) => (0..4).for_each(|i| {
                    assert!(cell(3 + i) < 16 && cell(7 + i) < 16, "row {row}");
                    assert_eq!(cell(3 + i) ^ cell(7 + i), cell(11 + i), "row {row}");
                }),
                Some(LookupPattern::RangeCheck) => (3..7).for_each(|i| assert!(cell(i) < 4096, "row {row}")),
                Some(LookupPattern::ForeignFieldMul) => {
                    (7..11).for_each(|i| assert!(cell(i) < 4096, "row {row}"))
                }
                Some(LookupPattern::Lookup) => panic!("no program here has the Lookup gate"),
                None => continue,
            }
            lookups += 4;
        }
    }
    (counts, lookups)
}

/// All witnesses of the circuit `name` in the folder of `program`.
fn check_circuit<C: KimchiCurve>(folder: &Path, program: &str, name: &str) -> BTreeMap<String, usize> {
    let folder = folder.join(program);
    let (public, circuit) = circuit::<ScalarField<C>>(&folder.join(format!("{name}.circuit.json.gz")));
    let mut result = BTreeMap::new();
    for proof in 0.. {
        let path = folder.join(format!("{name}.proof{proof}.witness.bin.gz"));
        if !path.exists() {
            assert!(proof > 0, "no witness of {program}/{name}");
            break;
        }
        let (counts, lookups) = check::<C>(public, &circuit, &witness(&path));
        println!("{program}/{name} proof {proof}: {counts:?}, {lookups} lookups");
        result = counts;
    }
    result
}

#[test]
fn all_rows_of_real_circuits_satisfy_their_gates() {
    let folder = shipped("keygen");
    let mut seen = check_circuit::<PallasConfig>(&folder, "n0arith", "wrap0");
    for (program, name) in [("n0arith", "step0"), ("n0feat", "step0"), ("n0feat", "step1")] {
        seen.extend(check_circuit::<VestaConfig>(&folder, program, name));
    }
    for gate in GateType::BASIC.into_iter().chain(GateType::OPTIONAL) {
        assert!(seen.contains_key(&format!("{gate:?}")), "no circuit has {gate:?}");
    }
}

fn all_rows_of_more_circuits_satisfy_their_gates() {
    let folder = whole("keygen");
    let mut seen = check_circuit::<PallasConfig>(&folder, "n0feat", "wrap0");
    seen.extend(check_circuit::<PallasConfig>(&folder, "n1counter", "wrap0"));
    for name in ["step0", "step1"] {
        let counts = check_circuit::<VestaConfig>(&folder, "n1counter", name);
        assert!(counts.values().sum::<usize>() > 100, "{counts:?}");
    }
    for gate in GateType::BASIC {
        assert!(seen.contains_key(&format!("{gate:?}")), "no wrap circuit has {gate:?}");
    }
}
