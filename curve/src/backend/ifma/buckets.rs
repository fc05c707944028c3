//! Sums of buckets, eight lists of entries in the lanes of a vector, an entry of each in every round.

use core::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_cmpeq_epi64_mask, _mm512_cvtepu32_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_test_epi64_mask,
};

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ark_ec::CurveGroup;
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use super::affine::{LANES, Point8, State, Vectors, load, load_packed, store_packed, vectors_for};
use super::field::Field;
use super::inverter::Inverter;
use super::schedule::{PIECE, Piece, Schedule, cut};
use crate::backend::portable;
use crate::backend::spare::Spare;
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::image;
use crate::pasta::{BaseField, KimchiCurve, Projective};

/// Pieces that share an inversion in each round: their sums, what is added and running products are 360 kB, which stay in a core's
/// second-level cache.
const BLOCK: usize = 1792;

/// Entries of a block's pieces, about. Where pieces are long, fewer of them make a block: the order of its entries takes memory.
const BLOCK_ENTRIES: usize = 20 * BLOCK;
/// Pieces of a block, however long they are.
const MIN_BLOCK: usize = 512;

/// Vectors whose points are fetched before they are needed, as reads from all over a table miss the caches.
const PREFETCH: usize = 4;

/// Fewer entries than this are not worth the rounds' inversions.
const MIN_ENTRIES: usize = 1 << 8;

/// Working memory, one for each task that runs at the same time.
#[derive(Default)]
pub(crate) struct Scratch {
    lists: Spare<Lists>,
    blocks: Spare<Block>,
}

/// Sets buckets, each to the sum of a list of entries and of the image of another: the entries list after list, and how many
/// there are in the lists of each bucket.
pub(crate) fn sum_buckets<C: KimchiCurve>(
    terms: &Terms<'_, C>,
    entries: &[Entry],
    lengths: &[[u32; 2]],
    buckets: &mut [PackedPoint],
) {
    if entries.len() < MIN_ENTRIES {
        return portable::sum_buckets(terms, entries, lengths, buckets);
    }
    terms.spare.lists.lend(|lists| {
        let images = lists.sum(terms, entries, lengths, buckets);
        buckets.par_chunks_mut(BLOCK).zip(images.par_chunks(BLOCK)).for_each(|(buckets, images)| {
            // SAFETY: this backend is chosen only where the machine has the instructions.
            #[expect(
                unsafe_code,
                reason = "a function that is compiled for instructions not every machine has"
            )]
            terms.spare.blocks.lend(|block| unsafe { block.add_images::<C>(buckets, images) });
        });
    });
}

/// Lists of entries, two for each bucket, and the sums of the second ones.
#[derive(Default)]
struct Lists {
    pieces: Vec<Piece>,
    images: Vec<PackedPoint>,
}

impl Lists {
    /// Sets buckets, each to the sum of the first of two lists of these lengths, which have the entries one after the other. Gives
    /// the sums of the second ones.
    fn sum<C: KimchiCurve>(
        &mut self,
        terms: &Terms<'_, C>,
        entries: &[Entry],
        lengths: &[[u32; 2]],
        buckets: &mut [PackedPoint],
    ) -> &[PackedPoint] {
        let Self { pieces, images } = self;
        cut(lengths.as_flattened(), pieces);
        // Lists without entries have no piece.
        buckets.fill(PackedPoint::INFINITY);
        images.clear();
        images.resize(buckets.len(), PackedPoint::INFINITY);
        let sums = Mutex::new(Sums {
            lengths: lengths.as_flattened(),
            of_lists: [buckets, images],
            cut: BTreeMap::new(),
        });
        let by_entries = BLOCK_ENTRIES * pieces.len() / entries.len().max(1);
        let block = by_entries.clamp(MIN_BLOCK, BLOCK).next_multiple_of(2 * LANES);
        pieces.par_chunks(block).for_each(|pieces| {
            // SAFETY: this backend is chosen only where the machine has the instructions.
            #[expect(
                unsafe_code,
                reason = "a function that is compiled for instructions not every machine has"
            )]
            terms.spare.blocks.lend(|block| unsafe { block.sum_pieces(terms, entries, pieces, &sums) });
        });
        sums.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
        images
    }
}

/// Where the sums of lists go: of even numbers to the first half of them, of odd ones to the second.
struct Sums<'a, C: KimchiCurve> {
    lengths: &'a [u32],
    of_lists: [&'a mut [PackedPoint]; 2],
    /// The sums so far of lists that have several pieces.
    cut: BTreeMap<u32, Projective<C>>,
}

impl<C: KimchiCurve> Sums<'_, C> {
    /// The sum of a piece.
    #[inline]
    fn put(&mut self, list: u32, sum: PackedPoint) {
        if self.lengths[list as usize] as usize <= PIECE {
            self.of_lists[list as usize % 2][list as usize / 2] = sum;
        } else {
            *self.cut.entry(list).or_default() += sum.unpack::<C>();
        }
    }

    /// Once all are there.
    fn finish(self) {
        let Self { of_lists, cut, .. } = self;
        let (lists, sums): (Vec<_>, Vec<_>) = cut.into_iter().unzip();
        for (list, sum) in lists.into_iter().zip(Projective::<C>::normalize_batch(&sums)) {
            of_lists[list as usize % 2][list as usize / 2] = PackedPoint::pack(&sum);
        }
    }
}

/// What a block of pieces, or of buckets, is worked on in.
#[derive(Default)]
struct Block {
    inverter: Option<Inverter>,
    state: State,
    /// Lanes that would add a point to itself or its negative.
    failed: Vec<u8>,
    schedule: Schedule,
}

impl Block {
    /// Puts the sum of each piece where it goes; they are sorted, and at least one.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn sum_pieces<C: KimchiCurve>(
        &mut self,
        terms: &Terms<'_, C>,
        entries: &[Entry],
        pieces: &[Piece],
        sums: &Mutex<Sums<'_, C>>,
    ) {
        let Self { inverter, state, failed, schedule } = self;
        schedule.fill(pieces, entries);
        let count = schedule.vectors();
        let inverter = inverter.get_or_insert_with(|| Inverter::new::<C>(count));
        state.resize(count);
        failed.clear();
        failed.resize(count, 0);
        for (i, (point, infinite)) in state.sums.points.iter_mut().zip(&mut state.sums.infinite).enumerate() {
            prefetch(terms, schedule.about(i + PREFETCH, 0));
            *infinite = addends(&inverter.field, terms, schedule.entries(i, 0), point);
        }
        for (round, active) in schedule.active.iter().enumerate().skip(1) {
            let next = |field: &Field, _: &Vectors, i: usize, place: &mut Point8| {
                prefetch(terms, schedule.about(i + PREFETCH, round));
                addends(field, terms, schedule.entries(i, round), place)
            };
            state.add_possible::<C>(inverter, *active, failed, next);
        }
        let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
        for (i, pieces) in pieces.chunks(LANES).enumerate() {
            let lanes = store_packed(&inverter.field, &state.sums.points[i], state.sums.infinite[i]);
            for (lane, (piece, stored)) in pieces.iter().zip(lanes).enumerate() {
                let sum = match failed[i] >> lane & 1 {
                    0 => stored,
                    // It has one point twice, or a point and its negative.
                    _ => portable::sum_entries(terms, piece.of(entries)),
                };
                sums.put(piece.list, sum);
            }
        }
    }

    /// Adds to each bucket the image of the point of the same number.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add_images<C: KimchiCurve>(&mut self, buckets: &mut [PackedPoint], images: &[PackedPoint]) {
        let Self { inverter, state, failed, .. } = self;
        let count = vectors_for(buckets.len());
        let inverter = inverter.get_or_insert_with(|| Inverter::new::<C>(count));
        state.resize(count);
        failed.clear();
        failed.resize(count, 0);
        // ξ with 2^260: products with it leave coordinates what they are.
        let beta = Field::constant(C::ENDO_BASE * BaseField::<C>::from(16u64));
        let eight = |points: &[PackedPoint], i: usize| {
            let mut eight = [&PackedPoint::INFINITY; LANES];
            eight
                .iter_mut()
                .zip(&points[points.len().min(i * LANES)..])
                .for_each(|(place, point)| *place = point);
            load_packed(eight)
        };
        for (i, (point, infinite)) in state.sums.points.iter_mut().zip(&mut state.sums.infinite).enumerate() {
            (*point, *infinite) = eight(buckets, i);
        }
        state.add_possible::<C>(inverter, count, failed, |field, _, i, place| {
            let (Point8 { x, y }, infinite) = eight(images, i);
            *place = Point8 { x: field.mul(&x, &beta), y };
            infinite
        });
        for (i, (buckets, images)) in buckets.chunks_mut(LANES).zip(images.chunks(LANES)).enumerate() {
            let lanes = store_packed(&inverter.field, &state.sums.points[i], state.sums.infinite[i]);
            for (lane, ((bucket, of_image), stored)) in buckets.iter_mut().zip(images).zip(lanes).enumerate()
            {
                *bucket = match failed[i] >> lane & 1 {
                    0 => stored,
                    // They are equal or opposite.
                    _ => {
                        let [a, b] = [&*bucket, of_image].map(PackedPoint::unpack::<C>);
                        PackedPoint::pack(&(a + image(&b)).into_affine())
                    }
                };
            }
        }
    }
}

/// Fetches points into the caches: both ends of each, as one that is not aligned to 64 bytes lies in two lines.
#[inline]
fn prefetch<C: KimchiCurve>(terms: &Terms<'_, C>, entries: &[Entry]) {
    for entry in entries {
        let PackedPoint { x: [first, ..], y: [.., last] } = terms.point(*entry);
        for end in [first, last] {
            // SAFETY: nothing is read that the program could see, and any address may be given.
            #[expect(unsafe_code, reason = "a hint to the processor that takes a pointer")]
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(end).cast());
            }
        }
    }
}

/// Puts the points of eight entries in their place, limbs of y maybe negative; the lanes that have none.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn addends<C: KimchiCurve>(
    field: &Field,
    terms: &Terms<'_, C>,
    entries: &[Entry; LANES],
    place: &mut Point8,
) -> u8 {
    let mut rows: [__m512i; LANES] = [_mm512_setzero_si512(); LANES];
    for (row, entry) in rows.iter_mut().zip(entries) {
        *row = bytemuck::cast(*terms.point(*entry));
    }
    let Point8 { x, y } = load(rows);
    let words = _mm512_cvtepu32_epi64(bytemuck::cast(*entries));
    let negative = _mm512_test_epi64_mask(words, _mm512_set1_epi64(Entry::NEGATIVE.into()));
    *place = Point8 { x, y: field.negate_canonical(negative, &y) };
    _mm512_cmpeq_epi64_mask(words, _mm512_set1_epi64(Entry::NONE.into_word().into()))
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
        fn sums_of_buckets_are_those_of_ark(lengths in prop::collection::vec([0u32..100, 0u32..100], 15..40), seed: u64) {
            if super::super::is_available() {
                check_sums_of_buckets::<PallasConfig>(&lengths, seed, sum_buckets);
                check_sums_of_buckets::<VestaConfig>(&lengths, seed, sum_buckets);
            }
        }
    }

    /// Blocks write their sums side by side, and lists in pieces lie in several of them.
    #[test]
    fn many_blocks_are_summed() {
        if super::super::is_available() {
            let long = [30 * PIECE as u32 + 1, 5];
            let lengths: Vec<_> = (0..2 * BLOCK as u32)
                .map(|list| if list % 500 == 0 { long } else { [list % 4, list % 3] })
                .collect();
            check_sums_of_buckets::<PallasConfig>(&lengths, 1, sum_buckets);
            check_sums_of_buckets::<VestaConfig>(&lengths, 2, sum_buckets);
        }
    }
}
