//! Circuits and their witnesses, built together gate by gate.

mod builtin;

pub use builtin::{BuiltIn, BuiltInError, lookups, poseidon_chain};

use ark_ff::PrimeField;
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType, PERMUTS};
use quickpickle_runtime::poseidon::{SpongeField, WIDTH};

use crate::circuit::{Circuit, FixedTable, Gate, RuntimeTable, Wire};
use crate::witness::Witness;

/// Rounds of Poseidon in a row of its gate.
const ROUNDS_PER_ROW: usize = 5;
/// The columns of the states in a row of `Poseidon`: before its first round, and after each but the last.
const STATES: [usize; ROUNDS_PER_ROW] = [0, 6, 9, 12, 3];

/// A value that a circuit computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable(usize);

struct Row<F> {
    gate: GateType,
    values: [F; COLUMNS],
    /// Which variables lie in the permuted cells.
    variables: [Option<Variable>; PERMUTS],
    coefficients: Vec<F>,
}

/// Builds a circuit together with a witness of it. Building it again with other values gives the same circuit.
#[derive(Debug)]
pub struct Builder<F> {
    values: Vec<F>,
    rows: Vec<Row<F>>,
    public: usize,
    /// A row of `Generic` whose second half is free.
    half_row: Option<usize>,
    constants: Vec<(F, Variable)>,
    tables: Vec<FixedTable<F>>,
    runtime_tables: Vec<(RuntimeTable<F>, Vec<F>)>,
}

impl<F> std::fmt::Debug for Row<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("gate", &self.gate).field("variables", &self.variables).finish()
    }
}

impl<F: PrimeField> Builder<F> {
    /// Begins a circuit with this public input; returns its variables.
    pub fn new(public: &[F]) -> (Self, Vec<Variable>) {
        let mut builder = Self {
            values: Vec::new(),
            rows: Vec::new(),
            public: public.len(),
            half_row: None,
            constants: Vec::new(),
            tables: Vec::new(),
            runtime_tables: Vec::new(),
        };
        let variables = public.iter().map(|value| {
            let variable = builder.variable(*value);
            builder.row(GateType::Generic, [F::ZERO; COLUMNS], &[Some(variable)], vec![F::ONE]);
            variable
        });
        let variables = variables.collect();
        (builder, variables)
    }

    /// A new value, on which there is no constraint yet.
    pub fn variable(&mut self, value: F) -> Variable {
        self.values.push(value);
        Variable(self.values.len() - 1)
    }

    /// The value of a variable.
    pub fn value(&self, variable: Variable) -> F {
        self.values[variable.0]
    }

    /// Puts a row; the variables' cells get their values, whatever `values` says.
    fn row(
        &mut self,
        gate: GateType,
        mut values: [F; COLUMNS],
        variables: &[Option<Variable>],
        coefficients: Vec<F>,
    ) -> usize {
        let mut cells = [None; PERMUTS];
        for ((cell, value), variable) in cells.iter_mut().zip(&mut values).zip(variables) {
            if let Some(variable) = variable {
                *cell = Some(*variable);
                *value = self.value(*variable);
            }
        }
        self.rows.push(Row { gate, values, variables: cells, coefficients });
        self.rows.len() - 1
    }

    /// The constraint cₗ·l + cᵣ·r + cₒ·o + cₘ·l·r + cₖ = 0. Two of them share a row.
    pub fn generic(&mut self, [l, r, o]: [Option<Variable>; 3], coefficients: [F; 5]) {
        let Some(row) = self.half_row.take() else {
            let row = self.row(GateType::Generic, [F::ZERO; COLUMNS], &[l, r, o], coefficients.to_vec());
            self.half_row = Some(row);
            return;
        };
        let values = [l, r, o].map(|variable| variable.map_or(F::ZERO, |variable| self.value(variable)));
        let row = &mut self.rows[row];
        row.variables[3..6].copy_from_slice(&[l, r, o]);
        row.values[3..6].copy_from_slice(&values);
        row.coefficients.extend(coefficients);
    }

    /// A variable that is this constant; each constant is constrained once.
    pub fn constant(&mut self, value: F) -> Variable {
        if let Some((_, variable)) = self.constants.iter().find(|(constant, _)| *constant == value) {
            return *variable;
        }
        let variable = self.variable(value);
        self.generic([Some(variable), None, None], [F::ONE, F::ZERO, F::ZERO, F::ZERO, -value]);
        self.constants.push((value, variable));
        variable
    }

    /// a + b.
    pub fn add(&mut self, a: Variable, b: Variable) -> Variable {
        let sum = self.variable(self.value(a) + self.value(b));
        self.generic([Some(a), Some(b), Some(sum)], [F::ONE, F::ONE, -F::ONE, F::ZERO, F::ZERO]);
        sum
    }

    /// a·b.
    pub fn mul(&mut self, a: Variable, b: Variable) -> Variable {
        let product = self.variable(self.value(a) * self.value(b));
        self.generic([Some(a), Some(b), Some(product)], [F::ZERO, F::ZERO, -F::ONE, F::ONE, F::ZERO]);
        product
    }

    /// a = b.
    pub fn assert_equal(&mut self, a: Variable, b: Variable) {
        self.generic([Some(a), Some(b), None], [F::ONE, -F::ONE, F::ZERO, F::ZERO, F::ZERO]);
    }

    /// Adds a table to the circuit.
    pub fn table(&mut self, table: FixedTable<F>) {
        self.tables.push(table);
    }

    /// Adds a runtime table, with the second column that this witness chooses.
    pub fn runtime_table(&mut self, table: RuntimeTable<F>, second_column: Vec<F>) {
        self.runtime_tables.push((table, second_column));
    }

    /// Each pair is a row of the table with this id (its first two columns).
    pub fn lookup(&mut self, table: i32, pairs: [[Variable; 2]; 3]) {
        let id = self.constant(F::from(i64::from(table)));
        let cells: Vec<_> = [id].into_iter().chain(pairs.into_iter().flatten()).map(Some).collect();
        self.row(GateType::Lookup, [F::ZERO; COLUMNS], &cells, Vec::new());
    }

    /// The circuit over an SRS of 2^`srs_log2` generators, and its witness.
    pub fn finish(self, srs_log2: u32) -> (Circuit<F>, Witness<F>) {
        let mut wires: Vec<[Wire; PERMUTS]> =
            (0..self.rows.len()).map(|row| std::array::from_fn(|column| Wire { row, column })).collect();
        // Each variable's cells make a cycle: a cell takes over the successor of the one seen before it.
        let mut last: Vec<Option<Wire>> = vec![None; self.values.len()];
        for (row, cells) in self.rows.iter().enumerate() {
            for (column, variable) in cells.variables.iter().enumerate() {
                let Some(Variable(variable)) = variable else { continue };
                if let Some(before) = last[*variable].replace(Wire { row, column }) {
                    wires[row][column] =
                        std::mem::replace(&mut wires[before.row][before.column], Wire { row, column });
                }
            }
        }
        let columns = std::array::from_fn(|column| self.rows.iter().map(|row| row.values[column]).collect());
        let gates = self.rows.into_iter().zip(wires);
        let gates = gates
            .map(|(row, wires)| Gate { gate: row.gate, wires, coefficients: row.coefficients })
            .collect();
        let (runtime_tables, second_columns) = self.runtime_tables.into_iter().unzip();
        let circuit =
            Circuit { tables: self.tables, runtime_tables, ..Circuit::new(gates, self.public, srs_log2) };
        (circuit, Witness { columns, runtime_tables: second_columns })
    }
}

impl<F: SpongeField> Builder<F> {
    /// Poseidon's permutation of a state: eleven rows of its gate, and one that holds the result.
    pub fn poseidon(&mut self, state: [Variable; WIDTH]) -> [Variable; WIDTH] {
        let mut value = state.map(|variable| self.value(variable));
        let mut first = state.map(Some);
        for constants in F::round_constants().chunks(ROUNDS_PER_ROW) {
            let mut values = [F::ZERO; COLUMNS];
            for (column, constants) in STATES.into_iter().zip(constants) {
                values[column..column + WIDTH].copy_from_slice(&value);
                value = round(value, constants);
            }
            self.row(GateType::Poseidon, values, &first, constants.as_flattened().to_vec());
            // The next row begins with the state after this one's last round: the gate ties them, no wire.
            first = [None; WIDTH];
        }
        let result = value.map(|value| self.variable(value));
        self.row(GateType::Zero, [F::ZERO; COLUMNS], &result.map(Some), Vec::new());
        result
    }
}

/// One round: x⁷ for each element, the MDS matrix, the round's constants.
fn round<F: SpongeField>(state: [F; WIDTH], constants: &[F; WIDTH]) -> [F; WIDTH] {
    let powers = state.map(|x| x.square().square() * x.square() * x);
    std::array::from_fn(|i| F::sum_of_products(&F::mds()[i], &powers) + constants[i])
}
