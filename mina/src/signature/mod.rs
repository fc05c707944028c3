//! Signatures: Schnorr's, on Pallas.
//!
//! Facts: Mina, `src/lib/signature_lib/schnorr.ml`; proof-systems, `signer/src/schnorr.rs`.

mod format;
mod message;
mod verify;
mod wallet;

use ark_ff::Field as _;
use quickpickle_runtime::curve::{Fp, Fq};

pub(crate) use format::wallet_signature;
pub use message::Message;
pub use verify::{Claim, GENERATOR, SignatureError, verify_each};
pub use wallet::SignedMessage;

/// A signature: x of the nonce's point, whose y is even, and what shows that its signer knew both nonce and key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signature {
    /// x of the point.
    pub r: Fp,
    /// k + e·d, of the nonce k, the key d and the challenge e.
    pub s: Fq,
}

impl Signature {
    /// (1, 1): what a transaction's hash has in place of signatures.
    pub const PLACEHOLDER: Self = Self { r: Fp::ONE, s: Fq::ONE };
}
