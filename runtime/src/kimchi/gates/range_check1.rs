//! `RangeCheck1`: v, of up to 88 bits, is the number with these digits; those of 12 bits are looked up.
//!
//! |    | 0  | 1   | 2   | 3 … 6   | 7 … 14    |
//! | -- | -- | --- | --- | ------- | --------- |
//! | w  | v  |     | x₀  | p₀ … p₃ | x₁ … x₈   |
//! | w′ | x₉ | x₁₀ | x₁₁ |         | x₁₂ … x₁₉ |
//!
//! From the most significant digit down: x₀, p₀ to p₃, x₁ to x₁₉; each pⱼ has 12 bits, each xⱼ two. The lookup argument
//! checks columns 3 to 6 of both rows: on the second there are digits of two `RangeCheck0` gates.
//!
//! 1. to 20. xⱼ(xⱼ - 1)(xⱼ - 2)(xⱼ - 3) = 0 for j from 0 to 19
//! 21. the sum of the digits, each times its power of two, is v

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, crumb, join};

pub(super) const CONSTRAINTS: usize = 21;
pub(super) const DEGREE: usize = 4;

#[inline]
pub(super) fn constraints<F: Arithmetic>(cells: &impl Cells<F>, mut assert_zero: impl FnMut(F)) {
    let first = cells.curr(2);
    let rest: [F; 19] = std::array::from_fn(|i| match i {
        0..8 => cells.curr(7 + i),
        8..11 => cells.next(i - 8),
        _ => cells.next(7 + i - 11),
    });
    assert_zero(crumb(first));
    for x in rest {
        assert_zero(crumb(x));
    }
    let high = join(first, 12, (3..7).map(|col| cells.curr(col)));
    assert_zero(join(high, 2, rest) - cells.curr(0));
}
