//! The Pasta cycle, in the roles that Kimchi and Pickles give its two curves and two fields.

pub use quickpickle_curve::{
    Affine, BaseField, Fp, Fq, KimchiCurve, PallasConfig, Projective, ScalarField, VestaConfig,
};
