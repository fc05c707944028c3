//! `EndoMulScalar`: eight pairs of bits of a scalar challenge's expansion to a·λ + b, λ the endomorphism's scalar.
//!
//! |   | 0 | 1 | 2 | 3 | 4 | 5 | 6 … 13  | 14 |
//! | - | - | - | - | - | - | - | ------- | -- |
//! | w | n | n̂ | a | b | â | b̂ | x₀ … x₇ |    |
//!
//! Each pair xᵢ of bits doubles a and b and changes one of them, as in algorithm 2 of Halo (eprint 2019/1021):
//! a ← 2a + f(xᵢ) and b ← 2b + g(xᵢ), where
//!
//! | x    | 0  | 1 | 2  | 3 |
//! | ---- | -- | - | -- | - |
//! | f(x) | 0  | 0 | -1 | 1 |
//! | g(x) | -1 | 1 | 0  | 0 |
//!
//! so that f(x) = (2/3)x³ - (5/2)x² + (11/6)x and g(x) = f(x) - x² + 3x - 1 on these four values.
//!
//! 1. 4⁸n + Σ 4⁷⁻ⁱ·xᵢ - n̂ = 0
//! 2. 2⁸a + Σ 2⁷⁻ⁱ·f(xᵢ) - â = 0
//! 3. 2⁸b + Σ 2⁷⁻ⁱ·g(xᵢ) - b̂ = 0
//! 4. to 11. xᵢ(xᵢ - 1)(xᵢ - 2)(xᵢ - 3) = 0 for i from 0 to 7

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
    let pairs: [F; 8] = std::array::from_fn(|i| cells.curr(6 + i));
    let [c1, c2, c3] = constants.crumb_to_a;
    let to_a = pairs.map(|x| ((c3 * x + c2) * x + c1) * x);
    let to_b = |i: usize| {
        let x: F = pairs[i];
        to_a[i] + x.double() + x - x.square() - F::one()
    };

    assert_zero(join(cells.curr(0), 2, pairs) - cells.curr(1));
    assert_zero(join(cells.curr(2), 1, to_a) - cells.curr(4));
    assert_zero(join(cells.curr(3), 1, (0..8).map(to_b)) - cells.curr(5));
    for pair in pairs {
        assert_zero(crumb(pair));
    }
}
