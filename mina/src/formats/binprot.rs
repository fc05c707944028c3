//! bin_prot, the form of the network and of the daemon's base64.

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::wire::parts::{
    BinProtReader, BinProtWriter, Codec, Ocaml, Result, Walk, bounded, proof as pickles_proof, read, write,
};
use quickpickle_runtime::wire::{DecodeError, Fault};

use super::{Format, NETWORK_WIDTH, Text, Version};
use crate::key::CompressedKey;
use crate::signature::Signature;

/// Decodes what `walk` describes, which must be all of the input, of at most `max` bytes.
///
/// # Errors
/// Where it is not.
pub fn read_binprot<'a, T: Default>(
    input: &'a [u8],
    max: usize,
    walk: impl FnOnce(&mut BinProtReader<'a>, &mut T) -> Result<()>,
) -> Result<T, DecodeError> {
    BinProtReader::whole(bounded(input, max)?, |reader| read(reader, T::default(), walk))
}

/// Encodes what `walk` describes.
pub fn write_binprot<T: Clone>(
    value: &T,
    walk: impl FnOnce(&mut BinProtWriter, &mut T) -> Walk<BinProtWriter>,
) -> Vec<u8> {
    let mut writer = BinProtWriter::default();
    write(&mut writer, value, walk);
    writer.bytes
}

/// What stands for a polymorphic variant: OCaml's hash of its name, as the runtime holds an integer, which is shifted by a
/// bit that is set. Facts: OCaml, `runtime/hash.c` (`caml_hash_variant`); bin_prot, `write_variant_int`.
pub(crate) const fn variant(name: &str) -> [u8; 4] {
    let (bytes, mut hash, mut at) = (name.as_bytes(), 0u32, 0);
    while at < bytes.len() {
        hash = hash.wrapping_mul(223).wrapping_add(bytes[at] as u32);
        at += 1;
    }
    (hash << 1 | 1).to_le_bytes()
}

impl Format for BinProtReader<'_> {
    const IS_JSON: bool = false;

    fn hash(&mut self, _version: Version, element: &mut Fp) -> Result<()> {
        self.element(element)
    }

    fn bytes<const N: usize>(&mut self, _text: Text, bytes: &mut [u8; N]) -> Result<()> {
        let length = self.length()?;
        if length != N as u64 {
            return Err(Fault::OutOfRange { found: length }.into());
        }
        *bytes = self.bytes.take()?;
        Ok(())
    }

    fn u32(&mut self, number: &mut u32) -> Result<()> {
        // OCaml writes it as the signed number of the same bits.
        let integer = self.integer()?;
        let signed =
            i32::try_from(integer).map_err(|_| Fault::OutOfRange { found: integer.cast_unsigned() })?;
        *number = signed.cast_unsigned();
        Ok(())
    }

    fn u64(&mut self, number: &mut u64) -> Result<()> {
        self.limb(number)
    }

    fn slot(&mut self, slot: &mut u32) -> Result<()> {
        self.tag(1, "the constructor of a global slot")?;
        self.u32(slot)
    }

    fn public_key(&mut self, key: &mut CompressedKey) -> Result<()> {
        self.element(&mut key.x)?;
        self.boolean(&mut key.is_odd)
    }

    fn signature(&mut self, signature: &mut Signature) -> Result<()> {
        self.element(&mut signature.r)?;
        self.element(&mut signature.s)
    }

    fn fee(&mut self, fee: &mut u64) -> Result<()> {
        self.u64(fee)
    }

    fn string(&mut self, max: usize, bytes: &mut Vec<u8>) -> Result<()> {
        self.list(max, bytes, Self::character)
    }

    fn proof(&mut self, proof: &mut Proof) -> Result<()> {
        pickles_proof(self, proof, NETWORK_WIDTH)
    }

    fn choice(
        &mut self,
        names: &[&'static str],
        position: &mut usize,
        walk: impl FnOnce(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        self.constructor(names, position)?;
        walk(self, *position)
    }

    fn variant(
        &mut self,
        names: &[&'static str],
        position: &mut usize,
        walk: impl FnOnce(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        let offset = self.bytes.offset();
        let found = self.bytes.take()?;
        let expected = "one of the type's polymorphic variants";
        *position = (names.iter().position(|name| variant(name) == found))
            .ok_or(Fault::Expected { expected, offset })?;
        walk(self, *position)
    }
}

impl Format for BinProtWriter {
    const IS_JSON: bool = false;

    fn hash(&mut self, _version: Version, element: &mut Fp) -> Walk<Self> {
        self.element(element)
    }

    fn bytes<const N: usize>(&mut self, _text: Text, bytes: &mut [u8; N]) -> Walk<Self> {
        self.length(N);
        self.bytes.extend(&*bytes);
        Ok(())
    }

    fn u32(&mut self, number: &mut u32) -> Walk<Self> {
        self.integer(i64::from(number.cast_signed()));
        Ok(())
    }

    fn u64(&mut self, number: &mut u64) -> Walk<Self> {
        self.limb(number)
    }

    fn slot(&mut self, slot: &mut u32) -> Walk<Self> {
        self.bytes.push(0);
        self.u32(slot)
    }

    fn public_key(&mut self, key: &mut CompressedKey) -> Walk<Self> {
        self.element(&mut key.x)?;
        self.boolean(&mut key.is_odd)
    }

    fn signature(&mut self, signature: &mut Signature) -> Walk<Self> {
        self.element(&mut signature.r)?;
        self.element(&mut signature.s)
    }

    fn fee(&mut self, fee: &mut u64) -> Walk<Self> {
        self.u64(fee)
    }

    fn string(&mut self, max: usize, bytes: &mut Vec<u8>) -> Walk<Self> {
        self.list(max, bytes, Self::character)
    }

    fn proof(&mut self, proof: &mut Proof) -> Walk<Self> {
        pickles_proof(self, proof, NETWORK_WIDTH)
    }

    fn choice(
        &mut self,
        names: &[&'static str],
        position: &mut usize,
        walk: impl FnOnce(&mut Self, usize) -> Walk<Self>,
    ) -> Walk<Self> {
        self.constructor(names, position)?;
        walk(self, *position)
    }

    fn variant(
        &mut self,
        names: &[&'static str],
        position: &mut usize,
        walk: impl FnOnce(&mut Self, usize) -> Walk<Self>,
    ) -> Walk<Self> {
        self.bytes.extend(variant(names.get(*position).copied().unwrap_or_default()));
        walk(self, *position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polymorphic_variants_are_told_by_four_bytes() {
        // As bin_prot writes `One` and `Two` in completed works of mainnet.
        assert_eq!(variant("One"), [0x8d, 0xa4, 0x78, 0x00]);
        assert_eq!(variant("Two"), [0xd9, 0x4a, 0x80, 0x00]);
    }
}
