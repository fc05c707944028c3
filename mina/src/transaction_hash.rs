//! Hashes of transactions: what explorers and wallets know a command by.
//!
//! Facts: Mina, `src/lib/transaction/transaction_hash.ml`.

use core::fmt;

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};
use quickpickle_runtime::wire::Fault;

use crate::formats::{Version, base58};

/// Bytes of a hash.
const BYTES: usize = 32;

/// The hash of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionHash(pub [u8; BYTES]);

impl TransactionHash {
    /// The hash of a command in bin_prot, whose signatures are all [`Signature::PLACEHOLDER`](crate::signature::Signature::PLACEHOLDER) and
    /// whose proofs are all the dummy.
    pub fn of(command: &[u8]) -> Self {
        Self(Blake2b::<U32>::digest(command).into())
    }

    /// The hash that a text in base58check (`5J...`) stands for.
    ///
    /// # Errors
    /// Where it is not base58check of a transaction's hash.
    pub fn from_base58(text: &str) -> Result<Self, Fault> {
        // The bytes are a string in bin_prot.
        match base58::decode::<{ BYTES + 1 }>(Version::TransactionHash, text)?.split_last_chunk() {
            Some(([length], hash)) if usize::from(*length) == BYTES => Ok(Self(*hash)),
            _ => Err(Fault::Inconsistent("a transaction's hash has 32 bytes")),
        }
    }
}

impl fmt::Display for TransactionHash {
    /// Base58check, `5J...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [BYTES as u8; BYTES + 1];
        bytes[1..].copy_from_slice(&self.0);
        f.write_str(&base58::encode(Version::TransactionHash, &bytes))
    }
}
