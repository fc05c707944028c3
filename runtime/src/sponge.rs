//! The two sponges of a Kimchi proof.
//!
//! The [`TranscriptSponge`] works in the field of the points' coordinates and absorbs commitments ("Fq-sponge" in the
//! reference); the [`EvaluationSponge`] works in the field of the circuit and absorbs evaluations ("Fr-sponge"). Facts:
//! proof-systems, `poseidon/src/sponge.rs` and `kimchi/src/plonk_sponge.rs`.
//!
//! The reference keeps a buffer of squeezed 64-bit limbs, filled with the low two limbs of each squeeze. Every
//! challenge takes two, so the buffer is empty after each: a challenge is the low 128 bits of one squeeze.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInt, PrimeField};

use crate::challenge::Challenge;
use crate::curve::{Affine, BaseField, KimchiCurve, ScalarField};
use crate::lockstep::Lanes;
use crate::poseidon::{Sponge, SpongeField};

/// The sponge over the base field of `C`, which absorbs commitments.
#[derive(educe::Educe)]
#[educe(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptSponge<C: KimchiCurve> {
    sponge: Sponge<BaseField<C>>,
}

impl<C: KimchiCurve> Default for TranscriptSponge<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: KimchiCurve> TranscriptSponge<C> {
    /// An empty sponge.
    pub fn new() -> Self {
        Self { sponge: Sponge::new() }
    }

    /// Absorbs elements of the base field.
    pub fn absorb_base(&mut self, elements: &[BaseField<C>]) {
        self.sponge.absorb(elements);
    }

    /// Absorbs points, each as x and y; the point at infinity as (0, 0), which is on neither curve.
    pub fn absorb_points(&mut self, points: &[Affine<C>]) {
        for point in points {
            let (x, y) = point.xy().unwrap_or((BaseField::<C>::ZERO, BaseField::<C>::ZERO));
            self.sponge.absorb(&[x, y]);
        }
    }

    /// Absorbs elements of the scalar field: as they are where every one of them is below the base field's modulus,
    /// otherwise the bits above the lowest as one element, then the lowest bit as another.
    pub fn absorb_scalars(&mut self, scalars: &[ScalarField<C>]) {
        for scalar in scalars {
            let bits = scalar.into_bigint();
            if ScalarField::<C>::MODULUS < BaseField::<C>::MODULUS {
                self.sponge.absorb_one(to_field(bits));
            } else {
                let low_bit = bits.0[0] & 1;
                self.sponge.absorb(&[to_field(bits >> 1), BaseField::<C>::from(low_bit)]);
            }
        }
    }

    /// Squeezes a 128-bit challenge.
    pub fn challenge(&mut self) -> Challenge {
        Challenge::from_low_bits(self.sponge.squeeze())
    }

    /// [`Self::challenge`] among others.
    pub async fn challenge_among(&mut self, lanes: &Lanes) -> Challenge {
        Challenge::from_low_bits(self.sponge.squeeze_among(lanes).await)
    }

    /// Squeezes a whole element of the base field.
    pub fn challenge_base(&mut self) -> BaseField<C> {
        self.sponge.squeeze()
    }

    /// [`Self::challenge_base`] among others.
    pub async fn challenge_base_among(&mut self, lanes: &Lanes) -> BaseField<C> {
        self.sponge.squeeze_among(lanes).await
    }

    /// Squeezes once and ends: the digest in the scalar field, zero where the squeezed integer is not below its modulus
    /// (with a probability of about 2^-168).
    pub fn digest(mut self) -> ScalarField<C> {
        to_field(self.sponge.squeeze().into_bigint())
    }

    /// [`Self::digest`] among others.
    pub async fn digest_among(mut self, lanes: &Lanes) -> ScalarField<C> {
        to_field(self.sponge.squeeze_among(lanes).await.into_bigint())
    }

    /// Squeezes once and ends: the digest in the base field.
    pub fn digest_base(mut self) -> BaseField<C> {
        self.sponge.squeeze()
    }

    /// The sponge over the field, which has taken in all that was absorbed.
    pub fn taken_in(mut self) -> Sponge<BaseField<C>> {
        self.sponge.take_in();
        self.sponge
    }
}

/// The integer as a field element, or zero where it is not below the modulus.
fn to_field<F: SpongeField>(integer: BigInt<4>) -> F {
    F::from_bigint(integer).unwrap_or(F::ZERO)
}

/// The sponge over the field of the circuit, which absorbs evaluations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationSponge<F> {
    sponge: Sponge<F>,
}

impl<F: SpongeField> Default for EvaluationSponge<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: SpongeField> EvaluationSponge<F> {
    /// An empty sponge.
    pub fn new() -> Self {
        Self { sponge: Sponge::new() }
    }

    /// Absorbs elements in order.
    pub fn absorb(&mut self, elements: &[F]) {
        self.sponge.absorb(elements);
    }

    /// Squeezes a 128-bit challenge, among others.
    pub async fn challenge_among(&mut self, lanes: &Lanes) -> Challenge {
        Challenge::from_low_bits(self.sponge.squeeze_among(lanes).await)
    }

    /// Squeezes once and ends, among others.
    pub async fn digest_among(mut self, lanes: &Lanes) -> F {
        self.sponge.squeeze_among(lanes).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Fp, Fq, PallasConfig, VestaConfig};
    use crate::lockstep;
    use ark_ff::MontFp;

    // The expected values of this module come from a separate implementation in Python, written from the same facts and
    // itself checked with the published vectors of the permutation.

    #[test]
    fn transcript_over_pallas_splits_scalars() {
        let mut sponge = TranscriptSponge::<PallasConfig>::new();
        sponge.absorb_base(&[Fp::from(7u64)]);
        sponge.absorb_points(&[Affine::identity()]);
        sponge.absorb_scalars(&[-Fq::from(2u64)]);
        assert_eq!(sponge.challenge().bits(), 0x642523fd8fb77aa3143ff9a31ae382e7);
        assert_eq!(sponge.challenge().bits(), 0x9b1e709a2b419b5d0b72e43d34a8ec91);
        sponge.absorb_scalars(&[Fq::from(10u64)]);
        let base = sponge.challenge_base();
        assert_eq!(
            base,
            MontFp!("396449535157583352388234426051598241145304577114673840061844619855764752055")
        );
        let digest = "1515642548059463637719124140137589159314574042212945982153840720855595346330";
        assert_eq!(sponge.clone().digest().to_string(), digest);
        assert_eq!(sponge.digest_base().to_string(), digest);
    }

    #[test]
    fn transcript_over_vesta_absorbs_scalars_whole() {
        let mut sponge = TranscriptSponge::<VestaConfig>::new();
        sponge.absorb_base(&[Fq::from(7u64)]);
        sponge.absorb_points(&[Affine::identity()]);
        sponge.absorb_scalars(&[-Fp::from(2u64)]);
        assert_eq!(sponge.challenge().bits(), 0x8c6d4afe2933edc16648f75f7836cdf1);
        assert_eq!(sponge.challenge().bits(), 0x112e35aac502107000b6269301a8c6b8);
        sponge.absorb_scalars(&[Fp::from(11u64)]);
        let base = sponge.challenge_base();
        assert_eq!(
            base,
            MontFp!("13034099680404371887547567871372223976025803460762297572575048040099472497472")
        );
        let digest = "11038251989652524222188613619757510837677535554011919482614240469319838932423";
        assert_eq!(sponge.clone().digest().to_string(), digest);
    }

    #[test]
    fn points_are_absorbed_as_coordinates() {
        let point = <PallasConfig as ark_ec::short_weierstrass::SWCurveConfig>::GENERATOR;
        let mut by_point = TranscriptSponge::<PallasConfig>::new();
        by_point.absorb_points(&[point]);
        let mut by_coordinates = TranscriptSponge::<PallasConfig>::new();
        by_coordinates.absorb_base(&[point.x, point.y]);
        assert_eq!(by_point, by_coordinates);
    }

    #[test]
    fn a_digest_at_or_above_the_scalar_modulus_is_zero() {
        assert_eq!(to_field::<Fp>(Fp::MODULUS), Fp::ZERO);
        assert_eq!(to_field::<Fp>((-Fq::from(1u64)).into_bigint()), Fp::ZERO);
        assert_eq!(to_field::<Fp>((-Fp::from(1u64)).into_bigint()), -Fp::from(1u64));
    }

    #[test]
    fn evaluation_sponge_is_poseidon() {
        let mut sponge = EvaluationSponge::<Fq>::new();
        sponge.absorb(&[1u64, 2, 3].map(Fq::from));
        let squeezed: Fq =
            MontFp!("24917001047382520625043494770544056268922577574695627032244032870590512572351");
        let (challenge, digest) = lockstep::alone(async |lanes| {
            let challenge = sponge.challenge_among(lanes).await;
            sponge.absorb(&[Fq::from(4u64)]);
            (challenge, sponge.digest_among(lanes).await)
        });
        assert_eq!(challenge, Challenge::from_low_bits(squeezed));
        assert_eq!(
            digest,
            MontFp!("9021267022665794993059850125200891029137953183808113082342051869728045625195")
        );
    }
}
