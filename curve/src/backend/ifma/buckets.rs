//! Sums of buckets, eight lists of entries in the lanes of a vector, an entry of each in every round.
//!
//! Lists are cut into pieces, and pieces sorted by length, so that the lanes of a vector end together and what is left to
//! do are always the first vectors.

use core::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_cmpeq_epi64_mask, _mm512_cvtepu32_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_test_epi64_mask,
};

use ark_ec::CurveGroup;
use quickpickle_srs_data::PackedPoint;
use rayon::prelude::*;

use super::affine::{LANES, Point8, State, load, load_packed, store_packed, vectors_for};
use super::field::Field;
use super::inverter::Inverter;
use crate::backend::portable;
use crate::backend::terms::{Entry, Terms};
use crate::endomorphism::image;
use crate::pasta::{Affine, BaseField, KimchiCurve};

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
    for (piece, sum) in pieces.iter().zip(sums) {
        let result = &mut results[piece.list as usize];
        // Few lists have several pieces.
        *result = if result.is_infinity() {
            sum
        } else {
            PackedPoint::pack(&(result.unpack::<C>() + sum.unpack::<C>()).into_affine())
        };
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
    let mut starts = [0u32; PIECE + 1];
    for piece in &*pieces {
        // Behind all longer ones.
        starts[..piece.entries.len()].iter_mut().for_each(|start| *start += 1);
    }
    let mut sorted = pieces.clone();
    for piece in &*pieces {
        let start = &mut starts[piece.entries.len()];
        sorted[*start as usize] = *piece;
        *start += 1;
    }
    *pieces = sorted;
}

/// The entries of a block's pieces in the order in which they are added: of each round eight at a time.
struct Schedule {
    /// Where each round begins, and the end.
    starts: Vec<usize>,
    entries: Vec<[Entry; LANES]>,
}

impl Schedule {
    /// Of pieces that are sorted. Each round has an even number of vectors.
    fn new(pieces: &[Piece<'_>]) -> Self {
        let longest = pieces.first().map_or(0, |first| first.entries.len());
        let mut starts = Vec::with_capacity(longest + 1);
        let mut entries = Vec::new();
        for round in 0..longest {
            starts.push(entries.len());
            let active = pieces.partition_point(|piece| piece.entries.len() > round);
            entries.extend(pieces[..active].chunks(LANES).map(|pieces| {
                let mut lanes = [Entry::NONE; LANES];
                lanes.iter_mut().zip(pieces).for_each(|(lane, piece)| *lane = piece.entries[round]);
                lanes
            }));
            entries.resize(starts[round] + vectors_for(active), [Entry::NONE; LANES]);
        }
        starts.push(entries.len());
        Self { starts, entries }
    }

    /// Those of a round and all later ones, and how many vectors there are in the round.
    fn since(&self, round: usize) -> (&[[Entry; LANES]], usize) {
        let start = self.starts[round];
        (&self.entries[start..], self.starts[round + 1] - start)
    }
}

/// The sum of each piece; they are sorted, and at least one.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sum_block<C: KimchiCurve>(terms: &Terms<'_, C>, pieces: &[Piece<'_>]) -> Vec<PackedPoint> {
    let schedule = Schedule::new(pieces);
    let (entries, count) = schedule.since(0);
    let mut inverter = Inverter::new::<C>(count);
    let mut failed = vec![0u8; count];
    let first = |entries: &[Entry; LANES]| {
        let (Point8 { x, y }, absent) = addends(&inverter.field, terms, entries);
        (Point8 { x, y: Field::normalized(&y) }, absent)
    };
    let (sums, infinite) = entries[..count].iter().map(first).unzip();
    let mut state = State::new(sums, infinite);
    for round in 1..schedule.starts.len() - 1 {
        let (entries, active) = schedule.since(round);
        let next = |field: &Field, _: &State, i: usize| {
            if let Some(entries) = entries.get(i + PREFETCH) {
                prefetch(terms, entries);
            }
            addends(field, terms, &entries[i])
        };
        state.add_possible::<C>(&mut inverter, active, &mut failed, next);
    }

    let mut results = Vec::with_capacity(count * LANES);
    for (i, (sum, infinite)) in state.sums.iter().zip(&state.infinite).enumerate() {
        results.extend(store_packed(&inverter.field, sum, *infinite));
        for lane in (0..LANES).filter(|lane| failed[i] >> lane & 1 == 1) {
            // It has one point twice, or a point and its negative.
            results[i * LANES + lane] = portable::sum_entries(terms, pieces[i * LANES + lane].entries);
        }
    }
    results.truncate(pieces.len());
    results
}

/// Fetches points into the caches.
#[inline]
fn prefetch<C: KimchiCurve>(terms: &Terms<'_, C>, entries: &[Entry; LANES]) {
    for entry in entries {
        let point: *const PackedPoint = terms.point(*entry);
        // SAFETY: nothing is read that the program could see, and any address may be given.
        #[expect(unsafe_code, reason = "a hint to the processor that takes a pointer")]
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(point.cast());
        }
    }
}

/// The points of eight entries, and the lanes that have none. Limbs of y may be negative.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn addends<C: KimchiCurve>(field: &Field, terms: &Terms<'_, C>, entries: &[Entry; LANES]) -> (Point8, u8) {
    let mut rows: [__m512i; LANES] = [_mm512_setzero_si512(); LANES];
    for (row, entry) in rows.iter_mut().zip(entries) {
        *row = bytemuck::cast(*terms.point(*entry));
    }
    let Point8 { x, y } = load(rows);
    let words = _mm512_cvtepu32_epi64(bytemuck::cast(*entries));
    let negative = _mm512_test_epi64_mask(words, _mm512_set1_epi64(Entry::NEGATIVE.into()));
    let absent = _mm512_cmpeq_epi64_mask(words, _mm512_set1_epi64(Entry::NONE.into_word().into()));
    (Point8 { x, y: field.negate_canonical(negative, &y) }, absent)
}

/// Σ of each pair's first point and its second's image.
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_images<C: KimchiCurve>(sums: &mut [PackedPoint], pairs: &[[PackedPoint; 2]]) {
    let count = vectors_for(pairs.len());
    let mut inverter = Inverter::new::<C>(count);
    // ξ with 2^260: products with it leave coordinates what they are.
    let beta = Field::constant(C::ENDO_BASE * BaseField::<C>::from(16u64));
    let side = |i: usize, side: usize| {
        load_packed(core::array::from_fn(|lane| {
            pairs.get(i * LANES + lane).map_or(PackedPoint::INFINITY, |pair| pair[side])
        }))
    };
    let (firsts, infinite) = (0..count).map(|i| side(i, 0)).unzip();
    let mut state = State::new(firsts, infinite);
    let mut failed = vec![0u8; count];
    state.add_possible::<C>(&mut inverter, count, &mut failed, |field, _, i| {
        let (Point8 { x, y }, infinite) = side(i, 1);
        (Point8 { x: field.mul(&x, &beta), y }, infinite)
    });
    for (i, (sums, pairs)) in sums.chunks_mut(LANES).zip(pairs.chunks(LANES)).enumerate() {
        let lanes = store_packed(&inverter.field, &state.sums[i], state.infinite[i]);
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
