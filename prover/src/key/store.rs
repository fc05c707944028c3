//! Proving keys in files.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..8 | `QPPKEY` and the format's version, two bytes |
//! | 8..40 | BLAKE3 of all that follows |
//! | 40..48 | the file's length |
//! | 48..56 | the header's length |
//! | 56.. | the header, by `bincode`: circuit and verification key |
//! | next multiple of 64.. | the coefficient columns that are not zero, row by row four 64-bit Montgomery limbs |
//!
//! Integers are little-endian. Nothing of a file is used before the digest has been compared. The columns stay where they are:
//! they are mapped, and shared by all processes that use the file. A file is written beside its place and then moved there; it
//! must not be written to while it is in use.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;
use quickpickle_runtime::curve::{KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType, PERMUTS};
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::limits::Limits;
use quickpickle_runtime::wire::DecodeError;
use quickpickle_runtime::wire::kimchi::{Curve, index_from_msgpack_within, index_to_msgpack};
use quickpickle_srs_data::{MontgomeryForm, replace_file};
use serde::{Deserialize, Serialize};

use super::{KeyError, ProvingKey};
use crate::circuit::{CircuitError, ConstraintSystem, FixedTable, Parts, RuntimeTable};
use crate::limbs::{ELEMENT_BYTES, Limbs};

const MAGIC: [u8; 8] = *b"QPPKEY\x00\x01";
const DIGEST: std::ops::Range<usize> = 8..40;
const LENGTH: std::ops::Range<usize> = 40..48;
const HEADER_LENGTH: std::ops::Range<usize> = 48..56;
const HEADER: usize = 56;
const ALIGNMENT: usize = 64;
/// Bytes of a header at most: the largest domain full of gates and tables.
const MAX_HEADER: usize = 1 << 30;

/// BLAKE3 of a key file's contents: its identity.
pub type KeyDigest = [u8; 32];

/// Why a key cannot be stored or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Reading, mapping or writing failed.
    #[error("the key file cannot be read or written")]
    Io(#[from] std::io::Error),
    /// Not a key file, or one of another version.
    #[error("not a proving key of this version")]
    NotAKey,
    /// The file ends too early, or goes on too long.
    #[error("the key file has {found} bytes instead of {expected}")]
    Length {
        /// What the file says.
        expected: u64,
        /// Its length.
        found: u64,
    },
    /// The contents are not those that the digest vouches for.
    #[error("the key file has been altered: its digest is {found}, expected is {expected}")]
    Digest {
        /// The digest that the file, or the caller, says.
        expected: String,
        /// That of its contents.
        found: String,
    },
    /// A key of the other curve.
    #[error("a key on {found}, not on {expected}")]
    Curve {
        /// The curve that was asked for.
        expected: &'static str,
        /// The key's.
        found: String,
    },
    /// The header cannot be written.
    #[error("the header cannot be encoded")]
    Encode(#[from] bincode::error::EncodeError),
    /// The header cannot be read, although its digest is right.
    #[error("the header cannot be decoded")]
    Decode(#[from] bincode::error::DecodeError),
    /// The header's parts contradict each other.
    #[error("the key is inconsistent: {0}")]
    Inconsistent(&'static str),
    /// The circuit in it is none.
    #[error("the key's circuit")]
    Circuit(#[from] CircuitError),
    /// The verification key in it is none.
    #[error("the key's verification key")]
    Index(#[from] DecodeError),
    /// The verification key in it is refused.
    #[error("the key's verification key")]
    Key(#[from] KeyError),
}

type Element = [u64; 4];

#[derive(Serialize, Deserialize)]
struct Header {
    curve: String,
    distinct_points: bool,
    public: u64,
    previous_challenges: u64,
    srs_log2: u32,
    domain_log2: u32,
    gates: Vec<u8>,
    wires: Vec<[u32; PERMUTS]>,
    /// Which coefficient columns are there.
    columns: [bool; COLUMNS],
    tables: Vec<(i32, Vec<Vec<Element>>)>,
    runtime_tables: Vec<(i32, Vec<Element>)>,
    /// The verification key in Kimchi's serialisation.
    index: Vec<u8>,
}

const fn configuration() -> impl bincode::config::Config {
    bincode::config::standard().with_fixed_int_encoding().with_limit::<MAX_HEADER>()
}

/// A key in a file, whichever its curve.
#[derive(Debug)]
pub enum AnyKey {
    /// Of a circuit over Fq.
    Pallas(ProvingKey<PallasConfig>),
    /// Of a circuit over Fp.
    Vesta(ProvingKey<VestaConfig>),
}

impl AnyKey {
    /// [`ProvingKey::load`], with the curve that the file says.
    ///
    /// # Errors
    /// Where the file is not whole and unaltered, or is no key.
    pub fn load(path: &Path, expected: Option<&KeyDigest>) -> Result<Self, StoreError> {
        let opened = Opened::open(path, expected)?;
        match Curve::named(&opened.header.curve) {
            Some(Curve::Vesta) => opened.key().map(Self::Vesta),
            // Of no known curve it is not of this one either.
            Some(Curve::Pallas) | None => opened.key().map(Self::Pallas),
        }
    }
}

/// A key file that is whole and unaltered.
struct Opened {
    header: Header,
    map: Arc<Mmap>,
    /// Where the columns begin.
    columns: usize,
}

impl<C: KimchiCurve> ProvingKey<C> {
    /// Writes the key to `path`, replacing what is there in one step. Returns the digest to ask for when loading it.
    pub fn save(&self, path: &Path) -> Result<KeyDigest, StoreError> {
        let header = bincode::serde::encode_to_vec(self.header(), configuration())?;
        let columns: Vec<_> = self.system.coefficients.iter().flatten().collect();
        let columns_start = (HEADER + header.len()).next_multiple_of(ALIGNMENT);
        let padding = vec![0; columns_start - HEADER - header.len()];
        let length = columns_start + columns.iter().map(|column| column.bytes().len()).sum::<usize>();

        let sizes = [(length as u64).to_le_bytes(), (header.len() as u64).to_le_bytes()];
        let parts = [sizes.as_flattened(), &header, &padding];
        let parts = || parts.into_iter().chain(columns.iter().map(|column| column.bytes()));
        let mut hasher = blake3::Hasher::new();
        parts().for_each(|part| {
            hasher.update(part);
        });
        let digest: KeyDigest = hasher.finalize().into();

        replace_file(path, |file| {
            file.write_all(&MAGIC)?;
            file.write_all(&digest)?;
            parts().try_for_each(|part| file.write_all(part))?;
            Ok(digest)
        })
    }

    /// Maps the key in `path`. Where `expected` is given, the file must be exactly the one that [`Self::save`] returned it for.
    ///
    /// # Errors
    /// Where the file is not whole and unaltered, or is no key over `C`.
    pub fn load(path: &Path, expected: Option<&KeyDigest>) -> Result<Self, StoreError> {
        Opened::open(path, expected)?.key()
    }

    fn header(&self) -> Header {
        let system = &self.system;
        let limbs =
            |values: &Vec<ScalarField<C>>| values.iter().map(|value| value.to_limbs()).collect::<Vec<_>>();
        Header {
            curve: C::NAME.to_owned(),
            distinct_points: self.generation == Generation::DistinctPoints,
            public: system.public as u64,
            previous_challenges: system.previous_challenges as u64,
            srs_log2: system.srs_log2,
            domain_log2: system.domain_log2(),
            gates: system.gates.iter().map(|gate| *gate as u8).collect(),
            wires: system.wires.clone(),
            columns: system.coefficients.each_ref().map(Option::is_some),
            tables: system.tables.iter().map(|t| (t.id, t.columns.iter().map(limbs).collect())).collect(),
            runtime_tables: system.runtime_tables.iter().map(|t| (t.id, limbs(&t.first_column))).collect(),
            index: index_to_msgpack(self.verifier_index()),
        }
    }
}

impl Opened {
    fn open(path: &Path, expected: Option<&KeyDigest>) -> Result<Self, StoreError> {
        let map = Arc::new(map(path)?);
        let field = |range: std::ops::Range<usize>| map.get(range).ok_or(StoreError::NotAKey);
        let number =
            |range| field(range)?.try_into().map(u64::from_le_bytes).map_err(|_| StoreError::NotAKey);
        if field(0..MAGIC.len())? != MAGIC {
            return Err(StoreError::NotAKey);
        }
        let (expected_length, found_length) = (number(LENGTH)?, map.len() as u64);
        if expected_length != found_length {
            return Err(StoreError::Length { expected: expected_length, found: found_length });
        }
        let digest = blake3::hash(map.get(DIGEST.end..).unwrap_or_default());
        for claimed in [Some(field(DIGEST)?), expected.map(KeyDigest::as_slice)].into_iter().flatten() {
            if claimed != digest.as_bytes() {
                let (expected, found) = (hex::encode(claimed), digest.to_hex().to_string());
                return Err(StoreError::Digest { expected, found });
            }
        }
        let inconsistent = StoreError::Inconsistent;
        let header_end = usize::try_from(number(HEADER_LENGTH)?).ok().and_then(|n| n.checked_add(HEADER));
        let header_end = header_end.ok_or(inconsistent("the header's length"))?;
        let header = map.get(HEADER..header_end).ok_or(inconsistent("the header's length"))?;
        let (header, read) = bincode::serde::decode_from_slice::<Header, _>(header, configuration())?;
        if HEADER + read != header_end {
            return Err(inconsistent("the header's length"));
        }
        Ok(Self { header, map, columns: header_end.next_multiple_of(ALIGNMENT) })
    }

    fn key<C: KimchiCurve>(self) -> Result<ProvingKey<C>, StoreError> {
        let Self { header, map, columns: mut start } = self;
        let inconsistent = StoreError::Inconsistent;
        if header.curve != C::NAME {
            return Err(StoreError::Curve { expected: C::NAME, found: header.curve });
        }
        let rows = header.gates.len();
        if header.wires.len() != rows {
            return Err(inconsistent("as many wires as gates"));
        }
        let gates = header.gates.iter().map(|number| GateType::ALL.get(usize::from(*number)).copied());
        let gates = gates.collect::<Option<Vec<_>>>().ok_or(inconsistent("a gate that does not exist"))?;
        let mut coefficients = [const { None }; COLUMNS];
        for (column, used) in coefficients.iter_mut().zip(header.columns) {
            if used {
                *column = Some(Limbs::mapped(&map, start, rows).ok_or(inconsistent("the columns' place"))?);
                start += rows * ELEMENT_BYTES;
            }
        }
        if start != map.len() {
            return Err(inconsistent("the columns' length"));
        }
        let size = |number: u64| usize::try_from(number).map_err(|_| inconsistent("a size"));
        let parts = Parts {
            gates,
            wires: header.wires,
            public: size(header.public)?,
            previous_challenges: size(header.previous_challenges)?,
            srs_log2: header.srs_log2,
            domain_log2: Some(header.domain_log2),
            tables: header.tables.into_iter().map(table::<C>).collect::<Result<_, _>>()?,
            runtime_tables: header
                .runtime_tables
                .into_iter()
                .map(runtime_table::<C>)
                .collect::<Result<_, _>>()?,
        };
        let system = ConstraintSystem::<C>::from_parts(parts, coefficients)?;
        let index = index_from_msgpack_within::<C>(&header.index, &Limits::LARGEST)?;
        let same = index.domain_log2 == system.domain_log2()
            && index.max_poly_size == system.srs_size()
            && index.zk_rows == system.zk_rows as u64
            && index.public == system.public
            && index.previous_challenges == system.previous_challenges;
        if !same {
            return Err(inconsistent("circuit and verification key differ"));
        }
        let generation =
            if header.distinct_points { Generation::DistinctPoints } else { Generation::Berkeley };
        Ok(ProvingKey::assemble(system, index, generation)?)
    }
}

fn elements<C: KimchiCurve>(limbs: Vec<Element>) -> Result<Vec<ScalarField<C>>, StoreError> {
    let elements: Option<_> = limbs.into_iter().map(ScalarField::<C>::from_limbs).collect();
    elements.ok_or(StoreError::Inconsistent("a table's element"))
}

fn table<C: KimchiCurve>(
    (id, columns): (i32, Vec<Vec<Element>>),
) -> Result<FixedTable<ScalarField<C>>, StoreError> {
    Ok(FixedTable { id, columns: columns.into_iter().map(elements::<C>).collect::<Result<_, _>>()? })
}

fn runtime_table<C: KimchiCurve>(
    (id, first_column): (i32, Vec<Element>),
) -> Result<RuntimeTable<ScalarField<C>>, StoreError> {
    Ok(RuntimeTable { id, first_column: elements::<C>(first_column)? })
}

/// Whether a file begins as a proving key does.
pub fn is_key(path: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == MAGIC
}

#[expect(unsafe_code, reason = "mapping a file")]
fn map(path: &Path) -> Result<Mmap, std::io::Error> {
    let file = File::open(path)?;
    // SAFETY: the mapping must not change while it is read as bytes. Key files are written beside their place and moved
    // there, never written to in place, by this module; its documentation asks the same of everyone else.
    unsafe { Mmap::map(&file) }
}
