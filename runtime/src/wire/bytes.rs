//! Binary input that is read from its front: what the binary formats have in common.

use super::error::{Fault, Result};

/// Bytes, and how far they have been read.
pub struct Bytes<'a> {
    input: &'a [u8],
    offset: usize,
}

impl<'a> Bytes<'a> {
    /// Nothing read yet.
    pub fn new(input: &'a [u8]) -> Self {
        Self { input, offset: 0 }
    }

    /// How many bytes have been read.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The next byte, which stays to be read.
    pub fn peek(&self) -> Option<u8> {
        self.input.get(self.offset).copied()
    }

    /// The next `N` bytes.
    pub fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (bytes, _) =
            self.input.get(self.offset..).and_then(<[u8]>::split_first_chunk).ok_or(Fault::UnexpectedEnd)?;
        self.offset += N;
        Ok(*bytes)
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), Fault> {
        match self.input.len() - self.offset {
            0 => Ok(()),
            bytes => Err(Fault::Trailing { bytes }),
        }
    }
}
