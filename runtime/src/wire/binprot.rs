//! OCaml's `bin_prot`: the binary form in which Mina's network and its archives carry proofs and keys.
//!
//! One encoding a value: every integer in the shortest of its forms, as `bin_prot` writes it, and nothing after the end.

use ark_ff::PrimeField;

use super::bytes::Bytes;
use super::detect::{self, Kind};
use super::error::{Fault, Result, Within, bounded};
use super::number::{self, ELEMENT_BYTES};
use super::ocaml::{Reader, Writer};
use super::side_loaded;
use crate::pickles::proof::{Proof, ProofsVerified, VerificationKey};

/// The longest input that is read. A proof without chunks has about 11 kB, with sixteen chunks everywhere 60 kB.
pub const MAX_INPUT: usize = 256 << 10;

/// How many proofs the wire type of Mina's network has room for, whatever the program that made the proof.
const NETWORK_WIDTH: ProofsVerified = ProofsVerified::N2;

/// Decodes `PicklesProofProofsVerified2ReprStableV2`: a proof as Mina's blocks, transaction snarks and zkApps carry it.
///
/// # Errors
/// Where the bytes are not exactly one such proof, with canonical field elements and points on their curves.
pub fn proof_from_bytes(input: &[u8]) -> Result<Proof> {
    let proof = bounded(input, MAX_INPUT)
        .and_then(|input| BinProtReader::whole(input, |r| side_loaded::read_proof(r, NETWORK_WIDTH)));
    detect::expect(proof, input, "a proof in bin_prot", &[Kind::BinProtProof])
}

/// Encodes a proof whose wrap message holds the challenges of two proofs, as [`proof_from_bytes`] gives it.
pub fn proof_to_bytes(proof: &Proof) -> Vec<u8> {
    let mut writer = BinProtWriter::default();
    side_loaded::write_proof(&mut writer, proof);
    writer.bytes
}

/// Decodes `MinaBaseVerificationKeyWireStableV1`: a side-loaded verification key, 1796 bytes.
///
/// # Errors
/// Where the bytes are not exactly one such key, with canonical coordinates of points on Pallas.
pub fn verification_key_from_bytes(input: &[u8]) -> Result<VerificationKey> {
    detect::expect(read_verification_key(input), input, "a verification key in bin_prot", &[Kind::BinProtKey])
}

pub(super) fn read_verification_key(input: &[u8]) -> Result<VerificationKey> {
    BinProtReader::whole(bounded(input, MAX_INPUT)?, side_loaded::read_verification_key)
}

/// Encodes a side-loaded verification key.
pub fn verification_key_to_bytes(key: &VerificationKey) -> Vec<u8> {
    let mut writer = BinProtWriter::default();
    side_loaded::write_verification_key(&mut writer, key);
    writer.bytes
}

/// The first byte of an integer tells its form: 0 to 0x7f is the number itself, these announce two, four or eight
/// little-endian bytes, and a negative byte.
const INT16: u8 = 0xfe;
const INT32: u8 = 0xfd;
const INT64: u8 = 0xfc;
const NEGATIVE_INT8: u8 = 0xff;

/// Bytes being read.
struct BinProtReader<'a> {
    bytes: Bytes<'a>,
}

impl<'a> BinProtReader<'a> {
    /// Reads one value, which must be all of the input.
    fn whole<T>(input: &'a [u8], read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut reader = Self { bytes: Bytes::new(input) };
        let value = read(&mut reader)?;
        reader.bytes.end()?;
        Ok(value)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        self.bytes.take().map(|[byte]| byte)
    }

    /// One of the bytes below `count`.
    fn tag(&mut self, count: usize, expected: &'static str) -> Result<usize, Fault> {
        let offset = self.bytes.offset();
        let tag = usize::from(self.byte()?);
        if tag < count { Ok(tag) } else { Err(Fault::Expected { expected, offset }) }
    }

    /// `bin_read_nat0`: the length of a list.
    fn length(&mut self) -> Result<u64, Fault> {
        let offset = self.bytes.offset();
        let (length, least) = match self.byte()? {
            small @ 0..=0x7f => (u64::from(small), 0),
            INT16 => (u64::from(u16::from_le_bytes(self.bytes.take()?)), 0x80),
            INT32 => (u64::from(u32::from_le_bytes(self.bytes.take()?)), 1 << 16),
            INT64 => (u64::from_le_bytes(self.bytes.take()?), 1 << 32),
            _ => return Err(Fault::Expected { expected: "a length", offset }),
        };
        if length < least {
            Err(Fault::Expected { expected: "a length in its shortest form", offset })
        } else {
            Ok(length)
        }
    }

    /// `bin_read_int64`.
    fn integer(&mut self) -> Result<i64, Fault> {
        let offset = self.bytes.offset();
        let first = self.byte()?;
        let value = match first {
            small @ 0..=0x7f => i64::from(small),
            NEGATIVE_INT8 => i64::from(i8::from_le_bytes(self.bytes.take()?)),
            INT16 => i64::from(i16::from_le_bytes(self.bytes.take()?)),
            INT32 => i64::from(i32::from_le_bytes(self.bytes.take()?)),
            INT64 => i64::from_le_bytes(self.bytes.take()?),
            _ => return Err(Fault::Expected { expected: "an integer", offset }),
        };
        if form(value) == first {
            Ok(value)
        } else {
            Err(Fault::Expected { expected: "an integer in its shortest form", offset })
        }
    }
}

/// The first byte of the shortest form of `value`.
fn form(value: i64) -> u8 {
    match value {
        0..=0x7f => value.to_le_bytes()[0],
        -0x80..=-1 => NEGATIVE_INT8,
        -0x8000..=0x7fff => INT16,
        -0x8000_0000..=0x7fff_ffff => INT32,
        _ => INT64,
    }
}

impl Reader for BinProtReader<'_> {
    fn group<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        read(self)
    }

    fn field<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        read(self).within(name)
    }

    fn vector<T>(&mut self, len: usize, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let elements = (0..len).map(|i| read(self).within_element(i)).collect::<Result<_>>()?;
        // A vector is nested pairs that end in a unit.
        self.unit()?;
        Ok(elements)
    }

    fn list<T>(&mut self, max: usize, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let length = self.length()?;
        let length =
            usize::try_from(length).ok().filter(|length| *length <= max).ok_or(Fault::TooMany { max })?;
        (0..length).map(|i| read(self).within_element(i)).collect()
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        match self.tag(2, "an option")? {
            0 => Ok(None),
            _ => read(self).map(Some),
        }
    }

    fn unit(&mut self) -> Result<()> {
        Ok(self.tag(1, "a unit").map(|_| ())?)
    }

    fn boolean(&mut self) -> Result<bool> {
        Ok(self.tag(2, "a boolean")? == 1)
    }

    fn limb(&mut self) -> Result<u64> {
        Ok(self.integer()?.cast_unsigned())
    }

    fn character(&mut self) -> Result<u8> {
        Ok(self.byte()?)
    }

    fn constructor(&mut self, names: &[&'static str]) -> Result<usize> {
        Ok(self.tag(names.len(), "one of the type's constructors")?)
    }

    fn element<F: PrimeField>(&mut self) -> Result<F> {
        Ok(number::element_from_bytes(&self.bytes.take::<ELEMENT_BYTES>()?)?)
    }
}

/// Bytes being written.
#[derive(Default)]
struct BinProtWriter {
    bytes: Vec<u8>,
}

impl BinProtWriter {
    fn integer(&mut self, value: i64) {
        let first = form(value);
        self.bytes.push(first);
        let width = match first {
            NEGATIVE_INT8 => 1,
            INT16 => 2,
            INT32 => 4,
            INT64 => 8,
            _ => 0,
        };
        self.bytes.extend(value.to_le_bytes().iter().take(width));
    }

    /// `bin_write_nat0`.
    fn length(&mut self, length: usize) {
        match (u8::try_from(length), u16::try_from(length), u32::try_from(length)) {
            (Ok(small @ 0..=0x7f), _, _) => self.bytes.push(small),
            (_, Ok(length), _) => {
                self.bytes.push(INT16);
                self.bytes.extend(length.to_le_bytes());
            }
            (_, _, Ok(length)) => {
                self.bytes.push(INT32);
                self.bytes.extend(length.to_le_bytes());
            }
            _ => {
                self.bytes.push(INT64);
                self.bytes.extend((length as u64).to_le_bytes());
            }
        }
    }
}

impl Writer for BinProtWriter {
    fn group(&mut self, write: impl FnOnce(&mut Self)) {
        write(self);
    }

    fn field(&mut self, _name: &'static str, write: impl FnOnce(&mut Self)) {
        write(self);
    }

    fn vector<'a, T: 'a>(
        &mut self,
        elements: impl IntoIterator<Item = &'a T>,
        mut write: impl FnMut(&mut Self, &'a T),
    ) {
        elements.into_iter().for_each(|element| write(self, element));
        self.unit();
    }

    fn list<T>(&mut self, elements: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.length(elements.len());
        elements.iter().for_each(|element| write(self, element));
    }

    fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.boolean(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn unit(&mut self) {
        self.bytes.push(0);
    }

    fn boolean(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    fn limb(&mut self, limb: u64) {
        self.integer(limb.cast_signed());
    }

    fn character(&mut self, character: u8) {
        self.bytes.push(character);
    }

    fn constructor(&mut self, _name: &'static str, position: u8) {
        self.bytes.push(position);
    }

    fn element<F: PrimeField>(&mut self, element: &F) {
        self.bytes.extend(number::element_to_bytes(element));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<u64> {
        BinProtReader::whole(bytes, Reader::limb)
    }

    #[test]
    fn integers_have_one_form() {
        let edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fff_ffff, 0x8000_0000, i64::MAX];
        for value in edges.into_iter().flat_map(|edge: i64| [edge, -edge, -edge - 1]) {
            let mut writer = BinProtWriter::default();
            writer.limb(value.cast_unsigned());
            assert_eq!(read(&writer.bytes), Ok(value.cast_unsigned()), "{value}");
            // The same value in every longer form.
            for (first, width) in [(NEGATIVE_INT8, 1), (INT16, 2), (INT32, 4), (INT64, 8)] {
                if width + 1 > writer.bytes.len() {
                    let mut longer = vec![first];
                    longer.extend(&value.to_le_bytes()[..width]);
                    assert!(read(&longer).is_err(), "{value} as {longer:x?}");
                }
            }
        }
    }

    #[test]
    fn lengths_are_bounded_before_anything_is_read() {
        let list = |bytes: &[u8]| BinProtReader::whole(bytes, |r| r.list(16, |r| r.limb()));
        assert_eq!(list(&[2, 1, 2]), Ok(vec![1, 2]));
        assert_eq!(
            list(&[INT64, 255, 255, 255, 255, 255, 255, 255, 255]),
            Err(Fault::TooMany { max: 16 }.into())
        );
        assert_eq!(
            list(&[INT16, 17, 0]),
            Err(Fault::Expected { expected: "a length in its shortest form", offset: 0 }.into())
        );
        assert_eq!(list(&[17]), Err(Fault::TooMany { max: 16 }.into()));
        let mut writer = BinProtWriter::default();
        let lengths = [0, 0x7f, 0x80, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000];
        lengths.iter().for_each(|length| writer.length(*length));
        let mut reader = BinProtReader { bytes: Bytes::new(&writer.bytes) };
        for length in lengths {
            assert_eq!(reader.length(), Ok(length as u64));
        }
    }
}
