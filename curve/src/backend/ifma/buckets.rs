//! Sums of buckets, eight buckets in the lanes of a vector, an entry of each in every round.
//!
//! Buckets are cut into pieces, and pieces sorted by length, so that the lanes of a vector end together and what is left to
//! do are always the first vectors.

use core::arch::x86_64::{__m256i, __m512i, _mm512_castsi256_si512, _mm512_inserti64x4};

use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Zero};

use super::affine::{Inverter, LANES, Point8, State, load, load_some, store};
use super::field::Field;
use crate::backend::portable;
use crate::backend::terms::{Entry, Terms};
use crate::pasta::{Affine, KimchiCurve, Projective};

/// Entries that one lane sums: more than a bucket of random digits has where windows are well chosen, and few enough that
/// a bucket with most of the entries still fills the lanes of many vectors.
const PIECE: usize = 64;

/// Fewer entries than this are not worth the rounds' inversions.
const MIN_ENTRIES: usize = 1 << 11;

/// Buckets that one lane sums by their digits.
const SEGMENT: usize = 32;

/// Fewer buckets than this are not worth the rounds' inversions.
const MIN_BUCKETS: usize = 1 << 9;

/// The sums of buckets whose entries lie one after the other: the number of entries of each, and all entries.
pub(crate) fn sum_buckets<C: KimchiCurve>(
    terms: &Terms<'_, C>,
    entries: &[Entry],
    lengths: &[u32],
) -> Vec<Affine<C>> {
    if entries.len() < MIN_ENTRIES {
        return portable::sum_buckets(terms, entries, lengths);
    }
    let mut rest = entries;
    let mut pieces = Vec::with_capacity(lengths.len());
    let mut pieces_of_bucket = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (bucket, after) = rest.split_at(*length as usize);
        pieces.extend(bucket.chunks(PIECE));
        pieces_of_bucket.push(bucket.len().div_ceil(PIECE) as u32);
        rest = after;
    }
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    let sums = unsafe { sum_pieces(terms, &pieces) };
    portable::sum_lists(&pieces_of_bucket, &sums)
}

/// The sum of each piece, none of which is empty.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sum_pieces<C: KimchiCurve>(terms: &Terms<'_, C>, pieces: &[&[Entry]]) -> Vec<Affine<C>> {
    let order = longest_first(pieces);
    let count = order.len().div_ceil(LANES);
    let mut inverter = Inverter::new::<C>(count);
    let mut failed = vec![0u8; count];
    let (mut sums, mut infinite) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for lanes in order.chunks(LANES) {
        let (first, absent) = addends(&inverter.field, terms, pieces, lanes, 0);
        sums.push(first);
        infinite.push(absent);
    }
    let mut state = State { addends: sums.clone(), sums, infinite, idle: vec![0; count] };
    let longest = order.first().map_or(0, |first| pieces[*first as usize].len());
    let mut active = count;
    for round in 1..longest {
        while active > 0 && pieces[order[(active - 1) * LANES] as usize].len() <= round {
            active -= 1;
        }
        for (i, lanes) in order.chunks(LANES).enumerate().take(active) {
            let (next, absent) = addends(&inverter.field, terms, pieces, lanes, round);
            state.addends[i] = next;
            state.idle[i] = absent | failed[i];
        }
        state.add_possible::<C>(&mut inverter, active, &mut failed);
    }

    let mut results = vec![Affine::<C>::identity(); pieces.len()];
    for (i, lanes) in order.chunks(LANES).enumerate() {
        let mut points = [Affine::<C>::identity(); LANES];
        store(&inverter.field, &state.sums[i], state.infinite[i], &mut points);
        for (lane, piece) in lanes.iter().enumerate() {
            let piece = *piece as usize;
            results[piece] = match failed[i] >> lane & 1 {
                0 => points[lane],
                // It has one point twice, or a point and its negative.
                _ => portable::sum_entries(terms, pieces[piece]),
            };
        }
    }
    results
}

/// The numbers of the pieces, by falling length.
fn longest_first(pieces: &[&[Entry]]) -> Vec<u32> {
    let mut starts = [0u32; PIECE + 1];
    for piece in pieces {
        // Behind all longer ones.
        starts[..piece.len()].iter_mut().for_each(|start| *start += 1);
    }
    let mut order = vec![0; pieces.len()];
    for (number, piece) in pieces.iter().enumerate() {
        let start = &mut starts[piece.len()];
        order[*start as usize] = number as u32;
        *start += 1;
    }
    order
}

/// Entry `round` of each of up to eight pieces, and the lanes that have none.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn addends<C: KimchiCurve>(
    field: &Field,
    terms: &Terms<'_, C>,
    pieces: &[&[Entry]],
    lanes: &[u32],
    round: usize,
) -> (Point8, u8) {
    let (mut negative, mut absent) = (0u8, u8::MAX);
    // Lanes without a point have the first one's: it is on the curve, and masked.
    let first = terms.coordinates(pieces[lanes[0] as usize][0]);
    let mut rows = [row(first); LANES];
    for (lane, piece) in lanes.iter().enumerate() {
        if let Some(entry) = pieces[*piece as usize].get(round) {
            rows[lane] = row(terms.coordinates(*entry));
            negative |= u8::from(entry.is_negative()) << lane;
            absent &= !(1 << lane);
        }
    }
    let Point8 { x, y } = load(rows);
    (Point8 { x, y: field.negate_canonical(negative, &y) }, absent)
}

/// x, then y.
#[target_feature(enable = "avx512f")]
#[inline]
fn row((x, y): (&[u64; 4], &[u64; 4])) -> __m512i {
    let [x, y]: [__m256i; 2] = [bytemuck::cast(*x), bytemuck::cast(*y)];
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(x), y)
}

/// Σ (i + 1)·`buckets[i]`.
pub(crate) fn sum_by_digit<C: KimchiCurve>(buckets: &[Affine<C>]) -> Projective<C> {
    if buckets.len() < MIN_BUCKETS {
        return portable::sum_by_digit(buckets);
    }
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    let segments = unsafe { sum_segments(buckets) };
    // Bucket j of segment k counts k·SEGMENT + j + 1 times.
    let mut sum = Projective::<C>::zero();
    let mut weighted = Projective::<C>::zero();
    for (total, _) in segments.iter().skip(1).rev() {
        sum += total;
        weighted += sum;
    }
    for _ in 0..SEGMENT.ilog2() {
        weighted.double_in_place();
    }
    segments.iter().fold(weighted, |weighted, (_, by_digit)| weighted + by_digit)
}

/// Of each segment, b its buckets in order: Σ bⱼ and Σ (j + 1)·bⱼ.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sum_segments<C: KimchiCurve>(buckets: &[Affine<C>]) -> Vec<(Affine<C>, Affine<C>)> {
    let segments: Vec<_> = buckets.chunks(SEGMENT).collect();
    let count = segments.len().div_ceil(LANES);
    let mut inverter = Inverter::new::<C>(count);
    let mut failed = vec![0u8; count];
    let (nothing, infinite) = load_some::<C>(&[]);
    let empty = || State {
        sums: vec![nothing; count],
        infinite: vec![infinite; count],
        addends: vec![nothing; count],
        idle: vec![infinite; count],
    };
    let (mut running, mut by_digit) = (empty(), empty());
    for j in (0..SEGMENT).rev() {
        for (i, lanes) in segments.chunks(LANES).enumerate() {
            let mut points = [Affine::<C>::identity(); LANES];
            for (point, segment) in points.iter_mut().zip(lanes) {
                *point = segment.get(j).copied().unwrap_or_default();
            }
            let (next, absent) = load_some(&points);
            running.addends[i] = next;
            running.idle[i] = absent | failed[i];
        }
        running.add_possible::<C>(&mut inverter, count, &mut failed);
        by_digit.addends.copy_from_slice(&running.sums);
        for (i, idle) in by_digit.idle.iter_mut().enumerate() {
            *idle = running.infinite[i] | failed[i];
        }
        by_digit.add_possible::<C>(&mut inverter, count, &mut failed);
    }

    let mut results = Vec::with_capacity(segments.len());
    for (i, lanes) in segments.chunks(LANES).enumerate() {
        let [mut totals, mut sums] = [[Affine::<C>::identity(); LANES]; 2];
        store(&inverter.field, &running.sums[i], running.infinite[i], &mut totals);
        store(&inverter.field, &by_digit.sums[i], by_digit.infinite[i], &mut sums);
        for (lane, segment) in lanes.iter().enumerate() {
            results.push(match failed[i] >> lane & 1 {
                0 => (totals[lane], sums[lane]),
                // An empty bucket, say, so that a sum was doubled.
                _ => {
                    let total: Projective<C> = segment.iter().sum();
                    (total.into_affine(), portable::sum_by_digit(segment).into_affine())
                }
            });
        }
    }
    results
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
        fn sums_of_buckets_are_those_of_ark(lengths in prop::collection::vec(0u32..200, 30..60), seed: u64) {
            if super::super::is_available() {
                check_sums_of_buckets::<PallasConfig>(&lengths, seed, sum_buckets);
                check_sums_of_buckets::<VestaConfig>(&lengths, seed, sum_buckets);
            }
        }

        #[test]
        fn sums_by_digit_are_those_of_ark(filled in 0usize..=600, seed: u64) {
            if super::super::is_available() {
                check_sums_by_digit::<PallasConfig>(600, filled, seed, sum_by_digit);
                check_sums_by_digit::<VestaConfig>(1024, filled, seed, sum_by_digit);
            }
        }
    }
}
