//! Eight at a time, with the vectors of AVX-512 IFMA.

mod affine;
mod buckets;
mod digits;
mod field;
mod inverter;
mod multiply;
mod poseidon;
mod products;
mod tensor;

pub(crate) use affine::{add_assign, butterfly};
pub(crate) use buckets::sum_buckets;
pub(crate) use digits::sums_by_digit;
pub(crate) use multiply::mul_assign;
pub(crate) use poseidon::permute_many;
pub(crate) use tensor::tensor_sum;

/// Whether this machine has the instructions.
pub(crate) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}
