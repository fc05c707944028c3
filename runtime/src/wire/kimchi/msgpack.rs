//! The little of MessagePack that `rmp-serde` writes for Kimchi's types: structs and lists are arrays, field elements and
//! points byte strings.
//!
//! One encoding a value: each number and length in its shortest form, as `rmp` writes them. A length within its bound is
//! still not believed: elements are read one by one, so what is allocated is never more than a small multiple of the
//! input.

use core::convert::Infallible;
use core::ops::RangeInclusive;

use ark_ec::AffineRepr;
use ark_ff::{PrimeField, Zero};
use rmp::Marker;

use crate::curve::{Affine, BaseField, KimchiCurve};
use crate::wire::bytes::Bytes;
use crate::wire::codec::{Codec, Walk};
use crate::wire::error::{DecodeError, Fault, Result, Within};
use crate::wire::number::{self, ELEMENT_BYTES};

/// A compressed point: x, and a byte for the rest.
const POINT_BYTES: usize = ELEMENT_BYTES + 1;
/// Of a compressed point: y is the larger of the two.
const LARGER_Y: u8 = 0x80;
/// Of a compressed point: infinity, with x = 0.
const INFINITY: u8 = 0x40;

/// What Kimchi's types are made of, beside what all have.
pub(super) trait MsgPack: Codec {
    /// A struct of `fields` fields.
    fn structure(&mut self, fields: usize, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self> {
        self.structure_of(fields..=fields, |m, _| walk(m))
    }
    /// A struct whose last fields came later: `walk` is told how many there are, all of them where it is written.
    fn structure_of(
        &mut self,
        fields: RangeInclusive<usize>,
        walk: impl FnOnce(&mut Self, usize) -> Walk<Self>,
    ) -> Walk<Self>;
    /// An unsigned integer.
    fn uint(&mut self, value: &mut u64) -> Walk<Self>;
    /// A byte string, of fewer than 2^16 bytes.
    fn binary<const N: usize>(&mut self, bytes: &mut [u8; N]) -> Walk<Self>;
    /// A list of at most `max` numbers below 256: what `rmp-serde` makes of a `Vec<u8>`.
    fn numbers(&mut self, max: usize, bytes: &mut Vec<u8>) -> Walk<Self>;

    /// A number of at most `max`.
    fn size(&mut self, max: usize, size: &mut usize) -> Walk<Self> {
        let mut found = *size as u64;
        self.uint(&mut found)?;
        self.check(|| {
            let read = usize::try_from(found).ok().filter(|size| *size <= max);
            *size = read.ok_or(Fault::OutOfRange { found })?;
            Ok(())
        })
    }
}

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

    fn number(&mut self) -> Result<u64, Fault> {
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

    /// A byte string of `N` bytes, fewer than 2^16.
    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
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
}

impl Codec for Reader<'_> {
    type Error = DecodeError;

    fn field(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        walk(self).within(name)
    }

    fn array<T>(
        &mut self,
        elements: &mut [T],
        mut walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        let (found, expected) = (self.array_length()?, elements.len());
        if found > expected {
            return Err(Fault::TooMany { max: expected }.into());
        }
        if found < expected {
            return Err(Fault::TooFew { found, expected }.into());
        }
        elements.iter_mut().enumerate().try_for_each(|(i, element)| walk(self, element).within_element(i))
    }

    fn list<T: Default>(
        &mut self,
        max: usize,
        elements: &mut Vec<T>,
        mut walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        let length = self.array_length()?;
        if length > max {
            return Err(Fault::TooMany { max }.into());
        }
        for i in 0..length {
            let mut element = T::default();
            walk(self, &mut element).within_element(i)?;
            elements.push(element);
        }
        Ok(())
    }

    /// Nil, or the value as it is.
    fn option<T: Default>(
        &mut self,
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        if self.bytes.peek().is_some_and(|marker| Marker::from_u8(marker) == Marker::Null) {
            self.marker()?;
            return Ok(());
        }
        walk(self, value.insert(T::default()))
    }

    fn boolean(&mut self, value: &mut bool) -> Result<()> {
        let offset = self.bytes.offset();
        *value = match self.marker()? {
            Marker::True => true,
            Marker::False => false,
            _ => return Err(self.expected("a boolean", offset).into()),
        };
        Ok(())
    }

    fn element<F: PrimeField>(&mut self, element: &mut F) -> Result<()> {
        *element = number::element_from_bytes(&self.fixed::<ELEMENT_BYTES>()?)?;
        Ok(())
    }

    /// Compressed, possibly at infinity.
    fn point<C: KimchiCurve>(&mut self, point: &mut Affine<C>) -> Result<()> {
        *point = decompress::<C>(&self.fixed::<POINT_BYTES>()?)?;
        Ok(())
    }

    fn check(&mut self, check: impl FnOnce() -> Result<(), Fault>) -> Result<()> {
        Ok(check()?)
    }

    fn resize<T: Default>(&self, elements: &mut Vec<T>, len: usize) {
        elements.resize_with(len, T::default);
    }
}

impl MsgPack for Reader<'_> {
    fn structure_of(
        &mut self,
        fields: RangeInclusive<usize>,
        walk: impl FnOnce(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        let offset = self.bytes.offset();
        let found = self.array_length()?;
        if !fields.contains(&found) {
            return Err(self.expected("as many fields as the type has", offset).into());
        }
        walk(self, found)
    }

    fn uint(&mut self, value: &mut u64) -> Result<()> {
        *value = self.number()?;
        Ok(())
    }

    fn binary<const N: usize>(&mut self, bytes: &mut [u8; N]) -> Result<()> {
        *bytes = self.fixed()?;
        Ok(())
    }

    fn numbers(&mut self, max: usize, bytes: &mut Vec<u8>) -> Result<()> {
        self.list(max, bytes, |r, byte| {
            let found = r.number()?;
            *byte = u8::try_from(found).map_err(|_| Fault::OutOfRange { found })?;
            Ok(())
        })
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

    /// The start of an array, or of a struct.
    fn array_of(&mut self, length: usize) {
        let length = u32::try_from(length).expect("no proof has 2^32 elements");
        rmp::encode::write_array_len(&mut self.bytes, length).expect(INFALLIBLE);
    }

    fn bytes_of(&mut self, bytes: &[u8]) {
        rmp::encode::write_bin(&mut self.bytes, bytes).expect(INFALLIBLE);
    }
}

impl Codec for Writer {
    type Error = Infallible;

    fn field(&mut self, _name: &'static str, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self> {
        walk(self)
    }

    fn array<T>(
        &mut self,
        elements: &mut [T],
        mut walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        self.array_of(elements.len());
        elements.iter_mut().try_for_each(|element| walk(self, element))
    }

    fn list<T: Default>(
        &mut self,
        _max: usize,
        elements: &mut Vec<T>,
        walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        self.array(elements, walk)
    }

    fn option<T: Default>(
        &mut self,
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        match value {
            Some(value) => walk(self, value)?,
            None => rmp::encode::write_nil(&mut self.bytes).expect(INFALLIBLE),
        }
        Ok(())
    }

    fn boolean(&mut self, value: &mut bool) -> Walk<Self> {
        rmp::encode::write_bool(&mut self.bytes, *value).expect(INFALLIBLE);
        Ok(())
    }

    fn element<F: PrimeField>(&mut self, element: &mut F) -> Walk<Self> {
        self.bytes_of(&number::element_to_bytes(element));
        Ok(())
    }

    fn point<C: KimchiCurve>(&mut self, point: &mut Affine<C>) -> Walk<Self> {
        let mut bytes = [0; POINT_BYTES];
        let (x, flags) = bytes.split_at_mut(ELEMENT_BYTES);
        if point.is_zero() {
            flags.fill(INFINITY);
        } else {
            x.copy_from_slice(&number::element_to_bytes(&point.x));
            flags.fill(if point.y > -point.y { LARGER_Y } else { 0 });
        }
        self.bytes_of(&bytes);
        Ok(())
    }

    fn check(&mut self, _check: impl FnOnce() -> Result<(), Fault>) -> Walk<Self> {
        Ok(())
    }

    fn resize<T: Default>(&self, _elements: &mut Vec<T>, _len: usize) {}
}

impl MsgPack for Writer {
    fn structure_of(
        &mut self,
        fields: RangeInclusive<usize>,
        walk: impl FnOnce(&mut Self, usize) -> Walk<Self>,
    ) -> Walk<Self> {
        self.array_of(*fields.end());
        walk(self, *fields.end())
    }

    fn uint(&mut self, value: &mut u64) -> Walk<Self> {
        rmp::encode::write_uint(&mut self.bytes, *value).expect(INFALLIBLE);
        Ok(())
    }

    fn binary<const N: usize>(&mut self, bytes: &mut [u8; N]) -> Walk<Self> {
        self.bytes_of(bytes);
        Ok(())
    }

    fn numbers(&mut self, _max: usize, bytes: &mut Vec<u8>) -> Walk<Self> {
        self.array(bytes, |w, byte| w.uint(&mut u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Fp, PallasConfig, VestaConfig};
    use crate::wire::codec;
    use ark_ff::UniformRand;

    fn points_round_trip<C: KimchiCurve>() {
        let mut rng = ark_std::test_rng();
        for _ in 0..100 {
            let point = Affine::<C>::rand(&mut rng);
            for point in [point, -point, Affine::<C>::zero()] {
                let mut writer = Writer::default();
                codec::write(&mut writer, &point, Writer::point);
                let read = |r: &mut Reader<'_>| codec::read(r, Affine::<C>::zero(), Reader::point);
                assert_eq!(Reader::whole(&writer.bytes, read), Ok(point));
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
            codec::write(&mut writer, &value, Writer::uint);
            assert_eq!(Reader::new(&writer.bytes).number(), Ok(value));
            let longer = [(Marker::U8, 1), (Marker::U16, 2), (Marker::U32, 4), (Marker::U64, 8)];
            for (marker, width) in longer.into_iter().filter(|(_, width)| width + 1 > writer.bytes.len()) {
                let mut longer = vec![marker.to_u8()];
                longer.extend(&value.to_be_bytes()[8 - width..]);
                assert!(Reader::new(&longer).number().is_err(), "{value} as {longer:x?}");
            }
        }
        assert_eq!(Reader::new(&[0xdc, 0, 16]).array_length(), Ok(16));
        assert!(Reader::new(&[0xdc, 0, 15]).array_length().is_err());
        assert_eq!(Reader::new(&[0xdd, 0, 1, 0, 0]).array_length(), Ok(1 << 16));
        assert!(Reader::new(&[0xdd, 0, 0, 255, 255]).array_length().is_err());
        assert_eq!(Reader::new(&[0xc4, 2, 5, 6]).fixed::<2>(), Ok([5, 6]));
        assert!(Reader::new(&[0xc5, 0, 2, 5, 6]).fixed::<2>().is_err());
        assert!(Reader::new(&[0xc4, 3, 5, 6]).fixed::<2>().is_err());
        let long = [vec![0xc5, 1, 0], vec![7; 256]].concat();
        assert_eq!(Reader::new(&long).fixed::<256>(), Ok([7; 256]));
    }

    #[test]
    fn claimed_lengths_are_not_believed() {
        let read = |r: &mut Reader<'_>| codec::read(r, Vec::new(), |r, bytes| r.numbers(1 << 24, bytes));
        let claimed = |bytes: &[u8]| Reader::whole(bytes, read).map_err(|e| e.to_string());
        assert_eq!(
            claimed(&[0xdd, 255, 255, 255, 255]),
            Err("input: more than 16777216 elements".to_owned())
        );
        assert_eq!(claimed(&[0xdd, 1, 0, 0, 0]), Err("[0]: the input ends here".to_owned()));
    }
}
