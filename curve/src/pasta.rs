//! The Pasta cycle, in the roles that Kimchi and Pickles give its two curves and two fields.

use std::sync::OnceLock;

use ark_ec::short_weierstrass;
use ark_ff::MontFp;
pub use ark_pallas::PallasConfig;
pub use ark_vesta::VestaConfig;
use quickpickle_srs_data::{PackableCurve, Points, Role};

use crate::field::{Fp, Fq};
use crate::group_map::GroupMap;
use crate::msm::{self, Part};
use crate::poseidon::SpongeField;
use crate::tensor::Term;

/// An affine point of `C`.
pub type Affine<C> = short_weierstrass::Affine<C>;
/// A projective point of `C`.
pub type Projective<C> = short_weierstrass::Projective<C>;
/// The field of the circuits whose polynomials are committed on `C`.
pub type ScalarField<C> = <C as ark_ec::CurveConfig>::ScalarField;
/// The field of the coordinates of `C`.
pub type BaseField<C> = <C as ark_ec::CurveConfig>::BaseField;

/// A short basis of the lattice of all (x, y) with x + yλ ≡ 0 modulo the order r: the vectors (a₁, -b₁) and (a₂, b₂),
/// with a₁b₂ + a₂b₁ = r.
///
/// All of a, b are below 2^127.3, and both (a₁ + a₂)/2 and (b₁ + b₂)/2 below 2^126.8: halves, which are off a lattice
/// point by at most half of each vector (and the rounding of g, below 2^-60), are below 2^127.
#[derive(Clone, Copy, Debug)]
pub struct Lattice {
    /// a₁ and a₂.
    pub a: [u128; 2],
    /// b₁ and b₂.
    pub b: [u128; 2],
    /// ⌊b₁·2^320/r⌋ and ⌊b₂·2^320/r⌋.
    pub g: [[u64; 4]; 2],
}

/// A curve on which Kimchi commits to polynomials.
pub trait KimchiCurve: PackableCurve<BaseField: SpongeField, ScalarField: SpongeField> + Send + Sync {
    /// The curve's name, in lower case, as files and messages use it.
    const NAME: &'static str = Self::ROLE.curve();
    /// The side of the cycle that commits on this curve.
    const ROLE: Role;
    /// The other curve of the cycle: its base field is this one's scalar field, and the reverse.
    type Other: KimchiCurve<BaseField = Self::ScalarField, ScalarField = Self::BaseField>;
    /// ξ of the curve's endomorphism (x, y) ↦ (ξx, y): the cube root of unity g^((p-1)/3), g = 5 the generator of the
    /// field's units (`endos` in proof-systems' `poly-commitment/src/ipa.rs`: `endo_q`).
    const ENDO_BASE: Self::BaseField;
    /// λ of the same endomorphism, which multiplies by it; it expands scalar challenges (`endo_r`).
    const ENDO_SCALAR: Self::ScalarField;
    /// The short basis by which scalars are split into two halves, s₁ + s₂λ.
    const ENDO_LATTICE: Lattice;

    /// ξ of the other curve, an element of this one's scalar field: the constant in the constraints of the gates that
    /// multiply points by means of the endomorphism.
    fn other_endo_base() -> Self::ScalarField {
        Self::Other::ENDO_BASE
    }

    /// The map to points of this curve; its constants are worked out once a process.
    fn group_map() -> &'static GroupMap<Self>;

    /// [`msm`](crate::msm()) of this curve. It is compiled in this crate, and so for speed where its callers are not.
    #[doc(hidden)]
    fn sum(parts: &[Part<'_, Self>]) -> Projective<Self>;

    /// [`msm_each`](crate::msm_each()) of this curve, compiled as `sum`.
    #[doc(hidden)]
    fn sum_each(parts: &[Part<'_, Self>]) -> Vec<Projective<Self>>;

    /// [`msm_with_tensors`](crate::msm_with_tensors) of this curve, compiled as `sum`.
    #[doc(hidden)]
    fn sum_with_tensors(
        points: Points<'_, Self>,
        tensors: &[Term<Self::ScalarField>],
        parts: &[Part<'_, Self>],
    ) -> Projective<Self>;
}

impl KimchiCurve for PallasConfig {
    const ROLE: Role = Role::Wrap;
    type Other = VestaConfig;
    const ENDO_BASE: Fp =
        MontFp!("20444556541222657078399132219657928148671392403212669005631716460534733845831");
    const ENDO_SCALAR: Fq =
        MontFp!("26005156700822196841419187675678338661165322343552424574062261873906994770353");
    const ENDO_LATTICE: Lattice = Lattice {
        a: [98231058071100081932162823354453065728, 196462116142286827589391630752301449217],
        b: [98231058071186745657228807397848383489, 98231058071100081932162823354453065728],
        g: [
            [0x61afdea683e7688a, 0xff2b871c00000003, 0x279a745903c12455, 0x0000000000000001],
            [0x61afdea68480fa55, 0x32c49e4bffffffff, 0x279a745902a2654e, 0x0000000000000001],
        ],
    };

    fn group_map() -> &'static GroupMap<Self> {
        static MAP: OnceLock<GroupMap<PallasConfig>> = OnceLock::new();
        MAP.get_or_init(GroupMap::new)
    }

    fn sum(parts: &[Part<'_, Self>]) -> Projective<Self> {
        msm::sum(parts)
    }

    fn sum_each(parts: &[Part<'_, Self>]) -> Vec<Projective<Self>> {
        msm::sum_each(parts)
    }

    fn sum_with_tensors(
        points: Points<'_, Self>,
        tensors: &[Term<Self::ScalarField>],
        parts: &[Part<'_, Self>],
    ) -> Projective<Self> {
        msm::sum_with_tensors(points, tensors, parts)
    }
}

impl KimchiCurve for VestaConfig {
    const ROLE: Role = Role::Step;
    type Other = PallasConfig;
    const ENDO_BASE: Fq =
        MontFp!("2942865608506852014473558576493638302197734138389222805617480874486368177743");
    const ENDO_SCALAR: Fp =
        MontFp!("8503465768106391777493614032514048814691664078728891710322960303815233784505");
    const ENDO_LATTICE: Lattice = Lattice {
        a: [98231058071186745657228807397848383488, 98231058071100081932162823354453065729],
        b: [98231058071100081932162823354453065729, 196462116142286827589391630752301449217],
        g: [
            [0x61afdea685cc1578, 0x32c49e4c00000003, 0x279a745902a2654e, 0x0000000000000001],
            [0xc35fbd4d0afe9926, 0x31f0256800000002, 0x4f34e8b2066389a4, 0x0000000000000002],
        ],
    };

    fn group_map() -> &'static GroupMap<Self> {
        static MAP: OnceLock<GroupMap<VestaConfig>> = OnceLock::new();
        MAP.get_or_init(GroupMap::new)
    }

    fn sum(parts: &[Part<'_, Self>]) -> Projective<Self> {
        msm::sum(parts)
    }

    fn sum_each(parts: &[Part<'_, Self>]) -> Vec<Projective<Self>> {
        msm::sum_each(parts)
    }

    fn sum_with_tensors(
        points: Points<'_, Self>,
        tensors: &[Term<Self::ScalarField>],
        parts: &[Part<'_, Self>],
    ) -> Projective<Self> {
        msm::sum_with_tensors(points, tensors, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::AffineRepr;
    use ark_ff::{Field, PrimeField};

    fn endomorphism_multiplies<C: KimchiCurve>() {
        let exponent = (-BaseField::<C>::ONE) / BaseField::<C>::from(3u64);
        assert_eq!(C::ENDO_BASE, BaseField::<C>::from(5u64).pow(exponent.into_bigint()));
        let point = C::GENERATOR;
        let image = Affine::<C>::new_unchecked(point.x * C::ENDO_BASE, point.y);
        assert_eq!(point.mul_bigint(C::ENDO_SCALAR.into_bigint()), image);
        assert_eq!(C::other_endo_base(), <C::Other as KimchiCurve>::ENDO_BASE);
    }

    #[test]
    fn endomorphism_of_pallas_multiplies() {
        endomorphism_multiplies::<PallasConfig>();
    }

    #[test]
    fn endomorphism_of_vesta_multiplies() {
        endomorphism_multiplies::<VestaConfig>();
    }
}
