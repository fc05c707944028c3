//! The opening of all polynomials at ζ and ζω by the inner-product argument.
//!
//! The generators, the coefficients and the powers of the points are halved round by round; what the halves lose is sent as
//! L and R. Facts: `SRS::open` in proof-systems' `poly-commitment/src/ipa.rs`.

use ark_ec::CurveGroup;
use ark_ff::{Field, UniformRand};
use quickpickle_curve::{GroupMap, PastaField, add_assign, add_multiples, inner_product, msm, mul_assign};
use quickpickle_runtime::challenge::Challenge;
use quickpickle_runtime::curve::{Affine, KimchiCurve, ScalarField};
use quickpickle_runtime::ipa::shift_scalar;
use quickpickle_runtime::kimchi::proof::OpeningProof;
use quickpickle_runtime::sponge::TranscriptSponge;
use quickpickle_srs_data::{PackedPoint, Points};
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use crate::progress::{Progress, Stage};

/// Points that are folded in lock-step.
const LANES: usize = 1 << 10;

/// A polynomial whose commitment is to be opened.
pub(super) struct Combined<C: KimchiCurve> {
    /// As many coefficients as there are generators.
    pub coefficients: Vec<ScalarField<C>>,
    /// What the commitment is blinded with.
    pub blinder: ScalarField<C>,
}

/// Opens the commitment to `polynomial` to its inner product with `powers`, which the sponge has not absorbed. None where a
/// challenge is zero.
pub(super) fn open<C: KimchiCurve>(
    generators: Points<'_, C>,
    h: Affine<C>,
    polynomial: Combined<C>,
    powers: Vec<ScalarField<C>>,
    mut sponge: TranscriptSponge<C>,
    rng: &mut dyn CryptoRngCore,
    progress: Progress<'_>,
) -> Option<OpeningProof<C>> {
    let rounds = generators.len().ilog2() as usize;
    progress(Stage::Opening, 0, rounds);
    let Combined { coefficients: mut a, mut blinder } = polynomial;
    let mut b = powers;
    sponge.absorb_scalars(&[shift_scalar::<C>(inner_product(&a, &b))]);
    let u_base = GroupMap::<C>::new().to_group(sponge.challenge_base());
    let bases = [PackedPoint::pack(&h), PackedPoint::pack(&u_base)];

    let mut folded: Vec<PackedPoint> = Vec::new();
    let mut lr = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let g = if round == 0 { generators.packed() } else { &folded };
        let half = g.len() / 2;
        let (g_low, g_high) = g.split_at(half);
        let (a_low, a_high) = a.split_at(half);
        let (b_low, b_high) = b.split_at(half);
        let side = |points, scalars: &[ScalarField<C>], powers: &[ScalarField<C>], blinder| {
            let more = [blinder, inner_product(scalars, powers)];
            msm::<C>(&[(Points::new(points), scalars), (Points::new(&bases), &more)])
        };
        let (blinder_l, blinder_r) = (ScalarField::<C>::rand(rng), ScalarField::<C>::rand(rng));
        let (l, r) = rayon::join(
            || side(g_low, a_high, b_low, blinder_l).into_affine(),
            || side(g_high, a_low, b_high, blinder_r).into_affine(),
        );
        lr.push((l, r));
        sponge.absorb_points(&[l, r]);
        let challenge = sponge.challenge();
        let u = challenge.to_field_endo(C::ENDO_SCALAR);
        let u_inverse = u.inverse()?;

        blinder += blinder_l * u_inverse + blinder_r * u;
        a = fold(a_low, a_high, u_inverse);
        b = fold(b_low, b_high, u);
        folded = fold_generators::<C>(g_low, g_high, challenge);
        progress(Stage::Opening, round + 1, rounds);
    }

    // With an SRS of one generator there is no round.
    let sg: Affine<C> = folded.first().or(generators.packed().first())?.unpack();
    let (a, b) = (*a.first()?, *b.first()?);
    let (d, blinder_delta) = (ScalarField::<C>::rand(rng), ScalarField::<C>::rand(rng));
    let delta = ((u_base * b + sg) * d + h * blinder_delta).into_affine();
    sponge.absorb_points(&[delta]);
    let c = sponge.challenge().to_field_endo(C::ENDO_SCALAR);
    Some(OpeningProof { lr, delta, z1: a * c + d, z2: blinder * c + blinder_delta, sg })
}

/// low + u·high.
fn fold<F: PastaField>(low: &[F], high: &[F], u: F) -> Vec<F> {
    let mut sum = low.to_vec();
    add_multiples(&mut sum, &[(u, high)]);
    sum
}

/// low + u·high, u being the expansion of the challenge, whose two halves have 66 bits.
fn fold_generators<C: KimchiCurve>(
    low: &[PackedPoint],
    high: &[PackedPoint],
    challenge: Challenge,
) -> Vec<PackedPoint> {
    let (a, b) = challenge.endo_coefficients();
    let split = [b, a].map(|half| half as i128);
    let mut folded = vec![PackedPoint::INFINITY; low.len()];
    folded.par_chunks_mut(LANES).zip(low.par_chunks(LANES)).zip(high.par_chunks(LANES)).for_each(
        |((folded, low), high)| {
            let unpack = |points: &[PackedPoint]| -> Vec<Affine<C>> {
                points.iter().map(PackedPoint::unpack).collect()
            };
            let mut points = unpack(high);
            mul_assign(&mut points, &vec![split; high.len()]);
            add_assign(&mut points, &unpack(low));
            for (folded, point) in folded.iter_mut().zip(&points) {
                *folded = PackedPoint::pack(point);
            }
        },
    );
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::AffineRepr;
    use ark_ff::PrimeField;
    use quickpickle_runtime::curve::{PallasConfig, VestaConfig};

    fn generators_are_folded_by_the_expanded_challenge<C: KimchiCurve>() {
        let points = quickpickle_curve::generators::<C>(6);
        let packed: Vec<_> = points.iter().map(PackedPoint::pack).collect();
        let challenge = Challenge([0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210]);
        let (low, high) = packed.split_at(3);
        let folded = fold_generators::<C>(low, high, challenge);
        let u: ScalarField<C> = challenge.to_field_endo(C::ENDO_SCALAR);
        for i in 0..3 {
            let expected = points[i] + points[i + 3].mul_bigint(u.into_bigint());
            assert_eq!(folded[i].unpack::<C>(), expected.into_affine());
        }
    }

    #[test]
    fn generators_of_both_curves_are_folded() {
        generators_are_folded_by_the_expanded_challenge::<PallasConfig>();
        generators_are_folded_by_the_expanded_challenge::<VestaConfig>();
    }
}
