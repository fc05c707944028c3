//! Pippenger's algorithm over halved scalars, with signed digits.

use core::ops::Range;

use ark_ff::{AdditiveGroup, Zero};
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use crate::backend;
use crate::backend::spare::Spare;
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::MAX_HALF;
use crate::pasta::{KimchiCurve, Projective};

/// Multiplications of an affine addition with its share of an inversion, against those that one bucket costs when the
/// buckets of a window are summed: what the choice of the windows weighs. A bucket costs some memory, too.
const POINT_COST: usize = 6;
const BUCKET_COST: usize = 16;

/// Bits of a half with its sign.
const BITS: u32 = i128::BITS;

/// How many windows there may be: digits fit 16 bits with their sign, and have at least four bits, so that the highest, which
/// has no offset, holds what the offset of the others carries to it.
const COUNTS: Range<u32> = 9..33;

/// Entries, one for each point and window, that a task sorts at once where it takes several windows.
const TASK_ENTRIES: usize = 1 << 15;

// The sum of a half and the offset of all windows is below 2^127 in size.
const _: () = assert!(MAX_HALF + (1 << 127) / 15 < 1 << 127);

/// The digits of a half scalar, w bits each, from -2^(w-1) to 2^(w-1): the lowest windows are one bit wider than the others.
#[derive(Clone, Copy)]
struct Windows {
    count: u32,
    width: u32,
    /// How many have one more bit.
    wider: u32,
    /// 2^(w-1) in every digit but the highest, which then never borrow: the digits of the half plus this are the signed digits
    /// plus 2^(w-1). Below 2^127/15.
    offset: i128,
}

impl Windows {
    fn new(count: u32) -> Self {
        let mut windows = Self { count, width: BITS / count, wider: BITS % count, offset: 0 };
        windows.offset = (1..count).map(|window| 1i128 << (windows.start(window) - 1)).sum();
        windows
    }

    /// Those with which a sum over `points` points costs least.
    fn best_for(points: usize) -> Self {
        let cost = |windows: &Self| {
            windows.count as usize * (2 * points * POINT_COST + windows.buckets() * BUCKET_COST)
        };
        COUNTS.map(Self::new).min_by_key(cost).unwrap_or(Self::new(COUNTS.start))
    }

    /// The lowest bit of a window, or one above the highest of the last.
    fn start(&self, window: u32) -> u32 {
        window * self.width + window.min(self.wider)
    }

    /// Buckets of a window: one for each absolute value of a digit but zero.
    fn buckets(&self) -> usize {
        1 << (self.start(1) - 1)
    }

    /// The digits of `halves` in one window.
    fn digits(&self, halves: &[[i128; 2]], window: u32) -> impl ExactSizeIterator<Item = [i16; 2]> {
        let (offset, start, end) = (self.offset, self.start(window), self.start(window + 1));
        let (mask, middle) =
            if end == BITS { (u64::MAX, 0) } else { ((1 << (end - start)) - 1, 1 << (end - start - 1)) };
        let digit = move |half: i128| (((half + offset) >> start) as u64 & mask) as i16 - middle;
        halves.iter().map(move |halves| halves.map(digit))
    }
}

/// Σ sᵢ Pᵢ.
pub fn sum<C: KimchiCurve>(terms: &Terms<'_, C>) -> Projective<C> {
    let total = terms.halves.len();
    if total == 0 {
        return Projective::<C>::zero();
    }
    let windows = Windows::best_for(total);
    // A task takes a few windows.
    let threads = rayon::current_num_threads() as u32;
    let by_size = (TASK_ENTRIES / (2 * total)).max(1) as u32;
    let windows_per_task = by_size.min(windows.count.div_ceil(threads)).max(1);
    let per_window = windows.buckets();
    let mut buckets = vec![PackedPoint::INFINITY; windows.count as usize * per_window];
    let spare = Spare::<Sorted>::default();
    buckets.par_chunks_mut(windows_per_task as usize * per_window).zip(0..windows.count).for_each(
        |(buckets, task)| {
            let first = task * windows_per_task;
            let range = first..(first + windows_per_task).min(windows.count);
            spare.lend(|sorted| {
                sorted.fill(&terms.halves, windows, range);
                backend::sum_buckets(terms, &sorted.entries, &sorted.lengths, buckets);
            });
        },
    );
    drop(spare);
    let mut sum = Projective::<C>::zero();
    for (window, by_digit) in (0..windows.count).zip(backend::sums_by_digit::<C>(&buckets, per_window)).rev()
    {
        for _ in windows.start(window)..windows.start(window + 1) {
            sum.double_in_place();
        }
        sum += by_digit;
    }
    sum
}

/// The entries of some windows in the order of their buckets, of each bucket those of first halves before those of
/// second halves, whose images count.
#[derive(Default)]
struct Sorted {
    entries: Vec<Entry>,
    /// How many there are of each bucket.
    lengths: Vec<[u32; 2]>,
    digits: Vec<[i16; 2]>,
    /// Where the next entry of each list goes.
    next: Vec<u32>,
}

impl Sorted {
    fn fill(&mut self, halves: &[[i128; 2]], windows: Windows, range: Range<u32>) {
        let Self { entries, lengths, digits, next } = self;
        let per_window = windows.buckets();
        digits.clear();
        for window in range.clone() {
            digits.extend(windows.digits(halves, window));
        }
        let list = |number: usize, endo: usize, digit: i16| {
            2 * (number * per_window + usize::from(digit.unsigned_abs()) - 1) + endo
        };
        lengths.clear();
        lengths.resize(range.len() * per_window, [0; 2]);
        let of_lists = lengths.as_flattened_mut();
        for (number, digits) in digits.chunks(halves.len()).enumerate() {
            for digits in digits {
                for (endo, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
                    of_lists[list(number, endo, *digit)] += 1;
                }
            }
        }
        let mut total = 0;
        next.clear();
        next.extend(of_lists.iter().map(|length| {
            total += length;
            total - length
        }));
        entries.resize(total as usize, Entry::NONE);
        for (number, digits) in digits.chunks(halves.len()).enumerate() {
            for (index, digits) in digits.iter().enumerate() {
                for (endo, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
                    let next = &mut next[list(number, endo, *digit)];
                    entries[*next as usize] = Entry::new(index, *digit < 0);
                    *next += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_recombine(half: i128, count in COUNTS) {
            let windows = Windows::new(count);
            prop_assert_eq!(windows.start(count), BITS);
            let largest = MAX_HALF as i128 - 1;
            let half = half % (largest + 1);
            for half in [half, half >> 60, half >> 120, largest - (half >> 120).abs(), (half >> 120).abs() - largest] {
                let digits = |window| windows.digits(&[[half, 1]], window).next().unwrap_or_default();
                // Modulo 2^128, which tells numbers below 2^127 in size apart.
                let sum = |side: usize| {
                    (0..windows.count).fold(0i128, |sum, window| {
                        sum.wrapping_add(i128::from(digits(window)[side]).wrapping_shl(windows.start(window)))
                    })
                };
                prop_assert_eq!([sum(0), sum(1)], [half, 1]);
                for window in 0..windows.count {
                    prop_assert!(usize::from(digits(window)[0].unsigned_abs()) <= windows.buckets());
                }
            }
        }
    }
}
