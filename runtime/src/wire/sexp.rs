//! OCaml's s-expressions, as `sexplib` prints and reads them.
//!
//! Read: any white space between tokens, digits of either case, atoms in quotes or not. Not read, because nothing
//! prints them: comments, record fields out of order, the old forms of options. There is no tree and no recursion over
//! the input: whoever reads knows which token is due.

use core::convert::Infallible;

use ark_ff::PrimeField;

use super::codec::{Codec, Walk};
use super::error::{DecodeError, Fault, Result, Within};
use super::number::{self, ELEMENT_BYTES};
use super::ocaml::Ocaml;
use crate::curve::{Affine, KimchiCurve};

/// The longest atom that occurs is a field element: `0x` and 64 digits, or as many digits as its decimal has.
const MAX_ATOM: usize = number::MAX_DIGITS;

/// Whether a byte is behind an atom that is not in quotes.
const ENDS_ATOM: [bool; 256] = {
    let (mut ends, delimiters) = ([false; 256], b" \t\n\r\x0c()\";");
    let mut at = 0;
    while at < delimiters.len() {
        ends[delimiters[at] as usize] = true;
        at += 1;
    }
    ends
};

/// A text being read.
pub struct SexpReader<'a> {
    input: &'a [u8],
    offset: usize,
    /// Where the last token began.
    token: usize,
}

impl<'a> SexpReader<'a> {
    /// Reads one s-expression, which must be the whole text but for white space.
    pub fn whole<T>(input: &'a [u8], read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut reader = Self { input, offset: 0, token: 0 };
        let value = read(&mut reader)?;
        match reader.peek() {
            None => Ok(value),
            Some(_) => Err(Fault::Trailing { bytes: input.len() - reader.offset }.into()),
        }
    }

    /// The first byte of the next token.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.input.get(self.offset) {
                Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') => self.offset += 1,
                next => {
                    self.token = self.offset;
                    return next.copied();
                }
            }
        }
    }

    fn expect(&mut self, token: u8, expected: &'static str) -> Result<(), Fault> {
        match self.peek() {
            Some(found) if found == token => {
                self.offset += 1;
                Ok(())
            }
            Some(_) => Err(self.expected(expected)),
            None => Err(Fault::UnexpectedEnd),
        }
    }

    fn open(&mut self) -> Result<(), Fault> {
        self.expect(b'(', "an opening parenthesis")
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.expect(b')', "a closing parenthesis")
    }

    /// That something else was due where the last token began.
    pub fn expected(&self, expected: &'static str) -> Fault {
        Fault::Expected { expected, offset: self.token }
    }

    /// The bytes of the next atom.
    ///
    /// # Errors
    /// Where another token is next, or an atom that is longer than any that occurs.
    pub fn atom(&mut self) -> Result<Atom, Fault> {
        let mut atom = Atom { bytes: [0; MAX_ATOM], len: 0 };
        match self.peek() {
            None => return Err(Fault::UnexpectedEnd),
            Some(b'"') => {
                self.offset += 1;
                self.quoted(&mut atom)?;
            }
            Some(_) => {
                let rest = self.input.get(self.offset..).unwrap_or_default();
                let Some(len) = rest.iter().take(MAX_ATOM + 1).position(|byte| ENDS_ATOM[usize::from(*byte)])
                else {
                    // No type read here is written as a bare atom alone: where the text ends in one, it was cut off.
                    let is_cut_off = rest.len() <= MAX_ATOM;
                    return Err(if is_cut_off {
                        Fault::UnexpectedEnd
                    } else {
                        self.expected("a shorter atom")
                    });
                };
                let (bytes, _) = rest.split_at(len);
                atom.extend(bytes).ok_or_else(|| self.expected("a shorter atom"))?;
                self.offset += len;
                if atom.len == 0 {
                    return Err(self.expected("an atom"));
                }
            }
        }
        Ok(atom)
    }

    /// The rest of an atom after its opening quote, with OCaml's escapes.
    fn quoted(&mut self, atom: &mut Atom) -> Result<(), Fault> {
        loop {
            let byte = match self.next_byte()? {
                b'"' => return Ok(()),
                b'\\' => match self.next_byte()? {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'b' => b'\x08',
                    same @ (b'\\' | b'"' | b'\'' | b' ') => same,
                    // A line that `to_string_hum` has broken: it goes on with the next one's text.
                    b'\n' => {
                        while let Some(b' ' | b'\t') = self.input.get(self.offset) {
                            self.offset += 1;
                        }
                        continue;
                    }
                    b'x' => {
                        let digits = [self.next_byte()?, self.next_byte()?];
                        self.digits(&digits, 16)?
                    }
                    first => {
                        let digits = [first, self.next_byte()?, self.next_byte()?];
                        self.digits(&digits, 10)?
                    }
                },
                plain => plain,
            };
            atom.push(byte).ok_or_else(|| self.expected("a shorter atom"))?;
        }
    }

    fn next_byte(&mut self) -> Result<u8, Fault> {
        let byte = self.input.get(self.offset).copied().ok_or(Fault::UnexpectedEnd)?;
        self.offset += 1;
        Ok(byte)
    }

    fn digits(&self, digits: &[u8], radix: u32) -> Result<u8, Fault> {
        let value = digits
            .iter()
            .try_fold(0, |value, &digit| Some(value * radix + char::from(digit).to_digit(radix)?));
        value.and_then(|value| u8::try_from(value).ok()).ok_or_else(|| self.expected("an escape"))
    }
}

/// An atom's bytes, never more than [`MAX_ATOM`].
pub struct Atom {
    bytes: [u8; MAX_ATOM],
    len: usize,
}

impl Atom {
    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }

    fn extend(&mut self, bytes: &[u8]) -> Option<()> {
        self.bytes.get_mut(self.len..)?.get_mut(..bytes.len())?.copy_from_slice(bytes);
        self.len += bytes.len();
        Some(())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The text, empty where the bytes are none.
    pub fn as_text(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl Codec for SexpReader<'_> {
    type Error = DecodeError;

    fn field(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.record(|r| {
            if r.atom()?.as_bytes() != name.as_bytes() {
                return Err(r.expected("this field's name").into());
            }
            walk(r)
        })
        .within(name)
    }

    fn array<T>(
        &mut self,
        elements: &mut [T],
        mut walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        self.open()?;
        let expected = elements.len();
        for (found, element) in elements.iter_mut().enumerate() {
            if self.peek() == Some(b')') {
                return Err(Fault::TooFew { found, expected }.into());
            }
            walk(self, element).within_element(found)?;
        }
        if self.peek().is_some_and(|next| next != b')') {
            return Err(Fault::TooMany { max: expected }.into());
        }
        Ok(self.close()?)
    }

    fn list<T: Default>(
        &mut self,
        max: usize,
        elements: &mut Vec<T>,
        mut walk: impl FnMut(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        self.open()?;
        loop {
            match self.peek() {
                Some(b')') => break,
                Some(_) if elements.len() == max => return Err(Fault::TooMany { max }.into()),
                _ => {
                    let mut element = T::default();
                    walk(self, &mut element).within_element(elements.len())?;
                    elements.push(element);
                }
            }
        }
        Ok(self.close()?)
    }

    fn option<T: Default>(
        &mut self,
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        self.record(|r| if r.peek() == Some(b')') { Ok(()) } else { walk(r, value.insert(T::default())) })
    }

    fn boolean(&mut self, value: &mut bool) -> Result<()> {
        *value = match self.atom()?.as_bytes() {
            b"true" => true,
            b"false" => false,
            _ => return Err(self.expected("a boolean").into()),
        };
        Ok(())
    }

    fn element<F: PrimeField>(&mut self, element: &mut F) -> Result<()> {
        let atom = self.atom()?;
        let mut bytes = [0; ELEMENT_BYTES];
        atom.as_bytes()
            .strip_prefix(b"0x")
            .and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok())
            .ok_or_else(|| self.expected("0x and 64 hex digits"))?;
        bytes.reverse();
        *element = number::element_from_bytes(&bytes)?;
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

impl Ocaml for SexpReader<'_> {
    fn record(&mut self, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.open()?;
        walk(self)?;
        Ok(self.close()?)
    }

    fn tuple<T>(&mut self, parts: &mut [T], walk: impl FnMut(&mut Self, &mut T) -> Result<()>) -> Result<()> {
        self.array(parts, walk)
    }

    fn unit(&mut self) -> Result<()> {
        self.record(|_| Ok(()))
    }

    fn limb(&mut self, limb: &mut u64) -> Result<()> {
        let atom = self.atom()?;
        let mut bytes = [0; 8];
        hex::decode_to_slice(atom.as_bytes(), &mut bytes).map_err(|_| self.expected("16 hex digits"))?;
        *limb = u64::from_be_bytes(bytes);
        Ok(())
    }

    fn character(&mut self, character: &mut u8) -> Result<()> {
        let atom = self.atom()?;
        let [found] = atom.as_bytes() else { return Err(self.expected("a character").into()) };
        *character = *found;
        Ok(())
    }

    fn constructor(&mut self, names: &[&'static str], position: &mut usize) -> Result<()> {
        let atom = self.atom()?;
        let found = names.iter().position(|name| name.as_bytes() == atom.as_bytes());
        *position = found.ok_or_else(|| self.expected("one of the type's constructors"))?;
        Ok(())
    }
}

/// A text being written, as `Sexp.to_string_mach` writes it: no white space but between two bare atoms.
#[derive(Default)]
pub struct SexpWriter {
    text: String,
    after_bare_atom: bool,
}

impl SexpWriter {
    /// The text.
    pub fn finish(self) -> String {
        self.text
    }

    fn open(&mut self) {
        self.text.push('(');
        self.after_bare_atom = false;
    }

    fn close(&mut self) {
        self.text.push(')');
        self.after_bare_atom = false;
    }

    fn bare(&mut self, atom: &str) {
        if self.after_bare_atom {
            self.text.push(' ');
        }
        self.text.push_str(atom);
        self.after_bare_atom = true;
    }
}

impl Codec for SexpWriter {
    type Error = Infallible;

    fn field(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self> {
        self.record(|w| {
            w.bare(name);
            walk(w)
        })
    }

    fn array<T>(
        &mut self,
        elements: &mut [T],
        mut walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        self.record(|w| elements.iter_mut().try_for_each(|element| walk(w, element)))
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
        self.record(|w| value.as_mut().map_or(Ok(()), |value| walk(w, value)))
    }

    fn boolean(&mut self, value: &mut bool) -> Walk<Self> {
        self.bare(if *value { "true" } else { "false" });
        Ok(())
    }

    fn element<F: PrimeField>(&mut self, element: &mut F) -> Walk<Self> {
        let mut bytes = number::element_to_bytes(element);
        bytes.reverse();
        self.bare(&format!("0x{}", hex::encode_upper(bytes)));
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

impl Ocaml for SexpWriter {
    fn record(&mut self, walk: impl FnOnce(&mut Self) -> Walk<Self>) -> Walk<Self> {
        self.open();
        walk(self)?;
        self.close();
        Ok(())
    }

    fn tuple<T>(&mut self, parts: &mut [T], walk: impl FnMut(&mut Self, &mut T) -> Walk<Self>) -> Walk<Self> {
        self.array(parts, walk)
    }

    fn unit(&mut self) -> Walk<Self> {
        self.record(|_| Ok(()))
    }

    fn limb(&mut self, limb: &mut u64) -> Walk<Self> {
        self.bare(&format!("{limb:016x}"));
        Ok(())
    }

    fn character(&mut self, character: &mut u8) -> Walk<Self> {
        match *character {
            character @ (b' ' | b'"' | b'(' | b')' | b';' | b'\\' | b'#' | b'|' | 0..=0x1f | 0x7f..) => {
                self.text.push('"');
                match character {
                    b'\n' => self.text.push_str("\\n"),
                    b'\t' => self.text.push_str("\\t"),
                    b'\r' => self.text.push_str("\\r"),
                    b'\x08' => self.text.push_str("\\b"),
                    b'"' | b'\\' => self.text.extend(['\\', char::from(character)]),
                    b' '..=b'~' => self.text.push(char::from(character)),
                    _ => self.text.push_str(&format!("\\{character:03}")),
                }
                self.text.push('"');
                self.after_bare_atom = false;
            }
            character => self.bare(char::from(character).encode_utf8(&mut [0; 4])),
        }
        Ok(())
    }

    fn constructor(&mut self, names: &[&'static str], position: &mut usize) -> Walk<Self> {
        self.bare(names.get(*position).copied().unwrap_or_default());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::codec;
    use super::*;

    #[test]
    fn atoms_are_bytes_that_may_be_escaped_and_broken_into_lines() {
        let read = |text: &[u8]| {
            SexpReader::whole(text, |r| Ok(r.atom()?.as_bytes().to_vec())).map_err(|error| error.to_string())
        };
        for (text, bytes) in [
            (r#""a\"b\\c\000\255\x7f""#, &b"a\"b\\c\0\xff\x7f"[..]),
            // As `to_string_hum` breaks a string after each newline, and indents what follows.
            ("\"a\\\n   \t\\nb\\\n\\nc\"", b"a\nb\nc"),
            // A space that is escaped is none of the indentation.
            ("\"a\\\n  \\ b\"", b"a b"),
            ("\"\"", b""),
        ] {
            assert_eq!(read(text.as_bytes()).as_deref(), Ok(bytes), "{text}");
        }
        let longest = format!("\"{}\"", "7".repeat(MAX_ATOM));
        assert!(read(longest.as_bytes()).is_ok());
        let longer = format!("\"{}\"", "7".repeat(MAX_ATOM + 1));
        for text in [&longer, "\"a\\\n", "\"a\\\n  ", "\"\\256\"", "\"\\xg0\"", "\"a", "bare", "("] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_end_at_their_bound() {
        let read = |list: &str| {
            SexpReader::whole(list.as_bytes(), |r| {
                codec::read(r, Vec::new(), |r, limbs| r.list(2, limbs, SexpReader::limb))
            })
        };
        assert_eq!(read("(000000000000000a 0000000000000007)"), Ok(vec![10, 7]));
        assert_eq!(
            read("(000000000000000a 0000000000000007 not read)"),
            Err(Fault::TooMany { max: 2 }.into())
        );
    }
}
