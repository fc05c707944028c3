//! The generators of the SRS and the blinder H, as Kimchi derives them from nothing but their index.
//!
//! Source: `SRS::create` in `poly-commitment/src/ipa.rs` of proof-systems.

use ark_ff::PrimeField;
use blake2::{Blake2b512, Digest};
use rayon::prelude::*;

use crate::group_map::GroupMap;
use crate::pasta::{Affine, KimchiCurve};
use crate::square_root::SquareRoots;

/// Generators that are derived together: enough that vectors have something to do for the quarter that takes its third x.
const BATCH: u32 = 1024;

/// The first `count` generators: generator i is the point of BLAKE2b-512 over i as 32 bits, big-endian.
pub fn generators<C: KimchiCurve>(count: u32) -> Vec<Affine<C>> {
    let map = GroupMap::<C>::new();
    let roots = SquareRoots::new();
    (0..count.div_ceil(BATCH))
        .into_par_iter()
        .flat_map_iter(|batch| {
            let indices = batch * BATCH..count.min((batch + 1) * BATCH);
            let elements: Vec<_> =
                indices.map(|index| digest_element::<C>(&Blake2b512::digest(index.to_be_bytes()))).collect();
            map.to_group_batch(&elements, &roots)
        })
        .collect()
}

/// The blinder H: the point of BLAKE2b-512 over the label "srs_misc" and a 32-bit zero.
pub fn blinder<C: KimchiCurve>() -> Affine<C> {
    let digest = Blake2b512::new().chain_update(b"srs_misc").chain_update(0u32.to_be_bytes()).finalize();
    GroupMap::<C>::new().to_group(digest_element::<C>(&digest))
}

/// The first 31 bytes of a digest as a base-field element: their 248 bits, the least significant of each byte first, are
/// its digits, the most significant first.
fn digest_element<C: KimchiCurve>(digest: &[u8]) -> C::BaseField {
    let bytes: Vec<u8> = digest.iter().take(31).map(|byte| byte.reverse_bits()).collect();
    C::BaseField::from_be_bytes_mod_order(&bytes)
}
