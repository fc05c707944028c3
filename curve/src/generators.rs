//! The generators of the SRS and the blinder H, as Kimchi derives them from nothing but their index.
//!
//! Source: `SRS::create` in `poly-commitment/src/ipa.rs` of proof-systems.

use crate::GroupMap;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::Affine;
use ark_ff::PrimeField;
use blake2::{Blake2b512, Digest};
use quickpickle_srs_data::PackableCurve;
use rayon::prelude::*;

/// The first `count` generators: generator i is the point of BLAKE2b-512 over i as 32 bits, big-endian.
pub fn generators<C: PackableCurve>(count: u32) -> Vec<Affine<C>> {
    let map = GroupMap::<C>::new();
    (0..count)
        .into_par_iter()
        .map(|index| hash_to_curve(&map, Blake2b512::digest(index.to_be_bytes()).as_slice()))
        .collect()
}

/// The blinder H: the point of BLAKE2b-512 over the label "srs_misc" and a 32-bit zero.
pub fn blinder<C: PackableCurve>() -> Affine<C> {
    let digest = Blake2b512::new().chain_update(b"srs_misc").chain_update(0u32.to_be_bytes()).finalize();
    hash_to_curve(&GroupMap::new(), digest.as_slice())
}

/// The point of the first 31 bytes of a digest, whose 248 bits, least significant of each byte first, are the digits of
/// a base-field element, most significant first.
fn hash_to_curve<C: PackableCurve>(map: &GroupMap<C>, digest: &[u8]) -> Affine<C> {
    let bytes: Vec<u8> = digest.iter().take(31).map(|byte| byte.reverse_bits()).collect();
    map.to_group(C::BaseField::from_be_bytes_mod_order(&bytes)).mul_by_cofactor()
}
