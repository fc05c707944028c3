//! Records that are described once: the same lines read them and write them.
//!
//! A description walks a value field by field and hands each to a [`Codec`]. One that reads fills the value in, which is
//! blank before; one that writes takes it as it is and cannot fail, its error being [`Infallible`].

use core::convert::Infallible;

use ark_ff::PrimeField;

use super::error::{DecodeError, Fault};
use crate::curve::{Affine, KimchiCurve};

/// What a step of a description gives.
pub type Walk<C> = core::result::Result<(), <C as Codec>::Error>;

/// One serialisation in one direction.
pub trait Codec: Sized {
    /// Why it stops: a reader's is a [`DecodeError`].
    type Error;

    /// The next field of a record; fields come in the order of the type.
    fn field(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self>;
    /// As many elements as there are, which the type fixes.
    fn array<T>(
        &mut self,
        elements: &mut [T],
        walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self>;
    /// A list whose length is in the input, `max` at most.
    fn list<T: Default>(
        &mut self,
        max: usize,
        elements: &mut Vec<T>,
        walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self>;
    /// An option.
    fn option<T: Default>(
        &mut self,
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self>;
    /// A boolean.
    fn boolean(&mut self, value: &mut bool) -> Walk<Self>;
    /// A field element.
    fn element<F: PrimeField>(&mut self, element: &mut F) -> Walk<Self>;
    /// A point.
    fn point<C: KimchiCurve>(&mut self, point: &mut Affine<C>) -> Walk<Self>;

    /// What must hold of what was read, and what follows from it; nothing where it is written.
    fn check(&mut self, check: impl FnOnce() -> Result<(), Fault>) -> Walk<Self>;
    /// Makes `elements` as long as the type says, where they are read.
    fn resize<T: Default>(&self, elements: &mut Vec<T>, len: usize);

    /// A vector of `len` elements, which the type fixes.
    fn vector<T: Default>(
        &mut self,
        len: usize,
        elements: &mut Vec<T>,
        walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        self.resize(elements, len);
        self.array(elements, walk)
    }
}

/// Reads what `walk` describes into `blank`.
pub fn read<C: Codec<Error = DecodeError>, T>(
    codec: &mut C,
    mut blank: T,
    walk: impl FnOnce(&mut C, &mut T) -> Walk<C>,
) -> Result<T, DecodeError> {
    walk(codec, &mut blank)?;
    Ok(blank)
}

/// Writes what `walk` describes.
pub fn write<C: Codec<Error = Infallible>, T: Clone>(
    codec: &mut C,
    value: &T,
    walk: impl FnOnce(&mut C, &mut T) -> Walk<C>,
) {
    let Ok(()) = walk(codec, &mut value.clone());
}
