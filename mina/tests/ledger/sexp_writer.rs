//! S-expressions of ledger proofs, works and jobs as OCaml writes them: by the forms in Mina's source, for the tests alone.

use ark_ff::PrimeField as _;
use quickpickle_mina::currency::Signed;
use quickpickle_mina::ledger_proof::{LedgerProof, Registers, Statement};
use quickpickle_mina::snark_work::{MergeJob, OneOrTwo, SnarkWork};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::o1js;

/// A field element as snarky prints it.
fn decimal(element: &Fp) -> String {
    element.into_bigint().to_string()
}

/// The same as the backend prints it.
fn hex(element: &Fp) -> String {
    let mut bytes = quickpickle_runtime::wire::number::element_to_bytes(element);
    bytes.reverse();
    format!("0x{}", hex::encode_upper(bytes))
}

fn signed(amount: &Signed) -> String {
    let sign = if amount.is_negative { "Neg" } else { "Pos" };
    format!("((magnitude {})(sgn {sign}))", amount.magnitude)
}

fn registers(registers: &Registers) -> String {
    let Registers {
        first_pass_ledger,
        second_pass_ledger,
        pending_coinbase_stack: stack,
        local_state: local,
    } = registers;
    format!(
        "((first_pass_ledger {})(second_pass_ledger {})(pending_coinbase_stack((data {})(state((init {})\
         (curr {})))))(local_state((stack_frame {})(call_stack {})(transaction_commitment {})\
         (full_transaction_commitment {})(excess{})(supply_increase{})(ledger {})(success {})\
         (account_update_index {})(failure_status_tbl())(will_succeed {}))))",
        decimal(first_pass_ledger),
        decimal(second_pass_ledger),
        decimal(&stack.data),
        decimal(&stack.state_init),
        decimal(&stack.state_curr),
        hex(&local.stack_frame),
        hex(&local.call_stack),
        hex(&local.transaction_commitment),
        hex(&local.full_transaction_commitment),
        signed(&local.excess),
        signed(&local.supply_increase),
        decimal(&local.ledger),
        local.success,
        local.account_update_index,
        local.will_succeed,
    )
}

/// A statement, and its digest as it stands there.
fn statement<Sok>(statement: &Statement<Sok>, sok_digest: &str) -> String {
    let [left, right] = &statement.fee_excess;
    format!(
        "((source{})(target{})(connecting_ledger_left {})(connecting_ledger_right {})(supply_increase{})\
         (fee_excess((fee_token_l {})(fee_excess_l{})(fee_token_r {})(fee_excess_r{})))(sok_digest{sok_digest}))",
        registers(&statement.source),
        registers(&statement.target),
        decimal(&statement.connecting_ledger_left),
        decimal(&statement.connecting_ledger_right),
        signed(&statement.supply_increase),
        hex(&left.token),
        signed(&left.amount),
        hex(&right.token),
        signed(&right.amount),
    )
}

/// A string in quotes, each of its lines but the first on a line of its own, as `Sexp.to_string_hum` writes it.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' if at + 1 < bytes.len() => text.push_str("\\\n            \\n"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\r' => text.push_str("\\r"),
            8 => text.push_str("\\b"),
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\{byte:03}")),
        }
    }
    text.push('"');
    text
}

pub fn ledger_proof(proof: &LedgerProof) -> String {
    let digest = quoted(&proof.statement.sok_digest.0);
    format!(
        "((statement{})(proof{}))",
        statement(&proof.statement, &digest),
        o1js::proof_to_sexp(&proof.proof)
    )
}

fn one_or_two<T>(parts: &OneOrTwo<T>, of: impl Fn(&T) -> String) -> String {
    match parts {
        OneOrTwo::One(one) => format!("(One{})", of(one)),
        OneOrTwo::Two(first, second) => format!("(Two({}{}))", of(first), of(second)),
    }
}

/// What the standalone worker prints of a work.
pub fn bundle(work: &SnarkWork) -> String {
    format!(
        "((proofs{})(statements{})(prover {})(fee {}))",
        one_or_two(&work.proofs, ledger_proof),
        one_or_two(&work.proofs, |proof| statement(&proof.statement, "()")),
        work.prover,
        work.fee,
    )
}

/// A work as a block has it.
pub fn work(work: &SnarkWork) -> String {
    let proofs = one_or_two(&work.proofs, ledger_proof);
    format!("((fee {})(proofs{proofs})(prover {}))", work.fee, work.prover)
}

pub fn job(job: &MergeJob) -> String {
    let statement = statement(&job.statement, "()");
    format!("(Merge{statement}{}{})", ledger_proof(&job.left), ledger_proof(&job.right))
}

pub fn jobs(jobs: &OneOrTwo<MergeJob>) -> String {
    one_or_two(jobs, job)
}

/// The text with each list on a line of its own, as `Sexp.to_string_hum` has many.
pub fn in_lines(sexp: &str) -> String {
    let mut text = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for character in sexp.chars() {
        if character == '(' && !quoted {
            text.push_str("\n ");
        }
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        text.push(character);
    }
    text
}

/// What the standalone worker prints, all of it.
pub fn printed(sexp: &str) -> String {
    format!("Successfully proved. Result: \n               {}\n", in_lines(sexp))
}
