//! Circuits that need no file.

use std::fmt;

use ark_ff::PrimeField;
use quickpickle_runtime::kimchi::index::MAX_DOMAIN_LOG2;
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
/// Rows of one permutation: eleven of its gate, and one for the result.
const POSEIDON_ROWS: usize = 12;
/// Rows of three lookups: their own, and those that add up what was looked up, two to a row.
const LOOKUP_ROWS: usize = 2;

/// A built-in circuit, by its name: `poseidon:N` or `lookups:N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// [`poseidon_chain`] of this length.
    Poseidon(usize),
    /// [`lookups`] in this many rows.
    Lookups(usize),
}

/// A built-in circuit of no size, or larger than the largest domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: a number from 1 to {most} is expected after the colon")]
pub struct BuiltInError {
    text: String,
    most: usize,
}

impl BuiltIn {
    /// The circuit of this name; `None` where a text is no name of one, but perhaps that of a file.
    pub fn named(text: &str) -> Option<Result<Self, BuiltInError>> {
        let (name, size) = text.split_once(':')?;
        // Rows that each repetition takes at least.
        let (circuit, rows): (fn(usize) -> Self, _) = match name {
            "poseidon" => (Self::Poseidon, POSEIDON_ROWS),
            "lookups" => (Self::Lookups, LOOKUP_ROWS),
            _ => return None,
        };
        let most = (1 << MAX_DOMAIN_LOG2) / rows;
        let size = size.parse().ok().filter(|size| (1..=most).contains(size));
        Some(size.map(circuit).ok_or_else(|| BuiltInError { text: text.chars().take(80).collect(), most }))
    }

    /// The circuit over an SRS of 2^`srs_log2` generators, with a witness. `seed` begins a chain of Poseidon; lookups are
    /// the same whatever it is.
    pub fn build<F: SpongeField>(self, seed: F, srs_log2: u32) -> (Circuit<F>, Witness<F>) {
        match self {
            Self::Poseidon(length) => poseidon_chain(length, seed, srs_log2),
            Self::Lookups(rows) => lookups(rows, srs_log2),
        }
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poseidon(length) => write!(f, "poseidon:{length}"),
            Self::Lookups(rows) => write!(f, "lookups:{rows}"),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_sizes_are_bounded() {
        for text in ["poseidon:1", "poseidon:87381", "lookups:524288"] {
            assert_eq!(BuiltIn::named(text).unwrap().unwrap().to_string(), text);
        }
        for text in
            ["poseidon:0", "poseidon:", "poseidon:x", "poseidon:87382", "lookups:524289", "lookups:-1"]
        {
            assert!(BuiltIn::named(text).unwrap().is_err(), "{text}");
        }
        for text in ["", "poseidon", "circuit.json", "C:file", ":1"] {
            assert_eq!(BuiltIn::named(text), None, "{text}");
        }
    }
}
