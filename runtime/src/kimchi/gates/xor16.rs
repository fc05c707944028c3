//! `Xor16`: sixteen bits of x ⊕ y = z, digit by digit of four bits.
//!
//! |    | 0  | 1  | 2  | 3 … 6   | 7 … 10  | 11 … 14 |
//! | -- | -- | -- | -- | ------- | ------- | ------- |
//! | w  | x  | y  | z  | x₀ … x₃ | y₀ … y₃ | z₀ … z₃ |
//! | w′ | x′ | y′ | z′ |         |         |         |
//!
//! x₀, y₀, z₀ are the least significant digits, x′, y′, z′ what is left of x, y, z after these sixteen bits. The lookup
//! argument checks each (xⱼ, yⱼ, zⱼ) in the table of exclusive or.
//!
//! 1. x₀ + 2⁴x₁ + 2⁸x₂ + 2¹²x₃ + 2¹⁶x′ - x = 0
//! 2. the same for y
//! 3. the same for z

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, join};

pub(super) const CONSTRAINTS: usize = 3;
pub(super) const DEGREE: usize = 1;

#[inline]
pub(super) fn constraints<F: Arithmetic>(cells: &impl Cells<F>, mut assert_zero: impl FnMut(F)) {
    for i in 0..3 {
        let digits = (3 + 4 * i..7 + 4 * i).rev().map(|col| cells.curr(col));
        assert_zero(join(cells.next(i), 4, digits) - cells.curr(i));
    }
}
