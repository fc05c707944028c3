//! The Pasta cycle, in the roles that Kimchi and Pickles give its two curves and two fields.

pub use quickpickle_curve::{
    Affine, BaseField, Fp, Fq, KimchiCurve, PallasConfig, Projective, ScalarField, VestaConfig,
};

/// One of the two curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// Pallas, for circuits over Fq.
    Pallas,
    /// Vesta, for circuits over Fp.
    Vesta,
}

impl Curve {
    /// [`KimchiCurve::NAME`] of the curve.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pallas => PallasConfig::NAME,
            Self::Vesta => VestaConfig::NAME,
        }
    }

    /// The curve of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Pallas, Self::Vesta].into_iter().find(|curve| curve.name() == name)
    }
}
