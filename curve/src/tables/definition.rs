//! The generators as they are defined, word for word and one at a time: slow, and without a line of the code that makes
//! the tables.
//!
//! Sources: `SRS::create` in `poly-commitment/src/ipa.rs` and `groupmap/src/lib.rs` of proof-systems.

use ark_ff::{AdditiveGroup, Field, PrimeField};
use blake2::{Blake2b512, Digest};
use rayon::prelude::*;

use crate::pasta::{Affine, BaseField, KimchiCurve};

/// The first `count` generators: the points of the hashes of 0, 1, 2, ..., each as 32 bits, big-endian.
pub(super) fn generators<C: KimchiCurve>(count: u32) -> Vec<Affine<C>> {
    (0..count).into_par_iter().map(|index| point::<C>(element(&index.to_be_bytes()))).collect()
}

/// The blinder H: the point of the hash of a label and a 32-bit zero.
pub(super) fn blinder<C: KimchiCurve>() -> Affine<C> {
    point::<C>(element(b"srs_misc\0\0\0\0"))
}

/// The first 31 bytes of the BLAKE2b-512 digest as bits, of each byte the lowest first; the bits are the digits of the
/// element, the first the most significant.
fn element<F: PrimeField>(message: &[u8]) -> F {
    let digest = Blake2b512::digest(message);
    let bits = digest.iter().take(31).flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1));
    bits.fold(F::ZERO, |element, bit| element + element + F::from(bit))
}

/// The map of Shallue and van de Woestijne to y² = x³ + 5, with u = 1 and so f(u) = 6: the first of three x for which
/// x³ + 5 is a square.
fn point<C: KimchiCurve>(t: BaseField<C>) -> Affine<C> {
    let number = |n: u64| BaseField::<C>::from(n);
    let one = number(1);
    let f = |x: BaseField<C>| x * x * x + number(5);
    let root = (-number(3)).sqrt().expect("-3 is a square in both fields");
    let t2 = t * t;
    let alpha = ((t2 + number(6)) * t2).inverse().unwrap_or(BaseField::<C>::ZERO);
    let x1 = (root - one) / number(2) - t2 * t2 * alpha * root;
    let x2 = -one - x1;
    let x3 = one - (t2 + number(6)).pow([3]) * alpha / number(3);
    let point = [x1, x2, x3].into_iter().find_map(|x| Some(Affine::<C>::new_unchecked(x, f(x).sqrt()?)));
    point.expect("f(x1)·f(x2)·f(x3) is a square, so one of the factors is")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};

    #[test]
    fn what_is_made_is_what_is_defined() {
        fn agree<C: KimchiCurve>() {
            assert_eq!(C::COEFF_B, BaseField::<C>::from(5u64));
            assert_eq!(generators::<C>(600), crate::generators::<C>(600));
            assert_eq!(blinder::<C>(), crate::blinder::<C>());
        }
        agree::<PallasConfig>();
        agree::<VestaConfig>();
    }
}
