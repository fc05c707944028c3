//! Statements of knowledge: who made a proof and for which fee, bound to the proof by a digest in its statement.
//!
//! Facts: Mina, `src/lib/mina_base/sok_message.ml`.

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};
use quickpickle_runtime::wire::parts::Walk;

use super::LedgerProof;
use crate::formats::{Format, write_binprot};
use crate::key::CompressedKey;

/// The digest of a [`SokMessage`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SokDigest(pub [u8; 32]);

/// Who made a proof, and what they want for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SokMessage {
    /// The fee, in nanomina.
    pub fee: u64,
    /// Who gets it.
    pub prover: CompressedKey,
}

/// A proof whose statement was made for another fee or another prover than those that came along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "mismatched sok message: proof {proof} was not made for the fee of {} nanomina to {}",
    .message.fee,
    .message.prover
)]
pub struct MismatchedSok {
    /// Which of the proofs that came along, from 0.
    pub proof: usize,
    /// The fee and prover that came along.
    pub message: SokMessage,
}

impl SokMessage {
    /// Whether proofs were made for this fee and prover.
    ///
    /// # Errors
    /// With the first one whose statement has another digest.
    pub fn check<'a>(&self, proofs: impl IntoIterator<Item = &'a LedgerProof>) -> Result<(), MismatchedSok> {
        let digest = self.digest();
        match proofs.into_iter().position(|proof| proof.statement.sok_digest != digest) {
            None => Ok(()),
            Some(proof) => Err(MismatchedSok { proof, message: *self }),
        }
    }

    /// BLAKE2b-256 of the message in bin_prot.
    pub fn digest(&self) -> SokDigest {
        SokDigest(Blake2b::<U32>::digest(write_binprot(self, sok_message)).into())
    }
}

fn sok_message<F: Format>(f: &mut F, message: &mut SokMessage) -> Walk<F> {
    f.record(|f| {
        f.field("fee", |f| f.fee(&mut message.fee))?;
        f.field("prover", |f| f.public_key(&mut message.prover))
    })
}
