//! The little of MessagePack that `rmp-serde` writes for Kimchi's types: structs and lists are arrays, field elements and
//! points byte strings.
//!
//! One encoding a value: each number and length in its shortest form, as `rmp` writes them. A length within its bound is
//! still not believed: elements are read one by one, so what is allocated is never more than a small multiple of the
//! input.

use ark_ec::AffineRepr;
use ark_ff::{PrimeField, Zero};
use rmp::Marker;

use crate::curve::{Affine, BaseField, KimchiCurve};
use crate::wire::bytes::Bytes;
use crate::wire::error::{Fault, Result, Within};
use crate::wire::number::{self, ELEMENT_BYTES};

/// A compressed point: x, and a byte for the rest.
const POINT_BYTES: usize = ELEMENT_BYTES + 1;
/// Of a compressed point: y is the larger of the two.
const LARGER_Y: u8 = 0x80;
/// Of a compressed point: infinity, with x = 0.
const INFINITY: u8 = 0x40;

/// Bytes being read.
pub(super) struct Reader<'a> {
    bytes: Bytes<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { bytes: Bytes::new(input) }
    }

    /// Reads one value, which must be all of the input.
    pub(super) fn whole<T>(input: &'a [u8], read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut reader = Self::new(input);
        let value = read(&mut reader)?;
        reader.bytes.end()?;
        Ok(value)
    }

    fn marker(&mut self) -> Result<Marker, Fault> {
        self.bytes.take().map(|[marker]| Marker::from_u8(marker))
    }

    fn expected(&self, expected: &'static str, offset: usize) -> Fault {
        Fault::Expected { expected, offset }
    }

    /// An unsigned integer.
    pub(super) fn uint(&mut self) -> Result<u64, Fault> {
        let offset = self.bytes.offset();
        let (value, least) = match self.marker()? {
            Marker::FixPos(value) => (u64::from(value), 0),
            Marker::U8 => (u64::from(u8::from_be_bytes(self.bytes.take()?)), 0x80),
            Marker::U16 => (u64::from(u16::from_be_bytes(self.bytes.take()?)), 1 << 8),
            Marker::U32 => (u64::from(u32::from_be_bytes(self.bytes.take()?)), 1 << 16),
            Marker::U64 => (u64::from_be_bytes(self.bytes.take()?), 1 << 32),
            _ => return Err(self.expected("a number", offset)),
        };
        if value < least { Err(self.expected("a number in its shortest form", offset)) } else { Ok(value) }
    }

    /// A number of at most `max`.
    pub(super) fn size(&mut self, max: usize) -> Result<usize, Fault> {
        let found = self.uint()?;
        usize::try_from(found).ok().filter(|size| *size <= max).ok_or(Fault::OutOfRange { found })
    }

    /// A boolean.
    pub(super) fn boolean(&mut self) -> Result<bool, Fault> {
        let offset = self.bytes.offset();
        match self.marker()? {
            Marker::True => Ok(true),
            Marker::False => Ok(false),
            _ => Err(self.expected("a boolean", offset)),
        }
    }

    /// The length of an array.
    pub(super) fn array_length(&mut self) -> Result<usize, Fault> {
        let offset = self.bytes.offset();
        let (length, least) = match self.marker()? {
            Marker::FixArray(length) => (usize::from(length), 0),
            Marker::Array16 => (usize::from(u16::from_be_bytes(self.bytes.take()?)), 1 << 4),
            // Every element has a byte at least, so an array of 2^32 elements does not fit any input.
            Marker::Array32 => (u32::from_be_bytes(self.bytes.take()?) as usize, 1 << 16),
            _ => return Err(self.expected("an array", offset)),
        };
        if length < least { Err(self.expected("a length in its shortest form", offset)) } else { Ok(length) }
    }

    /// A struct of `fields` fields.
    pub(super) fn structure<T>(
        &mut self,
        fields: usize,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let offset = self.bytes.offset();
        if self.array_length()? != fields {
            return Err(self.expected("as many fields as the type has", offset).into());
        }
        read(self)
    }

    /// The next field of a struct.
    pub(super) fn field<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        read(self).within(name)
    }

    /// A list of at most `max` elements.
    pub(super) fn list<T>(
        &mut self,
        max: usize,
        mut read: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let length = self.array_length()?;
        if length > max {
            return Err(Fault::TooMany { max }.into());
        }
        let mut elements = Vec::new();
        for i in 0..length {
            elements.push(read(self).within_element(i)?);
        }
        Ok(elements)
    }

    /// A list of the length that the type fixes.
    pub(super) fn array<T, const N: usize>(
        &mut self,
        read: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<[T; N]> {
        let elements = self.list(N, read)?;
        let found = elements.len();
        elements.try_into().map_err(|_| Fault::TooFew { found, expected: N }.into())
    }

    /// An option: nil, or the value as it is.
    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.bytes.peek().is_some_and(|marker| Marker::from_u8(marker) == Marker::Null) {
            self.marker()?;
            return Ok(None);
        }
        read(self).map(Some)
    }

    /// A byte string of `N` bytes, fewer than 2^16.
    pub(super) fn binary<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let offset = self.bytes.offset();
        let length = match self.marker()? {
            Marker::Bin8 => usize::from(u8::from_be_bytes(self.bytes.take()?)),
            Marker::Bin16 => usize::from(u16::from_be_bytes(self.bytes.take()?)),
            _ => return Err(self.expected("a byte string", offset)),
        };
        let shortest = length <= usize::from(u8::MAX) || self.bytes.offset() - offset == 3;
        let shortest = shortest && (length > usize::from(u8::MAX) || self.bytes.offset() - offset == 2);
        if length != N || !shortest {
            return Err(self.expected("a byte string of the type's length", offset));
        }
        self.bytes.take()
    }

    /// A list of numbers below 256: what `rmp-serde` makes of a `Vec<u8>`.
    pub(super) fn numbers(&mut self) -> Result<Vec<u8>> {
        self.list(super::MAX_INPUT, |r| {
            let found = r.uint()?;
            Ok(u8::try_from(found).map_err(|_| Fault::OutOfRange { found })?)
        })
    }

    /// A field element.
    pub(super) fn element<F: PrimeField>(&mut self) -> Result<F> {
        Ok(number::element_from_bytes(&self.binary::<ELEMENT_BYTES>()?)?)
    }

    /// A compressed point, possibly at infinity.
    pub(super) fn point<C: KimchiCurve>(&mut self) -> Result<Affine<C>> {
        Ok(decompress::<C>(&self.binary::<POINT_BYTES>()?)?)
    }
}

fn decompress<C: KimchiCurve>(bytes: &[u8; POINT_BYTES]) -> Result<Affine<C>, Fault> {
    let [x @ .., flags] = bytes;
    let x: BaseField<C> = number::element_from_bytes(x)?;
    let not_on_curve = Fault::NotOnCurve { curve: C::NAME };
    match *flags {
        INFINITY if x.is_zero() => Ok(Affine::<C>::zero()),
        flags @ (0 | LARGER_Y) => {
            let (smaller, larger) = Affine::<C>::get_ys_from_x_unchecked(x).ok_or(not_on_curve)?;
            number::point::<C>(x, if flags == LARGER_Y { larger } else { smaller })
        }
        _ => Err(Fault::NotCanonical),
    }
}

/// Bytes being written.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

/// Writing to a `Vec` does not fail.
const INFALLIBLE: &str = "memory can be written to";

impl Writer {
    /// The bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn uint(&mut self, value: u64) {
        rmp::encode::write_uint(&mut self.bytes, value).expect(INFALLIBLE);
    }

    pub(super) fn size(&mut self, value: usize) {
        self.uint(value as u64);
    }

    pub(super) fn boolean(&mut self, value: bool) {
        rmp::encode::write_bool(&mut self.bytes, value).expect(INFALLIBLE);
    }

    /// The start of an array, or of a struct of `length` fields.
    pub(super) fn array(&mut self, length: usize) {
        let length = u32::try_from(length).expect("no proof has 2^32 elements");
        rmp::encode::write_array_len(&mut self.bytes, length).expect(INFALLIBLE);
    }

    pub(super) fn list<'a, T: 'a>(&mut self, elements: &'a [T], write: impl FnMut(&mut Self, &'a T)) {
        let mut write = write;
        self.array(elements.len());
        elements.iter().for_each(|element| write(self, element));
    }

    pub(super) fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        match value {
            Some(value) => write(self, value),
            None => rmp::encode::write_nil(&mut self.bytes).expect(INFALLIBLE),
        }
    }

    pub(super) fn binary(&mut self, bytes: &[u8]) {
        rmp::encode::write_bin(&mut self.bytes, bytes).expect(INFALLIBLE);
    }

    pub(super) fn numbers(&mut self, bytes: &[u8]) {
        self.list(bytes, |w, byte| w.uint(u64::from(*byte)));
    }

    pub(super) fn element<F: PrimeField>(&mut self, element: &F) {
        self.binary(&number::element_to_bytes(element));
    }

    pub(super) fn point<C: KimchiCurve>(&mut self, point: &Affine<C>) {
        let mut bytes = [0; POINT_BYTES];
        let (x, flags) = bytes.split_at_mut(ELEMENT_BYTES);
        if point.is_zero() {
            flags.fill(INFINITY);
        } else {
            x.copy_from_slice(&number::element_to_bytes(&point.x));
            flags.fill(if point.y > -point.y { LARGER_Y } else { 0 });
        }
        self.binary(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Fp, PallasConfig, VestaConfig};
    use ark_ff::UniformRand;

    fn points_round_trip<C: KimchiCurve>() {
        let mut rng = ark_std::test_rng();
        for _ in 0..100 {
            let point = Affine::<C>::rand(&mut rng);
            for point in [point, -point, Affine::<C>::zero()] {
                let mut writer = Writer::default();
                writer.point(&point);
                assert_eq!(Reader::whole(&writer.bytes, Reader::point::<C>), Ok(point));
            }
        }
    }

    #[test]
    fn points_are_compressed_and_decompressed() {
        points_round_trip::<PallasConfig>();
        points_round_trip::<VestaConfig>();
    }

    #[test]
    fn compressed_points_have_one_form() {
        let mut bytes = [0; POINT_BYTES];
        bytes[ELEMENT_BYTES] = INFINITY;
        assert!(decompress::<PallasConfig>(&bytes).is_ok_and(|point| point.is_zero()));
        bytes[0] = 1;
        assert_eq!(decompress::<PallasConfig>(&bytes), Err(Fault::NotCanonical));
        for flags in 1..=u8::MAX {
            if ![INFINITY, LARGER_Y].contains(&flags) {
                bytes[ELEMENT_BYTES] = flags;
                assert_eq!(decompress::<PallasConfig>(&bytes), Err(Fault::NotCanonical));
            }
        }
        // About half of all x belong to no point.
        let off = (0..100u64).filter(|x| {
            bytes = [0; POINT_BYTES];
            bytes[..ELEMENT_BYTES].copy_from_slice(&number::element_to_bytes(&Fp::from(*x)));
            decompress::<PallasConfig>(&bytes) == Err(Fault::NotOnCurve { curve: "pallas" })
        });
        assert!((30..70).contains(&off.count()));
        assert_eq!(decompress::<PallasConfig>(&[0xff; POINT_BYTES]), Err(Fault::NotCanonical));
    }

    #[test]
    fn numbers_and_lengths_have_one_form() {
        for value in [0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, u64::MAX] {
            let mut writer = Writer::default();
            writer.uint(value);
            assert_eq!(Reader::new(&writer.bytes).uint(), Ok(value));
            let longer = [(Marker::U8, 1), (Marker::U16, 2), (Marker::U32, 4), (Marker::U64, 8)];
            for (marker, width) in longer.into_iter().filter(|(_, width)| width + 1 > writer.bytes.len()) {
                let mut longer = vec![marker.to_u8()];
                longer.extend(&value.to_be_bytes()[8 - width..]);
                assert!(Reader::new(&longer).uint().is_err(), "{value} as {longer:x?}");
            }
        }
        assert_eq!(Reader::new(&[0xdc, 0, 16]).array_length(), Ok(16));
        assert!(Reader::new(&[0xdc, 0, 15]).array_length().is_err());
        assert_eq!(Reader::new(&[0xdd, 0, 1, 0, 0]).array_length(), Ok(1 << 16));
        assert!(Reader::new(&[0xdd, 0, 0, 255, 255]).array_length().is_err());
        assert_eq!(Reader::new(&[0xc4, 2, 5, 6]).binary::<2>(), Ok([5, 6]));
        assert!(Reader::new(&[0xc5, 0, 2, 5, 6]).binary::<2>().is_err());
        assert!(Reader::new(&[0xc4, 3, 5, 6]).binary::<2>().is_err());
        let long = [vec![0xc5, 1, 0], vec![7; 256]].concat();
        assert_eq!(Reader::new(&long).binary::<256>(), Ok([7; 256]));
    }

    #[test]
    fn claimed_lengths_are_not_believed() {
        let claimed = |bytes: &[u8]| Reader::whole(bytes, Reader::numbers).map_err(|e| e.to_string());
        assert_eq!(
            claimed(&[0xdd, 255, 255, 255, 255]),
            Err("input: more than 16777216 elements".to_owned())
        );
        assert_eq!(claimed(&[0xdd, 1, 0, 0, 0]), Err("[0]: the input ends here".to_owned()));
    }
}
