//! The file format of a table, which is also how it lies in the binary.
//!
//! | offset | bytes | what |
//! | --- | --- | --- |
//! | 0 | 8 | `quickpkl` |
//! | 8 | 4 | version of this format, little-endian: 1 |
//! | 12 | 4 | length of the header, little-endian |
//! | 16 | | the header, `bincode` in its standard configuration; zeros up to 4096 |
//! | 4096 | 64 each | the points, packed |
//!
//! The points begin at a page, so that a file mapped into memory, or embedded at a page's alignment, is used in place.

use crate::{Digest, PackedPoint, TableEntry};
use serde::{Deserialize, Serialize};

const MAGIC: [u8; 8] = *b"quickpkl";
const VERSION: u32 = 1;
/// Magic, version and length.
const PREAMBLE: usize = 16;

/// Where the points begin: one page.
pub const POINTS_OFFSET: usize = 4096;

/// What the file says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHeader {
    /// The table's name.
    pub name: String,
    /// The curve, in lower case.
    pub curve: String,
    /// log2 of the number of generators of the SRS.
    pub srs_log2: u32,
    /// How many points follow.
    pub points: u64,
    /// The digest of the points, in hexadecimal.
    pub digest: Digest,
}

/// Why a file is not the table that it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Cut off, or with something after the end.
    #[error("{found} bytes instead of {expected}")]
    Length {
        /// Bytes of a file of this table.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// The first page is that of another table or another version of the format.
    #[error("its header is not that of the table")]
    Header,
    /// The points are not those that the pin stands for.
    #[error("its points have the digest {found}, but {pinned} is pinned")]
    Digest {
        /// What the manifest says.
        pinned: Digest,
        /// What the points have.
        found: Digest,
    },
}

impl TableEntry {
    /// The first page of the table's file.
    fn first_page(&self) -> [u8; POINTS_OFFSET] {
        let header = TableHeader {
            name: self.name.to_string(),
            curve: self.curve.clone(),
            srs_log2: self.srs_log2,
            points: self.points() as u64,
            digest: self.digest,
        };
        let mut page = [0; POINTS_OFFSET];
        let length =
            bincode::serde::encode_into_slice(&header, &mut page[PREAMBLE..], bincode::config::standard())
                .expect("two names and three numbers fit into a page");
        page[..8].copy_from_slice(&MAGIC);
        page[8..12].copy_from_slice(&VERSION.to_le_bytes());
        page[12..16].copy_from_slice(&(length as u32).to_le_bytes());
        page
    }

    /// The file of the table with these points.
    ///
    /// # Errors
    ///
    /// Where the points are not those of the pin: no file of a wrong table can be made.
    pub fn to_file(&self, points: &[PackedPoint]) -> Result<Vec<u8>, FileError> {
        let mut file = self.first_page().to_vec();
        file.extend_from_slice(bytemuck::cast_slice(points));
        self.check_file(&file)?;
        Ok(file)
    }

    /// Checks that these bytes are the file of this table, whole and unaltered, and gives the bytes of its points.
    ///
    /// Nothing is decoded on the way: the first page is compared with what it must be, the points by their digest.
    pub fn check_file<'a>(&self, file: &'a [u8]) -> Result<&'a [u8], FileError> {
        let expected = POINTS_OFFSET + size_of::<PackedPoint>() * self.points();
        match file.split_at_checked(POINTS_OFFSET) {
            Some((page, points)) if file.len() == expected => {
                if page != self.first_page() {
                    return Err(FileError::Header);
                }
                let found = Digest::of_bytes(points);
                if found != self.digest {
                    return Err(FileError::Digest { pinned: self.digest, found });
                }
                Ok(points)
            }
            _ => Err(FileError::Length { expected, found: file.len() }),
        }
    }
}

impl TableHeader {
    /// The header of a file that a check has vouched for, such as one that was embedded; `None` where it is none.
    pub fn read(file: &[u8]) -> Option<Self> {
        let preamble = file.get(..PREAMBLE)?;
        if preamble[..8] != MAGIC || preamble[8..12] != VERSION.to_le_bytes() {
            return None;
        }
        let length = u32::from_le_bytes(preamble[12..16].try_into().ok()?) as usize;
        let header = file.get(PREAMBLE..POINTS_OFFSET)?.get(..length)?;
        let config = bincode::config::standard().with_limit::<POINTS_OFFSET>();
        let (decoded, used) = bincode::serde::decode_from_slice(header, config).ok()?;
        (used == length).then_some(decoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> (TableEntry, Vec<PackedPoint>) {
        let points: Vec<_> = (0..8).map(|i| PackedPoint { x: [i; 4], y: [i + 1; 4] }).collect();
        let entry = TableEntry {
            name: "wrap-lagrange-3".parse().unwrap(),
            curve: "pallas".to_owned(),
            srs_log2: 5,
            feature: "wrap".to_owned(),
            digest: Digest::of(&points),
        };
        (entry, points)
    }

    #[test]
    fn a_file_reads_back() {
        let (entry, points) = entry();
        let file = entry.to_file(&points).unwrap();
        assert_eq!(entry.check_file(&file).unwrap(), bytemuck::cast_slice::<_, u8>(&points));
        let header = TableHeader::read(&file).unwrap();
        assert_eq!(
            (header.name.as_str(), header.points, header.digest),
            ("wrap-lagrange-3", 8, entry.digest)
        );
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let (entry, points) = entry();
        let file = entry.to_file(&points).unwrap();
        for position in 0..file.len() {
            let mut altered = file.clone();
            altered[position] ^= 1;
            let expected_kind = position < POINTS_OFFSET;
            match entry.check_file(&altered).unwrap_err() {
                FileError::Header => assert!(expected_kind),
                FileError::Digest { pinned, .. } => assert!(!expected_kind && pinned == entry.digest),
                error => panic!("{error}"),
            }
        }
        for length in [0, 1, POINTS_OFFSET, file.len() - 64, file.len() - 1] {
            assert!(matches!(entry.check_file(&file[..length]), Err(FileError::Length { .. })));
        }
        let longer = [&file[..], &[0]].concat();
        assert!(matches!(entry.check_file(&longer), Err(FileError::Length { .. })));
    }

    #[test]
    fn no_file_is_made_of_other_points() {
        let (entry, mut points) = entry();
        points.swap(0, 1);
        assert!(matches!(entry.to_file(&points), Err(FileError::Digest { .. })));
        assert!(matches!(entry.to_file(&points[1..]), Err(FileError::Length { .. })));
    }
}
