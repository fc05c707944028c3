//! Sums of many lists of points at once.
//!
//! Each pass adds the points of every list in pairs, so that lists of any shape are done after log2 of the longest, with
//! one addition for each point but the first of each.

use quickpickle_srs_data::PackedPoint;

use super::affine::{Adder, Pair, Point};
use crate::backend::terms::{Entry, Terms};
use crate::field::PastaField;
use crate::pasta::KimchiCurve;

/// Entries whose lists are summed at once: as points they fit the second-level cache.
const BLOCK_ENTRIES: usize = 1 << 12;

/// Sets buckets, each to the sum of a list of entries and of the image of another: the entries list after list, and how many
/// there are in the lists of each bucket.
pub(crate) fn sum_buckets<C: KimchiCurve>(
    terms: &Terms<'_, C>,
    entries: &[Entry],
    lengths: &[[u32; 2]],
    buckets: &mut [PackedPoint],
) {
    let mut summer = Summer::default();
    let (mut rest, mut lengths, mut buckets) = (entries, lengths, buckets);
    while let Some(first) = lengths.first() {
        // As many whole buckets as fit a block, at least one.
        let size = |bucket: &[u32; 2]| bucket.iter().map(|length| *length as usize).sum::<usize>();
        let (mut count, mut total) = (1, size(first));
        while let Some(next) = lengths.get(count).map(size).filter(|next| total + next <= BLOCK_ENTRIES) {
            (count, total) = (count + 1, total + next);
        }
        let (block, later) = rest.split_at(total);
        let (of_block, of_later) = lengths.split_at(count);
        let (buckets_of_block, later_buckets) = buckets.split_at_mut(count);
        summer.sum_block(terms, block, of_block, buckets_of_block);
        (rest, lengths, buckets) = (later, of_later, later_buckets);
    }
}

/// The working memory of a block.
struct Summer<F: PastaField> {
    /// The entries' points as they lie in the tables.
    packed: Vec<PackedPoint>,
    points: Vec<Point<F>>,
    /// Lists that have more than one point left: where they begin, and how many.
    unfinished: Vec<(u32, u32)>,
    pairs: Vec<Pair>,
    adder: Adder<F>,
}

impl<F: PastaField> Default for Summer<F> {
    fn default() -> Self {
        Self {
            packed: Vec::new(),
            points: Vec::new(),
            unfinished: Vec::new(),
            pairs: Vec::new(),
            adder: Adder::default(),
        }
    }
}

impl<F: PastaField> Summer<F> {
    // Not inlined: engines go over to optimised code where a function is called, not in its loops.
    #[inline(never)]
    fn sum_block<C: KimchiCurve<BaseField = F>>(
        &mut self,
        terms: &Terms<'_, C>,
        entries: &[Entry],
        lengths: &[[u32; 2]],
        buckets: &mut [PackedPoint],
    ) {
        let Self { packed, points, unfinished, pairs, adder } = self;
        // They are copied first: reads from all over a table, which miss the caches, then wait for each other and not each for what
        // is done with it.
        packed.clear();
        packed.extend(entries.iter().map(|entry| *terms.point(*entry)));
        points.clear();
        Point::append(points, packed, |entry| entries[entry].is_negative());
        // An empty list's sum is the point at the end.
        let none = points.len() as u32;
        points.push(Point::INFINITY);
        unfinished.clear();
        let mut starts = Vec::with_capacity(lengths.len());
        let mut start = 0;
        for length in lengths.as_flattened() {
            if *length > 1 {
                unfinished.push((start, *length));
            }
            starts.push(if *length > 0 { start } else { none });
            start += length;
        }
        while !unfinished.is_empty() {
            pairs.clear();
            for (start, length) in &*unfinished {
                let pair =
                    |pair| Pair { augend: start + 2 * pair, addend: start + 2 * pair + 1, sum: start + pair };
                pairs.extend((0..length / 2).map(pair));
            }
            adder.add(points, pairs);
            for (start, length) in &mut *unfinished {
                if *length % 2 == 1 {
                    points[(*start + *length / 2) as usize] = points[(*start + *length - 1) as usize];
                }
                *length = length.div_ceil(2);
            }
            unfinished.retain(|(_, length)| *length > 1);
        }
        // The bucket's two lists, gathered where nothing is in the way.
        let sums = points.len();
        for start in &starts {
            points.push(points[*start as usize]);
        }
        Point::replace_every_second_by_image(&mut points[sums..], C::ENDO_BASE);
        pairs.clear();
        pairs.extend((sums as u32..points.len() as u32).step_by(2).map(|augend| Pair {
            augend,
            addend: augend + 1,
            sum: augend,
        }));
        adder.add(points, pairs);
        for (bucket, sum) in buckets.iter_mut().zip(points[sums..].iter().step_by(2)) {
            *bucket = sum.pack();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use crate::tests::check_sums_of_buckets;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn sums_of_buckets_are_those_of_ark(lengths in prop::collection::vec([0u32..100, 0u32..100], 0..40), seed: u64) {
            check_sums_of_buckets::<PallasConfig>(&lengths, seed, sum_buckets);
            check_sums_of_buckets::<VestaConfig>(&lengths, seed, sum_buckets);
        }
    }

    #[test]
    fn a_list_may_be_longer_than_a_block() {
        check_sums_of_buckets::<PallasConfig>(
            &[[3, 0], [BLOCK_ENTRIES as u32 + 5, 2], [0, 0], [1, 4]],
            1,
            sum_buckets,
        );
    }
}
