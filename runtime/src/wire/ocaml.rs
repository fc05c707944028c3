//! The shapes that OCaml's derived serialisations are made of, and the two ways to write them down.
//!
//! Mina derives `sexp` and `bin_prot` for the same types, so a proof is the same tree in both: records, fixed-length
//! vectors, lists, options. That tree is described once ([`super::side_loaded`]), for both forms and both directions.
//! The walk is fixed, so the input steers neither its depth nor, beyond the bounds given there, its length.

use super::codec::{Codec, Walk};
use super::number;
use crate::curve::{Affine, KimchiCurve};
use crate::pickles::proof::Challenge;

/// What OCaml's types are made of, beside what all have.
pub trait Ocaml: Codec {
    /// A record.
    fn record(&mut self, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self>;
    /// A tuple whose parts are of one type.
    fn tuple<T>(&mut self, parts: &mut [T], walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>) -> Walk<Self>;
    /// `()`.
    fn unit(&mut self) -> Walk<Self>;
    /// A 64-bit limb.
    fn limb(&mut self, limb: &mut u64) -> Walk<Self>;
    /// A character, which OCaml has 256 of.
    fn character(&mut self, character: &mut u8) -> Walk<Self>;
    /// A constructor without arguments: its position among `names`.
    fn constructor(&mut self, names: &[&'static str], position: &mut usize) -> Walk<Self>;

    /// A raw challenge: two limbs.
    fn challenge(&mut self, challenge: &mut Challenge) -> Walk<Self> {
        self.array(&mut challenge.0, Self::limb)
    }

    /// A point, as its coordinates.
    fn coordinates<C: KimchiCurve>(&mut self, point: &mut Affine<C>) -> Walk<Self> {
        let mut coordinates = [point.x, point.y];
        self.tuple(&mut coordinates, Self::element)?;
        self.check(|| {
            let [x, y] = coordinates;
            *point = number::point::<C>(x, y)?;
            Ok(())
        })
    }
}
