//! Values that the opening of many polynomials at two points is made of.

use super::evaluations::PointEvaluations;
use ark_ff::Field;

/// Σᵢ polyscaleⁱ (fᵢ(ζ) + evalscale fᵢ(ζω)) over all opened polynomials, chunk by chunk
/// (`combined_inner_product` in `poly-commitment/src/commitment.rs`).
pub fn combined_inner_product<F: Field>(
    polyscale: F,
    evalscale: F,
    evaluations: impl DoubleEndedIterator<Item = PointEvaluations<F>>,
) -> F {
    evaluations.rev().fold(F::ZERO, |sum, e| sum * polyscale + e.zeta + evalscale * e.zeta_omega)
}

/// f(x) from the evaluations of f's chunks at x, each chunk worth `power` = x^(SRS size) more than the one before.
pub fn combine_chunks<F: Field>(chunks: &[F], power: F) -> F {
    chunks.iter().rev().fold(F::ZERO, |sum, chunk| sum * power + chunk)
}
