//! `ForeignFieldMul`: a·b = q·f + r for elements of another field, of modulus f, in limbs of 88 bits.
//!
//! |    | 0   | 1   | 2  | 3  | 4  | 5   | 6    | 7    | 8    | 9    | 10   | 11   | 12   | 13   | 14    |
//! | -- | --- | --- | -- | -- | -- | --- | ---- | ---- | ---- | ---- | ---- | ---- | ---- | ---- | ----- |
//! | w  | a₀  | a₁  | a₂ | b₀ | b₁ | b₂  | p₁₀  | k₀   | k₁   | k₂   | k₃   | k₇   | k₈   | k₉   | k₁₀   |
//! | w′ | r₀₁ | r₂  | q₀ | q₁ | q₂ | q₂ᵇ | p₁₁₀ | p₁₁₁ | k₄   | k₅   | k₆   | v₀   |      |      |       |
//! | c  | f₂  | f̄₀  | f̄₁ | f̄₂ |    |     |      |      |      |      |      |      |      |      |       |
//!
//! With L = 2⁸⁸, the gate checks the equation modulo L³ = 2²⁶⁴, carry by carry, and modulo the native field's order;
//! together with the bounds of the operands that is enough over the integers (the book, "Foreign field
//! multiplication"). f̄ = L³ - f, so that a·b + q·f̄ ≡ r (mod L³); its products by limb place are
//!
//! - p₀ = a₀b₀ + q₀f̄₀
//! - p₁ = a₀b₁ + a₁b₀ + q₀f̄₁ + q₁f̄₀
//! - p₂ = a₀b₂ + a₂b₀ + a₁b₁ + q₀f̄₂ + q₂f̄₀ + q₁f̄₁
//!
//! and p₁ is split into p₁₀ of 88 bits and p₁₁ = p₁₁₀ + L·p₁₁₁, of 88 and 2 bits. r₀₁ = r₀ + L·r₁. v₀ carries from the
//! two lower limbs, v₁ = Σ 2¹²ʲ·kⱼ (j ≤ 7) + 2⁸⁶k₈ + 2⁸⁸k₉ + 2⁹⁰k₁₀ from the highest: k₀ to k₆, of 12 bits, are looked
//! up; k₇ to k₉ have two bits and k₁₀ one. q₂ᵇ is what is range-checked to show q₂ ≤ f₂. a, b, q, r, f̄ without an index
//! are the values of all three limbs.
//!
//! 1. p₁₁₁ is 0, 1, 2 or 3
//! 2. v₀ is 0, 1, 2 or 3
//! 3. p₁ - (p₁₀ + L·p₁₁) = 0
//! 4. L²·v₀ - (p₀ + L·p₁₀ - r₀₁) = 0
//! 5. a·b + q·f̄ - r - L³·q = 0
//! 6. to 8. k₇, k₈, k₉ are 0, 1, 2 or 3
//! 9. k₁₀ is 0 or 1
//! 10. L·v₁ - (p₂ + p₁₁ + v₀ - r₂) = 0
//! 11. q₂ᵇ - (q₂ + L - f₂ - 1) = 0

use quickpickle_curve::rows::Arithmetic;

use super::{Cells, GateConstants, boolean, crumb, join};

pub(super) const CONSTRAINTS: usize = 11;
pub(super) const DEGREE: usize = 4;

#[inline]
pub(super) fn constraints<F: Arithmetic>(
    constants: &GateConstants<F>,
    cells: &impl Cells<F>,
    mut assert_zero: impl FnMut(F),
) {
    let limb = constants.limb;
    let a: [F; 3] = std::array::from_fn(|i| cells.curr(i));
    let b: [F; 3] = std::array::from_fn(|i| cells.curr(3 + i));
    let q: [F; 3] = std::array::from_fn(|i| cells.next(2 + i));
    let negated_f: [F; 3] = std::array::from_fn(|i| cells.coeff(1 + i));
    let (r01, r2) = (cells.next(0), cells.next(1));
    let p10 = cells.curr(6);
    let p111 = cells.next(7);
    let p11 = limb * p111 + cells.next(6);
    let v0 = cells.next(11);
    let value = |x: [F; 3]| x[0] + limb * x[1] + constants.two_limbs * x[2];

    assert_zero(crumb(p111));
    assert_zero(crumb(v0));

    let p1 = a[0] * b[1] + a[1] * b[0] + q[0] * negated_f[1] + q[1] * negated_f[0];
    assert_zero(p1 - p10 - limb * p11);

    let p0 = a[0] * b[0] + q[0] * negated_f[0];
    assert_zero(constants.two_limbs * v0 - (p0 + limb * p10 - r01));

    let r = r01 + constants.two_limbs * r2;
    assert_zero(value(a) * value(b) + value(q) * (value(negated_f) - constants.three_limbs) - r);

    let crumbs: [F; 3] = std::array::from_fn(|i| cells.curr(11 + i));
    for x in crumbs {
        assert_zero(crumb(x));
    }
    let bit = cells.curr(14);
    assert_zero(boolean(bit));

    let looked_up = [10, 9, 8].map(|col| cells.next(col)).into_iter();
    let looked_up = looked_up.chain([10, 9, 8, 7].map(|col| cells.curr(col)));
    let v1 = join(join(bit, 2, crumbs.into_iter().rev()), 12, looked_up);
    let p2 = a[0] * b[2]
        + a[2] * b[0]
        + a[1] * b[1]
        + q[0] * negated_f[2]
        + q[2] * negated_f[0]
        + q[1] * negated_f[1];
    assert_zero(limb * v1 - (p2 + p11 + v0 - r2));

    assert_zero(cells.next(5) - (q[2] + limb - cells.coeff(0) - F::one()));
}
