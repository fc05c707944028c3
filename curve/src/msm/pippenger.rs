//! Pippenger's algorithm over halved scalars, with signed digits.

use core::ops::Range;

use ark_ff::{AdditiveGroup, Zero};
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use super::Part;
use crate::backend;
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::HALF_BITS;
use crate::pasta::{KimchiCurve, Projective};

/// Multiplications of an affine addition with its share of an inversion, against those that one bucket costs when the
/// buckets of a window are summed: what the choice of the window weighs. On vectors a bucket costs half as much, but wider
/// windows have more rounds there, each with an inversion.
const POINT_COST: usize = 6;
const BUCKET_COST: usize = 27;

/// The widest window: its digits fit 16 bits with their sign.
const MAX_WIDTH: u32 = 15;

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
        (2..=MAX_WIDTH).map(Self::new).min_by_key(cost).unwrap_or(Self::new(8))
    }

    /// Buckets of a window: one for each absolute value of a digit but zero.
    fn buckets(&self) -> usize {
        1 << (self.width - 1)
    }

    /// The digits of `halves` in one window, each half a magnitude with the sign in the highest bit. The highest digit has at
    /// most `width` - 1 bits of the magnitude and a carry.
    fn digits(&self, halves: &[[u128; 2]], window: u32) -> impl ExactSizeIterator<Item = [i16; 2]> {
        let Self { width, count, offset } = *self;
        let (word, bit) = ((window * width / 64) as usize, window * width % 64);
        let (mask, middle) =
            if window + 1 == count { (u64::MAX, 0) } else { ((1 << width) - 1, 1 << (width - 1)) };
        let digit = move |half: u128| {
            let shifted = (half & (u128::MAX >> 1)) + offset;
            let words = [shifted as u64, (shifted >> 64) as u64, 0];
            // The second shift is in two steps, as it may be one of all 64 bits.
            let bits = words[word] >> bit | words[word + 1] << 1 << (63 - bit);
            let digit = (bits & mask) as i16 - middle;
            if half >> HALF_BITS == 1 { -digit } else { digit }
        };
        halves.iter().map(move |halves| halves.map(digit))
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
    // A task takes a few windows.
    let threads = rayon::current_num_threads() as u32;
    let by_size = (TASK_ENTRIES / (2 * total)).max(1) as u32;
    let windows_per_task = by_size.min(windows.count.div_ceil(threads)).max(1);
    let per_window = windows.buckets();
    let mut buckets = vec![PackedPoint::INFINITY; windows.count as usize * per_window];
    buckets.par_chunks_mut(windows_per_task as usize * per_window).zip(0..windows.count).for_each(
        |(buckets, task)| {
            let first = task * windows_per_task;
            let range = first..(first + windows_per_task).min(windows.count);
            let (entries, lengths) = sort_by_bucket(&terms.halves, windows, range);
            buckets.copy_from_slice(&backend::sum_buckets(&terms, &entries, &lengths));
        },
    );
    let mut sum = Projective::<C>::zero();
    for window in backend::sums_by_digit::<C>(&buckets, per_window).iter().rev() {
        for _ in 0..windows.width {
            sum.double_in_place();
        }
        sum += window;
    }
    sum
}

/// The entries of some windows in the order of their buckets, of each bucket those of first halves before those of
/// second halves, whose images count; and how many there are of each.
fn sort_by_bucket(halves: &[[u128; 2]], windows: Windows, range: Range<u32>) -> (Vec<Entry>, Vec<[u32; 2]>) {
    let per_window = windows.buckets();
    let mut digits = Vec::with_capacity(range.len() * halves.len());
    for window in range.clone() {
        digits.extend(windows.digits(halves, window));
    }
    let list = |number: usize, endo: usize, digit: i16| {
        2 * (number * per_window + usize::from(digit.unsigned_abs()) - 1) + endo
    };
    let mut lengths = vec![[0u32; 2]; range.len() * per_window];
    let of_lists = lengths.as_flattened_mut();
    for (number, digits) in digits.chunks(halves.len()).enumerate() {
        for digits in digits {
            for (endo, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
                of_lists[list(number, endo, *digit)] += 1;
            }
        }
    }
    let mut total = 0;
    let mut next: Vec<u32> = of_lists
        .iter()
        .map(|length| {
            total += length;
            total - length
        })
        .collect();
    let mut entries = vec![Entry::NONE; total as usize];
    for (number, digits) in digits.chunks(halves.len()).enumerate() {
        for (index, digits) in digits.iter().enumerate() {
            for (endo, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
                let next = &mut next[list(number, endo, *digit)];
                entries[*next as usize] = Entry::new(index, *digit < 0);
                *next += 1;
            }
        }
    }
    (entries, lengths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_recombine(magnitude in 0..1u128 << HALF_BITS, negative: bool, width in 2..=MAX_WIDTH) {
            let windows = Windows::new(width);
            let top = (1 << HALF_BITS) - 1;
            for magnitude in [magnitude, magnitude >> 64, magnitude >> 120, top - (magnitude >> 120)] {
                let halves = [[magnitude | u128::from(negative) << HALF_BITS, 1]];
                let digits = |window| windows.digits(&halves, window).next().unwrap_or_default();
                // Modulo 2^128, which tells numbers below 2^127 in size apart.
                let sum = |side: usize| {
                    (0..windows.count).fold(0i128, |sum, window| {
                        sum.wrapping_add(i128::from(digits(window)[side]).wrapping_shl(window * width))
                    })
                };
                prop_assert_eq!(sum(0), if negative { -(magnitude as i128) } else { magnitude as i128 });
                prop_assert_eq!(sum(1), 1);
                for window in 0..windows.count {
                    prop_assert!(digits(window)[0].unsigned_abs() as usize <= windows.buckets());
                }
            }
        }
    }
}
