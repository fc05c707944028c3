//! Ledger proofs: that transactions turn one ledger into another.

mod app_state;
pub(crate) mod format;
mod hash;
mod sok;

use std::sync::Arc;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_runtime::wire::DecodeError;
use quickpickle_runtime::wire::parts::blank_proof;

use crate::currency::Signed;
use crate::formats::json::Json;
use crate::formats::{json_of, read_binprot, read_json, read_sexp, sexp_of, write_binprot};

pub use app_state::ELEMENTS;
pub use sok::{MismatchedSok, SokDigest, SokMessage};

/// The longest encoding in bin_prot that is read. A ledger proof has about 12,000 bytes.
pub const MAX_BINPROT: usize = 256 << 10;
/// The longest JSON or s-expression that is read, in bytes. A ledger proof has about 40,000.
pub const MAX_JSON: usize = 1 << 20;

/// A ledger proof (`Ledger_proof.Stable.V2`): a statement, and a proof of it by the network's transaction snark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerProof {
    /// What is proved, and for whom.
    pub statement: Statement<SokDigest>,
    /// The proof.
    pub proof: Box<Proof>,
}

impl Default for LedgerProof {
    /// One to be read into, which proves nothing.
    fn default() -> Self {
        Self { statement: Statement::default(), proof: Box::new(blank_proof()) }
    }
}

impl LedgerProof {
    /// Decodes bin_prot.
    ///
    /// # Errors
    /// Where the input is not exactly one ledger proof.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        read_binprot(input, MAX_BINPROT, format::ledger_proof)
    }

    /// Encodes as bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        write_binprot(self, format::ledger_proof)
    }

    /// Decodes the JSON that OCaml derives; the digest in it is 32 bytes as they are ([`Json::parse_bytes`]).
    ///
    /// # Errors
    /// Where the value is not exactly one ledger proof.
    pub fn from_json(json: &Json) -> Result<Self, DecodeError> {
        read_json(json, format::ledger_proof)
    }

    /// Decodes bin_prot, JSON or the s-expression that OCaml derives, whichever it is.
    ///
    /// # Errors
    /// Where the input is not exactly one ledger proof in one of them.
    pub fn read(input: &[u8]) -> Result<Self, DecodeError> {
        if let Some(sexp) = sexp_of(input) {
            return read_sexp(sexp, MAX_JSON, format::ledger_proof);
        }
        match json_of(input, MAX_JSON)? {
            Some(json) => Self::from_json(&json),
            None => Self::from_binprot(input),
        }
    }

    /// The verification that is due, with the key of the network's transaction snark.
    pub fn task(&self, key: &Arc<PreparedKey>) -> OwnedTask {
        let (key, statement) = (Arc::clone(key), self.statement.to_elements());
        OwnedTask::Pickles { key, statement, proof: self.proof.clone() }
    }
}

/// The statement of a ledger proof (`Snarked_ledger_state`).
///
/// `Sok` is `()` in a protocol state, and a digest where a proof comes along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement<Sok> {
    /// What was before.
    pub source: Registers,
    /// What is after.
    pub target: Registers,
    /// The ledger that the first passes begin with.
    pub connecting_ledger_left: Fp,
    /// The ledger that the second passes end with.
    pub connecting_ledger_right: Fp,
    /// By how much the currency grows.
    pub supply_increase: Signed,
    /// What is left of fees, of two tokens.
    pub fee_excess: [FeeExcess; 2],
    /// The digest of the fee and the prover.
    pub sok_digest: Sok,
}

impl Statement<SokDigest> {
    /// Decodes bin_prot (`Snarked_ledger_state.With_sok.Stable.V2`).
    ///
    /// # Errors
    /// Where the input is not exactly one statement with a digest.
    pub fn from_binprot(input: &[u8]) -> Result<Self, DecodeError> {
        read_binprot(input, MAX_BINPROT, format::statement_with_sok)
    }

    /// What is proved, whoever made the proof.
    pub fn without_sok(&self) -> Statement<()> {
        Statement {
            source: self.source.clone(),
            target: self.target.clone(),
            connecting_ledger_left: self.connecting_ledger_left,
            connecting_ledger_right: self.connecting_ledger_right,
            supply_increase: self.supply_increase,
            fee_excess: self.fee_excess,
            sok_digest: (),
        }
    }
}

/// Of one token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeeExcess {
    /// The token's id.
    pub token: Fp,
    /// How much is left.
    pub amount: Signed,
}

/// What transactions change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// The ledger of first passes.
    pub first_pass_ledger: Fp,
    /// The ledger of second passes.
    pub second_pass_ledger: Fp,
    /// The coinbases of blocks whose transactions are not proved yet.
    pub pending_coinbase_stack: PendingCoinbaseStack,
    /// Where a zkApp command stands.
    pub local_state: LocalState,
}

/// A stack of coinbases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingCoinbaseStack {
    /// The hash of the coinbases.
    pub data: Fp,
    /// The stack of state hashes before.
    pub state_init: Fp,
    /// The stack of state hashes now.
    pub state_curr: Fp,
}

/// Where a zkApp command stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalState {
    /// The hash of the frame on top.
    pub stack_frame: Fp,
    /// The hash of those below.
    pub call_stack: Fp,
    /// The commitment to the account updates.
    pub transaction_commitment: Fp,
    /// The commitment to fee payer and memo too.
    pub full_transaction_commitment: Fp,
    /// What is left over.
    pub excess: Signed,
    /// By how much the currency grows.
    pub supply_increase: Signed,
    /// The ledger.
    pub ledger: Fp,
    /// Whether nothing has failed so far.
    pub success: bool,
    /// Which account update is next.
    pub account_update_index: u32,
    /// Whether nothing will fail.
    pub will_succeed: bool,
}
