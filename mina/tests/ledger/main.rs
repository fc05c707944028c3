//! What proves ledgers, and what lies in them: ledger proofs, snark work and accounts of Mina's networks.

mod accounts;
mod json;
mod memberships;
mod proofs;
mod sexp;
mod sexp_writer;
mod works;

use std::path::{Path, PathBuf};

use quickpickle_mina::ledger_proof::{LedgerProof, SokMessage};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::o1js;
use quickpickle_vectors::{entries, name, read, shipped, text as read_text, unzipped, whole};
use serde_json::Value;

/// A JSON document, compressed or not.
fn json(path: &Path) -> Value {
    let text = if name(path).ends_with(".gz") { unzipped(path) } else { read(path) };
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder of the whole set whose names end so; there is at least one.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let found: Vec<_> =
        entries(&whole(folder)).into_iter().filter(|path| name(path).ends_with(ending)).collect();
    assert!(!found.is_empty(), "no {ending} in {folder}");
    found
}

fn text<'a>(json: &'a Value, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer}"))
}

fn list<'a>(json: &'a Value, pointer: &str) -> &'a [Value] {
    json.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("no list at {pointer}"))
}

fn elements(list: &[Value]) -> Vec<Fp> {
    let element = |number: &Value| element_from_decimal(number.as_str().expect("text")).expect("an element");
    list.iter().map(element).collect()
}

/// A ledger proof that is made here, from the ledger `first` to the one after it, for this fee and prover; the proof in it is one of
/// a program of o1js.
fn made_proof(first: u64, message: &SokMessage) -> LedgerProof {
    let proof = o1js::proof_from_json(read_text(&shipped("o1js/n2-merge-depth1/proof.json")));
    let mut made = LedgerProof { proof: Box::new(proof.expect("a proof").proof), ..LedgerProof::default() };
    made.statement.source.first_pass_ledger = Fp::from(first);
    made.statement.target.first_pass_ledger = Fp::from(first + 1);
    made.statement.sok_digest = message.digest();
    made
}
