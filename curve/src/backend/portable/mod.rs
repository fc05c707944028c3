//! The plain backend: 64-bit arithmetic that every machine has.

mod affine;
mod buckets;
mod digits;
mod inverse;
mod lazy;
mod multiply;
mod poseidon;
#[cfg(target_arch = "x86_64")]
mod quads;
mod rows;
mod split;
mod tensor;
mod vectors;

pub(crate) use affine::{add_assign, butterfly};
pub(crate) use buckets::{sum_buckets, sum_entries};
#[cfg(any(target_family = "wasm", test))]
pub(crate) use digits::{SEGMENT, sums_of_windows};
pub(crate) use digits::{sum_by_digit, sums_by_digit};
#[cfg(target_arch = "x86_64")]
pub(crate) use inverse::inverse;
pub(crate) use inverse::invert_all;
pub use inverse::invert_batch;
pub(crate) use lazy::Lazy;
pub(crate) use multiply::mul_assign;
pub(crate) use poseidon::{permute, permute_legacy, permute_many};
pub(crate) use split::split_all;
pub(crate) use tensor::each_tensor_block;
pub(crate) use vectors::{add_multiples, inner_product};
