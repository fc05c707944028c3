//! The constraints of every gate, each written once over the [`Cells`] that they read.
//!
//! The verifier evaluates them at ζ, a prover at every point of an extended domain, a witness checker row by row. The
//! number and order of a gate's constraints are Kimchi's own (`circuits/polynomials/` of proof-systems), since the
//! i-th constraint of a gate is weighted with αⁱ.
//!
//! In the documentation of the gates w₀ … w₁₄ are the cells of the gate's row, w′₀ … w′₁₄ those of the row after it,
//! and c₀ … c₁₄ the row's coefficients.

mod complete_add;
mod constants;
mod endo_mul;
mod endo_mul_scalar;
mod foreign_field_add;
mod foreign_field_mul;
mod generic;
mod poseidon;
mod range_check0;
mod range_check1;
mod rot64;
mod var_base_mul;
mod xor16;

#[cfg(test)]
mod tests;

use quickpickle_curve::rows::Arithmetic;

use super::evaluations::GateType;
pub use constants::{GateConstants, Generation};

/// Constraints of one gate at most: the powers of α that the gates share.
pub const MAX_CONSTRAINTS: usize = 21;

/// The cells that the constraints of a gate read.
pub trait Cells<F> {
    /// The witness in column `col` (below 15) of the gate's row.
    fn curr(&self, col: usize) -> F;
    /// The witness in column `col` (below 15) of the row after it.
    fn next(&self, col: usize) -> F;
    /// The coefficient in column `col` (below 15) of the gate's row.
    fn coeff(&self, col: usize) -> F;
}

/// Hands the constraints of `gate` to `assert_zero`, one by one, in Kimchi's order. All of them are zero exactly where
/// the cells satisfy the gate; `Zero` has none, and `Lookup` none but those of the lookup argument.
#[inline]
pub fn constraints<F: Arithmetic>(
    gate: GateType,
    constants: &GateConstants<F>,
    cells: &impl Cells<F>,
    assert_zero: impl FnMut(F),
) {
    match gate {
        GateType::Zero | GateType::Lookup => {}
        GateType::Generic => apart(|| generic::constraints(cells, assert_zero)),
        GateType::Poseidon => apart(|| poseidon::constraints(constants, cells, assert_zero)),
        GateType::CompleteAdd => apart(|| complete_add::constraints(cells, assert_zero)),
        GateType::VarBaseMul => apart(|| var_base_mul::constraints(cells, assert_zero)),
        GateType::EndoMul => apart(|| endo_mul::constraints(constants, cells, assert_zero)),
        GateType::EndoMulScalar => apart(|| endo_mul_scalar::constraints(constants, cells, assert_zero)),
        GateType::RangeCheck0 => apart(|| range_check0::constraints(constants, cells, assert_zero)),
        GateType::RangeCheck1 => apart(|| range_check1::constraints(cells, assert_zero)),
        GateType::ForeignFieldAdd => apart(|| foreign_field_add::constraints(constants, cells, assert_zero)),
        GateType::ForeignFieldMul => apart(|| foreign_field_mul::constraints(constants, cells, assert_zero)),
        GateType::Xor16 => apart(|| xor16::constraints(cells, assert_zero)),
        GateType::Rot64 => apart(|| rot64::constraints(constants, cells, assert_zero)),
    }
}

/// Does something, in WebAssembly in a function of its own: engines count how much code a call runs through, not how much of it runs, and optimise
/// one function of all gates soon, in 3.5 MB of memory.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
fn apart(work: impl FnOnce()) {
    work();
}

/// Σ αⁱ·(constraint i) over the constraints of `gate`, `alphas` being the powers of α from α⁰ up.
#[inline]
pub fn combined_constraints<F: Arithmetic>(
    gate: GateType,
    constants: &GateConstants<F>,
    cells: &impl Cells<F>,
    alphas: &[F; MAX_CONSTRAINTS],
) -> F {
    let mut sum = F::zero();
    let mut i = 0;
    constraints(gate, constants, cells, |constraint| {
        sum += alphas[i] * constraint;
        i += 1;
    });
    sum
}

/// How many constraints a gate has.
pub const fn constraint_count(gate: GateType, generation: Generation) -> usize {
    match gate {
        GateType::Zero | GateType::Lookup => 0,
        GateType::Generic => generic::CONSTRAINTS,
        GateType::Poseidon => poseidon::CONSTRAINTS,
        GateType::CompleteAdd => complete_add::CONSTRAINTS,
        GateType::VarBaseMul => var_base_mul::CONSTRAINTS,
        GateType::EndoMul => endo_mul::constraint_count(generation),
        GateType::EndoMulScalar => endo_mul_scalar::CONSTRAINTS,
        GateType::RangeCheck0 => range_check0::CONSTRAINTS,
        GateType::RangeCheck1 => range_check1::CONSTRAINTS,
        GateType::ForeignFieldAdd => foreign_field_add::CONSTRAINTS,
        GateType::ForeignFieldMul => foreign_field_mul::CONSTRAINTS,
        GateType::Xor16 => xor16::CONSTRAINTS,
        GateType::Rot64 => rot64::CONSTRAINTS,
    }
}

/// The highest degree of a gate's constraints in the columns they read, without the selector that multiplies them.
pub const fn degree(gate: GateType) -> usize {
    match gate {
        GateType::Zero | GateType::Lookup => 0,
        GateType::Generic => generic::DEGREE,
        GateType::Poseidon => poseidon::DEGREE,
        GateType::CompleteAdd => complete_add::DEGREE,
        GateType::VarBaseMul => var_base_mul::DEGREE,
        GateType::EndoMul => endo_mul::DEGREE,
        GateType::EndoMulScalar => endo_mul_scalar::DEGREE,
        GateType::RangeCheck0 => range_check0::DEGREE,
        GateType::RangeCheck1 => range_check1::DEGREE,
        GateType::ForeignFieldAdd => foreign_field_add::DEGREE,
        GateType::ForeignFieldMul => foreign_field_mul::DEGREE,
        GateType::Xor16 => xor16::DEGREE,
        GateType::Rot64 => rot64::DEGREE,
    }
}

/// b² - b: zero exactly for the bits 0 and 1.
#[inline]
fn boolean<F: Arithmetic>(b: F) -> F {
    b.square() - b
}

/// x(x - 1)(x - 2)(x - 3): zero exactly for the two-bit values, "crumbs" in Kimchi.
#[inline]
fn crumb<F: Arithmetic>(x: F) -> F {
    // (x² - 3x)(x² - 3x + 2)
    let y = x.square() - x.double() - x;
    y.square() + y.double()
}

/// The number whose digits are `digits`, most significant first, each `bits` wide, below the digits of `high`.
#[inline]
fn join<F: Arithmetic>(high: F, bits: u32, digits: impl IntoIterator<Item = F>) -> F {
    // Few bits, for which doublings cost less than a multiplication and its constant.
    digits.into_iter().fold(high, |sum, digit| sum.times_power_of_two(bits) + digit)
}
