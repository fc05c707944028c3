//! The shapes that OCaml's derived serialisations are made of, and the two ways to write them down.
//!
//! Mina derives `sexp` and `bin_prot` for the same types, so a proof is the same tree in both: records, fixed-length
//! vectors, lists, options. What reads or writes a proof walks that tree once ([`super::side_loaded`]), over either.
//! The walk is fixed, so the input steers neither its depth nor, beyond the bounds given here, its length.

use ark_ff::PrimeField;

use super::error::{Fault, Result, Within};
use super::number;
use crate::curve::{Affine, KimchiCurve};
use crate::pickles::proof::Challenge;

/// Reads OCaml values from one serialisation.
pub(super) trait Reader: Sized {
    /// A record or a tuple.
    fn group<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T>;
    /// The next field of a record; fields come in the order of the type.
    fn field<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T>;
    /// `Vector.t`: exactly `len` elements, which the type fixes.
    fn vector<T>(&mut self, len: usize, read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>>;
    /// A list or an array: its length is in the input, `max` at most.
    fn list<T>(&mut self, max: usize, read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>>;
    /// An option.
    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>>;
    /// `()`.
    fn unit(&mut self) -> Result<()>;
    /// A boolean.
    fn boolean(&mut self) -> Result<bool>;
    /// A 64-bit limb.
    fn limb(&mut self) -> Result<u64>;
    /// A character, which OCaml has 256 of.
    fn character(&mut self) -> Result<u8>;
    /// A constructor without arguments: its position among `names`.
    fn constructor(&mut self, names: &[&'static str]) -> Result<usize>;
    /// A field element.
    fn element<F: PrimeField>(&mut self) -> Result<F>;

    /// [`Self::vector`] as an array.
    fn array<T, const N: usize>(&mut self, read: impl FnMut(&mut Self) -> Result<T>) -> Result<[T; N]> {
        let elements = self.vector(N, read)?;
        let found = elements.len();
        elements.try_into().map_err(|_| Fault::TooFew { found, expected: N }.into())
    }

    /// Two values of one type.
    fn pair<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<(T, T)> {
        self.group(|r| Ok((read(r).within_element(0)?, read(r).within_element(1)?)))
    }

    /// A point, as its coordinates.
    fn point<C: KimchiCurve>(&mut self) -> Result<Affine<C>> {
        let (x, y) = self.pair(Self::element)?;
        Ok(number::point::<C>(x, y)?)
    }

    /// A raw challenge: two limbs.
    fn challenge(&mut self) -> Result<Challenge> {
        self.array(Self::limb).map(Challenge)
    }
}

/// Writes OCaml values in one serialisation; the counterpart of [`Reader`].
pub(super) trait Writer: Sized {
    /// A record or a tuple.
    fn group(&mut self, write: impl FnOnce(&mut Self));
    /// The next field of a record.
    fn field(&mut self, name: &'static str, write: impl FnOnce(&mut Self));
    /// `Vector.t`.
    fn vector<'a, T: 'a>(
        &mut self,
        elements: impl IntoIterator<Item = &'a T>,
        write: impl FnMut(&mut Self, &'a T),
    );
    /// A list or an array.
    fn list<T>(&mut self, elements: &[T], write: impl FnMut(&mut Self, &T));
    /// An option.
    fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T));
    /// `()`.
    fn unit(&mut self);
    /// A boolean.
    fn boolean(&mut self, value: bool);
    /// A 64-bit limb.
    fn limb(&mut self, limb: u64);
    /// A character.
    fn character(&mut self, character: u8);
    /// The constructor `name` without arguments, at `position` in its type.
    fn constructor(&mut self, name: &'static str, position: u8);
    /// A field element.
    fn element<F: PrimeField>(&mut self, element: &F);

    /// A point, as its coordinates.
    fn point<C: KimchiCurve>(&mut self, point: &Affine<C>) {
        self.group(|w| {
            w.element(&point.x);
            w.element(&point.y);
        });
    }

    /// A raw challenge: two limbs.
    fn challenge(&mut self, challenge: &Challenge) {
        self.vector(&challenge.0, |w, limb| w.limb(*limb));
    }
}
