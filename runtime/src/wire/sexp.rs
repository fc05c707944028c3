//! OCaml's s-expressions, as `sexplib` prints and reads them.
//!
//! Read: any white space between tokens, digits of either case, atoms in quotes or not. Not read, because nothing
//! prints them: comments, record fields out of order, the old forms of options. There is no tree and no recursion over
//! the input: whoever reads knows which token is due.

use ark_ff::PrimeField;

use super::error::{Fault, Result, Within};
use super::number::{self, ELEMENT_BYTES};
use super::ocaml::{Reader, Writer};

/// The longest atom that occurs is a field element: `0x` and 64 digits.
const MAX_ATOM: usize = 2 + 2 * ELEMENT_BYTES;

/// A text being read.
pub(super) struct SexpReader<'a> {
    input: &'a [u8],
    offset: usize,
    /// Where the last token began.
    token: usize,
}

impl<'a> SexpReader<'a> {
    /// Reads one s-expression, which must be the whole text but for white space.
    pub(super) fn whole<T>(input: &'a [u8], read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
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

    fn expected(&self, expected: &'static str) -> Fault {
        Fault::Expected { expected, offset: self.token }
    }

    /// The bytes of the next atom.
    fn atom(&mut self) -> Result<Atom, Fault> {
        let mut atom = Atom { bytes: [0; MAX_ATOM], len: 0 };
        match self.peek() {
            None => return Err(Fault::UnexpectedEnd),
            Some(b'"') => {
                self.offset += 1;
                self.quoted(&mut atom)?;
            }
            Some(_) => {
                while let Some(&byte) = self.input.get(self.offset)
                    && !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'(' | b')' | b'"' | b';')
                {
                    atom.push(byte).ok_or_else(|| self.expected("a shorter atom"))?;
                    self.offset += 1;
                }
                // No type read here is written as a bare atom alone: where the text ends in one, it was cut off.
                if self.offset == self.input.len() {
                    return Err(Fault::UnexpectedEnd);
                }
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
struct Atom {
    bytes: [u8; MAX_ATOM],
    len: usize,
}

impl Atom {
    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Reader for SexpReader<'_> {
    fn group<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.open()?;
        let value = read(self)?;
        self.close()?;
        Ok(value)
    }

    fn field<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.group(|r| {
            if r.atom()?.as_bytes() != name.as_bytes() {
                return Err(r.expected("this field's name").into());
            }
            read(r)
        })
        .within(name)
    }

    fn vector<T>(&mut self, len: usize, read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let elements = self.list(len, read)?;
        if elements.len() == len {
            Ok(elements)
        } else {
            Err(Fault::TooFew { found: elements.len(), expected: len }.into())
        }
    }

    fn list<T>(&mut self, max: usize, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.open()?;
        let mut elements = Vec::new();
        loop {
            match self.peek() {
                Some(b')') => break,
                Some(_) if elements.len() == max => return Err(Fault::TooMany { max }.into()),
                _ => elements.push(read(self).within_element(elements.len())?),
            }
        }
        self.close()?;
        Ok(elements)
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        self.group(|r| if r.peek() == Some(b')') { Ok(None) } else { read(r).map(Some) })
    }

    fn unit(&mut self) -> Result<()> {
        self.group(|_| Ok(()))
    }

    fn boolean(&mut self) -> Result<bool> {
        match self.atom()?.as_bytes() {
            b"true" => Ok(true),
            b"false" => Ok(false),
            _ => Err(self.expected("a boolean").into()),
        }
    }

    fn limb(&mut self) -> Result<u64> {
        let atom = self.atom()?;
        let mut limb = [0; 8];
        hex::decode_to_slice(atom.as_bytes(), &mut limb).map_err(|_| self.expected("16 hex digits"))?;
        Ok(u64::from_be_bytes(limb))
    }

    fn character(&mut self) -> Result<u8> {
        match self.atom()?.as_bytes() {
            [character] => Ok(*character),
            _ => Err(self.expected("a character").into()),
        }
    }

    fn constructor(&mut self, names: &[&'static str]) -> Result<usize> {
        let atom = self.atom()?;
        let position = names.iter().position(|name| name.as_bytes() == atom.as_bytes());
        position.ok_or_else(|| self.expected("one of the type's constructors").into())
    }

    fn element<F: PrimeField>(&mut self) -> Result<F> {
        let atom = self.atom()?;
        let mut bytes = [0; ELEMENT_BYTES];
        atom.as_bytes()
            .strip_prefix(b"0x")
            .and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok())
            .ok_or_else(|| self.expected("0x and 64 hex digits"))?;
        bytes.reverse();
        Ok(number::element_from_bytes(&bytes)?)
    }
}

/// A text being written, as `Sexp.to_string_mach` writes it: no white space but between two bare atoms.
#[derive(Default)]
pub(super) struct SexpWriter {
    text: String,
    after_bare_atom: bool,
}

impl SexpWriter {
    /// The text.
    pub(super) fn finish(self) -> String {
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

impl Writer for SexpWriter {
    fn group(&mut self, write: impl FnOnce(&mut Self)) {
        self.open();
        write(self);
        self.close();
    }

    fn field(&mut self, name: &'static str, write: impl FnOnce(&mut Self)) {
        self.group(|w| {
            w.bare(name);
            write(w);
        });
    }

    fn vector<'a, T: 'a>(
        &mut self,
        elements: impl IntoIterator<Item = &'a T>,
        mut write: impl FnMut(&mut Self, &'a T),
    ) {
        self.group(|w| elements.into_iter().for_each(|element| write(w, element)));
    }

    fn list<T>(&mut self, elements: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.group(|w| elements.iter().for_each(|element| write(w, element)));
    }

    fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.group(|w| {
            if let Some(value) = value {
                write(w, value);
            }
        });
    }

    fn unit(&mut self) {
        self.group(|_| ());
    }

    fn boolean(&mut self, value: bool) {
        self.bare(if value { "true" } else { "false" });
    }

    fn limb(&mut self, limb: u64) {
        self.bare(&format!("{limb:016x}"));
    }

    fn character(&mut self, character: u8) {
        match character {
            b' ' | b'"' | b'(' | b')' | b';' | b'\\' | b'#' | b'|' | 0..=0x1f | 0x7f.. => {
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
            _ => self.bare(char::from(character).encode_utf8(&mut [0; 4])),
        }
    }

    fn constructor(&mut self, name: &'static str, _position: u8) {
        self.bare(name);
    }

    fn element<F: PrimeField>(&mut self, element: &F) {
        let mut bytes = number::element_to_bytes(element);
        bytes.reverse();
        self.bare(&format!("0x{}", hex::encode_upper(bytes)));
    }
}
