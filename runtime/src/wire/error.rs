//! Why bytes from outside were refused, and where in them.

use core::fmt;

use super::detect::Kind;
use crate::curve::Fp;

/// A result of decoding.
pub type Result<T, E = DecodeError> = core::result::Result<T, E>;

/// Input that is not the encoding of anything: malformed, as opposed to a well-formed proof that does not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The input is longer than any honest one; nothing of it was read.
    #[error("the input has {len} bytes, more than the {max} that are read")]
    InputTooLong {
        /// Its length in bytes.
        len: usize,
        /// The most that is accepted.
        max: usize,
    },
    /// The input is another thing altogether.
    #[error("{expected} is expected, and this is {found}{}{advice}", if .advice.is_empty() { "" } else { ": " })]
    OtherKind {
        /// What the decoder decodes.
        expected: &'static str,
        /// What the input looks like.
        found: Kind,
        /// What to do about it; empty where there is nothing to say.
        advice: &'static str,
    },
    /// Something inside is wrong.
    #[error("{at}: {fault}")]
    Malformed {
        /// Where.
        at: Path,
        /// What.
        fault: Fault,
    },
    /// A verification key file names another hash than that of its key.
    #[error("the key's hash is {computed}, the file claims {claimed}")]
    KeyHashMismatch {
        /// The hash in the file.
        claimed: Fp,
        /// The hash of the key in the file.
        computed: Fp,
    },
    /// A network's key file is not the one it is taken for.
    #[error("the key's {what} is {found}, not {expected}")]
    OtherKey {
        /// Which part of the key's identity.
        what: &'static str,
        /// The file's.
        found: String,
        /// The one asked for.
        expected: &'static str,
    },
}

/// What is wrong at one place of the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The input ends too early.
    #[error("the input ends here")]
    UnexpectedEnd,
    /// Something follows after the end.
    #[error("{bytes} bytes too many after the end")]
    Trailing {
        /// How many bytes.
        bytes: usize,
    },
    /// Another token was due.
    #[error("{expected} expected at byte {offset}")]
    Expected {
        /// What was due.
        expected: &'static str,
        /// Where in the text or bytes of this layer.
        offset: usize,
    },
    /// Not the one way to write a field element: not below the modulus, or not the digits that the format writes.
    #[error("not a canonical field element")]
    NotCanonical,
    /// The coordinates are those of no point of the curve.
    #[error("not a point of {curve}")]
    NotOnCurve {
        /// The curve.
        curve: &'static str,
    },
    /// Fewer elements than there must be.
    #[error("{found} elements where there must be {expected}")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// More elements than there may be.
    #[error("more than {max} elements")]
    TooMany {
        /// The most there may be.
        max: usize,
    },
    /// A number outside its range.
    #[error("{found} is out of range")]
    OutOfRange {
        /// The number.
        found: u64,
    },
    /// Two parts of the input contradict each other.
    #[error("{0}")]
    Inconsistent(&'static str),
    /// The carrier (JSON, base64) is broken; its decoder's words, [`MAX_EXCERPT`] characters of them at most.
    #[error("{0}")]
    Carrier(String),
}

/// Characters that an error repeats of text from outside, or of another library's words about it, at most.
pub const MAX_EXCERPT: usize = 120;

/// The beginning of a text, with control characters written out: what an error may repeat of something from outside.
pub fn excerpt(text: &impl fmt::Display) -> String {
    let mut excerpt = Excerpt { text: String::new(), room: MAX_EXCERPT };
    // The only error is that of a full excerpt.
    if fmt::Write::write_fmt(&mut excerpt, format_args!("{text}")).is_err() {
        excerpt.text.push('…');
    }
    excerpt.text
}

struct Excerpt {
    text: String,
    room: usize,
}

impl fmt::Write for Excerpt {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let written = |c: char| if c.is_control() { c.escape_default().count() } else { 1 };
            self.room = self.room.checked_sub(written(character)).ok_or(fmt::Error)?;
            if character.is_control() {
                self.text.extend(character.escape_default());
            } else {
                self.text.push(character);
            }
        }
        Ok(())
    }
}

/// A place in a structure, such as `statement.proof_state.deferred_values.plonk.alpha` or `proof.commitments.w_comm[3]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(&'static str),
    Index(usize),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("input");
        }
        // Steps are collected from the inside out, as the error travels up.
        for (depth, step) in self.0.iter().rev().enumerate() {
            match step {
                Step::Field(name) if depth == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl From<Fault> for DecodeError {
    fn from(fault: Fault) -> Self {
        Self::Malformed { at: Path::default(), fault }
    }
}

/// Adds the place to an error on its way up.
pub trait Within<T> {
    /// The error happened inside the field `name`.
    fn within(self, name: &'static str) -> Result<T>;
    /// The error happened inside the element `index`.
    fn within_element(self, index: usize) -> Result<T>;
}

impl<T, E: Into<DecodeError>> Within<T> for Result<T, E> {
    fn within(self, name: &'static str) -> Result<T> {
        self.map_err(|e| e.into().inside(Step::Field(name)))
    }

    fn within_element(self, index: usize) -> Result<T> {
        self.map_err(|e| e.into().inside(Step::Index(index)))
    }
}

impl DecodeError {
    /// The error happened inside the element `index`.
    pub(super) fn inside_element(self, index: usize) -> Self {
        self.inside(Step::Index(index))
    }

    fn inside(mut self, step: Step) -> Self {
        if let Self::Malformed { at, .. } = &mut self {
            at.0.push(step);
        }
        self
    }
}

/// Refuses an input of more than `max` bytes before anything of it is read.
pub fn bounded(input: &[u8], max: usize) -> Result<&[u8]> {
    if input.len() > max { Err(DecodeError::InputTooLong { len: input.len(), max }) } else { Ok(input) }
}
