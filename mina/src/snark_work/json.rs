//! Works and jobs in the JSON that OCaml derives: what the standalone worker is given, and what it hands in.
//!
//! Facts: Mina, `src/lib/snark_worker/standalone/run_snark_worker.ml`. A constructor's arguments follow its name in one list, those
//! of a polymorphic variant are a list of their own.

use quickpickle_runtime::wire::parts::Within as _;
use quickpickle_runtime::wire::{DecodeError, Fault};

use super::format::{TRANSITION, bundle, snark_work, unnamed_statement};
use super::{MAX_JSON, MergeJob, OneOrTwo, PoolDiff, SnarkWork};
use crate::formats::json::{Json, expected};
use crate::formats::{json_of, read_json};
use crate::ledger_proof::LedgerProof;

impl SnarkWork {
    /// Decodes a work that is done in JSON: as a block has it, or as the standalone worker hands it in, with the statements that it
    /// was to prove (`ProofBundleInput`).
    ///
    /// # Errors
    /// Where the value is not exactly one work, or its proofs have other statements than those beside them.
    pub fn from_json(json: &Json) -> Result<Self, DecodeError> {
        match json.get("statements") {
            Some(_) => read_json(json, bundle).map(|PoolDiff { work, .. }| work),
            None => read_json(json, snark_work),
        }
    }

    /// Decodes bin_prot or JSON, whichever it is.
    ///
    /// # Errors
    /// Where the input is not exactly one work in one of the two.
    pub fn read(input: &[u8]) -> Result<Self, DecodeError> {
        match json_of(input, MAX_JSON)? {
            Some(json) => Self::from_json(&json),
            None => Self::from_binprot(input),
        }
    }
}

impl MergeJob {
    /// Decodes a job in JSON.
    ///
    /// # Errors
    /// As for [`from_binprot`](Self::from_binprot).
    pub fn from_json(json: &Json) -> Result<Self, DecodeError> {
        let list = json.as_list().unwrap_or_default();
        let job = match (list.first().and_then(Json::as_text), list) {
            (Some("Transition"), _) => return Err(Fault::Inconsistent(TRANSITION).into()),
            (Some("Merge"), [_, statement, left, right]) => Self {
                statement: read_json(statement, unnamed_statement).within("statement")?,
                left: LedgerProof::from_json(left).within("left")?,
                right: LedgerProof::from_json(right).within("right")?,
            },
            _ => return Err(expected("a list of `Merge`, a statement and two ledger proofs").into()),
        };
        job.is_consistent()?;
        Ok(job)
    }

    /// Decodes jobs in bin_prot or JSON, whichever it is: bin_prot has one, and JSON one alone, or one or two as the standalone
    /// worker takes them.
    ///
    /// # Errors
    /// Where the input is none of these.
    pub fn read(input: &[u8]) -> Result<OneOrTwo<Self>, DecodeError> {
        let Some(json) = json_of(input, MAX_JSON)? else {
            return Self::from_binprot(input).map(OneOrTwo::One);
        };
        match json.as_list().unwrap_or_default() {
            [name, job] if name.as_text() == Some("One") => Self::from_json(job).map(OneOrTwo::One),
            [name, Json::List(jobs)] if name.as_text() == Some("Two") => match jobs.as_slice() {
                [first, second] => Ok(OneOrTwo::Two(
                    Self::from_json(first).within_element(0)?,
                    Self::from_json(second).within_element(1)?,
                )),
                _ => Err(expected("two jobs").into()),
            },
            _ => Self::from_json(&json).map(OneOrTwo::One),
        }
    }
}
