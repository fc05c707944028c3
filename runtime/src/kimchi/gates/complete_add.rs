//! `CompleteAdd`: the sum of two points of the curve y² = x³ + b, whichever case of the group law it is.
//!
//! |   | 0  | 1  | 2  | 3  | 4  | 5  | 6 | 7 | 8 | 9 | 10 |
//! | - | -- | -- | -- | -- | -- | -- | - | - | - | - | -- |
//! | w | x₁ | y₁ | x₂ | y₂ | x₃ | y₃ | ∞ | e | s | v | u  |
//!
//! (x₁, y₁) + (x₂, y₂) = (x₃, y₃), where ∞ is 1 if the sum is the point at infinity (then (x₃, y₃) means nothing) and 0
//! otherwise; e is 1 if x₁ = x₂ and 0 otherwise; s is the slope; u and v are inverses where there are any.
//! The inputs are never the point at infinity, and no point has y = 0, for the order of the group is odd.
//!
//! 1. u·(x₂ - x₁) - (1 - e) = 0: if x₁ = x₂ then e = 1
//! 2. e·(x₂ - x₁) = 0: if x₁ ≠ x₂ then e = 0
//! 3. e·(2s·y₁ - 3x₁²) + (1 - e)·((x₂ - x₁)·s - (y₂ - y₁)) = 0: the tangent's slope, or the chord's
//! 4. x₁ + x₂ + x₃ - s² = 0
//! 5. s·(x₁ - x₃) - y₁ - y₃ = 0
//! 6. (y₂ - y₁)·(e - ∞) = 0: if y₁ ≠ y₂, the sum is infinite exactly if x₁ = x₂
//! 7. (y₂ - y₁)·v - ∞ = 0: if y₁ = y₂, it is not

use quickpickle_curve::rows::Arithmetic;

use super::Cells;

pub(super) const CONSTRAINTS: usize = 7;
pub(super) const DEGREE: usize = 3;

#[inline]
pub(super) fn constraints<F: Arithmetic>(cells: &impl Cells<F>, mut assert_zero: impl FnMut(F)) {
    let [x1, y1, x2, y2, x3, y3, infinite, same_x, slope, inverse_y, inverse_x]: [F; 11] =
        std::array::from_fn(|col| cells.curr(col));
    let (dx, dy) = (x2 - x1, y2 - y1);

    assert_zero(inverse_x * dx - (F::one() - same_x));
    assert_zero(same_x * dx);

    let x1_squared = x1.square();
    let tangent = slope.double() * y1 - x1_squared.double() - x1_squared;
    let chord = dx * slope - dy;
    assert_zero(same_x * (tangent - chord) + chord);

    assert_zero(x1 + x2 + x3 - slope.square());
    assert_zero(slope * (x1 - x3) - y1 - y3);

    assert_zero(dy * (same_x - infinite));
    assert_zero(dy * inverse_y - infinite);
}
