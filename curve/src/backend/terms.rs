//! What a backend is given to sum: points of several tables, and entries that name them.

use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;
use quickpickle_srs_data::{PackedPoint, Points};
use rayon::prelude::*;

use crate::backend::{self, Scratch};
use crate::pasta::{KimchiCurve, ScalarField};
use crate::tensor::Term;

/// Scalars that are split by one task.
const CHUNK: usize = 1 << 12;

/// All points of a sum, with the halves of their scalars.
pub(crate) struct Terms<'a, C: KimchiCurve> {
    /// The parts' points, and the number of points before each part.
    parts: Vec<(usize, &'a [PackedPoint])>,
    /// The part with most points, in which most entries are looked up.
    largest: (usize, &'a [PackedPoint]),
    /// Both halves of every scalar; zeros for the point at infinity, which thus has no entry.
    pub(crate) halves: Vec<[i128; 2]>,
    /// Working memory for sums of these terms.
    pub(crate) spare: Scratch,
    curve: PhantomData<C>,
}

impl<'a, C: KimchiCurve> Terms<'a, C> {
    /// None yet, and room for so many.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            parts: Vec::new(),
            largest: (0, &[]),
            halves: Vec::with_capacity(capacity),
            spare: Scratch::default(),
            curve: PhantomData,
        }
    }

    /// Points with as many scalars.
    pub(crate) fn add(&mut self, points: Points<'a, C>, scalars: &[ScalarField<C>]) {
        let halves = self.room_for(points);
        halves.par_chunks_mut(CHUNK).zip(scalars.par_chunks(CHUNK)).for_each(|(halves, scalars)| {
            backend::split_all::<C>(scalars, halves);
        });
        self.leave_out_infinity();
    }

    /// Points whose scalars are the first coefficients of a sum of tensor products. They are split a block at a time, and never
    /// lie in memory.
    pub(crate) fn add_tensors(&mut self, points: Points<'a, C>, tensors: &[Term<ScalarField<C>>]) {
        let halves = self.room_for(points);
        backend::each_tensor_block(tensors, halves, |scalars, halves| {
            backend::split_all::<C>(scalars, halves);
        });
        self.leave_out_infinity();
    }

    /// Adds points, and gives the place of their halves.
    fn room_for(&mut self, points: Points<'a, C>) -> &mut [[i128; 2]] {
        let start = self.halves.len();
        self.parts.push((start, points.packed()));
        if points.len() >= self.largest.1.len() {
            self.largest = (start, points.packed());
        }
        self.halves.resize(start + points.len(), [0; 2]);
        &mut self.halves[start..]
    }

    /// Of the points that were added last.
    fn leave_out_infinity(&mut self) {
        let Some((start, points)) = self.parts.last() else { return };
        let halves = self.halves[*start..].par_chunks_mut(CHUNK).zip(points.par_chunks(CHUNK));
        halves.for_each(|(halves, points)| {
            for (halves, point) in halves.iter_mut().zip(points) {
                if point.is_infinity() {
                    *halves = [0; 2];
                }
            }
        });
    }

    /// The point that an entry stands for, but for its sign; infinity for [`Entry::NONE`].
    #[inline(always)]
    pub(crate) fn point(&self, entry: Entry) -> &PackedPoint {
        let index = entry.index();
        let (start, points) = self.largest;
        points.get(index.wrapping_sub(start)).unwrap_or_else(|| self.point_elsewhere(index))
    }

    /// A point of another part than the largest.
    #[cold]
    #[inline(never)]
    fn point_elsewhere(&self, index: usize) -> &PackedPoint {
        let part = self.parts.iter().rfind(|(start, _)| *start <= index);
        part.and_then(|(start, points)| points.get(index - start)).unwrap_or(&PackedPoint::INFINITY)
    }
}

/// A point in a list: its number, and whether it is negated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub(crate) struct Entry(u32);

impl Entry {
    /// No point: its number is larger than any.
    pub(crate) const NONE: Self = Self(u32::MAX);
    /// The bit that says whether it is negated.
    pub(crate) const NEGATIVE: u32 = 1;

    #[inline(always)]
    pub(crate) fn new(index: usize, negative: bool) -> Self {
        Self((index as u32) << 1 | u32::from(negative))
    }

    /// All of it.
    #[inline(always)]
    pub(crate) fn into_word(self) -> u32 {
        self.0
    }

    #[inline(always)]
    fn index(self) -> usize {
        (self.0 >> 1) as usize
    }

    #[inline(always)]
    pub(crate) fn is_negative(self) -> bool {
        self.0 & Self::NEGATIVE != 0
    }
}
