//! What a backend is given to sum: points of several tables with their images, and entries that name them.

use ark_ff::Zero;
use core::marker::PhantomData;
use quickpickle_srs_data::{MontgomeryForm, PackedPoint, Points};
use rayon::prelude::*;

use crate::endomorphism::{HALF_BITS, split};
use crate::pasta::{BaseField, KimchiCurve, ScalarField};

/// All points of a sum, with their images under the endomorphism.
pub(crate) struct Terms<'a, C: KimchiCurve> {
    /// The parts' points, and the number of points before each part.
    parts: Vec<(usize, &'a [PackedPoint])>,
    /// ξx of every point, as limbs.
    endo_x: Vec<[u64; 4]>,
    curve: PhantomData<C>,
    /// Magnitude and, in the highest bit, sign of both halves of every scalar; zeros for the point at infinity, which
    /// thus has no entry.
    pub(crate) halves: Vec<[u128; 2]>,
}

impl<'a, C: KimchiCurve> Terms<'a, C> {
    /// The points and scalars of all parts, of equal lengths in each.
    pub(crate) fn new(parts: &[(Points<'a, C>, &[ScalarField<C>])]) -> Self {
        let total = parts.iter().map(|(points, _)| points.len()).sum();
        let mut terms = Self {
            parts: Vec::with_capacity(parts.len()),
            endo_x: Vec::with_capacity(total),
            halves: Vec::with_capacity(total),
            curve: PhantomData,
        };
        for (points, scalars) in parts {
            terms.parts.push((terms.halves.len(), points.packed()));
            let endo = points.packed().par_iter().map(|point| {
                let x = BaseField::<C>::from_limbs_unchecked(point.x);
                (x * C::ENDO_BASE).to_limbs()
            });
            terms.endo_x.par_extend(endo.with_min_len(1024));
            let halves = points.packed().par_iter().zip(*scalars).map(|(point, scalar)| {
                if point.is_infinity() || scalar.is_zero() {
                    return [0; 2];
                }
                split::<C>(scalar).map(|half| half.unsigned_abs() | u128::from(half < 0) << HALF_BITS)
            });
            terms.halves.par_extend(halves.with_min_len(1024));
        }
        terms
    }

    /// The limbs of x and y of the point that an entry stands for, but for the sign of y.
    #[inline(always)]
    pub(crate) fn coordinates(&self, entry: Entry) -> (&[u64; 4], &[u64; 4]) {
        let index = entry.index();
        let &(start, points) =
            self.parts.iter().rfind(|(start, _)| *start <= index).unwrap_or(&self.parts[0]);
        let PackedPoint { x, y } = &points[index - start];
        // Entries come with all images of a bucket after all its points, so that this branch is mostly foreseen.
        (if entry.is_endo() { &self.endo_x[index] } else { x }, y)
    }
}

/// A point in a bucket: its number, whether the endomorphism is applied, whether it is negated.
#[derive(Clone, Copy, Default)]
pub(crate) struct Entry(u32);

impl Entry {
    #[inline(always)]
    pub(crate) fn new(index: usize, endo: usize, negative: bool) -> Self {
        Self((index as u32) << 2 | (endo as u32) << 1 | u32::from(negative))
    }

    #[inline(always)]
    fn index(self) -> usize {
        (self.0 >> 2) as usize
    }

    #[inline(always)]
    fn is_endo(self) -> bool {
        self.0 & 2 != 0
    }

    #[inline(always)]
    pub(crate) fn is_negative(self) -> bool {
        self.0 & 1 != 0
    }
}
