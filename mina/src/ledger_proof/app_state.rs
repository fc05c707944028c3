//! The statement of a ledger proof as the circuit takes it: each leaf one element, in the order of the declaration.
//!
//! Facts: Mina, `src/lib/mina_state/{snarked_ledger_state,registers,local_state}.ml` (`typ` of each module).

use ark_ff::Field as _;
use quickpickle_runtime::curve::Fp;

use super::{FeeExcess, LocalState, PendingCoinbaseStack, Registers, SokDigest, Statement};
use crate::currency::Signed;

/// Elements of a statement: 44, and a digest of 256 bits.
pub const ELEMENTS: usize = 300;

impl Statement<SokDigest> {
    /// The elements that a ledger proof states, [`ELEMENTS`] of them.
    pub fn to_elements(&self) -> Vec<Fp> {
        let mut elements = Vec::with_capacity(ELEMENTS);
        registers(&mut elements, &self.source);
        registers(&mut elements, &self.target);
        elements.extend([self.connecting_ledger_left, self.connecting_ledger_right]);
        signed(&mut elements, self.supply_increase);
        for FeeExcess { token, amount } in self.fee_excess {
            elements.push(token);
            signed(&mut elements, amount);
        }
        let bits = self.sok_digest.0.iter().flat_map(|byte| (0..8).map(move |at| byte >> at & 1));
        elements.extend(bits.map(Fp::from));
        elements
    }
}

fn registers(elements: &mut Vec<Fp>, registers: &Registers) {
    let PendingCoinbaseStack { data, state_init, state_curr } = registers.pending_coinbase_stack;
    elements.extend([
        registers.first_pass_ledger,
        registers.second_pass_ledger,
        data,
        state_init,
        state_curr,
    ]);
    local_state(elements, &registers.local_state);
}

fn local_state(elements: &mut Vec<Fp>, state: &LocalState) {
    elements.extend([state.stack_frame, state.call_stack]);
    elements.extend([state.transaction_commitment, state.full_transaction_commitment]);
    signed(elements, state.excess);
    signed(elements, state.supply_increase);
    elements.extend([state.ledger, Fp::from(state.success)]);
    elements.extend([Fp::from(state.account_update_index), Fp::from(state.will_succeed)]);
}

/// The magnitude, and 1 or -1.
fn signed(elements: &mut Vec<Fp>, amount: Signed) {
    let sign = if amount.is_negative { -Fp::ONE } else { Fp::ONE };
    elements.extend([Fp::from(amount.magnitude), sign]);
}
