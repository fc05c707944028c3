//! The records as OCaml derives them. Facts: Mina, `src/lib/mina_state/{snarked_ledger_state,registers,local_state}.ml`.

use quickpickle_runtime::wire::parts::Walk;

use super::{FeeExcess, LedgerProof, LocalState, PendingCoinbaseStack, Registers, SokDigest, Statement};
use crate::currency::signed;
use crate::formats::{Format, Text, Version};

pub(crate) fn ledger_proof<F: Format>(f: &mut F, proof: &mut LedgerProof) -> Walk<F> {
    f.record(|f| {
        f.field("statement", |f| statement_with_sok(f, &mut proof.statement))?;
        f.field("proof", |f| f.proof(&mut proof.proof))
    })
}

pub(super) fn statement_with_sok<F: Format>(f: &mut F, with_sok: &mut Statement<SokDigest>) -> Walk<F> {
    statement(f, with_sok, sok_digest)
}

fn sok_digest<F: Format>(f: &mut F, digest: &mut SokDigest) -> Walk<F> {
    f.bytes(Text::Raw, &mut digest.0)
}

/// A statement; `sok` walks its digest.
pub(crate) fn statement<F: Format, Sok>(
    f: &mut F,
    statement: &mut Statement<Sok>,
    sok: impl FnOnce(&mut F, &mut Sok) -> Walk<F>,
) -> Walk<F> {
    f.record(|f| {
        f.field("source", |f| registers(f, &mut statement.source))?;
        f.field("target", |f| registers(f, &mut statement.target))?;
        ledger(f, "connecting_ledger_left", &mut statement.connecting_ledger_left)?;
        ledger(f, "connecting_ledger_right", &mut statement.connecting_ledger_right)?;
        f.field("supply_increase", |f| signed(f, &mut statement.supply_increase))?;
        f.field("fee_excess", |f| fee_excesses(f, &mut statement.fee_excess))?;
        f.field("sok_digest", |f| sok(f, &mut statement.sok_digest))
    })
}

/// Of two tokens: a record of both, which JSON has as a list (`src/lib/mina_base/fee_excess.ml`).
fn fee_excesses<F: Format>(f: &mut F, [left, right]: &mut [FeeExcess; 2]) -> Walk<F> {
    if F::IS_JSON {
        return f.tuple(&mut [left, right], |f, excess| fee_excess(f, excess));
    }
    f.record(|f| {
        f.field("fee_token_l", |f| f.hash(Version::TokenId, &mut left.token))?;
        f.field("fee_excess_l", |f| signed(f, &mut left.amount))?;
        f.field("fee_token_r", |f| f.hash(Version::TokenId, &mut right.token))?;
        f.field("fee_excess_r", |f| signed(f, &mut right.amount))
    })
}

fn fee_excess<F: Format>(f: &mut F, excess: &mut FeeExcess) -> Walk<F> {
    f.record(|f| {
        f.field("token", |f| f.hash(Version::TokenId, &mut excess.token))?;
        f.field("amount", |f| signed(f, &mut excess.amount))
    })
}

fn ledger<F: Format>(f: &mut F, name: &'static str, hash: &mut quickpickle_runtime::curve::Fp) -> Walk<F> {
    f.field(name, |f| f.hash(Version::LedgerHash, hash))
}

fn registers<F: Format>(f: &mut F, registers: &mut Registers) -> Walk<F> {
    f.record(|f| {
        ledger(f, "first_pass_ledger", &mut registers.first_pass_ledger)?;
        ledger(f, "second_pass_ledger", &mut registers.second_pass_ledger)?;
        f.field("pending_coinbase_stack", |f| stack(f, &mut registers.pending_coinbase_stack))?;
        f.field("local_state", |f| local_state(f, &mut registers.local_state))
    })
}

fn stack<F: Format>(f: &mut F, stack: &mut PendingCoinbaseStack) -> Walk<F> {
    f.record(|f| {
        f.field("data", |f| f.hash(Version::CoinbaseStackData, &mut stack.data))?;
        f.field("state", |f| {
            f.record(|f| {
                f.field("init", |f| f.hash(Version::CoinbaseStackHash, &mut stack.state_init))?;
                f.field("curr", |f| f.hash(Version::CoinbaseStackHash, &mut stack.state_curr))
            })
        })
    })
}

fn local_state<F: Format>(f: &mut F, state: &mut LocalState) -> Walk<F> {
    f.record(|f| {
        f.field("stack_frame", |f| f.element(&mut state.stack_frame))?;
        f.field("call_stack", |f| f.element(&mut state.call_stack))?;
        f.field("transaction_commitment", |f| f.element(&mut state.transaction_commitment))?;
        f.field("full_transaction_commitment", |f| f.element(&mut state.full_transaction_commitment))?;
        f.field("excess", |f| signed(f, &mut state.excess))?;
        f.field("supply_increase", |f| signed(f, &mut state.supply_increase))?;
        ledger(f, "ledger", &mut state.ledger)?;
        f.field("success", |f| f.boolean(&mut state.success))?;
        f.field("account_update_index", |f| f.u32(&mut state.account_update_index))?;
        // Why account updates failed. It is in no hash, and empty between commands: with entries, there would be two
        // statements of one proof.
        f.field("failure_status_tbl", |f| f.list(0, &mut Vec::new(), |f, ()| f.unit()))?;
        f.field("will_succeed", |f| f.boolean(&mut state.will_succeed))
    })
}
