//! The equations over the SRS: that a point is Σ bᵢGᵢ, b the coefficients of the challenge polynomial. Each costs a sum
//! over all generators; together they cost one.
//!
//! Where the sum of all is not zero, further sums find the culprits. Let eᵢ be what is missing in equation i, vᵢ its random
//! weight, and Dⱼ = Σ vᵢ·xᵢʲ·eᵢ with xᵢ = i + 1, the place of the equation: D₀ is the first sum. If exactly one equation
//! is wrong, D₁ = xᵢD₀ tells which; if two are, D₂ - (xᵢ + xₖ)D₁ + xᵢxₖD₀ = 0 tells both. Whatever the errors, a random vᵢ
//! lets another choice fit only with a chance of 2^-254. If more are wrong the places are halved. The sums of one half
//! are computed, those of the other are the difference; a half whose sum is zero is done with, and the other has all.

use std::ops::Range;

use ark_ec::PrimeGroup;
use ark_ff::Zero;
use quickpickle_srs_data::{PackedPoint, Points};
use rand_core::CryptoRngCore;

use super::elsewhere::Elsewhere;
use super::{AccumulatorClaim, challenge_polynomial, random_weight};
use crate::curve::{Affine, KimchiCurve, Projective, ScalarField};
use crate::watch::Watch;
use quickpickle_curve::{TensorTerm, msm, msm_with_tensors, tensor_sum};

/// Wrong equations that are told from their sums, without halving.
const TOLD: usize = 2;
/// Places at most among which two are looked for: some ten thousand additions.
const PAIRS_AMONG: usize = 256;

/// That a point is folded from the generators by these challenges.
pub struct Folding<'a, C: KimchiCurve> {
    /// The task it belongs to.
    pub task: usize,
    /// The challenges, one a round.
    pub challenges: &'a [ScalarField<C>],
    /// The point.
    pub commitment: Affine<C>,
}

impl<'a, C: KimchiCurve> Folding<'a, C> {
    /// What an accumulator says.
    pub fn of_accumulator(task: usize, claim: &'a AccumulatorClaim<C>) -> Self {
        Self { task, challenges: &claim.challenges, commitment: claim.commitment }
    }
}

/// What was found out about an equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It holds.
    Holds,
    /// It does not.
    Wrong,
    /// Nothing: nobody wanted to know any more.
    Unknown,
}

/// Whether all equations hold. There must be as many generators as the longest has coefficients.
///
/// `rng` must be a source that no prover can predict.
pub fn hold<C: KimchiCurve>(
    generators: Points<'_, C>,
    foldings: &[Folding<'_, C>],
    rng: &mut dyn CryptoRngCore,
) -> bool {
    let search = Search::new(generators, foldings, rng, &());
    search.sum(0..foldings.len(), 0).is_zero()
}

/// Finds out about every equation, and reports each once, by its place. There must be as many generators as the longest
/// has coefficients. The sum of all is waited for, where it is computed elsewhere.
///
/// `rng` must be a source that no prover can predict.
pub async fn search<C: KimchiCurve>(
    generators: Points<'_, C>,
    foldings: &[Folding<'_, C>],
    rng: &mut dyn CryptoRngCore,
    watch: &dyn Watch,
    elsewhere: Option<&Elsewhere>,
    mut report: impl FnMut(usize, Finding),
) {
    let search = Search::new(generators, foldings, rng, watch);
    let places = 0..foldings.len();
    let mut all = Part { sums: vec![search.sum_of_all(elsewhere).await], places };
    while all.culprits().is_none() && all.sums.len() <= all.most_told() && search.is_wanted(&all) {
        all.sums.push(search.sum(all.places.clone(), all.sums.len()));
    }
    search.settle(all, &mut report);
}

/// Some equations that follow each other, and what is known of them.
struct Part<C: KimchiCurve> {
    places: Range<usize>,
    /// D₀, D₁, ... of these equations alone; at least the first.
    sums: Vec<Projective<C>>,
}

impl<C: KimchiCurve> Part<C> {
    /// The places of the wrong equations, if the sums tell.
    fn culprits(&self) -> Option<Vec<usize>> {
        (0..=self.sums.len()).find_map(|count| {
            if count == self.places.len() {
                // Fewer are excluded.
                return Some(self.places.clone().collect());
            }
            choose(self.sums.get(..=count)?, self.places.clone())
        })
    }

    /// How many culprits are looked for by sums.
    fn most_told(&self) -> usize {
        if self.places.len() <= PAIRS_AMONG { TOLD } else { 1 }
    }
}

/// The places of the errors that sums D₀ ... Dₜ are made of, if these are exactly t. No fewer may fit.
fn choose<C: KimchiCurve>(sums: &[Projective<C>], places: Range<usize>) -> Option<Vec<usize>> {
    let [first, rest @ ..] = sums else { return None };
    if rest.is_empty() {
        return first.is_zero().then(Vec::new);
    }
    // Without the error at place i, which is in Dⱼ₊₁ - xᵢDⱼ no more, the others are t - 1.
    let start = places.start as u64 + 1;
    let mut without: Vec<_> =
        sums.iter().zip(rest).map(|(sum, next)| *next - sum.mul_bigint([start])).collect();
    for place in places.clone() {
        if let Some(mut others) = choose(&without, place + 1..places.end) {
            others.push(place);
            return Some(others);
        }
        without.iter_mut().zip(sums).for_each(|(without, sum)| *without -= sum);
    }
    None
}

/// What a sum of equations is made of.
struct Terms<C: KimchiCurve> {
    /// What the scalars of the first generators are the sum of, and how many these are.
    tensors: Vec<TensorTerm<ScalarField<C>>>,
    size: usize,
    /// The equations' points, and their scalars.
    points: Vec<PackedPoint>,
    scalars: Vec<ScalarField<C>>,
}

/// The equations with their weights.
struct Search<'a, C: KimchiCurve> {
    generators: Points<'a, C>,
    foldings: &'a [Folding<'a, C>],
    weights: Vec<ScalarField<C>>,
    watch: &'a dyn Watch,
}

impl<'a, C: KimchiCurve> Search<'a, C> {
    fn new(
        generators: Points<'a, C>,
        foldings: &'a [Folding<'a, C>],
        rng: &mut dyn CryptoRngCore,
        watch: &'a dyn Watch,
    ) -> Self {
        let weights = foldings.iter().map(|_| random_weight::<C>(rng)).collect();
        Self { generators, foldings, weights, watch }
    }

    /// D₀ of all equations. What comes from elsewhere counts where it is zero.
    async fn sum_of_all(&self, elsewhere: Option<&Elsewhere>) -> Projective<C> {
        let places = 0..self.foldings.len();
        if let Some(elsewhere) = elsewhere {
            let Terms { tensors, size, points, scalars } = self.terms(places.clone(), 0);
            let on_generators = tensor_sum(&tensors, size);
            let sum = elsewhere.sum::<C>(&on_generators).await + msm(&[(Points::new(&points), &scalars)]);
            if sum.is_zero() {
                self.watch.step();
                return sum;
            }
        }
        self.sum(places, 0)
    }

    /// Dⱼ of some equations, j the `power`.
    fn sum(&self, places: Range<usize>, power: usize) -> Projective<C> {
        let Terms { tensors, size, points, scalars } = self.terms(places, power);
        let generators = self.generators.prefix(size).expect("as many generators as coefficients");
        let sum = msm_with_tensors::<C>(generators, &tensors, &[(Points::new(&points), &scalars)]);
        self.watch.step();
        sum
    }

    /// What Dⱼ is the sum of.
    fn terms(&self, places: Range<usize>, power: usize) -> Terms<C> {
        let (mut tensors, mut points, mut scalars) = (Vec::new(), Vec::new(), Vec::new());
        let mut size = 0;
        let equations = self.foldings.iter().zip(&self.weights).enumerate();
        for (place, (folding, weight)) in equations.take(places.end).skip(places.start) {
            let x = ScalarField::<C>::from(place as u64 + 1);
            let weight = (0..power).fold(*weight, |weight, _| weight * x);
            tensors.push(challenge_polynomial::tensor(folding.challenges, weight));
            points.push(PackedPoint::pack(&folding.commitment));
            scalars.push(-weight);
            size = size.max(1 << folding.challenges.len());
        }
        Terms { tensors, size, points, scalars }
    }

    fn is_wanted(&self, part: &Part<C>) -> bool {
        let foldings = self.foldings.iter().take(part.places.end).skip(part.places.start);
        foldings.into_iter().any(|folding| self.watch.wanted(folding.task))
    }

    /// Reports what is found out about a part. Where its sums do not tell, it is halved.
    fn settle(&self, part: Part<C>, report: &mut impl FnMut(usize, Finding)) {
        if let Some(culprits) = part.culprits() {
            for place in part.places {
                report(place, if culprits.contains(&place) { Finding::Wrong } else { Finding::Holds });
            }
            return;
        }
        if !self.is_wanted(&part) {
            return part.places.for_each(|place| report(place, Finding::Unknown));
        }
        let Part { places, sums } = part;
        let middle = places.start + places.len() / 2;
        let mut left = Part { places: places.start..middle, sums: Vec::new() };
        let mut right = Part { places: middle..places.end, sums: Vec::new() };
        for (power, sum) in sums.iter().enumerate() {
            let of_left = self.sum(left.places.clone(), power);
            left.sums.push(of_left);
            right.sums.push(*sum - of_left);
            let [left_is_good, right_is_good] = [&left, &right].map(|half| half.sums[0].is_zero());
            if left_is_good {
                right.sums.clone_from(&sums);
            } else if right_is_good {
                left.sums.clone_from(&sums);
            }
            if left_is_good || right_is_good || (left.culprits().is_some() && right.culprits().is_some()) {
                break;
            }
        }
        self.settle(left, report);
        self.settle(right, report);
    }
}
