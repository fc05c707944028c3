//! Sums of buckets, eight lists of entries in the lanes of a vector, an entry of each in every round.

use core::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_cmpeq_epi64_mask, _mm512_cvtepu32_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_test_epi64_mask,
};

use std::collections::BTreeMap;

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

/// Pieces that share an inversion in each round: their sums, what is added and running products are 410 kB, which stay in a core's
/// second-level cache.
const BLOCK: usize = 2048;

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
        lists.sum(terms, entries, lengths.as_flattened());
        let (pairs, _) = lists.places.as_chunks();
        buckets.par_chunks_mut(BLOCK).zip(pairs.par_chunks(BLOCK)).for_each(|(buckets, pairs)| {
            // SAFETY: this backend is chosen only where the machine has the instructions.
            #[expect(
                unsafe_code,
                reason = "a function that is compiled for instructions not every machine has"
            )]
            terms.spare.blocks.lend(|block| unsafe { block.add_images::<C>(&lists.sums, pairs, buckets) });
        });
    });
}

/// Lists of entries, and their sums.
#[derive(Default)]
struct Lists {
    pieces: Vec<Piece>,
    /// The sums of all pieces, infinity, and the sums of lists that have several pieces.
    sums: Vec<PackedPoint>,
    /// Where in `sums` each list's is.
    places: Vec<u32>,
}

impl Lists {
    /// Sums lists of these lengths, which have the entries one after the other.
    fn sum<C: KimchiCurve>(&mut self, terms: &Terms<'_, C>, entries: &[Entry], lengths: &[u32]) {
        let Self { pieces, sums, places } = self;
        cut(lengths, pieces);
        sums.resize(pieces.len(), PackedPoint::INFINITY);
        pieces.par_chunks(BLOCK).zip(sums.par_chunks_mut(BLOCK)).for_each(|(pieces, sums)| {
            // SAFETY: this backend is chosen only where the machine has the instructions.
            #[expect(
                unsafe_code,
                reason = "a function that is compiled for instructions not every machine has"
            )]
            terms.spare.blocks.lend(|block| unsafe { block.sum_pieces(terms, entries, pieces, sums) });
        });
        places.clear();
        places.resize(lengths.len(), sums.len() as u32);
        let mut in_pieces = BTreeMap::<u32, Projective<C>>::new();
        for ((place, piece), sum) in (0..).zip(&*pieces).zip(&*sums) {
            if lengths[piece.list as usize] as usize <= PIECE {
                places[piece.list as usize] = place;
            } else {
                *in_pieces.entry(piece.list).or_default() += sum.unpack::<C>();
            }
        }
        sums.push(PackedPoint::INFINITY);
        let (of_pieces, in_pieces): (Vec<_>, Vec<_>) = in_pieces.into_iter().unzip();
        for (list, sum) in of_pieces.into_iter().zip(Projective::<C>::normalize_batch(&in_pieces)) {
            places[list as usize] = sums.len() as u32;
            sums.push(PackedPoint::pack(&sum));
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
    /// The sum of each piece; they are sorted, and at least one.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn sum_pieces<C: KimchiCurve>(
        &mut self,
        terms: &Terms<'_, C>,
        entries: &[Entry],
        pieces: &[Piece],
        sums: &mut [PackedPoint],
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
        for (i, (sums, pieces)) in sums.chunks_mut(LANES).zip(pieces.chunks(LANES)).enumerate() {
            let lanes = store_packed(&inverter.field, &state.sums.points[i], state.sums.infinite[i]);
            for (lane, ((sum, piece), stored)) in sums.iter_mut().zip(pieces).zip(lanes).enumerate() {
                *sum = match failed[i] >> lane & 1 {
                    0 => stored,
                    // It has one point twice, or a point and its negative.
                    _ => portable::sum_entries(terms, piece.of(entries)),
                };
            }
        }
    }

    /// The sum of each pair's first point and its second's image: pairs of places in `points`, as many as buckets.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add_images<C: KimchiCurve>(
        &mut self,
        points: &[PackedPoint],
        pairs: &[[u32; 2]],
        buckets: &mut [PackedPoint],
    ) {
        let Self { inverter, state, failed, .. } = self;
        let count = vectors_for(pairs.len());
        let inverter = inverter.get_or_insert_with(|| Inverter::new::<C>(count));
        state.resize(count);
        failed.clear();
        failed.resize(count, 0);
        // ξ with 2^260: products with it leave coordinates what they are.
        let beta = Field::constant(C::ENDO_BASE * BaseField::<C>::from(16u64));
        let side = |i: usize, side: usize| {
            let mut eight = [&PackedPoint::INFINITY; LANES];
            for (point, pair) in eight.iter_mut().zip(&pairs[pairs.len().min(i * LANES)..]) {
                *point = &points[pair[side] as usize];
            }
            load_packed(eight)
        };
        for (i, (point, infinite)) in state.sums.points.iter_mut().zip(&mut state.sums.infinite).enumerate() {
            (*point, *infinite) = side(i, 0);
        }
        state.add_possible::<C>(inverter, count, failed, |field, _, i, place| {
            let (Point8 { x, y }, infinite) = side(i, 1);
            *place = Point8 { x: field.mul(&x, &beta), y };
            infinite
        });
        for (i, (buckets, pairs)) in buckets.chunks_mut(LANES).zip(pairs.chunks(LANES)).enumerate() {
            let lanes = store_packed(&inverter.field, &state.sums.points[i], state.sums.infinite[i]);
            for (lane, ((bucket, pair), stored)) in buckets.iter_mut().zip(pairs).zip(lanes).enumerate() {
                *bucket = match failed[i] >> lane & 1 {
                    0 => stored,
                    // They are equal or opposite.
                    _ => {
                        let [a, b] = pair.map(|place| points[place as usize].unpack::<C>());
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
}
