//! The opening check of the inner-product argument.
//!
//! A verified Kimchi proof comes down to one [`OpeningClaim`], a Pickles proof to an [`AccumulatorClaim`] as well. An
//! opening is two equations between points: the first, in `opening`, between points of the proof; the second, in
//! `folding`, says that a point is folded from the generators of the SRS, and is all that an accumulator says. Equations
//! are checked together: a random linear combination of them is zero, but for a chance of 2^-254, only if each of them
//! holds. Facts: `SRS::verify` in proof-systems' `poly-commitment/src/ipa.rs`.

pub mod challenge_polynomial;
pub mod elsewhere;
pub(crate) mod folding;
pub(crate) mod opening;
#[cfg(test)]
pub(crate) mod tests;

use ark_ff::{Field, PrimeField, UniformRand, Zero};
use educe::Educe;
use quickpickle_curve::msm;
use quickpickle_srs_data::{PackedPoint, Points};
use rand_core::CryptoRngCore;

use self::folding::Folding;
use self::opening::Opening;
pub use self::opening::first_equation;
use crate::curve::{Affine, KimchiCurve, Projective, ScalarField};
use crate::kimchi::proof::OpeningProof;
use crate::sponge::TranscriptSponge;
use crate::tables::{Srs, TableError, TableSource};

/// log2 of the largest SRS that a claim may ask for.
pub const MAX_ROUNDS: usize = 20;

/// That the combination Σ sᵢCᵢ of commitments opens, at both points together, to the combined inner product.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct OpeningClaim<C: KimchiCurve> {
    /// The transcript up to the combined inner product, which it has not absorbed.
    pub sponge: TranscriptSponge<C>,
    /// log2 of the SRS size, and so the number of rounds.
    pub rounds: usize,
    /// ζ and ζω.
    pub evaluation_points: [ScalarField<C>; 2],
    /// What the evaluation at the second point is weighed with.
    pub evalscale: ScalarField<C>,
    /// Σ polyscaleⁱ (fᵢ(ζ) + evalscale·fᵢ(ζω)).
    pub combined_inner_product: ScalarField<C>,
    /// The commitments Cᵢ with their weights sᵢ.
    pub commitments: Vec<(Affine<C>, ScalarField<C>)>,
    /// The opening.
    pub opening: OpeningProof<C>,
}

/// That `commitment` is Σ bᵢGᵢ, b the coefficients of the challenge polynomial of `challenges`: the part of an opening
/// that recursion leaves to the end.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct AccumulatorClaim<C: KimchiCurve> {
    /// The folded generators.
    pub commitment: Affine<C>,
    /// The challenges they were folded by, one a round.
    pub challenges: Vec<ScalarField<C>>,
}

/// The first 2^`rounds` generators of the curve's SRS, and its blinder.
///
/// # Errors
/// Where the source does not have them.
pub(crate) fn generators<C: KimchiCurve>(
    tables: &dyn TableSource,
    rounds: usize,
) -> Result<Srs<'_, C>, TableError> {
    if rounds > MAX_ROUNDS {
        let (log2, limit) = (u32::try_from(rounds).unwrap_or(u32::MAX), MAX_ROUNDS as u32);
        return Err(TableError::TooLarge { table: "SRS", log2, limit });
    }
    Srs::of(tables, 1 << rounds)
}

/// Whether all claims hold; `true` where there are none.
///
/// `rng` must be a source that no prover can predict: the operating system's.
///
/// # Errors
/// Where the SRS for the claim with the most rounds is not to be had; nothing is said about the claims then.
pub fn check<C: KimchiCurve>(
    tables: &dyn TableSource,
    openings: &[&OpeningClaim<C>],
    accumulators: &[&AccumulatorClaim<C>],
    rng: &mut dyn CryptoRngCore,
) -> Result<bool, TableError> {
    let rounds = openings.iter().map(|claim| claim.rounds);
    let Some(rounds) = rounds.chain(accumulators.iter().map(|claim| claim.challenges.len())).max() else {
        return Ok(true);
    };
    let srs = generators::<C>(tables, rounds)?;
    let openings: Vec<_> = openings.iter().copied().enumerate().collect();
    let replayed = opening::replay_each(&openings).into_iter().map(|(_, opening)| opening);
    let Some(openings) = replayed.collect::<Option<Vec<_>>>() else { return Ok(false) };
    if !opening::culprits(&openings, srs.blinder, rng, &()).is_empty() {
        return Ok(false);
    }
    let accumulators = accumulators.iter().map(|claim| Folding::of_accumulator(0, claim));
    let foldings: Vec<_> = openings.iter().map(Opening::folding).chain(accumulators).collect();
    Ok(folding::hold(srs.generators, &foldings, rng))
}

/// A weight for one equation: random, not zero.
fn random_weight<C: KimchiCurve>(rng: &mut dyn CryptoRngCore) -> ScalarField<C> {
    loop {
        let weight = ScalarField::<C>::rand(rng);
        if !weight.is_zero() {
            return weight;
        }
    }
}

/// The sum of multiples of points.
fn sum_of_terms<C: KimchiCurve>(terms: &[(Affine<C>, ScalarField<C>)]) -> Projective<C> {
    let (points, scalars): (Vec<_>, Vec<_>) =
        terms.iter().map(|(point, scalar)| (PackedPoint::pack(point), *scalar)).unzip();
    msm::<C>(&[(Points::new(&points), &scalars)])
}

/// The scalar that stands for x in a circuit over the other field: the one from which scalar multiplication as circuits
/// compute it, by x + 2ⁿ or 2x + 2ⁿ + 1, gets back to x, n = 255 bits of the modulus (`shift_scalar` in proof-systems'
/// `poly-commitment/src/commitment.rs`).
///
/// x - 2ⁿ where the scalar field is the larger of the two, otherwise (x - 2ⁿ - 1)/2.
pub fn shift_scalar<C: KimchiCurve>(x: ScalarField<C>) -> ScalarField<C> {
    let two_to_n = ScalarField::<C>::from(2u64).pow([u64::from(ScalarField::<C>::MODULUS_BIT_SIZE)]);
    let is_smaller = ScalarField::<C>::MODULUS < crate::curve::BaseField::<C>::MODULUS;
    if is_smaller {
        (x - two_to_n - ScalarField::<C>::ONE) / ScalarField::<C>::from(2u64)
    } else {
        x - two_to_n
    }
}
