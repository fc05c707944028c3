//! Every gate on correct rows, on rows with one cell altered, its degree, and its values elsewhere.

mod basic;
mod curve_gates;
mod degree;
mod digits;
mod foreign_field;
mod golden;

use ark_ff::{BigInteger, PrimeField, Zero};
use num_bigint::BigUint;
use proptest::prelude::*;

use super::{Cells, GateConstants, Generation, constraint_count, constraints};
use crate::curve::{Fp, KimchiCurve, ScalarField, VestaConfig};
use crate::kimchi::evaluations::{COLUMNS, GateType};

/// Two rows of a witness and the coefficients of the first.
#[derive(Clone, Debug)]
struct Rows<F> {
    curr: [F; COLUMNS],
    next: [F; COLUMNS],
    coeff: [F; COLUMNS],
}

impl<F: PrimeField> Rows<F> {
    /// Rows that start with these cells. The others, which no constraint reads, hold `filler`.
    fn new(curr: &[F], next: &[F], coeff: &[F], filler: F) -> Self {
        let filled = |cells: &[F]| std::array::from_fn(|col| cells.get(col).copied().unwrap_or(filler));
        Self { curr: filled(curr), next: filled(next), coeff: filled(coeff) }
    }
}

impl<F: PrimeField> Cells<F> for Rows<F> {
    fn curr(&self, col: usize) -> F {
        self.curr[col]
    }

    fn next(&self, col: usize) -> F {
        self.next[col]
    }

    fn coeff(&self, col: usize) -> F {
        self.coeff[col]
    }
}

/// The values of all constraints.
fn values<F: PrimeField>(gate: GateType, constants: &GateConstants<F>, cells: &impl Cells<F>) -> Vec<F> {
    let mut values = Vec::new();
    constraints(gate, constants, cells, |value| values.push(value));
    assert_eq!(values.len(), constraint_count(gate, constants.generation), "{gate:?}");
    values
}

/// The cells of two rows that a gate leaves free, and the coefficients; all others it determines.
struct Free<'a> {
    curr: &'a [usize],
    next: &'a [usize],
    coeff: &'a [usize],
}

/// All columns from `first` on.
const fn from(first: usize) -> &'static [usize] {
    const ALL: [usize; COLUMNS] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
    ALL.split_at(first).1
}

/// Checks that `rows` satisfy the gate, and that they do with `delta` added to one cell exactly if the cell is free.
fn check<F: PrimeField>(
    gate: GateType,
    constants: &GateConstants<F>,
    rows: &Rows<F>,
    free: &Free<'_>,
    delta: F,
) -> Result<(), TestCaseError> {
    let satisfied = |rows: &Rows<F>| values(gate, constants, rows).iter().all(F::is_zero);
    prop_assert!(satisfied(rows), "{:?}", values(gate, constants, rows));
    for col in 0..COLUMNS {
        let mut altered = rows.clone();
        altered.curr[col] += delta;
        prop_assert_eq!(satisfied(&altered), free.curr.contains(&col), "column {} of the row", col);
        let mut altered = rows.clone();
        altered.next[col] += delta;
        prop_assert_eq!(satisfied(&altered), free.next.contains(&col), "column {} of the next row", col);
        let mut altered = rows.clone();
        altered.coeff[col] += delta;
        prop_assert_eq!(satisfied(&altered), free.coeff.contains(&col), "coefficient {}", col);
    }
    Ok(())
}

fn field<F: PrimeField>() -> impl Strategy<Value = F> {
    any::<[u8; 32]>().prop_map(|bytes| F::from_le_bytes_mod_order(&bytes))
}

/// What cells are altered by: one up, one down, or anything.
fn delta<F: PrimeField>() -> impl Strategy<Value = F> {
    prop_oneof![
        Just(F::one()),
        Just(-F::one()),
        field().prop_filter("alters nothing", |delta: &F| !delta.is_zero())
    ]
}

fn generation() -> impl Strategy<Value = Generation> {
    prop_oneof![Just(Generation::Berkeley), Just(Generation::DistinctPoints)]
}

/// The constants of step circuits, for the gates that no constant distinguishes between the fields.
fn step_constants() -> GateConstants<ScalarField<VestaConfig>> {
    GateConstants::of::<VestaConfig>(Generation::Berkeley)
}

/// `value` in the field.
fn element(value: &BigUint) -> Fp {
    let element = Fp::from_le_bytes_mod_order(&value.to_bytes_le());
    assert_eq!(BigUint::from_bytes_le(&element.into_bigint().to_bytes_le()), *value, "reduced");
    element
}

/// The digits of `value`, least significant first, `bits[i]` wide the i-th, as field elements.
fn digits(mut value: BigUint, bits: &[u32]) -> Vec<Fp> {
    let digits = bits
        .iter()
        .map(|&bits| {
            let modulus = BigUint::from(1u32) << bits;
            let digit = &value % &modulus;
            value = &value / modulus;
            element(&digit)
        })
        .collect();
    assert!(value.is_zero(), "more bits than digits");
    digits
}

fn constants<C: KimchiCurve>(generation: Generation) -> GateConstants<ScalarField<C>> {
    GateConstants::of::<C>(generation)
}
