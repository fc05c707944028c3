//! The opening check of the inner-product argument.
//!
//! A verified Kimchi proof comes down to one [`OpeningClaim`], a Pickles proof to an [`AccumulatorClaim`] as well. Any
//! number of both, on one curve, is settled by one multi-scalar multiplication in [`check`]: each claim is one or two
//! equations between points, and a random linear combination of all equations is zero, but for a chance of 2^-254, only
//! if each of them holds. Facts: `SRS::verify` in proof-systems' `poly-commitment/src/ipa.rs`.

pub mod challenge_polynomial;
#[cfg(test)]
mod tests;

use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand, Zero, batch_inversion};
use educe::Educe;
use quickpickle_curve::{GroupMap, msm};
use quickpickle_srs_data::{PackedPoint, Points};
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

use crate::curve::{Affine, KimchiCurve, ScalarField};
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

/// Whether all claims hold; `true` where there are none.
///
/// `rng` must be a source that no prover can predict: the operating system's.
///
/// # Errors
/// Where the SRS for the claim with the most rounds is not available: then it is not known whether the claims hold.
pub fn check<C: KimchiCurve>(
    tables: &dyn TableSource,
    openings: &[&OpeningClaim<C>],
    accumulators: &[&AccumulatorClaim<C>],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<bool, TableError> {
    let rounds = openings.iter().map(|claim| claim.rounds);
    let Some(rounds) = rounds.chain(accumulators.iter().map(|claim| claim.challenges.len())).max() else {
        return Ok(true);
    };
    if rounds > MAX_ROUNDS {
        let (log2, limit) = (u32::try_from(rounds).unwrap_or(u32::MAX), MAX_ROUNDS as u32);
        return Err(TableError::TooLarge { table: "SRS", log2, limit });
    }
    let size = 1 << rounds;
    let srs = Srs::of(tables, size)?;

    let Some(replayed) = openings.par_iter().map(|claim| Replayed::new(claim)).collect::<Option<Vec<_>>>()
    else {
        return Ok(false);
    };
    let mut sum = Sum { terms: Vec::new(), blinder: ScalarField::<C>::ZERO, folded: Vec::new() };
    for (claim, replayed) in openings.iter().zip(&replayed) {
        sum.add_opening(claim, replayed, [random_weight::<C>(rng), random_weight::<C>(rng)]);
    }
    for claim in accumulators {
        sum.add_folded(&claim.challenges, claim.commitment, random_weight::<C>(rng));
    }

    sum.terms.push((srs.blinder, sum.blinder));
    let on_generators = challenge_polynomial::combine(&sum.folded, size);
    let (points, scalars): (Vec<_>, Vec<_>) =
        sum.terms.iter().map(|(point, scalar)| (PackedPoint::pack(point), *scalar)).unzip();
    Ok(msm::<C>(&[(srs.generators, &on_generators), (Points::new(&points), &scalars)]).is_zero())
}

/// A weight for one equation: random, not zero.
fn random_weight<C: KimchiCurve>(rng: &mut (impl RngCore + CryptoRng)) -> ScalarField<C> {
    loop {
        let weight = ScalarField::<C>::rand(rng);
        if !weight.is_zero() {
            return weight;
        }
    }
}

/// What the transcript of an opening determines.
struct Replayed<C: KimchiCurve> {
    /// The point U that inner products are committed with.
    inner_product_base: Affine<C>,
    /// The challenge of each round, and its inverse.
    challenges: Vec<ScalarField<C>>,
    inverses: Vec<ScalarField<C>>,
    /// The challenge of the final Schnorr proof.
    c: ScalarField<C>,
}

impl<C: KimchiCurve> Replayed<C> {
    /// Replays the transcript; `None` where the opening has not as many rounds as the claim, or a challenge is zero
    /// and has no inverse.
    fn new(claim: &OpeningClaim<C>) -> Option<Self> {
        let opening = &claim.opening;
        if opening.lr.len() != claim.rounds {
            return None;
        }
        let mut sponge = claim.sponge.clone();
        sponge.absorb_scalars(&[shift_scalar::<C>(claim.combined_inner_product)]);
        let inner_product_base = GroupMap::<C>::new().to_group(sponge.challenge_base());
        let challenges: Vec<_> = opening
            .lr
            .iter()
            .map(|(l, r)| {
                sponge.absorb_points(&[*l, *r]);
                sponge.challenge().to_field_endo(C::ENDO_SCALAR)
            })
            .collect();
        if challenges.iter().any(Zero::is_zero) {
            return None;
        }
        let mut inverses = challenges.clone();
        batch_inversion(&mut inverses);
        sponge.absorb_points(&[opening.delta]);
        let c = sponge.challenge().to_field_endo(C::ENDO_SCALAR);
        Some(Self { inner_product_base, challenges, inverses, c })
    }
}

/// The sum of all equations, each times its weight, that must be zero.
struct Sum<'a, C: KimchiCurve> {
    /// Points of the claims with their scalars.
    terms: Vec<(Affine<C>, ScalarField<C>)>,
    /// The scalar of the blinder.
    blinder: ScalarField<C>,
    /// Challenge polynomials whose coefficients, times the weights, are the scalars of the generators.
    folded: Vec<(&'a [ScalarField<C>], ScalarField<C>)>,
}

impl<'a, C: KimchiCurve> Sum<'a, C> {
    /// weight·(Σ bᵢGᵢ - commitment).
    fn add_folded(
        &mut self,
        challenges: &'a [ScalarField<C>],
        commitment: Affine<C>,
        weight: ScalarField<C>,
    ) {
        self.folded.push((challenges, weight));
        self.terms.push((commitment, -weight));
    }

    /// The first weight times cQ + δ - z₁(sg + b·U) - z₂H, where Q is the claimed commitment with the terms that the
    /// rounds removed from it, and b the challenge polynomial at both points; the second times the claim that sg is
    /// folded from the generators.
    fn add_opening(
        &mut self,
        claim: &OpeningClaim<C>,
        replayed: &'a Replayed<C>,
        [weight, folding_weight]: [ScalarField<C>; 2],
    ) {
        let OpeningProof { lr, delta, z1, z2, sg } = &claim.opening;
        self.add_folded(&replayed.challenges, *sg, folding_weight);

        let weight_c = weight * replayed.c;
        for ((l, r), (u, inverse)) in lr.iter().zip(replayed.challenges.iter().zip(&replayed.inverses)) {
            self.terms.push((*l, weight_c * inverse));
            self.terms.push((*r, weight_c * u));
        }
        self.terms.extend(claim.commitments.iter().map(|(point, scalar)| (*point, weight_c * scalar)));

        let [b, b_omega] =
            claim.evaluation_points.map(|x| challenge_polynomial::evaluate(&replayed.challenges, x));
        let b = b + claim.evalscale * b_omega;
        let on_base = weight_c * claim.combined_inner_product - weight * z1 * b;
        self.terms.push((replayed.inner_product_base, on_base));
        self.terms.push((*delta, weight));
        self.terms.push((*sg, -weight * z1));
        self.blinder -= weight * z2;
    }
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
