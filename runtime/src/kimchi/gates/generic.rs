//! `Generic`: two additions or multiplications, the gate of plain PLONK twice.
//!
//! |   | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
//! | - | - | - | - | - | - | - | - | - | - | - |
//! | w | l | r | o | l̂ | r̂ | ô |   |   |   |   |
//! | c | cₗ | cᵣ | cₒ | cₘ | cₖ | ĉₗ | ĉᵣ | ĉₒ | ĉₘ | ĉₖ |
//!
//! - cₗ·l + cᵣ·r + cₒ·o + cₘ·l·r + cₖ = 0
//! - ĉₗ·l̂ + ĉᵣ·r̂ + ĉₒ·ô + ĉₘ·l̂·r̂ + ĉₖ = 0
//!
//! On the first rows, those of the public input, the first constraint has the value of the negated public input
//! polynomial added to it: that sum is the argument's, not the gate's, and works because the first constraint has α⁰.

use quickpickle_curve::rows::Arithmetic;

use super::Cells;

pub(super) const CONSTRAINTS: usize = 2;
pub(super) const DEGREE: usize = 3;

#[inline]
pub(super) fn constraints<F: Arithmetic>(cells: &impl Cells<F>, mut assert_zero: impl FnMut(F)) {
    for (w, c) in [(0, 0), (3, 5)] {
        let (left, right, output) = (cells.curr(w), cells.curr(w + 1), cells.curr(w + 2));
        assert_zero(
            cells.coeff(c) * left
                + cells.coeff(c + 1) * right
                + cells.coeff(c + 2) * output
                + cells.coeff(c + 3) * left * right
                + cells.coeff(c + 4),
        );
    }
}
