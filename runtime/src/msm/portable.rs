//! Pippenger's algorithm over halved scalars, with signed digits.

use ark_ff::{AdditiveGroup, Zero};
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use super::Part;
use super::buckets::Scratch;
use super::glv::{HALF_BITS, split};
use crate::curve::{Affine, BaseField, KimchiCurve, Projective};
use crate::field::Lazy;

/// Multiplications of an affine addition with its share of an inversion, against those that one bucket costs when the
/// buckets of a window are summed: what the choice of the window weighs.
const POINT_COST: usize = 6;
const BUCKET_COST: usize = 27;

/// Entries, one for each point and window, that a task sorts at once where it takes several windows.
const TASK_ENTRIES: usize = 1 << 15;

/// Entries whose buckets are summed at once: as points they fit the second-level cache.
const BLOCK_ENTRIES: usize = 1 << 13;

/// The digits of a half scalar: `width` bits each, from -2^(width-1) to 2^(width-1).
#[derive(Clone, Copy)]
struct Windows {
    width: u32,
    count: u32,
    /// 2^(width-1) in every digit but the highest, which then never borrows: the digits of the magnitude plus this are
    /// the signed digits plus 2^(width-1).
    offset: u128,
}

impl Windows {
    fn new(width: u32) -> Self {
        let count = HALF_BITS / width + 1;
        let offset = (0..count - 1).map(|window| 1u128 << (window * width + width - 1)).sum();
        Self { width, count, offset }
    }

    /// The width at which a sum over `points` points costs least.
    fn best_for(points: usize) -> Self {
        let cost = |windows: &Self| {
            windows.count as usize * (2 * points * POINT_COST + windows.buckets() * BUCKET_COST)
        };
        (2..=16).map(Self::new).min_by_key(cost).unwrap_or(Self::new(8))
    }

    /// Buckets of a window: one for each absolute value of a digit but zero.
    fn buckets(&self) -> usize {
        1 << (self.width - 1)
    }

    /// A digit of `half`, a magnitude with the sign in the highest bit. The highest digit has at most `width` - 1 bits
    /// of the magnitude and a carry.
    #[inline(always)]
    fn digit(&self, half: u128, window: u32) -> i32 {
        let negative = half >> HALF_BITS == 1;
        let shifted = (half & (u128::MAX >> 1)) + self.offset;
        let bits = (shifted >> (window * self.width)) as u32;
        let digit = if window + 1 == self.count {
            bits as i32
        } else {
            (bits & ((1 << self.width) - 1)) as i32 - (1 << (self.width - 1))
        };
        if negative { -digit } else { digit }
    }
}

/// All points of a sum, with their images under the endomorphism.
struct Terms<'a, C: KimchiCurve> {
    /// The parts' points, and the number of points before each part.
    parts: Vec<(usize, &'a [PackedPoint])>,
    /// ξx of every point.
    endo_x: Vec<BaseField<C>>,
    /// Magnitude and, in the highest bit, sign of both halves of every scalar.
    halves: Vec<[u128; 2]>,
}

impl<'a, C: KimchiCurve> Terms<'a, C> {
    fn new(parts: &[Part<'a, C>]) -> Self {
        let total = parts.iter().map(|(points, _)| points.len()).sum();
        let mut terms = Self {
            parts: Vec::with_capacity(parts.len()),
            endo_x: Vec::with_capacity(total),
            halves: Vec::with_capacity(total),
        };
        for (points, scalars) in parts {
            terms.parts.push((terms.halves.len(), points.packed()));
            let endo = points.packed().par_iter().map(|point| point.unpack::<C>().x * C::ENDO_BASE);
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

    /// The point that an entry stands for.
    #[inline(always)]
    fn point(&self, entry: Entry) -> Affine<C> {
        let index = entry.index();
        let &(start, points) =
            self.parts.iter().rfind(|(start, _)| *start <= index).unwrap_or(&self.parts[0]);
        let PackedPoint { x, y } = &points[index - start];
        let y = C::element_unchecked(*y);
        // Entries come with all images of a bucket after all its points, so that this branch is mostly foreseen; the
        // sign is random, and chosen without one.
        let x = if entry.is_endo() { self.endo_x[index] } else { C::element_unchecked(*x) };
        Affine::<C>::new_unchecked(x, Lazy::conditional_negation(y, entry.is_negative()))
    }
}

/// A point in a bucket: its number, whether the endomorphism is applied, whether it is negated.
#[derive(Clone, Copy, Default)]
struct Entry(u32);

impl Entry {
    fn new(index: usize, endo: usize, negative: bool) -> Self {
        Self((index as u32) << 2 | (endo as u32) << 1 | u32::from(negative))
    }

    fn index(self) -> usize {
        (self.0 >> 2) as usize
    }

    fn is_endo(self) -> bool {
        self.0 & 2 != 0
    }

    fn is_negative(self) -> bool {
        self.0 & 1 != 0
    }
}

/// Σ sᵢ Pᵢ; the parts' lengths agree.
pub fn msm<C: KimchiCurve>(parts: &[Part<'_, C>]) -> Projective<C> {
    let terms = Terms::new(parts);
    let total = terms.halves.len();
    if total == 0 {
        return Projective::<C>::zero();
    }
    let windows = Windows::best_for(total);
    // A task takes a few windows of a range of points.
    let threads = rayon::current_num_threads() as u32;
    let by_size = (TASK_ENTRIES / (2 * total)).max(1) as u32;
    let windows_per_task = by_size.min(windows.count.div_ceil(threads)).max(1);
    let tasks: Vec<_> = (0..windows.count).step_by(windows_per_task as usize).collect();
    let sums: Vec<Vec<Projective<C>>> = tasks
        .into_par_iter()
        .map(|first| {
            let end = (first + windows_per_task).min(windows.count);
            window_sums(&terms, windows, first..end)
        })
        .collect();
    let mut sum = Projective::<C>::zero();
    for window in sums.iter().flatten().rev() {
        for _ in 0..windows.width {
            sum.double_in_place();
        }
        sum += window;
    }
    sum
}

/// The sums of some windows, each without its power of two.
fn window_sums<C: KimchiCurve>(
    terms: &Terms<'_, C>,
    windows: Windows,
    range: core::ops::Range<u32>,
) -> Vec<Projective<C>> {
    let per_window = windows.buckets();
    let (entries, lengths) = sort_by_bucket(&terms.halves, windows, range);

    let mut buckets = vec![Affine::<C>::identity(); lengths.len()];
    let mut scratch = Scratch::default();
    let (mut bucket, mut at) = (0, 0);
    while bucket < lengths.len() {
        // As many whole buckets as fit a block, at least one.
        let (mut end, mut size) = (bucket + 1, lengths[bucket] as usize);
        while end < lengths.len() && size + lengths[end] as usize <= BLOCK_ENTRIES {
            size += lengths[end] as usize;
            end += 1;
        }
        scratch.sum_lists(
            &lengths[bucket..end],
            entries[at..at + size].iter().map(|entry| terms.point(*entry)),
            |list, sum| buckets[bucket + list] = sum,
        );
        bucket = end;
        at += size;
    }

    buckets
        .chunks(per_window)
        .map(|buckets| {
            // Σ d·B_d as the sum of the running sums from the highest digit down.
            let mut running = Projective::<C>::zero();
            let mut sum = Projective::<C>::zero();
            for bucket in buckets.iter().rev() {
                running += bucket;
                sum += running;
            }
            sum
        })
        .collect()
}

/// The entries of some windows in the order of their buckets, and the number of entries in each bucket.
fn sort_by_bucket(
    halves: &[[u128; 2]],
    windows: Windows,
    range: core::ops::Range<u32>,
) -> (Vec<Entry>, Vec<u32>) {
    let per_window = windows.buckets();
    let mut lengths = vec![0u32; range.len() * per_window];
    for_each_digit(halves, windows, range.clone(), per_window, |bucket, _| lengths[bucket] += 1);
    let mut next = Vec::with_capacity(lengths.len());
    let mut total = 0;
    for &length in &lengths {
        next.push(total);
        total += length;
    }
    let mut entries = vec![Entry::default(); total as usize];
    for_each_digit(halves, windows, range, per_window, |bucket, entry| {
        entries[next[bucket] as usize] = entry;
        next[bucket] += 1;
    });
    (entries, lengths)
}

#[inline(always)]
fn for_each_digit(
    halves: &[[u128; 2]],
    windows: Windows,
    range: core::ops::Range<u32>,
    per_window: usize,
    mut visit: impl FnMut(usize, Entry),
) {
    for (number, window) in range.enumerate() {
        for endo in 0..2 {
            for (index, pair) in halves.iter().enumerate() {
                let digit = windows.digit(pair[endo], window);
                if digit != 0 {
                    let bucket = number * per_window + digit.unsigned_abs() as usize - 1;
                    visit(bucket, Entry::new(index, endo, digit < 0));
                }
            }
        }
    }
}
