//! The backend of WebAssembly: sums of points in vectors of 128 bits, four at a time, and single elements in 64-bit arithmetic without wide
//! products.
//!
//! It has what verification spends its time with, sums of buckets and Poseidon's permutation; the rest is the portable backend's.
//! Tests compile it natively, so that it is checked where there is no WebAssembly.

mod affine;
mod buckets;
mod columns;
mod digits;
mod field;
mod four;
mod limbs;
mod poseidon;
mod vector;

pub(crate) use super::portable::{
    add_assign, add_multiples, butterfly, each_tensor_block, inner_product, mul_assign,
};
pub(crate) use buckets::sum_buckets;
pub(crate) use digits::sums_by_digit;
pub(crate) use poseidon::{permute, permute_legacy, permute_many};
