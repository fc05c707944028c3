//! Eight at a time, with the vectors of AVX-512 IFMA.
//!
//! What has no code here yet is the portable one's.

mod affine;
mod field;
mod multiply;

pub(crate) use super::portable::{sum_buckets, sum_by_digit};
pub(crate) use affine::{add_assign, butterfly};
pub(crate) use multiply::mul_assign;

/// Whether this machine has the instructions.
pub(crate) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}
