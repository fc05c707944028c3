//! Which entries are added in which lane and round.
//!
//! Lists are cut into pieces, and pieces sorted by length, so that the lanes of a vector end together and what is left to
//! do are always the first vectors.

use super::affine::{LANES, vectors_for};
use crate::backend::terms::Entry;

/// Entries that one lane sums: more than a list of random digits has where windows are well chosen, and few enough that
/// a list with most of the entries still fills the lanes of many vectors.
pub(super) const PIECE: usize = 128;

/// Some entries of a list, at least one and at most [`PIECE`].
#[derive(Clone, Copy, Default)]
pub(super) struct Piece {
    pub(super) list: u32,
    start: u32,
    length: u32,
}

impl Piece {
    /// Its entries, of those of all lists.
    pub(super) fn of(self, entries: &[Entry]) -> &[Entry] {
        &entries[self.start as usize..][..self.length as usize]
    }
}

/// Puts the pieces of lists of these lengths, one after the other, in place of `pieces`, the longest first.
pub(super) fn cut(lengths: &[u32], pieces: &mut Vec<Piece>) {
    const WHOLE: u32 = PIECE as u32;
    let mut counts = [0u32; PIECE + 1];
    for length in lengths {
        counts[PIECE] += length / WHOLE;
        counts[(length % WHOLE) as usize] += 1;
    }
    // What is left of a list may be nothing.
    counts[0] = 0;
    let mut total = 0;
    let mut places = [0; PIECE + 1];
    for (place, count) in places.iter_mut().zip(counts).rev() {
        *place = total;
        total += count;
    }
    pieces.resize(total as usize, Piece::default());
    let mut start = 0;
    for (list, length) in (0..).zip(lengths) {
        let end = start + length;
        while start < end {
            let length = (end - start).min(WHOLE);
            let place = &mut places[length as usize];
            pieces[*place as usize] = Piece { list, start, length };
            *place += 1;
            start += length;
        }
    }
}

/// The entries of a block's pieces: of each vector its rounds one after the other, eight entries in each.
#[derive(Default)]
pub(super) struct Schedule {
    /// Where each vector's rounds begin: an even number of vectors, of which none has more rounds than the one before.
    starts: Vec<usize>,
    entries: Vec<[Entry; LANES]>,
    /// How many vectors have something to do in each round, rounded up to an even number.
    pub(super) active: Vec<usize>,
}

impl Schedule {
    /// Becomes that of pieces that are sorted, at least one.
    pub(super) fn fill(&mut self, pieces: &[Piece], entries: &[Entry]) {
        let rounds = |vector: usize| pieces.get(vector * LANES).map_or(0, |piece| piece.length as usize);
        self.starts.clear();
        self.active.clear();
        self.active.resize(rounds(0), 0);
        let mut total = 0;
        for vector in 0..vectors_for(pieces.len()) {
            self.starts.push(total);
            // The second of a pair has as many as the first.
            let rounds = rounds(vector & !1);
            self.active[..rounds].fill(vector + 1);
            total += rounds;
        }
        self.entries.clear();
        if self.entries.capacity() < total {
            // The next block, or the first of the next window, will want about as much: not twice.
            self.entries.reserve_exact(total + total / 8);
        }
        self.entries.resize(total, [Entry::NONE; LANES]);
        for (pieces, start) in pieces.chunks(LANES).zip(&self.starts) {
            for (lane, piece) in pieces.iter().enumerate() {
                for (eight, entry) in self.entries[*start..].iter_mut().zip(piece.of(entries)) {
                    eight[lane] = *entry;
                }
            }
        }
    }

    /// How many vectors there are.
    pub(super) fn vectors(&self) -> usize {
        self.starts.len()
    }

    /// Those of a vector in a round that it has.
    #[inline(always)]
    pub(super) fn entries(&self, vector: usize, round: usize) -> &[Entry; LANES] {
        &self.entries[self.starts[vector] + round]
    }

    /// The same of any vector: where it has no such round, entries of the next or none.
    #[inline(always)]
    pub(super) fn about(&self, vector: usize, round: usize) -> &[Entry] {
        let start = self.starts.get(vector).copied().unwrap_or(self.entries.len());
        self.entries.get(start + round).map_or(&[], |entries| entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_round() {
        let lengths = [0, 3, 1, 200, 64, 0, 65, 128];
        let entries: Vec<_> =
            (0..lengths.iter().sum::<u32>()).map(|i| Entry::new(i as usize, i % 2 == 1)).collect();
        let mut pieces = vec![Piece { list: 9, start: 9, length: 9 }; 3];
        cut(&lengths, &mut pieces);
        assert!(pieces.is_sorted_by(|a, b| a.length >= b.length));
        assert!(pieces.iter().all(|piece| (1..=PIECE as u32).contains(&piece.length)));
        let mut schedule = Schedule::default();
        // What is left of another block must not matter.
        schedule.fill(&pieces[..4], &entries);
        schedule.fill(&pieces, &entries);
        let mut found = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let start = lengths[..piece.list as usize].iter().sum::<u32>() as usize;
            let of_list = &entries[start..start + lengths[piece.list as usize] as usize];
            for round in 0..piece.length as usize {
                let entry = schedule.entries(index / LANES, round)[index % LANES];
                assert!(of_list.contains(&entry) && schedule.active[round] > index / LANES);
                found.push(entry.into_word());
            }
        }
        found.sort();
        assert_eq!(found, entries.iter().map(|entry| entry.into_word()).collect::<Vec<_>>());
    }
}
