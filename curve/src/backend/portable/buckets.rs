//! Sums of many lists of points at once, by affine additions that share their inversions.
//!
//! Each pass adds the points of every list in pairs, so that lists of any shape are done after log2 of the longest, with
//! one addition for each point but the first of each.

use ark_ff::Zero;
use quickpickle_srs_data::{MontgomeryForm, PackedPoint};
use rayon::prelude::*;

use super::Lazy;
use super::affine::{Inverter, Pairs, add_assign, add_pairs};
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::image;
use crate::pasta::{Affine, BaseField, KimchiCurve, Projective};

/// Entries whose lists are summed at once: as points they fit the second-level cache.
const BLOCK_ENTRIES: usize = 1 << 13;

/// Sets buckets, each to the sum of a list of entries and of the image of another: the entries list after list, and how many
/// there are in the lists of each bucket.
pub(crate) fn sum_buckets<C: KimchiCurve>(
    terms: &Terms<'_, C>,
    entries: &[Entry],
    lengths: &[[u32; 2]],
    buckets: &mut [PackedPoint],
) {
    let mut scratch = Scratch::default();
    let (mut bucket, mut at) = (0, 0);
    while bucket < lengths.len() {
        // As many whole buckets as fit a block, at least one.
        let (mut end, mut size) = (bucket, 0);
        while end < lengths.len() {
            let entries = lengths[end].iter().map(|length| *length as usize).sum::<usize>();
            if end > bucket && size + entries > BLOCK_ENTRIES {
                break;
            }
            size += entries;
            end += 1;
        }
        let count = end - bucket;
        let [mut sums, mut images] = [(); 2].map(|()| vec![Affine::<C>::identity(); count]);
        scratch.sum_lists(
            lengths[bucket..end].as_flattened(),
            entries[at..at + size].iter().map(|entry| point(terms, *entry)),
            |list, sum| match list % 2 {
                0 => sums[list / 2] = sum,
                _ => images[list / 2] = image(&sum),
            },
        );
        add_assign(&mut sums, &images);
        for (bucket, sum) in buckets[bucket..end].iter_mut().zip(&sums) {
            *bucket = PackedPoint::pack(sum);
        }
        bucket = end;
        at += size;
    }
}

/// Σ (i + 1)·bᵢ of each window, b its buckets: `per_window` of each, one window after the other.
pub(crate) fn sums_by_digit<C: KimchiCurve>(
    buckets: &[PackedPoint],
    per_window: usize,
) -> Vec<Projective<C>> {
    buckets.par_chunks(per_window).map(sum_by_digit).collect()
}

/// Σ (i + 1)·bᵢ, as the sum of the running sums from the highest digit down.
pub(crate) fn sum_by_digit<'a, C: KimchiCurve>(
    buckets: impl IntoIterator<Item = &'a PackedPoint, IntoIter: DoubleEndedIterator>,
) -> Projective<C> {
    let mut running = Projective::<C>::zero();
    let mut sum = Projective::<C>::zero();
    for bucket in buckets.into_iter().rev() {
        running += bucket.unpack::<C>();
        sum += running;
    }
    sum
}

/// The sum of one list.
pub(crate) fn sum_entries<C: KimchiCurve>(terms: &Terms<'_, C>, entries: &[Entry]) -> PackedPoint {
    let mut sum = PackedPoint::INFINITY;
    sum_buckets(terms, entries, &[[entries.len() as u32, 0]], core::slice::from_mut(&mut sum));
    sum
}

/// The point that an entry stands for.
#[inline(always)]
fn point<C: KimchiCurve>(terms: &Terms<'_, C>, entry: Entry) -> Affine<C> {
    let PackedPoint { x, y } = *terms.point(entry);
    // The sign is random: it is applied without a branch.
    let y = Lazy::conditional_negation(BaseField::<C>::from_limbs_unchecked(y), entry.is_negative());
    Affine::<C>::new_unchecked(BaseField::<C>::from_limbs_unchecked(x), y)
}

/// Working memory of [`Scratch::sum_lists`], kept from call to call.
struct Scratch<C: KimchiCurve> {
    points: Vec<Affine<C>>,
    unfinished: Vec<List>,
    pairs: Vec<Pair>,
    inverter: Inverter<C>,
}

impl<C: KimchiCurve> Default for Scratch<C> {
    fn default() -> Self {
        Self { points: Vec::new(), unfinished: Vec::new(), pairs: Vec::new(), inverter: Inverter::default() }
    }
}

/// A list that has more than one point left.
#[derive(Clone, Copy)]
struct List {
    start: u32,
    length: u32,
}

/// The points at `from` and after it are added, and the sum goes to `to`, which is not behind them.
#[derive(Clone, Copy)]
struct Pair {
    from: u32,
    to: u32,
}

struct Neighbours<'a, C: KimchiCurve> {
    points: &'a mut [Affine<C>],
    pairs: &'a [Pair],
}

impl<C: KimchiCurve> Pairs<C> for Neighbours<'_, C> {
    #[inline(always)]
    fn operands(&self, number: usize) -> (&Affine<C>, &Affine<C>) {
        let from = self.pairs[number].from as usize;
        (&self.points[from], &self.points[from + 1])
    }

    #[inline(always)]
    fn store(&mut self, number: usize, sum: Affine<C>) {
        self.points[self.pairs[number].to as usize] = sum;
    }
}

impl<C: KimchiCurve> Scratch<C> {
    /// Sums lists of points that lie one after the other: `lengths` of the lists, and their points. Calls `emit` with
    /// the number and the sum of each list that is not empty, in order.
    ///
    /// The points are copied first: reads from all over a table, which miss the caches, then wait for each other and
    /// not each for an addition.
    fn sum_lists(
        &mut self,
        lengths: &[u32],
        points: impl Iterator<Item = Affine<C>>,
        mut emit: impl FnMut(usize, Affine<C>),
    ) {
        self.points.clear();
        self.points.extend(points);
        self.unfinished.clear();
        let mut start = 0;
        for &length in lengths {
            if length > 1 {
                self.unfinished.push(List { start, length });
            }
            start += length;
        }
        while !self.unfinished.is_empty() {
            self.run_pass();
        }
        let mut start = 0;
        for (list, &length) in lengths.iter().enumerate() {
            if length > 0 {
                emit(list, self.points[start]);
            }
            start += length as usize;
        }
    }

    /// Adds the points of every list in pairs, in place; an odd last point moves up.
    fn run_pass(&mut self) {
        let Self { points, unfinished, pairs, inverter } = self;
        pairs.clear();
        for List { start, length } in &*unfinished {
            pairs.extend((0..length / 2).map(|pair| Pair { from: start + 2 * pair, to: start + pair }));
        }
        add_pairs(inverter, pairs.len(), Neighbours { points, pairs });
        for List { start, length } in &mut *unfinished {
            if *length % 2 == 1 {
                points[(*start + *length / 2) as usize] = points[(*start + *length - 1) as usize];
            }
            *length = length.div_ceil(2);
        }
        unfinished.retain(|list| list.length > 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use crate::tests::{check_sums_by_digit, check_sums_of_buckets};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn sums_of_buckets_are_those_of_ark(lengths in prop::collection::vec([0u32..100, 0u32..100], 0..40), seed: u64) {
            check_sums_of_buckets::<PallasConfig>(&lengths, seed, sum_buckets);
            check_sums_of_buckets::<VestaConfig>(&lengths, seed, sum_buckets);
        }

        #[test]
        fn sums_by_digit_are_those_of_ark(filled in 0usize..=60, seed: u64) {
            check_sums_by_digit::<PallasConfig>(1, 60, filled, seed, sums_by_digit);
            check_sums_by_digit::<VestaConfig>(3, 60, filled, seed, sums_by_digit);
        }
    }
}
