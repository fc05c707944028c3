//! `RangeCheck0`: v, of up to 88 bits, is the number with these digits; those of 12 bits are looked up elsewhere.
//!
//! |    | 0  | 1 … 6   | 7 … 14  |
//! | -- | -- | ------- | ------- |
//! | w  | v  | p₀ … p₅ | x₀ … x₇ |
//! | w′ | v′ | ṽ (if c₀ = 1) |   |
//!
//! p₀ is the most significant digit, x₇ the least; each pⱼ has 12 bits, each xⱼ two. The lookup argument checks p₂ to
//! p₅ on this row; p₀ and p₁ are copied, to a row where they are looked up or to zero, where 64 bits are meant.
//!
//! 1. to 8. xⱼ(xⱼ - 1)(xⱼ - 2)(xⱼ - 3) = 0 for j from 0 to 7
//! 9. Σ 4⁷⁻ʲ·xⱼ + 2¹⁶·Σ 2¹²⁽⁵⁻ʲ⁾·pⱼ - v = 0
//! 10. c₀·(ṽ - v - 2⁸⁸·v′) = 0: where c₀ = 1, the row after holds v and v′ as one value ṽ

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, GateConstants, crumb, join};

pub(super) const CONSTRAINTS: usize = 10;
pub(super) const DEGREE: usize = 4;

#[inline]
pub(super) fn constraints<F: Arithmetic>(
    constants: &GateConstants<F>,
    cells: &impl Cells<F>,
    mut assert_zero: impl FnMut(F),
) {
    let value = cells.curr(0);
    let crumbs: [F; 8] = std::array::from_fn(|i| cells.curr(7 + i));
    for x in crumbs {
        assert_zero(crumb(x));
    }
    let high = join(F::zero(), 12, (1..7).map(|col| cells.curr(col)));
    assert_zero(join(high, 2, crumbs) - value);
    assert_zero(cells.coeff(0) * (cells.next(1) - value - constants.limb * cells.next(0)));
}
