//! Pippenger's algorithm over halved scalars, with signed digits.

use core::ops::{Range, RangeInclusive};

use ark_ff::{AdditiveGroup, Zero};
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use crate::backend;
use crate::backend::spare::Spare;
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::MAX_HALF;
use crate::pasta::{KimchiCurve, Projective};

/// Multiplications of an affine addition with its share of an inversion, against those that one bucket costs, for its image and
/// when the buckets of a window are summed: what the choice of the windows weighs. A bucket costs some memory, too.
const POINT_COST: usize = 6;
const BUCKET_COST: usize = 22;

/// Bits of a half with its sign.
const BITS: u32 = i128::BITS;

/// How many windows there may be.
const COUNTS: Range<u32> = 9..33;

/// Bits of all windows but the highest: the digits of that fit 16 bits with their sign.
const LOW: Range<u32> = 112..124;

/// Bits of one window below the highest.
const WIDTHS: RangeInclusive<u32> = 3..=15;

/// Entries, one for each point and window, that a task sorts at once where it takes several windows.
const TASK_ENTRIES: usize = 1 << 15;

/// Numbers of buckets that backends sum in segments are multiples of the first of these, and larger ones of the second.
const SEGMENTS: [usize; 2] = [16, 256];

// The highest digits of the narrowest highest window, and the sum of a half and the offset of all others.
const _: () = assert!(top_buckets(LOW.start) <= i16::MAX as usize);
const _: () = assert!(MAX_HALF + (1 << (LOW.end - 1)) < 1 << 127);

/// Buckets of the highest window, with so many bits below: of halves below [`MAX_HALF`] in size, and what is carried.
const fn top_buckets(low: u32) -> usize {
    let buckets = (MAX_HALF >> low) as usize + 2;
    let [few, many] = SEGMENTS;
    buckets.next_multiple_of(if buckets < many { few } else { many })
}

/// The digits of a half scalar: of all windows but the highest w bits each, from -2^(w-1) to 2^(w-1), where the lowest windows are
/// one bit wider than the others.
#[derive(Clone, Copy, Debug)]
struct Windows {
    count: u32,
    /// Bits of all but the highest.
    low: u32,
}

impl Windows {
    /// 2^(w-1) in every digit but the highest, which then never borrow: the digits of a half plus this are the signed digits plus
    /// 2^(w-1). Below 2^`low`.
    fn offset(&self) -> i128 {
        (1..self.count).map(|window| 1i128 << (self.start(window) - 1)).sum()
    }

    /// All that there may be.
    fn all() -> impl Iterator<Item = Self> {
        COUNTS.flat_map(|count| LOW.map(move |low| Self { count, low })).filter(|Self { count, low }| {
            [low / (count - 1), low.div_ceil(count - 1)].iter().all(|width| WIDTHS.contains(width))
        })
    }

    /// Those with which a sum over `points` points costs least.
    fn best_for(points: usize) -> Self {
        let cost = |windows: &Self| {
            let (width, wider) = (windows.low / (windows.count - 1), windows.low % (windows.count - 1));
            let low_buckets = ((windows.count - 1 + wider) as usize) << (width - 1);
            let buckets = low_buckets + top_buckets(windows.low);
            windows.count as usize * 2 * points * POINT_COST + buckets * BUCKET_COST
        };
        Self::all().min_by_key(cost).unwrap_or(Self { count: COUNTS.start, low: LOW.start })
    }

    /// The lowest bit of a window.
    fn start(&self, window: u32) -> u32 {
        let (width, wider) = (self.low / (self.count - 1), self.low % (self.count - 1));
        window * width + window.min(wider)
    }

    /// The lowest bit of the next window, or one above the highest.
    fn end(&self, window: u32) -> u32 {
        if window + 1 < self.count { self.start(window + 1) } else { BITS }
    }

    /// Buckets of a window: one for each absolute value of a digit but zero.
    fn buckets(&self, window: u32) -> usize {
        if window + 1 < self.count {
            1 << (self.end(window) - self.start(window) - 1)
        } else {
            top_buckets(self.low)
        }
    }

    /// Adds the offset to all halves.
    fn prepare<C: KimchiCurve>(&self, terms: &mut Terms<'_, C>) {
        let offset = self.offset();
        terms.halves.as_flattened_mut().iter_mut().for_each(|half| *half += offset);
    }

    /// The sum of all windows' sums, each times the weight of its lowest bit.
    fn combine<C: KimchiCurve>(&self, of_window: impl Fn(u32) -> Option<Projective<C>>) -> Projective<C> {
        (0..self.count).rev().fold(Projective::<C>::zero(), |mut sum, window| {
            for _ in self.start(window)..self.end(window) {
                sum.double_in_place();
            }
            sum + of_window(window).unwrap_or_default()
        })
    }

    /// The digits in one window of halves to which the offset is added.
    fn digits(&self, halves: &[[i128; 2]], window: u32) -> impl ExactSizeIterator<Item = [i16; 2]> {
        let (start, end) = (self.start(window), self.end(window));
        let (mask, middle) =
            if end == BITS { (u64::MAX, 0) } else { ((1 << (end - start)) - 1, 1 << (end - start - 1)) };
        // One of the half's words has all of the digit, but in one window or none.
        let bits = move |half: i128| match (start, end) {
            (_, ..=64) => half as i64 >> start,
            (64.., _) => (half >> 64) as i64 >> (start - 64),
            _ => (half >> start) as i64,
        };
        let digit = move |half| (bits(half) as u64 & mask) as i16 - middle;
        halves.iter().map(move |halves| halves.map(digit))
    }
}

/// Σ sᵢ Pᵢ.
pub fn sum<C: KimchiCurve>(mut terms: Terms<'_, C>) -> Projective<C> {
    let total = terms.halves.len();
    if total == 0 {
        return Projective::<C>::zero();
    }
    let windows = Windows::best_for(total);
    windows.prepare(&mut terms);
    let terms = &terms;
    // A task takes a few windows.
    let threads = rayon::current_num_threads() as u32;
    let by_size = (TASK_ENTRIES / (2 * total)).max(1) as u32;
    let windows_per_task = by_size.min(windows.count.div_ceil(threads)).max(1);
    let spare = Spare::<Task>::default();
    let sums: Vec<Projective<C>> = (0..windows.count.div_ceil(windows_per_task))
        .into_par_iter()
        .flat_map_iter(|task| {
            let first = task * windows_per_task;
            let range = first..(first + windows_per_task).min(windows.count);
            spare.lend(|task| task.sums(terms, windows, range.map(|window| (0..total, window))))
        })
        .collect();
    windows.combine(|window| sums.get(window as usize).copied())
}

/// Σ sᵢ Pᵢ over each range of terms by itself, in one task. They are best about as long as each other.
pub fn sum_each<C: KimchiCurve>(mut terms: Terms<'_, C>, ranges: &[Range<usize>]) -> Vec<Projective<C>> {
    let windows = Windows::best_for(terms.halves.len() / ranges.len().max(1));
    windows.prepare(&mut terms);
    let of_windows =
        (0..windows.count).flat_map(|window| ranges.iter().map(move |range| (range.clone(), window)));
    let sums = Task::default().sums(&terms, windows, of_windows);
    (0..ranges.len())
        .map(|place| windows.combine(|window| sums.get(window as usize * ranges.len() + place).copied()))
        .collect()
}

/// The working memory of a task.
#[derive(Default)]
struct Task {
    sorted: Sorted,
    buckets: Vec<PackedPoint>,
}

impl Task {
    /// For each range of terms and window Σ (i + 1)·bᵢ, b the buckets of these terms' digits there.
    fn sums<C: KimchiCurve>(
        &mut self,
        terms: &Terms<'_, C>,
        windows: Windows,
        of_windows: impl Iterator<Item = (Range<usize>, u32)> + Clone,
    ) -> Vec<Projective<C>> {
        let Self { sorted, buckets } = self;
        sorted.fill(&terms.halves, windows, of_windows.clone());
        buckets.resize(sorted.lengths.len(), PackedPoint::INFINITY);
        backend::sum_buckets(terms, &sorted.entries, &sorted.lengths, buckets);
        let sizes: Vec<usize> = of_windows.map(|(_, window)| windows.buckets(window)).collect();
        let mut rest = buckets.as_slice();
        let mut sums = Vec::with_capacity(sizes.len());
        for alike in sizes.chunk_by(|a, b| a == b) {
            let (buckets, others) = rest.split_at(alike.iter().sum());
            sums.extend(backend::sums_by_digit::<C>(buckets, alike[0]));
            rest = others;
        }
        sums
    }
}

/// The entries of some windows in the order of their buckets, of each bucket those of first halves before those of
/// second halves, whose images count.
#[derive(Default)]
struct Sorted {
    entries: Vec<Entry>,
    /// How many there are of each bucket.
    lengths: Vec<[u32; 2]>,
    /// Of both halves, for each absolute value of a digit first how many there are, then where the next goes.
    next: [Vec<u32>; 2],
}

impl Sorted {
    fn fill(
        &mut self,
        halves: &[[i128; 2]],
        windows: Windows,
        of_windows: impl Iterator<Item = (Range<usize>, u32)>,
    ) {
        self.entries.clear();
        self.lengths.clear();
        for (terms, window) in of_windows {
            self.add(halves, terms, windows, window);
        }
    }

    /// Adds the entries of some terms in a window behind those of others.
    fn add(&mut self, halves: &[[i128; 2]], terms: Range<usize>, windows: Windows, window: u32) {
        let Self { entries, lengths, next } = self;
        let (first_term, halves) = (terms.start, &halves[terms]);
        for counts in &mut *next {
            counts.clear();
            counts.resize(windows.buckets(window) + 1, 0);
        }
        let [first, second] = next.each_mut().map(Vec::as_mut_slice);
        // Digits are taken from the halves twice: to keep them would take half as much memory as the entries.
        for digits in windows.digits(halves, window) {
            first[usize::from(digits[0].unsigned_abs())] += 1;
            second[usize::from(digits[1].unsigned_abs())] += 1;
        }
        let mut total = entries.len() as u32;
        lengths.extend(first.iter_mut().zip(&mut *second).skip(1).map(|(first, second)| {
            let lengths = [*first, *second];
            [*first, *second] = [total, total + *first];
            total += lengths[0] + lengths[1];
            lengths
        }));
        // What is zero has no bucket: it goes behind all others, and is cut off.
        let zeros = [first[0], second[0]];
        [first[0], second[0]] = [total, total + zeros[0]];
        entries.resize((total + zeros[0] + zeros[1]) as usize, Entry::NONE);
        for (index, digits) in windows.digits(halves, window).enumerate() {
            for (next, digit) in [&mut *first, &mut *second].into_iter().zip(digits) {
                let next = &mut next[usize::from(digit.unsigned_abs())];
                entries[*next as usize] = Entry::new(first_term + index, digit < 0);
                *next += 1;
            }
        }
        entries.truncate(total as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_recombine(half: i128, choice: prop::sample::Index) {
            let all: Vec<_> = Windows::all().collect();
            let windows = all[choice.index(all.len())];
            prop_assert_eq!(windows.end(windows.count - 1), BITS);
            let largest = MAX_HALF as i128 - 1;
            let half = half % (largest + 1);
            for half in [half, half >> 60, half >> 120, largest - (half >> 120).abs(), (half >> 120).abs() - largest] {
                let halves = [half, 1].map(|half| half + windows.offset());
                let digits = |window| windows.digits(&[halves], window).next().unwrap_or_default();
                // Modulo 2^128, which tells numbers below 2^127 in size apart.
                let sum = |side: usize| {
                    (0..windows.count).fold(0i128, |sum, window| {
                        sum.wrapping_add(i128::from(digits(window)[side]).wrapping_shl(windows.start(window)))
                    })
                };
                prop_assert_eq!([sum(0), sum(1)], [half, 1]);
                for window in 0..windows.count {
                    prop_assert!(usize::from(digits(window)[0].unsigned_abs()) <= windows.buckets(window));
                }
            }
        }
    }
}
