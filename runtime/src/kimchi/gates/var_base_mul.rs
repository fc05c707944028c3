//! `VarBaseMul`: five bits of a multiplication of a point T by a scalar.
//!
//! |    | 0  | 1  | 2  | 3  | 4  | 5  | 6  | 7  | 8  | 9  | 10 | 11 | 12 | 13 | 14 |
//! | -- | -- | -- | -- | -- | -- | -- | -- | -- | -- | -- | -- | -- | -- | -- | -- |
//! | w  | xₜ | yₜ | x₀ | y₀ | n  | n̂  |    | x₁ | y₁ | x₂ | y₂ | x₃ | y₃ | x₄ | y₄ |
//! | w′ | x₅ | y₅ | b₀ | b₁ | b₂ | b₃ | b₄ | s₀ | s₁ | s₂ | s₃ | s₄ |    |    |    |
//!
//! The accumulator goes from P₀ = (x₀, y₀) to P₅ = (x₅, y₅), Pᵢ₊₁ = (Pᵢ + Qᵢ) + Pᵢ, where Qᵢ is T if the bit bᵢ is 1 and
//! -T if it is 0; the scalar read so far goes from n to n̂, most significant bit first. sᵢ is the slope of Pᵢ + Qᵢ.
//! With t = 2xᵢ + xₜ - sᵢ² (xᵢ less the first sum's abscissa) and u = 2yᵢ - t·sᵢ, the slope of the second sum is u/t:
//!
//! - n̂ - (32n + 16b₀ + 8b₁ + 4b₂ + 2b₃ + b₄) = 0
//!
//! and for i from 0 to 4
//!
//! 1. bᵢ² - bᵢ = 0
//! 2. (xᵢ - xₜ)·sᵢ - yᵢ + (2bᵢ - 1)·yₜ = 0
//! 3. u² - t²·(xᵢ₊₁ - xₜ + sᵢ²) = 0
//! 4. (yᵢ₊₁ + yᵢ)·t - (xᵢ - xᵢ₊₁)·u = 0
//!
//! The formulas: section 3.1 of arXiv math/0208038.

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, boolean, join};

pub(super) const CONSTRAINTS: usize = 21;
/// The terms t²·sᵢ² of constraint 3, of degree 6, cancel.
pub(super) const DEGREE: usize = 5;

/// The first columns of the accumulators P₀ to P₄ in the gate's row; P₅ starts the next one.
const POINTS: [usize; 5] = [2, 7, 9, 11, 13];

#[inline]
pub(super) fn constraints<F: Arithmetic>(cells: &impl Cells<F>, mut assert_zero: impl FnMut(F)) {
    let (base_x, base_y) = (cells.curr(0), cells.curr(1));
    let bit = |i: usize| cells.next(2 + i);
    let point = |i: usize| match POINTS.get(i) {
        Some(&col) => (cells.curr(col), cells.curr(col + 1)),
        None => (cells.next(0), cells.next(1)),
    };

    assert_zero(cells.curr(5) - join(cells.curr(4), 1, (0..5).map(bit)));

    for i in 0..5 {
        let (bit, slope) = (bit(i), cells.next(7 + i));
        let ((in_x, in_y), (out_x, out_y)) = (point(i), point(i + 1));
        let slope_squared = slope.square();
        let t = in_x.double() + base_x - slope_squared;
        let u = in_y.double() - t * slope;

        assert_zero(boolean(bit));
        assert_zero((in_x - base_x) * slope - in_y + (bit.double() - F::one()) * base_y);
        assert_zero(u.square() - t.square() * (out_x - base_x + slope_squared));
        assert_zero((out_y + in_y) * t - (in_x - out_x) * u);
    }
}
