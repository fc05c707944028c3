//! Circuits as JSON, plain or compressed with gzip.
//!
//! An object with `public_input_size` and `gates`, each gate with `typ`, seven `wires` (`row`, `col`) and `coeffs`. All else
//! may be left out: `curve` (of the commitments), `prev_challenges`, `max_poly_size_log2` (the SRS), `domain_log2`,
//! `lookup_tables` (`id`, `data`: the columns), `runtime_tables` (`id`, `first_column`), `witness` (15 columns) and
//! `runtime_columns` (the runtime tables' second columns, which belong to the witness), and `previous`, the openings that a proof
//! carries along (`challenges`; `commitment`, the chunks as pairs of coordinates). Field elements are decimal where the file
//! names its curve, otherwise 64 hex digits, least significant byte first.

use std::borrow::Cow;
use std::io::Read;

use ark_ff::PrimeField;
use flate2::read::GzDecoder;
use quickpickle_runtime::curve::{BaseField, KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType, PERMUTS};
use quickpickle_runtime::kimchi::proof::{Commitment, RecursionChallenge};
use quickpickle_runtime::wire::detect::{Kind, kind};
use quickpickle_runtime::wire::kimchi::Curve;
use quickpickle_runtime::wire::number::{self, ELEMENT_BYTES};
use quickpickle_runtime::wire::{JsonError, Object, excerpt};
use serde::Deserialize;

use super::{Circuit, FixedTable, Gate, RuntimeTable, Wire, pickles_srs_log2};
use crate::witness::Witness;

/// Bytes of a file at most, decompressed: room for the largest domain.
pub const MAX_FILE: u64 = 1 << 31;
/// Bytes of a witness's JSON besides its elements at most.
const MAX_HEAD: u64 = 1 << 16;
/// Bytes of an element in it at most: 78 digits, quotes, comma, and room for an indented line.
const MAX_ELEMENT: u64 = 128;
/// How much of a file is read before it is known to be JSON.
const LOOK: usize = 4096;
/// What a file begins with that is compressed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A circuit file, decompressed.
#[derive(Clone, Debug)]
pub struct CircuitFile {
    text: Vec<u8>,
}

/// Why a circuit file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Reading or decompressing failed.
    #[error("the file cannot be read")]
    Io(#[from] std::io::Error),
    /// The file is longer than any honest one.
    #[error("the file is longer than the {max} bytes that are read")]
    TooLong {
        /// The most that is read, decompressed.
        max: u64,
    },
    /// Not the JSON of a circuit.
    #[error("not the JSON of a circuit")]
    Json(#[from] JsonError),
    /// The file is another thing altogether.
    #[error("the JSON of a circuit is expected, and this is {0}")]
    Other(Kind),
    /// The circuit is for the other curve.
    #[error("the circuit's commitments are on {found}, not on {expected}")]
    Curve {
        /// The curve that was asked for.
        expected: &'static str,
        /// The file's.
        found: String,
    },
    /// The file names a curve that is not known.
    #[error("{0:?} is no curve: vesta and pallas are")]
    NoCurve(String),
    /// A row's gate has no name that is known.
    #[error("row {row}: {name:?} is no gate")]
    NoGate {
        /// The row.
        row: usize,
        /// What the file calls it.
        name: String,
    },
    /// A field element is not one, or not the smallest number of its class.
    #[error("{place}: {text:?} is no field element: {expected}")]
    Element {
        /// Where it stands.
        place: String,
        /// Its beginning.
        text: String,
        /// How this file writes them.
        expected: &'static str,
    },
    /// A commitment's coordinates are those of no point of the curve.
    #[error("{place}: not a point of the curve")]
    Point {
        /// Where it stands.
        place: String,
    },
    /// A witness has not 15 columns.
    #[error("a witness has 15 columns, this one {0}")]
    Columns(usize),
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    curve: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct RawCircuit<'a> {
    #[serde(borrow)]
    curve: Option<Cow<'a, str>>,
    #[serde(borrow)]
    gates: Vec<Object<RawGate<'a>>>,
    public_input_size: usize,
    #[serde(default)]
    prev_challenges: usize,
    max_poly_size_log2: Option<u32>,
    domain_log2: Option<u32>,
    #[serde(default)]
    lookup_tables: Vec<Object<RawTable<'a>>>,
    #[serde(default)]
    runtime_tables: Vec<Object<RawRuntimeTable<'a>>>,
}

#[derive(Deserialize)]
struct RawGate<'a> {
    #[serde(borrow)]
    typ: Cow<'a, str>,
    wires: [Object<RawWire>; PERMUTS],
    #[serde(borrow)]
    coeffs: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct RawWire {
    row: usize,
    col: usize,
}

#[derive(Deserialize)]
struct RawTable<'a> {
    id: i32,
    #[serde(borrow)]
    data: Vec<Vec<Cow<'a, str>>>,
}

#[derive(Deserialize)]
struct RawRuntimeTable<'a> {
    id: i32,
    #[serde(borrow)]
    first_column: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct RawWitness<'a> {
    #[serde(borrow)]
    curve: Option<Cow<'a, str>>,
    #[serde(borrow)]
    witness: Option<Vec<Vec<Cow<'a, str>>>>,
    #[serde(borrow, default)]
    runtime_columns: Vec<Vec<Cow<'a, str>>>,
}

#[derive(Deserialize)]
struct RawProof<'a> {
    #[serde(borrow)]
    curve: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    previous: Vec<Object<RawPrevious<'a>>>,
}

#[derive(Deserialize)]
struct RawPrevious<'a> {
    #[serde(borrow)]
    challenges: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    commitment: Vec<[Cow<'a, str>; 2]>,
}

/// An object of the file; what is no such file is told from what is a broken one.
fn parse<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, FileError> {
    match serde_json::from_slice(text) {
        Ok(Object(value)) => Ok(value),
        Err(error) => match kind(text) {
            Kind::Circuit | Kind::Witness => Err(JsonError::from(error).into()),
            other => Err(FileError::Other(other)),
        },
    }
}

impl CircuitFile {
    /// Reads a file of JSON to its end, decompressing it if it is compressed.
    ///
    /// # Errors
    /// Where it does not begin as JSON: then no more of it is read. Where it is longer than [`MAX_FILE`].
    pub fn read(input: impl Read) -> Result<Self, FileError> {
        Self::read_as(input, Content::Json, MAX_FILE)
    }

    /// Reads the file of a witness of at most `rows` rows: JSON, or its columns as bytes.
    ///
    /// # Errors
    /// Where it is longer than such a witness is.
    pub fn read_witness(input: impl Read, rows: usize) -> Result<Self, FileError> {
        let elements = rows.saturating_mul(COLUMNS + 1) as u64;
        Self::read_as(input, Content::Any, MAX_FILE.min(MAX_HEAD + elements.saturating_mul(MAX_ELEMENT)))
    }

    fn read_as(mut input: impl Read, content: Content, max: u64) -> Result<Self, FileError> {
        let start = beginning(&mut input, GZIP.len())?;
        let whole = start.as_slice().chain(input);
        let compressed = start == GZIP;
        let text =
            if compressed { content.read(GzDecoder::new(whole), max) } else { content.read(whole, max) };
        Ok(Self { text: text? })
    }

    /// The curve that the file names, if it names one.
    pub fn curve(&self) -> Result<Option<Curve>, FileError> {
        let name = parse::<Header<'_>>(&self.text)?.curve;
        let curve =
            |name: Cow<'_, str>| Curve::named(&name).ok_or_else(|| FileError::NoCurve(excerpt(&name)));
        name.map(curve).transpose()
    }

    /// The circuit, with commitments on `C`. An SRS that the file does not name is the one of Pickles: 2^16 generators on
    /// Vesta, 2^15 on Pallas.
    pub fn circuit<C: KimchiCurve>(&self) -> Result<Circuit<ScalarField<C>>, FileError> {
        let raw: RawCircuit<'_> = parse(&self.text)?;
        let notation = Notation::of::<C>(raw.curve.as_deref())?;
        let gates = raw.gates.iter().enumerate().map(|(row, Object(gate))| {
            Ok(Gate {
                gate: GateType::named(&gate.typ)
                    .ok_or_else(|| FileError::NoGate { row, name: excerpt(&gate.typ) })?,
                wires: gate.wires.each_ref().map(|Object(wire)| Wire { row: wire.row, column: wire.col }),
                coefficients: notation.elements(&gate.coeffs, || format!("coefficients of row {row}"))?,
            })
        });
        let tables = raw.lookup_tables.iter().map(|Object(table)| {
            let place = || format!("table {}", table.id);
            let columns = table.data.iter().map(|column| notation.elements(column, place));
            Ok(FixedTable { id: table.id, columns: columns.collect::<Result<_, FileError>>()? })
        });
        let runtime_tables = raw.runtime_tables.iter().map(|Object(table)| {
            let place = || format!("runtime table {}", table.id);
            Ok(RuntimeTable { id: table.id, first_column: notation.elements(&table.first_column, place)? })
        });
        Ok(Circuit {
            gates: gates.collect::<Result<_, FileError>>()?,
            public: raw.public_input_size,
            previous_challenges: raw.prev_challenges,
            srs_log2: raw.max_poly_size_log2.unwrap_or_else(pickles_srs_log2::<C>),
            domain_log2: raw.domain_log2,
            tables: tables.collect::<Result<_, FileError>>()?,
            runtime_tables: runtime_tables.collect::<Result<_, FileError>>()?,
        })
    }

    /// The witness, where the file carries one: in JSON as described above, or nothing but its 15 columns one after the other,
    /// each element 32 bytes, least significant first.
    pub fn witness<C: KimchiCurve>(&self) -> Result<Option<Witness<ScalarField<C>>>, FileError> {
        let raw = match parse::<RawWitness<'_>>(&self.text) {
            Ok(raw) => raw,
            Err(_) if !self.text.is_empty() && self.text.len().is_multiple_of(COLUMNS * ELEMENT_BYTES) => {
                return self.witness_from_bytes::<C>().map(Some);
            }
            Err(error) => return Err(error),
        };
        let notation = Notation::of::<C>(raw.curve.as_deref())?;
        let Some(columns) = raw.witness else {
            return match kind(&self.text) {
                Kind::Circuit | Kind::Witness => Ok(None),
                other => Err(FileError::Other(other)),
            };
        };
        let columns = columns.iter().enumerate();
        let columns: Vec<_> = columns
            .map(|(i, column)| notation.elements(column, || format!("column {i} of the witness")))
            .collect::<Result<_, FileError>>()?;
        let runtime_tables = raw.runtime_columns.iter().enumerate();
        let runtime_tables = runtime_tables
            .map(|(i, column)| notation.elements(column, || format!("runtime column {i}")))
            .collect::<Result<_, FileError>>()?;
        let found = columns.len();
        let columns = columns.try_into().map_err(|_| FileError::Columns(found))?;
        Ok(Some(Witness { columns, runtime_tables }))
    }

    /// The openings that a proof carries along, none where the file has none.
    pub fn previous<C: KimchiCurve>(&self) -> Result<Vec<RecursionChallenge<C>>, FileError> {
        let raw: RawProof<'_> = parse(&self.text)?;
        let notation = Notation::of::<C>(raw.curve.as_deref())?;
        let previous = raw.previous.iter().enumerate().map(|(i, Object(previous))| {
            let place = || format!("previous opening {i}");
            let points = previous.commitment.iter().map(|coordinates| {
                let coordinates: Vec<BaseField<C>> = notation.elements(coordinates, place)?;
                let [x, y] = coordinates[..] else { return Err(FileError::Point { place: place() }) };
                number::point::<C>(x, y).map_err(|_| FileError::Point { place: place() })
            });
            Ok(RecursionChallenge {
                commitment: Commitment(points.collect::<Result<_, FileError>>()?),
                challenges: notation.elements(&previous.challenges, place)?,
            })
        });
        previous.collect()
    }

    fn witness_from_bytes<C: KimchiCurve>(&self) -> Result<Witness<ScalarField<C>>, FileError> {
        let rows = self.text.len() / (COLUMNS * ELEMENT_BYTES);
        let (elements, _) = self.text.as_chunks::<ELEMENT_BYTES>();
        let element = |(i, bytes): (usize, &[u8; ELEMENT_BYTES])| {
            number::element_from_bytes(bytes).map_err(|_| FileError::Element {
                place: format!("row {} of column {} of the witness", i % rows, i / rows),
                text: hex::encode(bytes),
                expected: "32 bytes, least significant first, below the modulus",
            })
        };
        let elements = elements.iter().enumerate().map(element).collect::<Result<Vec<_>, _>>()?;
        let mut columns = elements.chunks_exact(rows).map(<[_]>::to_vec);
        Ok(Witness::new(std::array::from_fn(|_| columns.next().unwrap_or_default())))
    }
}

/// What a file may hold.
#[derive(Clone, Copy)]
enum Content {
    Json,
    Any,
}

impl Content {
    /// Reads all of `input`, unless it begins as something else or is longer than `max` bytes.
    fn read(self, mut input: impl Read, max: u64) -> Result<Vec<u8>, FileError> {
        let mut text = beginning(&mut input, LOOK)?;
        if matches!(self, Self::Json) && !text.iter().take(1).all(|byte| b"{[ \t\r\n".contains(byte)) {
            return Err(FileError::Other(kind(&text)));
        }
        input.take((max + 1).saturating_sub(text.len() as u64)).read_to_end(&mut text)?;
        if text.len() as u64 > max { Err(FileError::TooLong { max }) } else { Ok(text) }
    }
}

/// The first `bytes` bytes, or fewer where there are no more.
fn beginning(input: &mut impl Read, bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    input.take(bytes as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// How a file writes field elements.
#[derive(Clone, Copy)]
enum Notation {
    Hex,
    Decimal,
}

impl Notation {
    /// That of a file for `C` which names this curve.
    fn of<C: KimchiCurve>(curve: Option<&str>) -> Result<Self, FileError> {
        match curve {
            None => Ok(Self::Hex),
            Some(name) if name == C::NAME => Ok(Self::Decimal),
            Some(name) => Err(FileError::Curve { expected: C::NAME, found: excerpt(&name) }),
        }
    }

    fn elements<F: PrimeField>(
        self,
        texts: &[Cow<'_, str>],
        place: impl Fn() -> String,
    ) -> Result<Vec<F>, FileError> {
        let parse = |text: &Cow<'_, str>| {
            self.element(text).ok_or_else(|| FileError::Element {
                place: place(),
                text: excerpt(text),
                expected: self.expected(),
            })
        };
        texts.iter().map(parse).collect()
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Hex => {
                "where a file does not say \"curve\" they are 64 hexadecimal digits, least significant byte first; \
                 one that says it writes them in decimal"
            }
            Self::Decimal => "a decimal number below the modulus is expected",
        }
    }

    fn element<F: PrimeField>(self, text: &str) -> Option<F> {
        match self {
            Self::Decimal => number::element_from_decimal(text).ok(),
            Self::Hex => {
                let mut bytes = [0; ELEMENT_BYTES];
                hex::decode_to_slice(text, &mut bytes).ok()?;
                number::element_from_bytes(&bytes).ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_runtime::curve::{Affine, Fp, PallasConfig, VestaConfig};

    const WIRES: &str = r#"[{"row":0,"col":0},{"row":0,"col":1},{"row":0,"col":2},{"row":0,"col":3},{"row":0,"col":4},{"row":0,"col":5},{"row":0,"col":6}]"#;

    fn file(coefficient: &str, more: &str) -> CircuitFile {
        let text = format!(
            r#"{{"public_input_size":1,{more}"gates":[{{"typ":"Xor16","wires":{WIRES},"coeffs":["{coefficient}"]}}]}}"#
        );
        CircuitFile::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn notation_follows_the_curve() {
        let digits = "10".repeat(32);
        let hex = file(&digits, "").circuit::<VestaConfig>().unwrap();
        assert_eq!(hex.gates[0].coefficients, [Fp::from_le_bytes_mod_order(&[0x10; 32])]);
        assert_eq!((hex.gates[0].gate, hex.srs_log2), (GateType::Xor16, 16));
        let named = file(&digits, r#""curve":"vesta","max_poly_size_log2":9,"#);
        let decimal = named.circuit::<VestaConfig>().unwrap();
        assert_eq!(decimal.gates[0].coefficients[0].to_string(), digits);
        assert_eq!(decimal.srs_log2, 9);
        assert!(matches!(named.circuit::<PallasConfig>(), Err(FileError::Curve { .. })));
    }

    #[test]
    fn decimals_without_a_curve_are_told_how_to_be_read() {
        let error = file("7", "").circuit::<VestaConfig>().unwrap_err().to_string();
        assert!(error.contains("\"7\" is no field element: where a file does not say \"curve\""), "{error}");
        let error = file("x", r#""curve":"vesta","#).circuit::<VestaConfig>().unwrap_err().to_string();
        assert!(error.ends_with("a decimal number below the modulus is expected"), "{error}");
    }

    #[test]
    fn what_does_not_begin_as_json_or_does_not_end_is_not_read() {
        /// Counts what is read of zeros without an end.
        struct Zeros(u64);
        impl Read for Zeros {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                buffer.fill(0);
                self.0 += buffer.len() as u64;
                Ok(buffer.len())
            }
        }
        let mut zeros = Zeros(0);
        assert!(matches!(CircuitFile::read(&mut zeros), Err(FileError::Other(Kind::Binary))));
        assert!(zeros.0 < 1 << 16);
        let mut zeros = Zeros(0);
        let error = CircuitFile::read_witness(&mut zeros, 8).unwrap_err();
        assert!(matches!(error, FileError::TooLong { max } if max == MAX_HEAD + 8 * 16 * MAX_ELEMENT));
        assert!(zeros.0 < 1 << 20);
        assert!(CircuitFile::read(&b" {}"[..]).is_ok());
    }

    #[test]
    fn elements_are_canonical() {
        let modulus_le = hex::encode(ark_ff::BigInteger::to_bytes_le(&Fp::MODULUS));
        for text in [modulus_le.as_str(), "", "00", "0x00"] {
            let error = file(text, "").circuit::<VestaConfig>().unwrap_err();
            assert!(matches!(error, FileError::Element { .. }), "{text}: {error}");
        }
        let modulus = Fp::MODULUS.to_string();
        for text in [modulus.as_str(), "", "-1", "0x1", &"1".repeat(79)] {
            let error = file(text, r#""curve":"vesta","#).circuit::<VestaConfig>().unwrap_err();
            assert!(matches!(error, FileError::Element { .. }), "{text}: {error}");
        }
    }

    #[test]
    fn previous_openings_are_points_of_the_curve() {
        let file = |x: &str, y: &str| {
            let previous = format!(r#"{{"challenges":["7","8"],"commitment":[["{x}","{y}"]]}}"#);
            let text = format!(r#"{{"curve":"vesta","previous":[{previous}]}}"#);
            CircuitFile::read(text.as_bytes()).unwrap().previous::<VestaConfig>()
        };
        let mut points = (1u64..).map(|x| Affine::<VestaConfig>::get_point_from_x_unchecked(x.into(), false));
        let on_curve = points.find_map(|point| point).unwrap();
        let previous = file(&on_curve.x.to_string(), &on_curve.y.to_string()).unwrap();
        assert_eq!(previous[0].challenges, [7u64, 8].map(Fp::from));
        assert_eq!(previous[0].commitment.0, [on_curve]);
        assert!(matches!(file("1", "1"), Err(FileError::Point { .. })));
        assert!(matches!(file("0", "0"), Err(FileError::Point { .. })), "infinity has no coordinates");
        assert!(matches!(file("1", "x"), Err(FileError::Element { .. })));
        assert!(super::tests::file("00", "").previous::<VestaConfig>().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_circuit_is_an_error() {
        for text in ["", "x", "{}", "[1]", r#"{"public_input_size":-1,"gates":[]}"#, "\x1f\u{8b}"] {
            assert!(CircuitFile::read(text.as_bytes()).and_then(|f| f.circuit::<VestaConfig>()).is_err());
        }
        assert!(matches!(CircuitFile::read(&[0x1f, 0x8b, 8, 0][..]), Err(FileError::Io(_))));
    }
}
