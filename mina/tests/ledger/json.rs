//! Ledger proofs, works and jobs in OCaml's JSON: what the standalone worker reads and writes.

use quickpickle_mina::currency::Signed;
use quickpickle_mina::formats::detect::{self, Kind};
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::ledger_proof::{LedgerProof, Registers, SokDigest, SokMessage, Statement};
use quickpickle_mina::snark_work::{MergeJob, OneOrTwo, SnarkWork};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::o1js;
use serde_json::{Value, json};

use super::works::{made_job, made_work};
use super::{made_proof, text};

fn hash(version: Version, hash: &Fp) -> Value {
    json!(base58::encode_element(version, hash))
}

fn hex(element: &Fp) -> Value {
    let mut bytes = quickpickle_runtime::wire::number::element_to_bytes(element);
    bytes.reverse();
    json!(format!("0x{}", hex::encode_upper(bytes)))
}

fn signed(amount: &Signed) -> Value {
    let sign = if amount.is_negative { "Neg" } else { "Pos" };
    json!({"magnitude": amount.magnitude.to_string(), "sgn": [sign]})
}

fn registers(registers: &Registers) -> Value {
    let Registers { pending_coinbase_stack: stack, local_state: local, .. } = registers;
    json!({
        "first_pass_ledger": hash(Version::LedgerHash, &registers.first_pass_ledger),
        "second_pass_ledger": hash(Version::LedgerHash, &registers.second_pass_ledger),
        "pending_coinbase_stack": {
            "data": hash(Version::CoinbaseStackData, &stack.data),
            "state": {
                "init": hash(Version::CoinbaseStackHash, &stack.state_init),
                "curr": hash(Version::CoinbaseStackHash, &stack.state_curr),
            },
        },
        "local_state": {
            "stack_frame": hex(&local.stack_frame),
            "call_stack": hex(&local.call_stack),
            "transaction_commitment": hex(&local.transaction_commitment),
            "full_transaction_commitment": hex(&local.full_transaction_commitment),
            "excess": signed(&local.excess),
            "supply_increase": signed(&local.supply_increase),
            "ledger": hash(Version::LedgerHash, &local.ledger),
            "success": local.success,
            "account_update_index": local.account_update_index.to_string(),
            "failure_status_tbl": [],
            "will_succeed": local.will_succeed,
        },
    })
}

/// A statement, and its digest as it stands there.
fn statement<Sok>(statement: &Statement<Sok>, sok_digest: Value) -> Value {
    let excess = statement.fee_excess.each_ref().map(
        |excess| json!({"token": hash(Version::TokenId, &excess.token), "amount": signed(&excess.amount)}),
    );
    json!({
        "source": registers(&statement.source),
        "target": registers(&statement.target),
        "connecting_ledger_left": hash(Version::LedgerHash, &statement.connecting_ledger_left),
        "connecting_ledger_right": hash(Version::LedgerHash, &statement.connecting_ledger_right),
        "supply_increase": signed(&statement.supply_increase),
        "fee_excess": excess,
        "sok_digest": sok_digest,
    })
}

/// A digest: of each byte a character, the one of its number.
fn raw(digest: &SokDigest) -> Value {
    json!(digest.0.iter().map(|byte| char::from(*byte)).collect::<String>())
}

fn ledger_proof(proof: &LedgerProof) -> Value {
    use base64::Engine as _;
    let sexp = o1js::proof_to_sexp(&proof.proof);
    json!({
        "statement": statement(&proof.statement, raw(&proof.statement.sok_digest)),
        "proof": base64::engine::general_purpose::STANDARD.encode(sexp),
    })
}

fn one_or_two<T>(parts: &OneOrTwo<T>, of: impl Fn(&T) -> Value) -> Value {
    match parts {
        OneOrTwo::One(one) => json!(["One", of(one)]),
        OneOrTwo::Two(first, second) => json!(["Two", [of(first), of(second)]]),
    }
}

fn work(work: &SnarkWork) -> Value {
    let mina = format!("0.{:09}", work.fee);
    json!({
        "fee": mina.trim_end_matches('0'),
        "proofs": one_or_two(&work.proofs, ledger_proof),
        "prover": work.prover.to_string(),
    })
}

/// What a worker hands in.
fn bundle(done: &SnarkWork) -> Value {
    let mut bundle = work(done);
    bundle["statements"] = one_or_two(&done.proofs, |proof| statement(&proof.statement, Value::Null));
    bundle
}

fn job(job: &MergeJob) -> Value {
    json!([
        "Merge",
        statement(&job.statement, Value::Null),
        ledger_proof(&job.left),
        ledger_proof(&job.right)
    ])
}

/// The text as OCaml writes it: a character that is no ASCII is one byte.
fn written(value: &Value) -> Vec<u8> {
    let byte = |character: char| u8::try_from(character).expect("a character of one byte");
    value.to_string().chars().map(byte).collect()
}

#[test]
fn a_ledger_proof_is_the_same_in_json() {
    let mut proof = made_proof(3, &SokMessage { fee: 7, ..SokMessage::default() });
    // Not all of it is UTF-8, and some of it is escaped.
    proof.statement.sok_digest.0[..6].copy_from_slice(&[0x80, 0xff, b'"', b'\\', 0, b'u']);
    (proof.statement.source.local_state.account_update_index, proof.statement.fee_excess[0].token) =
        (9, Fp::from(1u64));
    proof.statement.supply_increase = Signed { magnitude: u64::MAX, is_negative: true };
    let value = ledger_proof(&proof);
    let bytes = written(&value);
    assert!(core::str::from_utf8(&bytes).is_err());
    assert_eq!(detect::kind(&bytes), Kind::LedgerProof);
    assert_eq!(LedgerProof::read(&bytes).as_ref(), Ok(&proof));
    assert_eq!(LedgerProof::read(&proof.to_binprot()), Ok(proof));

    for (pointer, other) in [
        ("/statement/sok_digest", json!("31 bytes are not enough for it.")),
        ("/statement/sok_digest", Value::Null),
        ("/statement/source/local_state/failure_status_tbl", json!([[]])),
        ("/statement/supply_increase/magnitude", json!("18446744073709551616")),
        ("/statement/source/first_pass_ledger", value["statement"]["fee_excess"][0]["token"].clone()),
        ("/proof", json!("AAAA")),
        ("/proof", Value::Null),
    ] {
        let mut altered = value.clone();
        *altered.pointer_mut(pointer).expect(pointer) = other;
        assert!(LedgerProof::read(&written(&altered)).is_err(), "{pointer}");
    }
    let mut more = value.clone();
    more["statement"]["more"] = Value::Null;
    assert!(LedgerProof::read(&written(&more)).is_err(), "an unknown field");
    let digest = text(&value, "/statement/sok_digest").to_owned();
    // OCaml reads this escape as two bytes.
    let mut escaped = value.clone();
    escaped["statement"]["sok_digest"] = json!(digest.replacen('\u{80}', "@", 1));
    let escaped = String::from_utf8_lossy(&written(&escaped)).replacen('@', "\\u0080", 1);
    assert!(LedgerProof::read(escaped.as_bytes()).is_err(), "an escape above ASCII");
}

#[test]
fn a_work_is_the_same_in_json() {
    let done = made_work();
    for (value, has_statements) in [(work(&done), false), (bundle(&done), true)] {
        let bytes = written(&value);
        assert_eq!(detect::kind(&bytes), Kind::SnarkWork);
        assert_eq!(SnarkWork::read(&bytes).as_ref(), Ok(&done));
        let mut other = value.clone();
        other["fee"] = json!("0.0250");
        assert!(SnarkWork::read(&written(&other)).is_err(), "a fee in another form");
        if has_statements {
            let mut other = value.clone();
            other["statements"][1][1]["target"]["local_state"]["success"] = json!(true);
            let refusal = SnarkWork::read(&written(&other)).expect_err("another statement").to_string();
            assert!(refusal.contains("other statements"), "{refusal}");
        }
    }
    let OneOrTwo::Two(first, _) = done.proofs.clone() else { panic!("two proofs") };
    let alone = SnarkWork { proofs: OneOrTwo::One(first), ..done };
    assert_eq!(SnarkWork::read(&written(&bundle(&alone))).as_ref(), Ok(&alone));
    assert_eq!(SnarkWork::read(&alone.to_binprot()), Ok(alone));
}

#[test]
fn a_job_is_the_same_in_json() {
    let merge = made_job();
    let read = |value: &Value| MergeJob::read(&written(value));
    let one = OneOrTwo::One(merge.clone());
    for value in [job(&merge), json!(["One", job(&merge)])] {
        assert_eq!(detect::kind(&written(&value)), Kind::MergeJob);
        assert_eq!(read(&value).as_ref(), Ok(&one));
    }
    let two = json!(["Two", [job(&merge), job(&merge)]]);
    assert_eq!(detect::kind(&written(&two)), Kind::MergeJob);
    assert_eq!(read(&two), Ok(OneOrTwo::Two(merge.clone(), merge.clone())));
    assert_eq!(MergeJob::read(&merge.to_binprot()), Ok(one));

    let elsewhere = MergeJob { right: merge.left.clone(), ..merge.clone() };
    let refusal = read(&job(&elsewhere)).expect_err("another ledger").to_string();
    assert!(refusal.contains("other ledgers"), "{refusal}");
    for transition in [json!(["Transition", {}, {}]), json!(["One", ["Transition", {}, {}]])] {
        assert_eq!(detect::kind(&written(&transition)), Kind::MergeJob);
        let refusal = read(&transition).expect_err("no proof").to_string();
        assert!(refusal.contains("Transition job"), "{refusal}");
    }
    let [statement, left, right] = [1, 2, 3].map(|at| job(&merge)[at].clone());
    for other in [
        json!(["Merge", statement, left]),
        json!(["Merge", statement, left, right, right]),
        json!(["Merge", statement]),
        json!(["Merge"]),
        // A list in the place of the arguments, whose first element would be left unread.
        json!(["Merge", ["Merge", statement, left, right]]),
        json!(["Merge", [0, statement, left, right]]),
        json!(["Merged", statement, left, right]),
        json!(["One", job(&merge), job(&merge)]),
        json!(["Two", [job(&merge)]]),
        json!(["Two", job(&merge)]),
        json!([]),
    ] {
        assert!(read(&other).is_err(), "{}", other[0]);
    }
}

/// A kind is told from the beginning of bin_prot, though what follows be cut off or altered.
#[test]
fn bin_prot_is_told_by_its_beginning() {
    let (work, job) = (made_work(), made_job());
    let all = [
        (Kind::LedgerProof, job.left.to_binprot()),
        (Kind::SnarkWork, work.to_binprot()),
        (Kind::PoolDiff, work.to_pool_diff_binprot()),
        (Kind::MergeJob, job.to_binprot()),
    ];
    for (kind, mut bytes) in all {
        assert_eq!(detect::kind(&bytes), kind);
        let last = bytes.len() - 1;
        bytes[last] ^= 0xff;
        assert_eq!(detect::kind(&bytes), kind, "altered at the end");
        assert_eq!(detect::kind(&bytes[..700]), kind, "cut off");
    }
}
