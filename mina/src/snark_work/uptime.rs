//! The work that a node sends to the uptime service along with a block, to show that it can make proofs.
//!
//! Facts: Mina, `src/lib/uptime_service/uptime_service.ml` (`Proof_data`, whose type has no version).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle_runtime::wire::parts::{self, BinProtReader, Within as _, bounded, read as fill};
use quickpickle_runtime::wire::{DecodeError, Fault, excerpt};

use super::{MAX_BINPROT, OneOrTwo, SnarkWork};
use crate::formats::Format as _;
use crate::key::CompressedKey;
use crate::ledger_proof::LedgerProof;
use crate::ledger_proof::format::ledger_proof;

/// A proof that a node made, and the fee that it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UptimeWork {
    /// The proof.
    pub proof: LedgerProof,
    /// What is asked for it, in nanomina.
    pub fee: u64,
}

impl UptimeWork {
    /// Decodes bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one such work.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = BinProtReader { bytes: parts::Bytes::new(bounded(input, MAX_BINPROT)?) };
        let proof = fill(&mut reader, LedgerProof::default(), ledger_proof).within("proof")?;
        // The time that it took: a float, of which nothing depends.
        let _: [u8; 8] = reader.bytes.take().within("proof_time")?;
        let fee = fill(&mut reader, 0, |reader, fee| reader.fee(fee)).within("snark_work_fee")?;
        reader.bytes.end()?;
        Ok(Self { proof, fee })
    }

    /// Decodes base64 of it, as submissions have it.
    ///
    /// # Errors
    /// Where the text is no base64 of exactly one such work.
    pub fn from_base64(text: &str) -> Result<Self, DecodeError> {
        let text = bounded(text.as_bytes(), MAX_BINPROT.div_ceil(3) * 4)?;
        let bytes = STANDARD.decode(text).map_err(|error| Fault::Carrier(excerpt(&error)))?;
        Self::from_binprot(&bytes)
    }

    /// The work as one that its maker sells: the proof must have been made for this prover and the fee.
    pub fn of(self, prover: CompressedKey) -> SnarkWork {
        SnarkWork { fee: self.fee, proofs: OneOrTwo::One(self.proof), prover }
    }
}
