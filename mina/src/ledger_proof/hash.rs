//! A statement's part in the hash of a protocol state. Facts: Mina, `src/lib/mina_state/` (`to_input` of each module).

use super::{FeeExcess, LocalState, PendingCoinbaseStack, Registers, Statement};
use crate::hash::{Input, ToInput};

impl ToInput for Statement<()> {
    fn to_input(&self, input: &mut Input) {
        input
            .add(&self.source)
            .add(&self.target)
            .field(self.connecting_ledger_left)
            .field(self.connecting_ledger_right)
            .add(&self.supply_increase)
            .add(&self.fee_excess[0])
            .add(&self.fee_excess[1]);
    }
}

impl ToInput for FeeExcess {
    fn to_input(&self, input: &mut Input) {
        input.field(self.token).add(&self.amount);
    }
}

impl ToInput for Registers {
    fn to_input(&self, input: &mut Input) {
        input
            .field(self.first_pass_ledger)
            .field(self.second_pass_ledger)
            .add(&self.pending_coinbase_stack)
            .add(&self.local_state);
    }
}

impl ToInput for PendingCoinbaseStack {
    fn to_input(&self, input: &mut Input) {
        input.field(self.data).field(self.state_init).field(self.state_curr);
    }
}

impl ToInput for LocalState {
    fn to_input(&self, input: &mut Input) {
        input
            .field(self.stack_frame)
            .field(self.call_stack)
            .field(self.transaction_commitment)
            .field(self.full_transaction_commitment)
            .add(&self.excess)
            .add(&self.supply_increase)
            .field(self.ledger)
            .u32(self.account_update_index)
            .bit(self.success)
            .bit(self.will_succeed);
    }
}
