//! The hash of an account: its leaf in the ledger.

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;

use super::{Account, Timing, Zkapp};
use crate::hash::{Input, Prefix, ToInput};
use crate::key::CompressedKey;

static ACCOUNT: Prefix = Prefix::new("MinaAccount");

/// What is hashed of an account without timing.
const UNTIMED: Timing = Timing {
    initial_minimum_balance: 0,
    cliff_time: 0,
    cliff_amount: 0,
    vesting_period: 1,
    vesting_increment: 0,
};

impl Account {
    /// The leaf of the ledger.
    pub fn hash(&self) -> Fp {
        ACCOUNT.hash_input(&Input::of(self))
    }

    /// That no other account has the same hash, as long as Poseidon has no collisions: what is hashed leaves some forms of
    /// nothing the same as nothing.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.delegate == Some(CompressedKey::default()) {
            return Err(Fault::Inconsistent("the empty key as a delegate hashes like none"));
        }
        self.zkapp.as_ref().map_or(Ok(()), |zkapp| zkapp.check())
    }
}

impl ToInput for Account {
    fn to_input(&self, input: &mut Input) {
        input
            .field(self.zkapp.as_ref().map_or_else(Zkapp::hash_of_none, |zkapp| zkapp.hash()))
            .add(&self.permissions)
            .bit(self.timing.is_some())
            .add(&self.timing.unwrap_or(UNTIMED))
            .field(self.voting_for)
            .add(&self.delegate.unwrap_or_default())
            .field(self.receipt_chain_hash)
            .u32(self.nonce)
            .u64(self.balance)
            .add(&self.token_symbol)
            .field(self.token_id)
            .add(&self.public_key);
    }
}
