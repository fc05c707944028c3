//! Sums of buckets, eight lists of entries in the lanes of a vector, an entry of each in every round.
//!
//! Lists are cut into pieces, and pieces sorted by length, so that the lanes of a vector end together and what is left to
//! do are always the first vectors.

use core::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_cmpeq_epi64_mask, _mm512_cvtepu32_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_test_epi64_mask,
};

use std::collections::BTreeMap;

use ark_ec::CurveGroup;
use bytemuck::Zeroable;
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use super::affine::{LANES, Point8, State, Vectors, load, load_packed, store_packed, vectors_for};
use super::field::Field;
use super::inverter::Inverter;
use crate::backend::portable;
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::image;
use crate::pasta::{Affine, BaseField, KimchiCurve, Projective};

/// Entries that one lane sums: more than a list of random digits has where windows are well chosen, and few enough that
/// a list with most of the entries still fills the lanes of many vectors.
const PIECE: usize = 64;

/// Pieces that share an inversion in each round: their sums, what is added and running products are 410 kB, which stay in a core's
/// second-level cache.
const BLOCK: usize = 2048;

/// Vectors whose points are fetched before they are needed, as reads from all over a table miss the caches.
const PREFETCH: usize = 4;

/// Fewer entries than this are not worth the rounds' inversions.
const MIN_ENTRIES: usize = 1 << 8;

/// The sums of buckets, each the sum of a list of entries and of the image of another: the entries list after list, and
/// how many there are in the lists of each bucket.
pub(crate) fn sum_buckets<C: KimchiCurve>(
    terms: &Terms<'_, C>,
    entries: &[Entry],
    lengths: &[[u32; 2]],
) -> Vec<PackedPoint> {
    if entries.len() < MIN_ENTRIES {
        return portable::sum_buckets(terms, entries, lengths);
    }
    let lists = sum_lists(terms, entries, lengths.as_flattened());
    let mut buckets = vec![PackedPoint::INFINITY; lengths.len()];
    let (pairs, _) = lists.as_chunks();
    buckets.par_chunks_mut(BLOCK).zip(pairs.par_chunks(BLOCK)).for_each(|(buckets, pairs)| {
        // SAFETY: this backend is chosen only where the machine has the instructions.
        #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
        unsafe {
            add_images::<C>(buckets, pairs);
        }
    });
    buckets
}

/// The sum of each list.
fn sum_lists<C: KimchiCurve>(terms: &Terms<'_, C>, entries: &[Entry], lengths: &[u32]) -> Vec<PackedPoint> {
    let mut rest = entries;
    let mut pieces = Vec::with_capacity(lengths.len());
    for (list, length) in lengths.iter().enumerate() {
        let (entries, after) = rest.split_at(*length as usize);
        pieces.extend(entries.chunks(PIECE).map(|entries| Piece { list: list as u32, entries }));
        rest = after;
    }
    sort_longest_first(&mut pieces);
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    let sums: Vec<_> =
        pieces.par_chunks(BLOCK).flat_map_iter(|block| unsafe { sum_block(terms, block) }).collect();

    let mut results = vec![PackedPoint::INFINITY; lengths.len()];
    let mut in_pieces = BTreeMap::<u32, Projective<C>>::new();
    for (Piece { list, .. }, sum) in pieces.iter().zip(sums) {
        if lengths[*list as usize] as usize <= PIECE {
            results[*list as usize] = sum;
        } else {
            *in_pieces.entry(*list).or_default() += sum.unpack::<C>();
        }
    }
    let (lists, sums): (Vec<_>, Vec<_>) = in_pieces.into_iter().unzip();
    for (list, sum) in lists.into_iter().zip(Projective::<C>::normalize_batch(&sums)) {
        results[list as usize] = PackedPoint::pack(&sum);
    }
    results
}

/// Some entries of a list, at least one.
#[derive(Clone, Copy)]
struct Piece<'a> {
    list: u32,
    entries: &'a [Entry],
}

fn sort_longest_first(pieces: &mut Vec<Piece<'_>>) {
    let mut counts = [0u32; PIECE + 1];
    for piece in &*pieces {
        counts[piece.entries.len()] += 1;
    }
    let mut total = 0;
    let mut starts = [0; PIECE + 1];
    for (start, count) in starts.iter_mut().zip(counts).rev() {
        *start = total;
        total += count;
    }
    let mut sorted = pieces.clone();
    for piece in &*pieces {
        let start = &mut starts[piece.entries.len()];
        sorted[*start as usize] = *piece;
        *start += 1;
    }
    *pieces = sorted;
}

/// The entries of a block's pieces: of each vector its rounds one after the other, eight entries in each.
struct Schedule {
    /// Where each vector's rounds begin: an even number of vectors, of which none has more rounds than the one before.
    starts: Vec<usize>,
    entries: Vec<[Entry; LANES]>,
    /// How many vectors have something to do in each round, rounded up to an even number.
    active: Vec<usize>,
}

impl Schedule {
    /// Of pieces that are sorted, at least one.
    fn new(pieces: &[Piece<'_>]) -> Self {
        let rounds = |vector: usize| pieces.get(vector * LANES).map_or(0, |piece| piece.entries.len());
        let count = vectors_for(pieces.len());
        let mut starts = Vec::with_capacity(count);
        let mut active = vec![0; rounds(0)];
        let mut total = 0;
        for vector in 0..count {
            starts.push(total);
            // The second of a pair has as many as the first.
            let rounds = rounds(vector & !1);
            active[..rounds].fill(vector + 1);
            total += rounds;
        }
        let mut entries = vec![[Entry::NONE; LANES]; total];
        for (pieces, start) in pieces.chunks(LANES).zip(&starts) {
            for (lane, piece) in pieces.iter().enumerate() {
                for (entries, entry) in entries[*start..].iter_mut().zip(piece.entries) {
                    entries[lane] = *entry;
                }
            }
        }
        Self { starts, entries, active }
    }

    /// Those of a vector in a round that it has.
    #[inline(always)]
    fn entries(&self, vector: usize, round: usize) -> &[Entry; LANES] {
        &self.entries[self.starts[vector] + round]
    }

    /// The same of any vector: where it has no such round, entries of the next or none.
    #[inline(always)]
    fn about(&self, vector: usize, round: usize) -> &[Entry] {
        let start = self.starts.get(vector).copied().unwrap_or(self.entries.len());
        self.entries.get(start + round).map_or(&[], |entries| entries)
    }
}

/// The sum of each piece; they are sorted, and at least one.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sum_block<C: KimchiCurve>(terms: &Terms<'_, C>, pieces: &[Piece<'_>]) -> Vec<PackedPoint> {
    let schedule = Schedule::new(pieces);
    let count = schedule.starts.len();
    let mut inverter = Inverter::new::<C>(count);
    let mut failed = vec![0u8; count];
    let mut sums = Vectors { points: vec![Point8::zeroed(); count], infinite: vec![0; count] };
    for (i, (point, infinite)) in sums.points.iter_mut().zip(&mut sums.infinite).enumerate() {
        prefetch(terms, schedule.about(i + PREFETCH, 0));
        *infinite = addends(&inverter.field, terms, schedule.entries(i, 0), point);
        point.y = Field::normalized(&point.y);
    }
    let mut state = State::new(sums);
    for (round, active) in schedule.active.iter().enumerate().skip(1) {
        let next = |field: &Field, _: &Vectors, i: usize, place: &mut Point8| {
            prefetch(terms, schedule.about(i + PREFETCH, round));
            addends(field, terms, schedule.entries(i, round), place)
        };
        state.add_possible::<C>(&mut inverter, *active, &mut failed, next);
    }

    let mut results = Vec::with_capacity(count * LANES);
    for (i, (sum, infinite)) in state.sums.points.iter().zip(&state.sums.infinite).enumerate() {
        results.extend(store_packed(&inverter.field, sum, *infinite));
        for lane in (0..LANES).filter(|lane| failed[i] >> lane & 1 == 1) {
            // It has one point twice, or a point and its negative.
            results[i * LANES + lane] = portable::sum_entries(terms, pieces[i * LANES + lane].entries);
        }
    }
    results.truncate(pieces.len());
    results
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

/// Σ of each pair's first point and its second's image.
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_images<C: KimchiCurve>(sums: &mut [PackedPoint], pairs: &[[PackedPoint; 2]]) {
    let count = vectors_for(pairs.len());
    let mut inverter = Inverter::new::<C>(count);
    // ξ with 2^260: products with it leave coordinates what they are.
    let beta = Field::constant(C::ENDO_BASE * BaseField::<C>::from(16u64));
    let side = |i: usize, side: usize| {
        let mut points = [&PackedPoint::INFINITY; LANES];
        for (point, pair) in points.iter_mut().zip(&pairs[pairs.len().min(i * LANES)..]) {
            *point = &pair[side];
        }
        load_packed(points)
    };
    let (points, infinite) = (0..count).map(|i| side(i, 0)).unzip();
    let mut state = State::new(Vectors { points, infinite });
    let mut failed = vec![0u8; count];
    state.add_possible::<C>(&mut inverter, count, &mut failed, |field, _, i, place| {
        let (Point8 { x, y }, infinite) = side(i, 1);
        *place = Point8 { x: field.mul(&x, &beta), y };
        infinite
    });
    for (i, (sums, pairs)) in sums.chunks_mut(LANES).zip(pairs.chunks(LANES)).enumerate() {
        let lanes = store_packed(&inverter.field, &state.sums.points[i], state.sums.infinite[i]);
        for (lane, ((sum, [a, b]), stored)) in sums.iter_mut().zip(pairs).zip(lanes).enumerate() {
            *sum = match failed[i] >> lane & 1 {
                0 => stored,
                // They are equal or opposite.
                _ => {
                    let b: Affine<C> = image(&b.unpack());
                    PackedPoint::pack(&(a.unpack::<C>() + b).into_affine())
                }
            };
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
