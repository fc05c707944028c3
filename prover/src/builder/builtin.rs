//! Circuits that need no file.

use ark_ff::PrimeField;
use quickpickle_runtime::poseidon::SpongeField;

use super::Builder;
use crate::circuit::{Circuit, FixedTable, RuntimeTable};
use crate::witness::Witness;

/// The table of squares that [`lookups`] has.
const SQUARES: i32 = 2;
/// The runtime table that [`lookups`] has.
const CUBES: i32 = 3;
/// Rows of each of them.
const TABLE_ROWS: u64 = 256;

/// Poseidon's permutation, `length` times over, of the state (0, 0, `seed`): 12 rows each. The public input is the seed and
/// the first element of the last state.
pub fn poseidon_chain<F: SpongeField>(length: usize, seed: F, srs_log2: u32) -> (Circuit<F>, Witness<F>) {
    // The result is public, and public inputs come first: the chain is run once to know it.
    let run = |result: F| {
        let (mut builder, public) = Builder::new(&[seed, result]);
        let zero = builder.constant(F::ZERO);
        let mut state = [zero, zero, public[0]];
        for _ in 0..length {
            state = builder.poseidon(state);
        }
        builder.assert_equal(state[0], public[1]);
        (builder.value(state[0]), builder)
    };
    let (result, _) = run(F::ZERO);
    run(result).1.finish(srs_log2)
}

/// `rows` rows of three lookups each, in turn in a table of squares and in a runtime table of cubes; the looked-up values are
/// added up, and the sum is the public input.
pub fn lookups<F: PrimeField>(rows: usize, srs_log2: u32) -> (Circuit<F>, Witness<F>) {
    let run = |result: F| {
        let (mut builder, public) = Builder::new(&[result]);
        let column = |exponent: u64| (0..TABLE_ROWS).map(|i| F::from(i).pow([exponent])).collect::<Vec<F>>();
        builder.table(FixedTable { id: SQUARES, columns: vec![column(1), column(2)] });
        builder.runtime_table(RuntimeTable { id: CUBES, first_column: column(1) }, column(3));
        let mut sum = builder.constant(F::ZERO);
        for row in 0..rows as u64 {
            let (table, exponent) = if row % 2 == 0 { (SQUARES, 2) } else { (CUBES, 3) };
            let pairs = std::array::from_fn(|i| {
                let x = F::from((row * 7 + i as u64 * 31) % TABLE_ROWS);
                [builder.variable(x), builder.variable(x.pow([exponent]))]
            });
            builder.lookup(table, pairs);
            for [_, y] in pairs {
                sum = builder.add(sum, y);
            }
        }
        builder.assert_equal(sum, public[0]);
        (builder.value(sum), builder)
    };
    let (result, _) = run(F::ZERO);
    run(result).1.finish(srs_log2)
}
