//! Values that the opening of many polynomials at two points is made of.

use super::evaluations::PointEvaluations;
use crate::challenge::Challenge;
use crate::lockstep::Lanes;
use crate::poseidon::SpongeField;
use crate::sponge::EvaluationSponge;
use ark_ff::Field;

/// The second half of a transcript, over evaluations: the challenges that combine the opened polynomials (polyscale, "v" in
/// the Kimchi book, ξ in Pickles) and the two points (evalscale, "u", r).
///
/// `digest` is that of the first half, `previous` are the challenges of the openings that the proof carries along, and
/// `evaluations` begin with those of the public input, in the order of
/// [`Evaluations::absorbed`](super::evaluations::Evaluations::absorbed).
pub async fn evaluation_challenges<'a, F: SpongeField>(
    digest: F,
    previous: impl IntoIterator<Item = &'a [F]>,
    ft_eval1: F,
    evaluations: impl IntoIterator<Item = PointEvaluations<&'a [F]>>,
    lanes: &Lanes,
) -> [Challenge; 2] {
    let mut openings = EvaluationSponge::new();
    previous.into_iter().for_each(|challenges| openings.absorb(challenges));
    let mut sponge = EvaluationSponge::new();
    sponge.absorb(&[digest, openings.digest_among(lanes).await, ft_eval1]);
    for evaluation in evaluations {
        sponge.absorb(evaluation.zeta);
        sponge.absorb(evaluation.zeta_omega);
    }
    [sponge.challenge_among(lanes).await, sponge.challenge_among(lanes).await]
}

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
