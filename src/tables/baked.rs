//! The tables that the build put into the binary.

use quickpickle_curve::tables::{CheckError, check};
use quickpickle_srs_data::{Content, FileError, POINTS_OFFSET, PackedPoint, Role, TableEntry, TableId};
use rand_core::OsRng;

/// Bytes that begin at a page: `include_bytes!` alone aligns to one byte.
#[repr(C, align(4096))]
#[cfg_attr(
    not(any(feature = "wrap", feature = "step")),
    expect(dead_code, reason = "nothing is embedded where no feature asks for it")
)]
struct Aligned<T: ?Sized>(T);

/// A table that the manifest pins, and its file where the build embedded it.
#[derive(Clone, Copy)]
pub struct Pinned {
    /// Which table.
    pub id: TableId,
    /// log2 of the number of generators of the SRS that the table is, or is made from.
    pub srs_log2: u32,
    /// The cargo feature that embeds it.
    pub feature: &'static str,
    /// The BLAKE3 digest of its packed points, in hexadecimal.
    pub digest: &'static str,
    file: Option<&'static [u8]>,
}

/// All tables of the manifest that the build used.
const PINNED: &[Pinned] = include!(concat!(env!("OUT_DIR"), "/tables.rs"));

impl Pinned {
    /// All tables of the manifest, in its order.
    pub const fn all() -> &'static [Self] {
        PINNED
    }

    /// The table's file if it lies in the binary: a page of header, then the points. In a build with
    /// `--cfg quickpickle_tables="verify"` a basis ends after the points that verification of Pickles proofs uses.
    pub fn file(&self) -> Option<&'static [u8]> {
        self.file
    }

    /// The table's points that lie in the binary: a pointer and a length into its read-only pages.
    pub fn packed(&self) -> Option<&'static [PackedPoint]> {
        // The file is page-aligned and its length was checked when it was embedded, so that the cast cannot fail.
        Some(bytemuck::cast_slice(self.file?.get(POINTS_OFFSET..)?))
    }

    /// The table's entry in the manifest.
    pub fn entry(&self) -> TableEntry {
        TableEntry {
            name: self.id,
            curve: self.id.role.curve().to_owned(),
            srs_log2: self.srs_log2,
            feature: self.feature.to_owned(),
            digest: self.digest.parse().expect("build.rs writes digests in hexadecimal"),
        }
    }

    /// Proves the embedded table; `None` where there is none. A basis that ends early cannot be proved: its digest and the
    /// random combination are those of all points.
    ///
    /// First the file is compared with the pin. Then, without trust in digests, every point is checked to be on its
    /// curve, generators are derived from their definition, and a Lagrange basis is compared with them in a random linear combination,
    /// whose randomness comes from the operating system. Takes up to a second a table.
    ///
    /// # Panics
    ///
    /// Where the operating system has no randomness to give.
    pub fn check(&self) -> Option<Result<(), Fault>> {
        let (file, packed) = (self.file?, self.packed()?);
        let (found, points) = (packed.len(), self.entry().points());
        if cfg!(quickpickle_tables = "verify") && found < points {
            return Some(Err(Fault::Shortened { found, points }));
        }
        Some(self.entry().check_file(file).map_err(Fault::from).and_then(|_| {
            check(self.id, self.srs_log2, packed, &mut OsRng)?;
            Ok(())
        }))
    }
}

/// What is wrong with an embedded table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Its bytes are not those that are pinned.
    #[error("the embedded file is not the pinned one")]
    File(#[from] FileError),
    /// The build left out what verification does not use; what is there was part of the pinned table.
    #[error("the build embedded {found} of its {points} points")]
    Shortened {
        /// Points in the binary.
        found: usize,
        /// Points of the table.
        points: usize,
    },
    /// Its points are not what the table's name says: the pin itself is wrong.
    #[error("the table is pinned, but wrong")]
    Content(#[from] CheckError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_tables_are_the_pinned_ones_at_the_start_of_a_page() {
        for table in Pinned::all() {
            let baked = match table.feature {
                "wrap" => cfg!(feature = "wrap"),
                "step" => cfg!(feature = "step"),
                "step-lagrange" => cfg!(feature = "step-lagrange"),
                other => panic!("no feature {other}"),
            };
            assert_eq!(table.file().is_some(), baked, "{}", table.id);
            let Some(packed) = table.packed() else { continue };
            assert!(table.entry().check_file(table.file().unwrap()).is_ok(), "{}", table.id);
            assert_eq!(packed.len(), table.entry().points());
            assert_eq!(packed.as_ptr() as usize % 4096, 0, "{} is not page-aligned", table.id);
        }
    }

    #[test]
    #[cfg_attr(not(any(feature = "wrap", feature = "step")), ignore = "no table is embedded")]
    fn embedded_tables_are_sound_and_others_are_noticed() {
        let table = Pinned::all().iter().find(|table| table.file().is_some()).expect("an embedded table");
        assert_eq!(table.check(), Some(Ok(())));
        let of_another = Pinned { digest: Pinned::all()[1].digest, ..*table };
        assert!(matches!(of_another.check(), Some(Err(Fault::File(_)))));
    }

    #[test]
    #[cfg_attr(not(any(feature = "wrap", feature = "step")), ignore = "no table is embedded")]
    fn a_view_is_a_pointer_into_the_binary() {
        for table in Pinned::all().iter().filter(|table| table.file().is_some()) {
            let (file, packed) = (table.file().unwrap(), table.packed().unwrap());
            assert_eq!(
                packed.as_ptr().cast(),
                file[POINTS_OFFSET..].as_ptr(),
                "the points are used in place"
            );
            let again = table.packed().unwrap();
            assert_eq!(packed.as_ptr(), again.as_ptr());
        }
    }
}
