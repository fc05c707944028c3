//! Proofs made by o1js, valid and altered: every valid one verifies, every altered one is refused.
//!
//! The cases are the folders of `../shared/vectors/o1js` where that folder is there, else the few in `tests/vectors`.

use crate::common::{read_json, report};
use quickpickle::{ErrorKind, PreparedKey, Verifier, VerifyError, wire::o1js};
use quickpickle_vectors::{entries, fullest, name, read};
use rayon::prelude::*;
use std::fmt;
use std::path::{Path, PathBuf};

/// What became of a case.
enum Outcome {
    Valid,
    /// Text that is no proof, no key, or a key with another hash.
    Undecodable(String),
    Refused(VerifyError),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid => write!(f, "valid"),
            Self::Undecodable(why) => write!(f, "undecodable: {why}"),
            Self::Refused(why) => write!(f, "refused ({:?}): {why}", why.kind()),
        }
    }
}

fn cases() -> Vec<PathBuf> {
    entries(&fullest("o1js")).into_iter().filter(|path| path.join("meta.json").is_file()).collect()
}

fn run(verifier: &Verifier, case: &Path) -> Outcome {
    let proof = match o1js::proof_from_json(read(&case.join("proof.json"))) {
        Ok(proof) => proof,
        Err(error) => return Outcome::Undecodable(format!("proof: {error}")),
    };
    let key = match o1js::verification_key_from_json(read(&case.join("vk.json"))) {
        Ok((key, _)) => PreparedKey::new(key).expect("a decoded key can be prepared"),
        Err(error) => return Outcome::Undecodable(format!("key: {error}")),
    };
    match verifier.verify(&key, proof.statement(), &proof.proof) {
        Ok(()) => Outcome::Valid,
        Err(error) => Outcome::Refused(error),
    }
}

/// What an outcome must be: `meta.json` has o1js's verdict, and the alterations that o1js lets pass are listed here.
fn expected(case: &str, o1js_accepts: bool) -> fn(&Outcome) -> bool {
    let mutation = case.split_once("--").map_or("", |(_, mutation)| mutation);
    match mutation {
        // o1js reduces a number above the modulus and never looks at the key's hash; here both are refused when read.
        "public-input-plus-p" | "vk-max-proofs" => |o| matches!(o, Outcome::Undecodable(_)),
        _ if o1js_accepts => |o| matches!(o, Outcome::Valid),
        // Text that is no proof.
        "empty" | "garbage" | "truncated" | "truncated-1" | "trailing-sexp" | "t-comm-truncated"
        | "lr-short" | "vk-truncated" | "vk-bitflip" | "maxproofs-0" | "maxproofs-1" | "maxproofs-2" => {
            |o| matches!(o, Outcome::Undecodable(_))
        }
        m if m.ends_with("-noncanonical") || m.ends_with("-offcurve") || m == "msg-wrap-cpc-x" => {
            |o| matches!(o, Outcome::Undecodable(_))
        }
        // The key's hash gives these away before the proof is looked at.
        "vk-actual-wrap-domain" => |o| matches!(o, Outcome::Undecodable(_)),
        _ => |o| matches!(o, Outcome::Refused(error) if error.kind() == ErrorKind::Rejected),
    }
}

#[test]
fn every_case_gets_its_verdict() {
    let verifier = Verifier::baked();
    let rows: Vec<_> = cases()
        .par_iter()
        .map(|case| {
            let name = name(case);
            let accepts = read_json(&case.join("meta.json"))["expected"] == "accept";
            let outcome = run(&verifier, case);
            (expected(&name, accepts)(&outcome), format!("{name}: {outcome}"))
        })
        .collect();
    report(&rows);
}
