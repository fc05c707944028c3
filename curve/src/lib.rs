//! All arithmetic of quickpickle, for build time and run time: the Pasta fields and curves, batched sums and multiples of
//! points, multi-scalar multiplication, Poseidon's permutation, and the tables that are made of them.
//!
//! What is slow to compute is in `backend`, once for every kind of processor; [`backend`](backend()) tells which one runs.
//! Everything here is for public data: nothing runs in constant time.

mod backend;
mod decompress;
mod endomorphism;
mod field;
mod generators;
mod group_map;
mod lagrange;
mod msm;
mod pasta;
pub mod poseidon;
pub mod rows;
mod square_root;
pub mod tables;
mod tensor;
#[cfg(test)]
mod tests;
mod vectors;

pub use backend::portable::invert_batch;
pub use backend::{
    Backend, BackendError, VARIABLE as BACKEND_VARIABLE, add_assign, backend, butterfly, mul_assign,
    permute_legacy, try_backend,
};
pub use decompress::Decompressor;
pub use endomorphism::{image, split};
pub use field::{Fp, Fq, PastaField};
pub use generators::{blinder, generators};
pub use group_map::GroupMap;
pub use lagrange::{LagrangeBasis, lagrange_basis};
pub use msm::{Part, msm, msm_each, msm_with_tensors};
pub use pasta::{
    Affine, BaseField, KimchiCurve, Lattice, PallasConfig, Projective, ScalarField, VestaConfig,
};
pub use poseidon::{permute, permute_many};
pub use tensor::{LOW as TENSOR_LOW, Term as TensorTerm, tensor_sum};
pub use vectors::{add_multiples, inner_product};
