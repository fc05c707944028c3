//! How a circuit is named on a command line: a built-in one or a file, and what its file leaves open.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::wire::kimchi::Curve;

use super::{Circuit, CircuitFile, FileError, pickles_srs_log2};
use crate::builder::{BuiltIn, BuiltInError};
use crate::witness::Witness;

/// A circuit by name: `poseidon:N`, `lookups:N` or a file, then, each after a comma, `srs=LOG2`, `domain=LOG2`,
/// `previous=N`, `curve=vesta` or `curve=pallas`, `berkeley`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it comes from.
    pub origin: Origin,
    /// log2 of the SRS size, where it is not the file's or the curve's own.
    pub srs_log2: Option<u32>,
    /// log2 of the domain's size, where it is not the file's or the smallest possible.
    pub domain_log2: Option<u32>,
    /// How many openings a proof carries along, where it is not the file's number or none.
    pub previous_challenges: Option<usize>,
    /// The curve of the commitments, where the file does not say it.
    pub curve: Option<Curve>,
    /// The gates it is built with.
    pub generation: Generation,
}

/// Where a circuit comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// None: it is built in.
    BuiltIn(BuiltIn),
    /// A file of JSON, plain or gzip.
    File(PathBuf),
}

/// Why a text names no circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing before the first comma.
    #[error("poseidon:N, lookups:N or a file is expected")]
    Empty,
    /// A built-in circuit of no such size.
    #[error(transparent)]
    BuiltIn(#[from] BuiltInError),
    /// What follows a comma is not known.
    #[error("{0:?} is none of srs=LOG2, domain=LOG2, previous=N, curve=vesta, curve=pallas, berkeley")]
    Unknown(String),
    /// Something is said twice.
    #[error("{0} is said twice")]
    Twice(&'static str),
}

/// Why a circuit cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file cannot be opened.
    #[error("{}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is no circuit's.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FileError,
    },
    /// The file names no curve, and nobody else did.
    #[error("{} does not name its curve: say vesta (for a circuit over Fp) or pallas (over Fq)", .0.display())]
    NoCurve(PathBuf),
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let mut parts = text.split(',');
        let mut source = Self::new(parts.next().unwrap_or_default().parse()?);
        for part in parts {
            let unknown = || SourceError::Unknown(part.chars().take(80).collect());
            match part.split_once('=') {
                Some(("srs", log2)) => {
                    once("srs", &mut source.srs_log2, log2.parse().map_err(|_| unknown())?)?;
                }
                Some(("domain", log2)) => {
                    once("domain", &mut source.domain_log2, log2.parse().map_err(|_| unknown())?)?;
                }
                Some(("previous", number)) => {
                    once(
                        "previous",
                        &mut source.previous_challenges,
                        number.parse().map_err(|_| unknown())?,
                    )?;
                }
                Some(("curve", name)) => {
                    once("curve", &mut source.curve, Curve::named(name).ok_or_else(unknown)?)?;
                }
                None if part == "berkeley" => source.generation = Generation::Berkeley,
                _ => return Err(unknown()),
            }
        }
        Ok(source)
    }
}

/// Fills what is to be said once.
fn once<T>(what: &'static str, place: &mut Option<T>, value: T) -> Result<(), SourceError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(SourceError::Twice(what)),
    }
}

impl FromStr for Origin {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        match BuiltIn::named(text) {
            Some(built_in) => Ok(Self::BuiltIn(built_in?)),
            None if text.is_empty() => Err(SourceError::Empty),
            None => Ok(Self::File(text.into())),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(circuit) => circuit.fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// As [`FromStr`] reads it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.origin.fmt(f)?;
        if let Some(log2) = self.srs_log2 {
            write!(f, ",srs={log2}")?;
        }
        if let Some(log2) = self.domain_log2 {
            write!(f, ",domain={log2}")?;
        }
        if let Some(number) = self.previous_challenges {
            write!(f, ",previous={number}")?;
        }
        if let Some(curve) = self.curve {
            write!(f, ",curve={}", curve.name())?;
        }
        if self.generation == Generation::Berkeley {
            f.write_str(",berkeley")?;
        }
        Ok(())
    }
}

impl Source {
    /// A circuit of which nothing more is said than where it comes from.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            srs_log2: None,
            domain_log2: None,
            previous_challenges: None,
            curve: None,
            generation: Generation::DistinctPoints,
        }
    }

    /// The circuit's file, opened and read.
    ///
    /// # Errors
    /// Where it cannot be read; what is in it is not looked at yet.
    pub fn open(self) -> Result<Opened, ReadError> {
        self.open_with(|path| File::open(path))
    }

    /// As [`open`](Self::open), by somebody else's way to open a file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with<R: Read>(self, open: impl FnOnce(&Path) -> io::Result<R>) -> Result<Opened, ReadError> {
        let file = match &self.origin {
            Origin::BuiltIn(_) => None,
            Origin::File(path) => {
                let input = open(path).map_err(|source| ReadError::Open { path: path.clone(), source })?;
                Some(
                    CircuitFile::read(input)
                        .map_err(|source| ReadError::File { path: path.clone(), source })?,
                )
            }
        };
        Ok(Opened { source: self, file })
    }
}

/// A circuit whose file has been read.
#[derive(Clone, Debug)]
pub struct Opened {
    source: Source,
    file: Option<CircuitFile>,
}

impl Opened {
    /// What was said of it.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The curve of the commitments: the one that was said, or the file's, or Vesta for the built-in circuits.
    ///
    /// # Errors
    /// Where neither says it.
    pub fn curve(&self) -> Result<Curve, ReadError> {
        match (self.source.curve, &self.file) {
            (Some(curve), _) => Ok(curve),
            (None, None) => Ok(Curve::Vesta),
            (None, Some(file)) => {
                let curve = file.curve().map_err(|error| self.within(error))?;
                curve.ok_or_else(|| ReadError::NoCurve(self.path()))
            }
        }
    }

    /// The circuit, and the witness that comes with it, if one does. The built-in ones are over the SRS of Pickles where
    /// nothing else is said.
    ///
    /// # Errors
    /// Where the file is not that of a circuit over `C`.
    #[expect(clippy::type_complexity, reason = "a circuit, and the witness that may come with it")]
    pub fn circuit<C: KimchiCurve>(
        &self,
    ) -> Result<(Circuit<ScalarField<C>>, Option<Witness<ScalarField<C>>>), ReadError> {
        let (mut circuit, witness) = match (&self.source.origin, &self.file) {
            (_, Some(file)) => {
                let witness = || Ok((file.circuit::<C>()?, file.witness::<C>()?));
                witness().map_err(|error| self.within(error))?
            }
            (Origin::BuiltIn(built_in), None) => {
                let (circuit, witness) =
                    built_in.build(ScalarField::<C>::from(1u64), pickles_srs_log2::<C>());
                (circuit, Some(witness))
            }
            (Origin::File(_), None) => {
                return Err(self.within(io::Error::other("it has not been read").into()));
            }
        };
        circuit.srs_log2 = self.source.srs_log2.unwrap_or(circuit.srs_log2);
        circuit.domain_log2 = self.source.domain_log2.or(circuit.domain_log2);
        circuit.previous_challenges = self.source.previous_challenges.unwrap_or(circuit.previous_challenges);
        Ok((circuit, witness))
    }

    fn path(&self) -> PathBuf {
        self.source.origin.to_string().into()
    }

    fn within(&self, source: FileError) -> ReadError {
        ReadError::File { path: self.path(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_written_as_it_is_read() {
        for text in [
            "poseidon:100",
            "lookups:7,srs=12",
            "/a/b.json.gz,srs=15,domain=16,previous=2,curve=pallas,berkeley",
            "x:y,curve=vesta",
        ] {
            assert_eq!(text.parse::<Source>().map(|source| source.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            ",srs=3",
            "poseidon:0",
            "poseidon:x",
            "f,srs=",
            "f,curve=bn254",
            "f,x",
            "f,domain=-1",
            "f,srs=3,srs=4",
            "f,curve=vesta,curve=vesta",
        ] {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_said_goes_before_what_the_file_says() {
        let text = r#"{"curve":"vesta","public_input_size":0,"gates":[],"max_poly_size_log2":9,"prev_challenges":1}"#;
        let opened = |more: &str| {
            let source: Source = format!("file{more}").parse().unwrap();
            source.open_with(|_| Ok(text.as_bytes())).unwrap()
        };
        type Vesta = quickpickle_runtime::curve::VestaConfig;
        let (circuit, witness) = opened("").circuit::<Vesta>().unwrap();
        assert_eq!((circuit.srs_log2, circuit.domain_log2, circuit.previous_challenges), (9, None, 1));
        assert!(witness.is_none());
        let (circuit, _) = opened(",srs=10,domain=4,previous=2").circuit::<Vesta>().unwrap();
        assert_eq!((circuit.srs_log2, circuit.domain_log2, circuit.previous_challenges), (10, Some(4), 2));
        assert_eq!(opened("").curve().unwrap(), Curve::Vesta);
        assert_eq!(opened(",curve=pallas").curve().unwrap(), Curve::Pallas);
        let nameless: Source = "file".parse().unwrap();
        let nameless = nameless.open_with(|_| Ok(&br#"{"gates":[]}"#[..])).unwrap();
        assert!(matches!(nameless.curve(), Err(ReadError::NoCurve(_))));
    }
}
