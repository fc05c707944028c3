//! Sums of buckets, eight lists of entries in the lanes of a vector, an entry of each in every round.
//!
//! Lists are cut into pieces, and pieces sorted by length, so that the lanes of a vector end together and what is left to
//! do are always the first vectors.

use core::arch::x86_64::{__m512i, _MM_HINT_T0, _mm_prefetch};

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

/// The sum of each piece; they are sorted.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sum_block<C: KimchiCurve>(terms: &Terms<'_, C>, pieces: &[Piece<'_>]) -> Vec<PackedPoint> {
    let count = vectors_for(pieces.len());
    let lanes = |i: usize| &pieces[pieces.len().min(i * LANES)..pieces.len().min((i + 1) * LANES)];
    let mut inverter = Inverter::new::<C>(count);
    let mut failed = vec![0u8; count];
    let first = |i: usize| {
        let (Point8 { x, y }, absent) = addends(&inverter.field, terms, lanes(i), 0);
        (Point8 { x, y: Field::normalized(&y) }, absent)
    };
    let (sums, infinite) = (0..count).map(first).unzip();
    let mut state = State::new(sums, infinite);
    let longest = pieces.first().map_or(0, |first| first.entries.len());
    for round in 1..longest {
        let active = pieces.partition_point(|piece| piece.entries.len() > round);
        let next = |field: &Field, _: &State, i: usize| {
            prefetch(terms, lanes(i + PREFETCH), round);
            addends(field, terms, lanes(i), round)
        };
        state.add_possible::<C>(&mut inverter, vectors_for(active), &mut failed, next);
    }

    let mut results = Vec::with_capacity(count * LANES);
    for (i, (sum, infinite)) in state.sums.iter().zip(&state.infinite).enumerate() {
        results.extend(store_packed(&inverter.field, sum, *infinite));
        for (lane, piece) in lanes(i).iter().enumerate().filter(|(lane, _)| failed[i] >> lane & 1 == 1) {
            // It has one point twice, or a point and its negative.
            results[i * LANES + lane] = portable::sum_entries(terms, piece.entries);
        }
    }
    results.truncate(pieces.len());
    results
}

/// Fetches the points of entry `round` of some pieces into the caches.
#[inline]
fn prefetch<C: KimchiCurve>(terms: &Terms<'_, C>, pieces: &[Piece<'_>], round: usize) {
    for piece in pieces {
        if let Some(entry) = piece.entries.get(round) {
            let point: *const PackedPoint = terms.point(*entry);
            // SAFETY: nothing is read that the program could see, and any address may be given.
            #[expect(unsafe_code, reason = "a hint to the processor that takes a pointer")]
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(point.cast());
            }
        }
    }
}

/// Entry `round` of each of up to eight pieces, and the lanes that have none. Limbs of y may be negative.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn addends<C: KimchiCurve>(
    field: &Field,
    terms: &Terms<'_, C>,
    pieces: &[Piece<'_>],
    round: usize,
) -> (Point8, u8) {
    let (mut negative, mut absent) = (0u8, u8::MAX);
    let mut rows: [__m512i; LANES] = [bytemuck::cast(PackedPoint::INFINITY); LANES];
    for (lane, (row, piece)) in rows.iter_mut().zip(pieces).enumerate() {
        if let Some(entry) = piece.entries.get(round) {
            *row = bytemuck::cast(*terms.point(*entry));
            negative |= u8::from(entry.is_negative()) << lane;
            absent &= !(1 << lane);
        }
    }
    let Point8 { x, y } = load(rows);
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
