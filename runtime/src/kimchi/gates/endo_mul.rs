//! `EndoMul`: four bits of a multiplication of a point T by a scalar, by means of the curve's endomorphism.
//!
//! |    | 0  | 1  | 2 | 3 | 4  | 5  | 6 | 7  | 8  | 9  | 10 | 11 | 12 | 13 | 14 |
//! | -- | -- | -- | - | - | -- | -- | - | -- | -- | -- | -- | -- | -- | -- | -- |
//! | w  | xₜ | yₜ | z |   | xₚ | yₚ | n | xᵣ | yᵣ | s₁ | s₃ | b₁ | b₂ | b₃ | b₄ |
//! | w′ |    |    |   |   | xₛ | yₛ | n̂ |    |    |    |    |    |    |    |    |
//!
//! The accumulator goes from P to R = (P + Q₁) + P and on to S = (R + Q₂) + R. The bits choose the points added: Q₁ is
//! ±T if b₁ = 0 and ±φ(T) if b₁ = 1, with the sign plus if b₂ = 1; Q₂ likewise by b₃ and b₄. φ(x, y) = (ξx, y) is the
//! endomorphism. The scalar read so far goes from n to n̂. s₁ and s₃ are the slopes of P + Q₁ and R + Q₂, and z is the
//! inverse that excludes P = -R and R = -S, in which the formulas do not determine the sum. With
//!
//! - Q₁ = ((1 + (ξ - 1)·b₁)·xₜ, (2b₂ - 1)·yₜ) and Q₂ = ((1 + (ξ - 1)·b₃)·xₜ, (2b₄ - 1)·yₜ)
//!
//! the constraints are
//!
//! 1. to 4. bᵢ² - bᵢ = 0 for i from 1 to 4
//! 5. (x(Q₁) - xₚ)·s₁ - (y(Q₁) - yₚ) = 0
//! 6. (2xₚ - s₁² + x(Q₁))·((xₚ - xᵣ)·s₁ + yᵣ + yₚ) - 2yₚ·(xₚ - xᵣ) = 0
//! 7. (yᵣ + yₚ)² - (xₚ - xᵣ)²·(s₁² - x(Q₁) + xᵣ) = 0
//! 8. to 10. the same three with s₃, Q₂, R and S in the places of s₁, Q₁, P and R
//! 11. 16n + 8b₁ + 4b₂ + 2b₃ + b₄ - n̂ = 0
//! 12. (xₚ - xᵣ)·(xᵣ - xₛ)·z - 1 = 0
//!
//! The twelfth came with proof-systems 0.5.0 ([`Generation::DistinctPoints`]). Circuits made before have eleven
//! constraints, and nothing in column 2; they must see to it themselves that no addition is degenerate.

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, GateConstants, Generation, boolean, join};

pub(super) const fn constraint_count(generation: Generation) -> usize {
    match generation {
        Generation::Berkeley => 11,
        Generation::DistinctPoints => 12,
    }
}

pub(super) const DEGREE: usize = 4;

#[inline]
pub(super) fn constraints<F: Arithmetic>(
    constants: &GateConstants<F>,
    cells: &impl Cells<F>,
    mut assert_zero: impl FnMut(F),
) {
    let (base_x, base_y) = (cells.curr(0), cells.curr(1));
    let bits: [F; 4] = std::array::from_fn(|i| cells.curr(11 + i));
    // P, R and S.
    let points =
        [(cells.curr(4), cells.curr(5)), (cells.curr(7), cells.curr(8)), (cells.next(4), cells.next(5))];

    for bit in bits {
        assert_zero(boolean(bit));
    }

    let endo_less_one = constants.endo - F::one();
    for i in 0..2 {
        let ((in_x, in_y), (out_x, out_y)) = (points[i], points[i + 1]);
        let slope = cells.curr(9 + i);
        let added_x = (F::one() + bits[2 * i] * endo_less_one) * base_x;
        let added_y = (bits[2 * i + 1].double() - F::one()) * base_y;
        let slope_squared = slope.square();
        let (dx, sum_y) = (in_x - out_x, out_y + in_y);

        assert_zero((added_x - in_x) * slope - (added_y - in_y));
        assert_zero((in_x.double() - slope_squared + added_x) * (dx * slope + sum_y) - in_y.double() * dx);
        assert_zero(sum_y.square() - dx.square() * (slope_squared - added_x + out_x));
    }

    assert_zero(join(cells.curr(6), 1, bits) - cells.next(6));

    if constants.generation == Generation::DistinctPoints {
        let [(p_x, _), (r_x, _), (s_x, _)] = points;
        assert_zero((p_x - r_x) * (r_x - s_x) * cells.curr(2) - F::one());
    }
}
