//! The forms in which other programs keep tables.
//!
//! - MessagePack, as `rmp-serde` writes proof-systems' types (`poly-commitment/src/ipa.rs`, `commitment.rs`): an SRS is a list of
//!   generators and the blinder; a Lagrange basis is a list of elements, each a struct of one field, the list of its chunks. A
//!   point is a byte string of 33: x, least significant byte first, and a byte of flags, 0x80 where y is the larger of the two.
//! - JSON, as o1js writes it (`src/bindings/crypto/bindings/srs.ts`): an SRS is a list with the blinder before the generators, a
//!   Lagrange basis a list of objects `{"shifted": [chunks]}`; a point is `{"x": "decimal", "y": "decimal"}`.

use anyhow::{Context as _, bail, ensure};
use ark_ff::{BigInteger as _, PrimeField as _};
use quickpickle::tables::{PackedPoint, Role};
use quickpickle_curve::{Affine, KimchiCurve, PallasConfig, VestaConfig};
use rayon::prelude::*;
use rmp::{Marker, decode, encode};
use serde::{Deserialize, Serialize};

/// A compressed point.
const POINT_BYTES: usize = 33;
/// The flag of the larger y.
const LARGER_Y: u8 = 0x80;

/// A way to write tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// That of proof-systems, and so of Mina's daemon.
    MessagePack,
    /// That of o1js.
    Json,
}

/// A point as a file has it. No table has the point at infinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Compressed([u8; POINT_BYTES]),
    Decimal(Coordinates),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coordinates {
    x: String,
    y: String,
}

/// An element of a Lagrange basis in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Element {
    shifted: Vec<Coordinates>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Table {
    Srs {
        generators: Vec<Written>,
        blinder: Written,
    },
    /// Element by element.
    Lagrange {
        points: Vec<Written>,
        chunks: usize,
    },
}

impl Form {
    /// Points of a role's curve, in this form.
    pub fn points(self, role: Role, packed: &[PackedPoint]) -> Vec<Written> {
        match role {
            Role::Wrap => packed.par_iter().map(|point| self.point::<PallasConfig>(point)).collect(),
            Role::Step => packed.par_iter().map(|point| self.point::<VestaConfig>(point)).collect(),
        }
    }

    /// A point of a role's curve, in this form.
    pub fn point_of(self, role: Role, packed: &PackedPoint) -> Written {
        match role {
            Role::Wrap => self.point::<PallasConfig>(packed),
            Role::Step => self.point::<VestaConfig>(packed),
        }
    }

    fn point<C: KimchiCurve>(self, packed: &PackedPoint) -> Written {
        let point: Affine<C> = packed.unpack();
        let x = point.x.into_bigint();
        match self {
            Self::Json => {
                Written::Decimal(Coordinates { x: x.to_string(), y: point.y.into_bigint().to_string() })
            }
            Self::MessagePack => {
                let mut bytes = [0; POINT_BYTES];
                for (byte, of_x) in bytes.iter_mut().zip(x.to_bytes_le()) {
                    *byte = of_x;
                }
                let is_larger = point.y.into_bigint() > (-point.y).into_bigint();
                bytes[POINT_BYTES - 1] = if is_larger { LARGER_Y } else { 0 };
                Written::Compressed(bytes)
            }
        }
    }
}

impl Table {
    /// The bytes of the file.
    ///
    /// # Errors
    /// Where points of both forms are in it.
    pub fn encode(&self, form: Form) -> anyhow::Result<Vec<u8>> {
        match form {
            Form::MessagePack => self.to_message_pack(),
            Form::Json => self.to_json(),
        }
    }

    fn to_message_pack(&self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::Srs { generators, blinder } => {
                encode::write_array_len(&mut bytes, 2)?;
                write_points(&mut bytes, generators)?;
                encode::write_bin(&mut bytes, blinder.compressed()?)?;
            }
            Self::Lagrange { points, chunks } => {
                let elements = points.chunks(*chunks);
                encode::write_array_len(&mut bytes, u32::try_from(elements.len())?)?;
                for element in elements {
                    encode::write_array_len(&mut bytes, 1)?;
                    write_points(&mut bytes, element)?;
                }
            }
        }
        Ok(bytes)
    }

    fn to_json(&self) -> anyhow::Result<Vec<u8>> {
        Ok(match self {
            Self::Srs { generators, blinder } => {
                let points = std::iter::once(blinder).chain(generators).map(Written::coordinates);
                serde_json::to_vec(&points.collect::<anyhow::Result<Vec<_>>>()?)?
            }
            Self::Lagrange { points, chunks } => {
                let element = |points: &[Written]| {
                    let shifted = points.iter().map(|point| point.coordinates().cloned());
                    Ok(Element { shifted: shifted.collect::<anyhow::Result<_>>()? })
                };
                serde_json::to_vec(&points.chunks(*chunks).map(element).collect::<anyhow::Result<Vec<_>>>()?)?
            }
        })
    }

    /// What the bytes of a file hold, and in which form.
    ///
    /// # Errors
    /// Where they are none of these.
    pub fn decode(bytes: &[u8]) -> anyhow::Result<(Form, Self)> {
        match bytes.first() {
            Some(b'[') => Ok((Form::Json, from_json(bytes)?)),
            Some(_) => Ok((Form::MessagePack, from_message_pack(bytes)?)),
            None => bail!("it is empty"),
        }
    }

    /// A basis of these elements, all of which have as many chunks.
    fn lagrange(elements: impl IntoIterator<Item = anyhow::Result<Vec<Written>>>) -> anyhow::Result<Self> {
        let (mut points, mut chunks) = (Vec::new(), 0);
        for (place, element) in elements.into_iter().enumerate() {
            let element = element.with_context(|| format!("element {place}"))?;
            if place == 0 {
                chunks = element.len();
            }
            ensure!(
                !element.is_empty() && element.len() == chunks,
                "element {place} has {} chunks",
                element.len()
            );
            points.extend(element);
        }
        ensure!(!points.is_empty(), "it has no points");
        Ok(Self::Lagrange { points, chunks })
    }
}

impl Written {
    fn compressed(&self) -> anyhow::Result<&[u8]> {
        match self {
            Self::Compressed(bytes) => Ok(bytes),
            Self::Decimal(_) => bail!("a point in decimal"),
        }
    }

    fn coordinates(&self) -> anyhow::Result<&Coordinates> {
        match self {
            Self::Decimal(coordinates) => Ok(coordinates),
            Self::Compressed(_) => bail!("a compressed point"),
        }
    }
}

fn write_points(bytes: &mut Vec<u8>, points: &[Written]) -> anyhow::Result<()> {
    encode::write_array_len(bytes, u32::try_from(points.len())?)?;
    points.iter().try_for_each(|point| Ok(encode::write_bin(bytes, point.compressed()?)?))
}

fn from_json(bytes: &[u8]) -> anyhow::Result<Table> {
    // What comes first in an element, and nowhere in an SRS.
    let is_basis =
        bytes.iter().take(64).collect::<Vec<_>>().windows(7).any(|w| w.iter().copied().eq(b"shifted"));
    if is_basis {
        let elements: Vec<Element> = serde_json::from_slice(bytes).context("a Lagrange basis in JSON")?;
        return Table::lagrange(
            elements
                .into_iter()
                .map(|element| Ok(element.shifted.into_iter().map(Written::Decimal).collect())),
        );
    }
    let points: Vec<Coordinates> = serde_json::from_slice(bytes).context("an SRS in JSON")?;
    let mut points = points.into_iter().map(Written::Decimal);
    let blinder = points.next().context("it has no points")?;
    Ok(Table::Srs { generators: points.collect(), blinder })
}

fn from_message_pack(bytes: &[u8]) -> anyhow::Result<Table> {
    let mut rest = bytes;
    let table = table(&mut rest)?;
    ensure!(rest.is_empty(), "{} bytes follow after its end", rest.len());
    Ok(table)
}

fn table(rest: &mut &[u8]) -> anyhow::Result<Table> {
    let outer = list(rest)?;
    // Of an SRS the list of generators follows, of a basis the struct of one field that an element is.
    let mut ahead = *rest;
    let inner = list(&mut ahead)?;
    if ahead.first().is_some_and(|byte| matches!(Marker::from_u8(*byte), Marker::Bin8)) && outer == 2 {
        let generators = points(rest).context("its generators")?;
        return Ok(Table::Srs { generators, blinder: point(rest).context("its blinder")? });
    }
    ensure!(inner == 1, "neither an SRS nor a Lagrange basis");
    Table::lagrange((0..outer).map(|_| {
        ensure!(list(rest)? == 1, "not a struct of one field");
        points(rest)
    }))
}

/// The length of a list.
fn list(rest: &mut &[u8]) -> anyhow::Result<u32> {
    decode::read_array_len(rest).ok().context("neither an SRS nor a Lagrange basis, or cut off")
}

/// The points of a list, read one by one: a length is not believed.
fn points(rest: &mut &[u8]) -> anyhow::Result<Vec<Written>> {
    let mut points = Vec::new();
    for place in 0..list(rest)? {
        points.push(point(rest).with_context(|| format!("point {place}"))?);
    }
    Ok(points)
}

fn point(rest: &mut &[u8]) -> anyhow::Result<Written> {
    let length = decode::read_bin_len(rest).ok().context("no byte string is there")?;
    let (bytes, after) = rest.split_first_chunk::<POINT_BYTES>().context("cut off")?;
    ensure!(length as usize == POINT_BYTES, "a point of {length} bytes instead of {POINT_BYTES}");
    *rest = after;
    Ok(Written::Compressed(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(form: Form) -> [Table; 3] {
        let source = quickpickle::tables::baked();
        use quickpickle::TableSource as _;
        let srs = source.srs(Role::Step, 300).unwrap();
        let points = form.points(Role::Wrap, source.srs(Role::Wrap, 64).unwrap().generators);
        [
            Table::Srs {
                generators: form.points(Role::Step, srs.generators),
                blinder: form.point_of(Role::Step, &srs.blinder),
            },
            Table::Lagrange { points: points.clone(), chunks: 1 },
            Table::Lagrange { points, chunks: 4 },
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        for form in [Form::MessagePack, Form::Json] {
            for table in tables(form) {
                let bytes = table.encode(form).unwrap();
                assert_eq!(Table::decode(&bytes).unwrap(), (form, table));
                for cut in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
                    assert!(Table::decode(&bytes[..cut]).is_err(), "{form:?} {cut}");
                }
                assert!(Table::decode(&[&bytes[..], b"x"].concat()).is_err());
            }
        }
    }

    #[test]
    fn strange_files_are_refused() {
        let strange: [&[u8]; 9] = [
            b"",
            b"[]",
            b"{}",
            b"[{\"shifted\":[]}]",
            b"[{\"x\":\"1\"}]",
            b"[{\"x\":\"1\",\"y\":\"2\",\"z\":\"3\"}]",
            &[0xdd, 0xff, 0xff, 0xff, 0xff],
            &[0x92, 0xdd, 0xff, 0xff, 0xff, 0xff, 0xc4, 33],
            &[0x91, 0x92, 0x91, 0xc4, 33],
        ];
        for bytes in strange {
            assert!(Table::decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
