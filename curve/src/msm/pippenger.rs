//! Pippenger's algorithm over halved scalars, with signed digits.

use ark_ff::{AdditiveGroup, Zero};
use rayon::prelude::*;

use super::Part;
use crate::backend;
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::HALF_BITS;
use crate::pasta::{KimchiCurve, Projective};

/// Multiplications of an affine addition with its share of an inversion, against those that one bucket costs when the
/// buckets of a window are summed: what the choice of the window weighs.
const POINT_COST: usize = 6;
const BUCKET_COST: usize = 27;

/// Entries, one for each point and window, that a task sorts at once where it takes several windows.
const TASK_ENTRIES: usize = 1 << 15;

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
    let (entries, lengths) = sort_by_bucket(&terms.halves, windows, range);
    let buckets = backend::sum_buckets(terms, &entries, &lengths);
    buckets.chunks(windows.buckets()).map(backend::sum_by_digit).collect()
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
