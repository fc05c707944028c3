//! `Poseidon`: five rounds of the permutation.
//!
//! |    | 0 1 2 | 3 4 5 | 6 7 8 | 9 10 11 | 12 13 14 |
//! | -- | ----- | ----- | ----- | ------- | -------- |
//! | w  | s₀    | s₄    | s₁    | s₂      | s₃       |
//! | w′ | s₅    |       |       |         |          |
//! | c  | r₁    | r₂    | r₃    | r₄      | r₅       |
//!
//! Each sᵢ is a state of three elements, and rᵢ the constants of the round from sᵢ₋₁ to sᵢ. With M the MDS matrix and
//! x⁷ taken element by element:
//!
//! - sᵢ - rᵢ - M·(sᵢ₋₁)⁷ = 0 for i from 1 to 5, three constraints each
//!
//! s₄ lies in the columns after s₀, where the permutation argument reaches it.

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, GateConstants};

pub(super) const CONSTRAINTS: usize = 15;
pub(super) const DEGREE: usize = 7;

/// The first columns of s₀ to s₄.
const STATES: [usize; 5] = [0, 6, 9, 12, 3];

#[inline]
pub(super) fn constraints<F: Arithmetic>(
    constants: &GateConstants<F>,
    cells: &impl Cells<F>,
    mut assert_zero: impl FnMut(F),
) {
    for (round, &from) in STATES.iter().enumerate() {
        let powers: [F; 3] = std::array::from_fn(|i| {
            let x = cells.curr(from + i);
            let x2 = x.square();
            x2.square() * x2 * x
        });
        for (i, row) in constants.mds.iter().enumerate() {
            let after = match STATES.get(round + 1) {
                Some(to) => cells.curr(to + i),
                None => cells.next(i),
            };
            let mixed = F::sum_of_products(row, &powers);
            assert_zero(after - cells.coeff(3 * round + i) - mixed);
        }
    }
}
