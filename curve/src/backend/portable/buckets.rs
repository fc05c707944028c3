//! Sums of many lists of points at once, by affine additions that share their inversions.
//!
//! Each pass adds the points of every list in pairs, so that lists of any shape are done after log2 of the longest, with
//! one addition for each point but the first of each.

use quickpickle_srs_data::{MontgomeryForm, PackedPoint};

use super::Lazy;
use super::affine::{Inverter, LaneByLane, Pairs, add_packed};
use crate::backend::terms::{Entry, Terms};
use crate::pasta::{BaseField, KimchiCurve};

/// Entries whose lists are summed at once: as points they fit the second-level cache.
const BLOCK_ENTRIES: usize = 1 << 13;

/// How many entries before it is copied a point is brought into the first-level cache: as many as the processor waits for at once,
/// and some more.
const AHEAD: usize = 64;

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
        scratch.sum_block(terms, &entries[at..at + size], &lengths[bucket..end], &mut buckets[bucket..end]);
        bucket = end;
        at += size;
    }
}

/// The sum of one list.
pub(crate) fn sum_entries<C: KimchiCurve>(terms: &Terms<'_, C>, entries: &[Entry]) -> PackedPoint {
    let mut sum = PackedPoint::INFINITY;
    sum_buckets(terms, entries, &[[entries.len() as u32, 0]], core::slice::from_mut(&mut sum));
    sum
}

/// Brings a point into the first-level cache, where nothing yet waits for it.
#[inline(always)]
fn read_ahead(point: &PackedPoint) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it reads nothing, and every x86-64 processor has it.
    #[expect(unsafe_code, reason = "a hint to the processor, which takes a pointer")]
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(point).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    core::hint::black_box(point.x[0]);
}

/// The point that an entry stands for.
#[inline(always)]
fn point<C: KimchiCurve>(terms: &Terms<'_, C>, entry: Entry) -> PackedPoint {
    let PackedPoint { x, y } = *terms.point(entry);
    // The sign is random: it is applied without a branch.
    let y = Lazy::conditional_negation(BaseField::<C>::from_limbs_unchecked(y), entry.is_negative());
    PackedPoint { x, y: y.to_limbs() }
}

/// The image of a point, (ξx, y); infinity stays what it is, as its x is zero.
fn image<C: KimchiCurve>(point: &PackedPoint) -> PackedPoint {
    let x = Lazy::from_limbs(point.x).mul(Lazy::new(C::ENDO_BASE));
    PackedPoint { x: x.reduce().to_limbs(), y: point.y }
}

/// Working memory of [`Scratch::sum_block`], kept from call to call.
struct Scratch<C: KimchiCurve> {
    points: Vec<PackedPoint>,
    /// Of a bucket's second list the image of the sum.
    images: Vec<PackedPoint>,
    unfinished: Vec<List>,
    pairs: Vec<Pair>,
    inverter: Inverter<C>,
}

impl<C: KimchiCurve> Default for Scratch<C> {
    fn default() -> Self {
        Self {
            points: Vec::new(),
            images: Vec::new(),
            unfinished: Vec::new(),
            pairs: Vec::new(),
            inverter: Inverter::default(),
        }
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

struct Neighbours<'a> {
    points: &'a mut [PackedPoint],
    pairs: &'a [Pair],
}

impl<C: KimchiCurve> Pairs<C> for Neighbours<'_> {
    type Point = PackedPoint;

    #[inline(always)]
    fn operands(&self, number: usize) -> (&PackedPoint, &PackedPoint) {
        let from = self.pairs[number].from as usize;
        (&self.points[from], &self.points[from + 1])
    }

    #[inline(always)]
    fn store(&mut self, number: usize, sum: PackedPoint) {
        self.points[self.pairs[number].to as usize] = sum;
    }
}

impl<C: KimchiCurve> Scratch<C> {
    /// Sums the lists of some buckets: `lengths` of each bucket's two, their entries one after the other.
    fn sum_block(
        &mut self,
        terms: &Terms<'_, C>,
        entries: &[Entry],
        lengths: &[[u32; 2]],
        buckets: &mut [PackedPoint],
    ) {
        self.fetch(terms, entries);
        self.unfinished.clear();
        let mut start = 0;
        for &length in lengths.as_flattened() {
            if length > 1 {
                self.unfinished.push(List { start, length });
            }
            start += length;
        }
        while !self.unfinished.is_empty() {
            self.run_pass();
        }
        self.images.clear();
        let mut start = 0;
        for (&[first, second], bucket) in lengths.iter().zip(&mut *buckets) {
            let mut sum_of = |length: u32| {
                let sum = if length > 0 { self.points[start] } else { PackedPoint::INFINITY };
                start += length as usize;
                sum
            };
            *bucket = sum_of(first);
            self.images.push(image::<C>(&sum_of(second)));
        }
        add_packed(&mut self.inverter, buckets.len(), LaneByLane { sums: buckets, addends: &self.images });
    }

    /// Copies the entries' points: reads from all over a table, which miss the caches, then wait for each other and not each
    /// for an addition.
    fn fetch(&mut self, terms: &Terms<'_, C>, entries: &[Entry]) {
        self.points.clear();
        entries.iter().take(AHEAD).for_each(|entry| read_ahead(terms.point(*entry)));
        for (number, entry) in entries.iter().enumerate() {
            if let Some(entry) = entries.get(number + AHEAD) {
                read_ahead(terms.point(*entry));
            }
            self.points.push(point(terms, *entry));
        }
    }

    /// Adds the points of every list in pairs, in place; an odd last point moves up.
    fn run_pass(&mut self) {
        let Self { points, unfinished, pairs, inverter, .. } = self;
        pairs.clear();
        for List { start, length } in &*unfinished {
            pairs.extend((0..length / 2).map(|pair| Pair { from: start + 2 * pair, to: start + pair }));
        }
        add_packed(inverter, pairs.len(), Neighbours { points, pairs });
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
    use crate::tests::check_sums_of_buckets;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn sums_of_buckets_are_those_of_ark(lengths in prop::collection::vec([0u32..100, 0u32..100], 0..40), seed: u64) {
            check_sums_of_buckets::<PallasConfig>(&lengths, seed, sum_buckets);
            check_sums_of_buckets::<VestaConfig>(&lengths, seed, sum_buckets);
        }
    }
}
