//! Group arithmetic that build time and run time share, for curves y² = x³ + b.

mod batch_affine;
mod batch_mul;
mod check;
mod endomorphism;
mod generators;
mod group_map;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod lagrange;
mod square_root;
#[cfg(test)]
mod test_points;

pub use batch_affine::BatchAffine;
pub use batch_mul::BatchMul;
pub use check::{CheckError, check_table};
pub use endomorphism::{Endomorphism, HalfScalar};
pub use generators::{blinder, generators};
pub use group_map::GroupMap;
pub use lagrange::{LagrangeBasis, lagrange_basis};
