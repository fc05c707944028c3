//! Additions of affine points, permutations of states and sums of tensor products four at a time, where an x86-64 processor has the vectors of AVX2.
//!
//! Without wide products in vectors four elements take as many multiplications of 32 bits as one takes of 64 four times over, but two
//! of these vectors start in a cycle, and nothing waits for a carry: a product takes half as long.

mod affine;
mod field;
mod poseidon;
mod tensor;

pub(super) use affine::{Share, add_batch};
pub(super) use field::LANES;
pub(super) use poseidon::permute_few;
pub(super) use tensor::each_tensor_block;

/// Whether this machine has the instructions.
#[inline]
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx2")
}
