//! OCaml's `bin_prot`: the binary form in which Mina's network and its archives carry proofs and keys.
//!
//! One encoding a value: every integer in the shortest of its forms, as `bin_prot` writes it, and nothing after the end.

use core::convert::Infallible;

use ark_ff::PrimeField;

use super::bytes::Bytes;
use super::codec::{self, Codec, Walk};
use super::detect::{self, Kind};
use super::error::{DecodeError, Fault, Result, Within, bounded};
use super::number::{self, ELEMENT_BYTES};
use super::ocaml::Ocaml;
use super::side_loaded;
use crate::curve::{Affine, KimchiCurve};
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
    let proof = bounded(input, MAX_INPUT).and_then(|input| {
        BinProtReader::whole(input, |r| {
            codec::read(r, side_loaded::blank_proof(), |r, proof| side_loaded::proof(r, proof, NETWORK_WIDTH))
        })
    });
    detect::expect(proof, input, "a proof in bin_prot", &[Kind::BinProtProof])
}

/// Encodes a proof whose wrap message holds the challenges of two proofs, as [`proof_from_bytes`] gives it.
pub fn proof_to_bytes(proof: &Proof) -> Vec<u8> {
    let mut writer = BinProtWriter::default();
    codec::write(&mut writer, proof, |w, proof| side_loaded::proof(w, proof, NETWORK_WIDTH));
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
    BinProtReader::whole(bounded(input, MAX_INPUT)?, |r| {
        codec::read(r, side_loaded::blank_key(), side_loaded::verification_key)
    })
}

/// Encodes a side-loaded verification key.
pub fn verification_key_to_bytes(key: &VerificationKey) -> Vec<u8> {
    let mut writer = BinProtWriter::default();
    codec::write(&mut writer, key, side_loaded::verification_key);
    writer.bytes
}

/// The first byte of an integer tells its form: 0 to 0x7f is the number itself, these announce two, four or eight
/// little-endian bytes, and a negative byte.
const INT16: u8 = 0xfe;
const INT32: u8 = 0xfd;
const INT64: u8 = 0xfc;
const NEGATIVE_INT8: u8 = 0xff;

/// Bytes being read.
pub struct BinProtReader<'a> {
    /// What is left of them.
    pub bytes: Bytes<'a>,
}

impl<'a> BinProtReader<'a> {
    /// Reads one value, which must be all of the input.
    ///
    /// # Errors
    /// Where it is not.
    pub fn whole<T>(input: &'a [u8], read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut reader = Self { bytes: Bytes::new(input) };
        let value = read(&mut reader)?;
        reader.bytes.end()?;
        Ok(value)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        self.bytes.take().map(|[byte]| byte)
    }

    /// One of the bytes below `count`.
    ///
    /// # Errors
    /// Where the next byte is another.
    pub fn tag(&mut self, count: usize, expected: &'static str) -> Result<usize, Fault> {
        let offset = self.bytes.offset();
        let tag = usize::from(self.byte()?);
        if tag < count { Ok(tag) } else { Err(Fault::Expected { expected, offset }) }
    }

    /// `bin_read_nat0`: the length of a list.
    ///
    /// # Errors
    /// Where none is there, in its shortest form.
    pub fn length(&mut self) -> Result<u64, Fault> {
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
    ///
    /// # Errors
    /// Where none is there, in its shortest form.
    pub fn integer(&mut self) -> Result<i64, Fault> {
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

impl Codec for BinProtReader<'_> {
    type Error = DecodeError;

    fn field(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        walk(self).within(name)
    }

    fn array<T>(
        &mut self,
        elements: &mut [T],
        walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        self.tuple(elements, walk)?;
        // A vector is nested pairs that end in a unit.
        self.unit()
    }

    fn list<T: Default>(
        &mut self,
        max: usize,
        elements: &mut Vec<T>,
        walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        let length = self.length()?;
        let length =
            usize::try_from(length).ok().filter(|length| *length <= max).ok_or(Fault::TooMany { max })?;
        self.resize(elements, length);
        self.tuple(elements, walk)
    }

    fn option<T: Default>(
        &mut self,
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        match self.tag(2, "an option")? {
            0 => Ok(()),
            _ => walk(self, value.insert(T::default())),
        }
    }

    fn boolean(&mut self, value: &mut bool) -> Result<()> {
        *value = self.tag(2, "a boolean")? == 1;
        Ok(())
    }

    fn element<F: PrimeField>(&mut self, element: &mut F) -> Result<()> {
        *element = number::element_from_bytes(&self.bytes.take::<ELEMENT_BYTES>()?)?;
        Ok(())
    }

    fn point<C: KimchiCurve>(&mut self, point: &mut Affine<C>) -> Result<()> {
        self.coordinates(point)
    }

    fn check(&mut self, check: impl FnOnce() -> Result<(), Fault>) -> Result<()> {
        Ok(check()?)
    }

    fn resize<T: Default>(&self, elements: &mut Vec<T>, len: usize) {
        elements.resize_with(len, T::default);
    }
}

impl Ocaml for BinProtReader<'_> {
    fn record(&mut self, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        walk(self)
    }

    fn tuple<T>(
        &mut self,
        parts: &mut [T],
        mut walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        parts.iter_mut().enumerate().try_for_each(|(i, part)| walk(self, part).within_element(i))
    }

    fn unit(&mut self) -> Result<()> {
        Ok(self.tag(1, "a unit").map(|_| ())?)
    }

    fn limb(&mut self, limb: &mut u64) -> Result<()> {
        *limb = self.integer()?.cast_unsigned();
        Ok(())
    }

    fn character(&mut self, character: &mut u8) -> Result<()> {
        *character = self.byte()?;
        Ok(())
    }

    fn constructor(&mut self, names: &[&'static str], position: &mut usize) -> Result<()> {
        *position = self.tag(names.len(), "one of the type's constructors")?;
        Ok(())
    }
}

/// Bytes being written.
#[derive(Default)]
pub struct BinProtWriter {
    /// What has been written.
    pub bytes: Vec<u8>,
}

impl BinProtWriter {
    /// `bin_write_int64`.
    pub fn integer(&mut self, value: i64) {
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
    pub fn length(&mut self, length: usize) {
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

impl Codec for BinProtWriter {
    type Error = Infallible;

    fn field(&mut self, _name: &'static str, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self> {
        walk(self)
    }

    fn array<T>(
        &mut self,
        elements: &mut [T],
        walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        self.tuple(elements, walk)?;
        self.unit()
    }

    fn list<T: Default>(
        &mut self,
        _max: usize,
        elements: &mut Vec<T>,
        walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        self.length(elements.len());
        self.tuple(elements, walk)
    }

    fn option<T: Default>(
        &mut self,
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        self.bytes.push(u8::from(value.is_some()));
        value.as_mut().map_or(Ok(()), |value| walk(self, value))
    }

    fn boolean(&mut self, value: &mut bool) -> Walk<Self> {
        self.bytes.push(u8::from(*value));
        Ok(())
    }

    fn element<F: PrimeField>(&mut self, element: &mut F) -> Walk<Self> {
        self.bytes.extend(number::element_to_bytes(element));
        Ok(())
    }

    fn point<C: KimchiCurve>(&mut self, point: &mut Affine<C>) -> Walk<Self> {
        self.coordinates(point)
    }

    fn check(&mut self, _check: impl FnOnce() -> Result<(), Fault>) -> Walk<Self> {
        Ok(())
    }

    fn resize<T: Default>(&self, _elements: &mut Vec<T>, _len: usize) {}
}

impl Ocaml for BinProtWriter {
    fn record(&mut self, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self> {
        walk(self)
    }

    fn tuple<T>(
        &mut self,
        parts: &mut [T],
        mut walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        parts.iter_mut().try_for_each(|part| walk(self, part))
    }

    fn unit(&mut self) -> Walk<Self> {
        self.bytes.push(0);
        Ok(())
    }

    fn limb(&mut self, limb: &mut u64) -> Walk<Self> {
        self.integer(limb.cast_signed());
        Ok(())
    }

    fn character(&mut self, character: &mut u8) -> Walk<Self> {
        self.bytes.push(*character);
        Ok(())
    }

    fn constructor(&mut self, _names: &[&'static str], position: &mut usize) -> Walk<Self> {
        // OCaml counts at most 246 constructors into one byte.
        self.bytes.push(u8::try_from(*position).unwrap_or(u8::MAX));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<u64> {
        BinProtReader::whole(bytes, |r| codec::read(r, 0, BinProtReader::limb))
    }

    #[test]
    fn integers_have_one_form() {
        let edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fff_ffff, 0x8000_0000, i64::MAX];
        for value in edges.into_iter().flat_map(|edge: i64| [edge, -edge, -edge - 1]) {
            let mut writer = BinProtWriter::default();
            codec::write(&mut writer, &value.cast_unsigned(), BinProtWriter::limb);
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
        let list = |bytes: &[u8]| {
            BinProtReader::whole(bytes, |r| {
                codec::read(r, Vec::new(), |r, v| r.list(16, v, BinProtReader::limb))
            })
        };
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
