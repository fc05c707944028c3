//! Works and jobs as text, JSON or an s-expression as OCaml derives them: what the standalone worker is given, and what it hands in.
//!
//! Facts: Mina, `src/lib/snark_worker/standalone/run_snark_worker.ml`. It takes either and prints an s-expression; what it sends to a
//! daemon is JSON.

use quickpickle_runtime::wire::DecodeError;

use super::format::{bundle, merge_job, merge_jobs, snark_work};
use super::{MAX_JSON, MergeJob, OneOrTwo, PoolDiff, SnarkWork};
use crate::formats::json::Json;
use crate::formats::{begins_with, json_of, read_json, read_sexp, sexp_of};

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

    /// Decodes bin_prot, JSON or an s-expression, whichever it is; the latter with the lines that the standalone worker prints around
    /// it, or without.
    ///
    /// # Errors
    /// Where the input is not exactly one work in one of them.
    pub fn read(input: &[u8]) -> Result<Self, DecodeError> {
        if let Some(sexp) = sexp_of(input) {
            // The fields of a record come in their order, and the fee is the first of a work alone.
            return match begins_with(sexp, &["(", "(", "fee"]) {
                true => read_sexp(sexp, MAX_JSON, snark_work),
                false => read_sexp(sexp, MAX_JSON, bundle).map(|PoolDiff { work, .. }| work),
            };
        }
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
        read_json(json, merge_job)
    }

    /// Decodes jobs in bin_prot, JSON or an s-expression, whichever it is: bin_prot has one, and the others one alone, or one or two
    /// as the standalone worker takes them.
    ///
    /// # Errors
    /// Where the input is none of these.
    pub fn read(input: &[u8]) -> Result<OneOrTwo<Self>, DecodeError> {
        if let Some(sexp) = sexp_of(input) {
            return match begins_with(sexp, &["(", "One"]) || begins_with(sexp, &["(", "Two"]) {
                true => read_sexp(sexp, MAX_JSON, merge_jobs),
                false => read_sexp(sexp, MAX_JSON, merge_job).map(OneOrTwo::One),
            };
        }
        let Some(json) = json_of(input, MAX_JSON)? else {
            return Self::from_binprot(input).map(OneOrTwo::One);
        };
        match json.as_list().and_then(|list| list.first()?.as_text()) {
            Some("One" | "Two") => read_json(&json, merge_jobs),
            _ => Self::from_json(&json).map(OneOrTwo::One),
        }
    }
}
