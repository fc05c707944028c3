//! Files that a subcommand reads whole, and keys in them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use quickpickle::VerificationKey;
use quickpickle::wire::{DecodeError, binprot, o1js};

/// A verification key in any of its forms: o1js's JSON, its base64 `data` alone, or the bin_prot that this encodes.
pub fn decode_key(bytes: &[u8]) -> Result<VerificationKey, DecodeError> {
    match bytes.trim_ascii_start().first() {
        // bin_prot begins with the number of proofs verified, 0 to 2; white space begins none of the forms.
        Some(0..=2) => binprot::verification_key_from_bytes(bytes),
        Some(b'{') => o1js::verification_key_from_json(bytes).map(|(key, _)| key),
        _ => o1js::verification_key_from_base64(&String::from_utf8_lossy(bytes.trim_ascii())),
    }
}

/// Reads a file that is needed whole; of one longer than `max_bytes` no more than a byte beyond, for its decoder to
/// refuse.
pub fn read_file(path: &Path, max_bytes: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(max_bytes as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
