//! The digest of a block's body, which stands in its state.
//!
//! Facts: Mina, `src/lib/staged_ledger_diff/body.ml` (`compute_reference`) and `bitswap_block.ml` (`blocks_of_data`): the body
//! with its length and a tag is cut into pieces for Bitswap, which name each other by BLAKE2b-256; the first one's name is the
//! digest.

use std::collections::VecDeque;

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};

/// The longest body that is read, in bytes. A full one has about two megabytes.
pub const MAX_BODY: usize = 16 << 20;

/// The longest piece, in bytes.
const MAX_PIECE: usize = 262_144;
/// The bytes of a piece that say how many names it has.
const COUNT: usize = 2;
/// The bytes of a name.
const NAME: usize = 32;
/// Names in a piece at most.
const MAX_NAMES: usize = (MAX_PIECE - COUNT) / NAME;
/// What is tagged: a body.
const TAG: u8 = 0;

type Name = [u8; NAME];

/// The digest of a body in bin_prot, or `None` where it is longer than [`MAX_BODY`].
pub fn body_reference(body: &[u8]) -> Option<[u8; 32]> {
    let length = u32::try_from(body.len() + 1).ok().filter(|_| body.len() <= MAX_BODY)?;
    let mut data = Vec::with_capacity(body.len() + 5);
    data.extend(length.to_le_bytes());
    data.push(TAG);
    data.extend(body);
    Some(root(&data, MAX_PIECE, MAX_NAMES))
}

/// The name of the first piece. Each piece has names of further ones, then data. They are made from the end of the data on, so
/// that the last one has what does not fill one; each but the first is named once, those at the end by those nearest to them.
fn root(mut data: &[u8], max_piece: usize, max_names: usize) -> Name {
    // What a further piece has room for: its name stands in another one.
    let room = max_piece - NAME - COUNT;
    let pieces = if data.len() <= max_piece - COUNT { 1 } else { (data.len() - NAME).div_ceil(room) };
    // From the end on most have no names, then one has those that are left over, then all have as many as fit.
    let (full, left_over) = ((pieces - 1) / max_names, (pieces - 1) % max_names);
    let partial = usize::from(left_over > 0);
    let counts = core::iter::repeat_n(0, pieces - full - partial)
        .chain(core::iter::repeat_n(left_over, partial))
        .chain(core::iter::repeat_n(max_names, full));
    let mut names = VecDeque::<Name>::new();
    let mut size = data.len() - room * (pieces - 1);
    for (made, count) in counts.enumerate() {
        if made > 0 {
            size = max_piece - COUNT - NAME * count;
        }
        let (before, content) = data.split_at(data.len().saturating_sub(size));
        let mut piece = Blake2b::<U32>::new();
        // At most 65,535: two bytes.
        piece.update(u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
        let named: Vec<Name> = names.drain(..count.min(names.len())).collect();
        named.iter().rev().for_each(|name| piece.update(name));
        piece.update(content);
        names.push_back(piece.finalize().into());
        data = before;
    }
    names.pop_front().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_body_has_the_digest_of_genesis_blocks() {
        // Four empty parts and no second one.
        let digest = body_reference(&[0; 5]).map(hex::encode);
        assert_eq!(
            digest.as_deref(),
            Some("36bda176656cc3be96c3d317db7b4ac06fdbc7f4eedcd6efdd20e28143d67421")
        );
        assert_eq!(body_reference(&vec![0; MAX_BODY + 1]), None);
    }

    /// The same from the front, as a node that fetches the pieces reads them: breadth first, each with its names.
    fn root_as_it_is_read(data: &[u8], max_piece: usize, max_names: usize) -> Name {
        let (mut pieces, mut at, mut named) = (Vec::new(), 0, 0);
        // As many names as bring all that is left into reach.
        while at < data.len() {
            let known = (named - pieces.len().min(named)) * (max_piece - COUNT);
            let mut count = 0;
            while count < max_names
                && at + known + max_piece - COUNT + count * (max_piece - COUNT - NAME) < data.len()
            {
                count += 1;
            }
            let size = (max_piece - COUNT - NAME * count).min(data.len() - at);
            pieces.push((named + 1..named + 1 + count, &data[at..at + size]));
            (at, named) = (at + size, named + count);
        }
        let mut names = vec![Name::default(); pieces.len()];
        for (index, (range, content)) in pieces.iter().enumerate().rev() {
            let mut bytes = (range.len() as u16).to_le_bytes().to_vec();
            range.clone().for_each(|named| bytes.extend(names[named]));
            bytes.extend(*content);
            names[index] = Blake2b::<U32>::digest(&bytes).into();
        }
        names[0]
    }

    #[test]
    fn pieces_are_named_as_they_are_read() {
        // Three names a piece at most, so that some lengths have several full pieces and some a partial one.
        let (max_piece, max_names) = (COUNT + 3 * NAME + 4, 3);
        let data: Vec<u8> = (0..3000u32).map(|byte| (byte % 251) as u8).collect();
        for length in 1..data.len() {
            let data = &data[..length];
            assert_eq!(
                root(data, max_piece, max_names),
                root_as_it_is_read(data, max_piece, max_names),
                "{length}"
            );
        }
    }
}
