//! `Rot64`: a word of 64 bits rotated to the left by r bits.
//!
//! |    | 0 | 1 | 2 | 3 … 6   | 7 … 14  |
//! | -- | - | - | - | ------- | ------- |
//! | w  | x | y | e | p₀ … p₃ | x₀ … x₇ |
//! | w′ | d |   |   |         |         |
//! | c  | 2ʳ |  |   |         |         |
//!
//! x·2ʳ = e·2⁶⁴ + d splits the shifted word x into the excess e, of r bits, and the rest d, of 64; y = d + e is the
//! rotated word. d, on the next row, is range-checked there; that e < 2ʳ is shown by the digits, p₀ the most
//! significant, of the number e - 2ʳ + 2⁶⁴ of 64 bits: four of 12 bits, which are looked up, and eight of two.
//!
//! 1. to 8. xⱼ(xⱼ - 1)(xⱼ - 2)(xⱼ - 3) = 0 for j from 0 to 7
//! 9. x·2ʳ - (e·2⁶⁴ + d) = 0
//! 10. y - (d + e) = 0
//! 11. Σ 4⁷⁻ʲ·xⱼ + 2¹⁶·Σ 2¹²⁽³⁻ʲ⁾·pⱼ - (e - 2ʳ + 2⁶⁴) = 0

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, GateConstants, crumb, join};

pub(super) const CONSTRAINTS: usize = 11;
pub(super) const DEGREE: usize = 4;

#[inline]
pub(super) fn constraints<F: Arithmetic>(
    constants: &GateConstants<F>,
    cells: &impl Cells<F>,
    mut assert_zero: impl FnMut(F),
) {
    let (word, rotated, excess) = (cells.curr(0), cells.curr(1), cells.curr(2));
    let shifted = cells.next(0);
    let two_to_rot = cells.coeff(0);
    let crumbs: [F; 8] = std::array::from_fn(|i| cells.curr(7 + i));

    for x in crumbs {
        assert_zero(crumb(x));
    }
    assert_zero(word * two_to_rot - excess * constants.two_to_64 - shifted);
    assert_zero(rotated - shifted - excess);

    let high = join(F::zero(), 12, (3..7).map(|col| cells.curr(col)));
    assert_zero(join(high, 2, crumbs) - (excess - two_to_rot + constants.two_to_64));
}
