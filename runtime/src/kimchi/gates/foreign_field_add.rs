//! `ForeignFieldAdd`: a ± b = q·f + r for elements of another field, of modulus f, in limbs of 88 bits.
//!
//! |    | 0  | 1  | 2  | 3  | 4  | 5  | 6 | 7 |
//! | -- | -- | -- | -- | -- | -- | -- | - | - |
//! | w  | a₀ | a₁ | a₂ | b₀ | b₁ | b₂ | q | k |
//! | w′ | r₀ | r₁ | r₂ |    |    |    |   |   |
//! | c  | f₀ | f₁ | f₂ | s  |    |    |   |   |
//!
//! s is 1 or -1, the sign of the operation; q, the overflow, is 0 or s; k, the carry from the two lower limbs to the
//! highest, is -1, 0 or 1. Limbs are checked to have 88 bits by range-check gates; with L = 2⁸⁸:
//!
//! 1. q·(q - s) = 0
//! 2. k·(k - 1)·(k + 1) = 0
//! 3. (a₀ + L·a₁) + s·(b₀ + L·b₁) - q·(f₀ + L·f₁) - L²·k - (r₀ + L·r₁) = 0
//! 4. a₂ + s·b₂ - q·f₂ + k - r₂ = 0

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, GateConstants};

pub(super) const CONSTRAINTS: usize = 4;
pub(super) const DEGREE: usize = 3;

#[inline]
pub(super) fn constraints<F: Arithmetic>(
    constants: &GateConstants<F>,
    cells: &impl Cells<F>,
    mut assert_zero: impl FnMut(F),
) {
    let sign = cells.coeff(3);
    let (overflow, carry) = (cells.curr(6), cells.curr(7));
    assert_zero(overflow * (overflow - sign));
    assert_zero(carry * (carry.square() - F::one()));

    // For each pair of limbs at the same place, a + s·b - q·f - r.
    let excess = |limb: usize| {
        cells.curr(limb) + sign * cells.curr(3 + limb) - overflow * cells.coeff(limb) - cells.next(limb)
    };
    assert_zero(excess(0) + constants.limb * excess(1) - constants.two_limbs * carry);
    assert_zero(excess(2) + carry);
}
