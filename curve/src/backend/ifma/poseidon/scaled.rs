//! The same permutation with fewer products: each element of the state is kept as a multiple of itself.
//!
//! Where an element is s·x in place of x, the S-box gives s⁷·x⁷. The row of the matrix that makes the next element may then be
//! multiplied by any number, which becomes the next element's factor, and it is chosen so that the row begins with 1: of nine
//! products of the matrix six remain. The factors of two elements of one state have the same ratio in every round, so that the
//! matrix is one for all rounds; only the constants differ.

use crate::backend::portable::invert_all;
use crate::poseidon::{ROUNDS, SpongeField, WIDTH};

/// Parameters for a state of multiples.
pub(super) struct Scaled<F> {
    /// What each element is multiplied by before the first round.
    pub(super) begin: [F; WIDTH],
    /// The matrix without its first column, which has ones.
    pub(super) rows: [[F; WIDTH - 1]; WIDTH],
    /// The constants of each round.
    pub(super) rounds: [[F; WIDTH]; ROUNDS],
    /// What each element is multiplied by after the last round.
    pub(super) end: [F; WIDTH],
}

impl<F: SpongeField> Scaled<F> {
    /// Works them out: some hundred products and two inversions.
    pub(super) fn new() -> Self {
        let mds = F::mds();
        let first_column = [0, 1, 2].map(|i: usize| mds[i][0]);
        let mut inverses = first_column;
        // Of no row is the first number zero: in an MDS matrix none is.
        invert_all(&mut inverses);
        let begin = inverses.map(|inverse| first_column[0] * inverse);
        let inverses_of_begin = first_column.map(|number| number * inverses[0]);
        let seventh = |x: F| x.square() * x * x.square().square();
        let rows = [0, 1, 2].map(|i: usize| {
            // The quotient of the factors behind the S-box, by which an element's product makes up for the first one's.
            [1, 2].map(|j: usize| mds[i][j] * inverses[i] * seventh(inverses_of_begin[j]))
        });
        let mut first = F::ONE;
        let rounds = F::round_constants().each_ref().map(|constants| {
            first = seventh(first) * inverses[0];
            [0, 1, 2].map(|i| constants[i] * first * begin[i])
        });
        let mut last = [first];
        invert_all(&mut last);
        let end = inverses_of_begin.map(|inverse| last[0] * inverse);
        Self { begin, rows, rounds, end }
    }
}
