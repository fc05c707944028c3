//! Ledger proofs: that transactions turn one ledger into another.

pub(crate) mod format;
mod hash;

use quickpickle_runtime::curve::Fp;

use crate::currency::Signed;

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
    /// Why each account update failed, by position among the constructors of `Transaction_status.Failure`; not hashed.
    pub failure_status_table: Vec<Vec<Failure>>,
    /// Whether nothing will fail.
    pub will_succeed: bool,
}

/// Why an account update failed: a constructor of `Transaction_status.Failure`, and its argument where it has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The constructor's position.
    pub reason: usize,
    /// Which precondition, of those that are told by it.
    pub index: u64,
}
