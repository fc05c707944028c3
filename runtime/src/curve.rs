//! The Pasta cycle, in the roles that Kimchi and Pickles give its two curves and two fields.

use ark_ec::short_weierstrass;
use ark_ff::PrimeField;
pub use ark_pallas::PallasConfig;
pub use ark_vesta::VestaConfig;
use quickpickle_srs_data::PackableCurve;

/// The scalar field of Vesta and base field of Pallas: the field of step circuits (Tick).
pub type Fp = ark_vesta::Fr;
/// The scalar field of Pallas and base field of Vesta: the field of wrap circuits (Tock).
pub type Fq = ark_pallas::Fr;

/// An affine point of `C`.
pub type Affine<C> = short_weierstrass::Affine<C>;
/// A projective point of `C`.
pub type Projective<C> = short_weierstrass::Projective<C>;
/// The field of the circuits whose polynomials are committed on `C`.
pub type ScalarField<C> = <C as ark_ec::CurveConfig>::ScalarField;
/// The field of the coordinates of `C`.
pub type BaseField<C> = <C as ark_ec::CurveConfig>::BaseField;

/// A curve on which Kimchi commits to polynomials.
pub trait KimchiCurve: PackableCurve<BaseField: PrimeField, ScalarField: PrimeField> + Send + Sync {
    /// The curve's name, in lower case, as files and messages use it.
    const NAME: &'static str;
    /// The other curve of the cycle: its base field is this one's scalar field, and the reverse.
    type Other: KimchiCurve<BaseField = Self::ScalarField, ScalarField = Self::BaseField>;
}

impl KimchiCurve for PallasConfig {
    const NAME: &'static str = "pallas";
    type Other = VestaConfig;
}

impl KimchiCurve for VestaConfig {
    const NAME: &'static str = "vesta";
    type Other = PallasConfig;
}
