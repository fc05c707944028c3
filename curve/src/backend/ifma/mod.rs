//! Eight at a time, with the vectors of AVX-512 IFMA.

mod affine;
mod buckets;
mod digits;
mod eisenstein;
mod elements;
mod fft;
mod field;
mod inverter;
mod lanes;
mod multiply;
mod pairs;
mod poseidon;
mod products;
mod schedule;
mod split;
mod tensor;
mod vectors;

pub(crate) use affine::{add_assign, butterfly};
pub(crate) use buckets::{Scratch, sum_buckets};
pub(crate) use digits::sums_by_digit;
pub(crate) use lanes::Lanes;
pub(crate) use multiply::mul_assign;
pub(crate) use poseidon::{permute, permute_many};
pub(crate) use split::split_all;
pub(crate) use tensor::each_tensor_block;
pub(crate) use vectors::{add_multiples, inner_product};

/// Whether this machine has the instructions.
pub(crate) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512ifma")
}
