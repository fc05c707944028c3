//! The first equation of an opening: c·Q + δ - z₁(sg + b·U) - z₂H = 0, where Q is the claimed commitment with the terms
//! that the rounds removed from it, and b the challenge polynomial at both points.
//!
//! It takes no generator, only the proof's own points, the key's and the blinder: about a hundred. Whatever is altered in
//! an honest proof, its key or its statement changes a challenge or a term of it, and so breaks it.

use std::collections::HashMap;

use ark_ff::{AdditiveGroup, Field, Zero};
use quickpickle_curve::{invert_batch, msm_each};
use quickpickle_srs_data::{PackedPoint, Points};
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use super::folding::Folding;
use super::{OpeningClaim, challenge_polynomial, random_weight, shift_scalar, sum_of_terms};
use crate::curve::{Affine, KimchiCurve, Projective, ScalarField};
use crate::kimchi::proof::OpeningProof;
use crate::lockstep::{self, Lanes};
use crate::watch::Watch;

/// Openings that are summed at once. A sum of more costs less an opening, but then there are more to look at one by one
/// where it is wrong; with eight a wrong proof costs its batch a few milliseconds, and a valid one next to nothing.
const GROUP: usize = 8;

/// An opening with what its transcript determines.
pub struct Opening<'a, C: KimchiCurve> {
    /// The task it belongs to.
    pub task: usize,
    claim: &'a OpeningClaim<C>,
    /// The point U that inner products are committed with.
    inner_product_base: Affine<C>,
    /// The challenge of each round, and its inverse.
    challenges: Vec<ScalarField<C>>,
    inverses: Vec<ScalarField<C>>,
    /// The challenge of the final Schnorr proof.
    c: ScalarField<C>,
}

impl<'a, C: KimchiCurve> Opening<'a, C> {
    /// Replays the transcript; `None` where the opening has not as many rounds as the claim, or a challenge is zero
    /// and has no inverse.
    pub async fn replay(task: usize, claim: &'a OpeningClaim<C>, lanes: &Lanes) -> Option<Self> {
        let opening = &claim.opening;
        if opening.lr.len() != claim.rounds {
            return None;
        }
        let mut sponge = claim.sponge.clone();
        sponge.absorb_scalars(&[shift_scalar::<C>(claim.combined_inner_product)]);
        let inner_product_base = C::group_map().to_group(sponge.challenge_base_among(lanes).await);
        let mut challenges = Vec::with_capacity(claim.rounds);
        for (l, r) in &opening.lr {
            sponge.absorb_points(&[*l, *r]);
            challenges.push(sponge.challenge_among(lanes).await.to_field_endo(C::ENDO_SCALAR));
        }
        let mut inverses = challenges.clone();
        if !invert_batch(&mut inverses) {
            return None;
        }
        sponge.absorb_points(&[opening.delta]);
        let c = sponge.challenge_among(lanes).await.to_field_endo(C::ENDO_SCALAR);
        Some(Self { task, claim, inner_product_base, challenges, inverses, c })
    }

    /// The second equation: sg is folded from the generators.
    pub fn folding(&self) -> Folding<'_, C> {
        Folding { task: self.task, challenges: &self.challenges, commitment: self.claim.opening.sg }
    }

    #[cfg(test)]
    pub(super) fn base_and_c(&self) -> (Affine<C>, ScalarField<C>) {
        (self.inner_product_base, self.c)
    }
}

/// What is missing in the first equation of an opening: zero where it holds, `None` where the opening has not as many
/// rounds as the claim.
pub fn first_equation<C: KimchiCurve>(claim: &OpeningClaim<C>, blinder: Affine<C>) -> Option<Projective<C>> {
    let opening = lockstep::alone(async |lanes| Opening::replay(0, claim, lanes).await)?;
    Some(sum([(&opening, ScalarField::<C>::ONE)].into_iter(), blinder))
}

/// [`Opening::replay`] of many claims, in their order.
pub fn replay_each<'a, C: KimchiCurve>(
    claims: &[(usize, &'a OpeningClaim<C>)],
) -> Vec<(usize, Option<Opening<'a, C>>)> {
    let replay = |claims: &[(usize, &'a OpeningClaim<C>)]| {
        let lanes = Lanes::default();
        let openings = claims.iter().map(|(task, claim)| Opening::replay(*task, claim, &lanes));
        let openings = lockstep::together(&lanes, openings);
        claims.iter().map(|(task, _)| *task).zip(openings).collect::<Vec<_>>()
    };
    claims.par_chunks(lockstep::group_of(claims.len())).flat_map_iter(replay).collect()
}

/// The first equations, each times its weight.
fn sum<'a, C: KimchiCurve>(
    openings: impl Iterator<Item = (&'a Opening<'a, C>, ScalarField<C>)>,
    blinder: Affine<C>,
) -> Projective<C> {
    let mut sum = Sum::default();
    openings.for_each(|(opening, weight)| sum.add(opening, weight));
    sum_of_terms(&sum.finish(blinder))
}

/// The tasks whose opening breaks its first equation.
///
/// `rng` must be a source that no prover can predict.
pub fn culprits<C: KimchiCurve>(
    openings: &[Opening<'_, C>],
    blinder: Affine<C>,
    rng: &mut dyn CryptoRngCore,
    watch: &dyn Watch,
) -> Vec<usize> {
    let weighed: Vec<_> = openings.iter().map(|opening| (opening, random_weight::<C>(rng))).collect();
    let culprits_among = |group: &[(&Opening<'_, C>, ScalarField<C>)]| -> Vec<usize> {
        let holds = sum(group.iter().copied(), blinder).is_zero();
        watch.step();
        match group {
            _ if holds => Vec::new(),
            [(culprit, _)] => vec![culprit.task],
            suspects => {
                let broken = sum_each(suspects, blinder).into_iter().map(|sum| !sum.is_zero());
                suspects.iter().for_each(|_| watch.step());
                suspects
                    .iter()
                    .zip(broken)
                    .filter_map(|((suspect, _), broken)| broken.then_some(suspect.task))
                    .collect()
            }
        }
    };
    weighed.par_chunks(GROUP).flat_map_iter(culprits_among).collect()
}

/// The first equations by themselves, each times its weight.
fn sum_each<C: KimchiCurve>(
    openings: &[(&Opening<'_, C>, ScalarField<C>)],
    blinder: Affine<C>,
) -> Vec<Projective<C>> {
    let terms = openings.iter().map(|(opening, weight)| {
        let mut sum = Sum::default();
        sum.add(opening, *weight);
        sum.finish(blinder).into_iter().map(|(point, scalar)| (PackedPoint::pack(&point), scalar)).unzip()
    });
    let terms: Vec<(Vec<_>, Vec<_>)> = terms.collect();
    let parts: Vec<_> =
        terms.iter().map(|(points, scalars)| (Points::new(points), scalars.as_slice())).collect();
    msm_each::<C>(&parts)
}

/// Equations, each times its weight. A point that several of them have, as proofs with one key do, is one term.
#[derive(educe::Educe)]
#[educe(Default(bound()))]
struct Sum<C: KimchiCurve> {
    terms: Vec<(Affine<C>, ScalarField<C>)>,
    places: HashMap<Affine<C>, usize>,
    /// The scalar of the blinder.
    blinder: ScalarField<C>,
}

impl<C: KimchiCurve> Sum<C> {
    fn push(&mut self, point: Affine<C>, scalar: ScalarField<C>) {
        let place = *self.places.entry(point).or_insert(self.terms.len());
        match self.terms.get_mut(place) {
            Some((_, sum)) => *sum += scalar,
            None => self.terms.push((point, scalar)),
        }
    }

    fn add(&mut self, opening: &Opening<'_, C>, weight: ScalarField<C>) {
        let claim = opening.claim;
        let OpeningProof { lr, delta, z1, z2, sg } = &claim.opening;
        let weight_c = weight * opening.c;
        for ((l, r), (u, inverse)) in lr.iter().zip(opening.challenges.iter().zip(&opening.inverses)) {
            self.push(*l, weight_c * inverse);
            self.push(*r, weight_c * u);
        }
        for (point, scalar) in &claim.commitments {
            self.push(*point, weight_c * scalar);
        }

        let [b, b_omega] =
            claim.evaluation_points.map(|x| challenge_polynomial::evaluate(&opening.challenges, x));
        let b = b + claim.evalscale * b_omega;
        let on_base = weight_c * claim.combined_inner_product - weight * z1 * b;
        self.push(opening.inner_product_base, on_base);
        self.push(*delta, weight);
        self.push(*sg, -weight * z1);
        self.blinder -= weight * z2;
    }

    /// All terms; their sum must be zero.
    fn finish(mut self, blinder: Affine<C>) -> Vec<(Affine<C>, ScalarField<C>)> {
        let scalar = std::mem::replace(&mut self.blinder, ScalarField::<C>::ZERO);
        self.push(blinder, scalar);
        self.terms
    }
}
