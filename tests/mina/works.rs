//! Ledger proofs and snark work.

#[allow(dead_code, reason = "the tests of the crate below use more of it")]
#[path = "../../mina/tests/ledger/sexp_writer.rs"]
mod sexp_writer;

use quickpickle::mina::snark_work::{OneOrTwo, SnarkWork};
use quickpickle::mina::{Known, Object, ObjectError};
use quickpickle::{ErrorKind, Verifier};
use quickpickle_vectors::{entries, name, needs_whole_set, read, whole};
use serde_json::Value;

use crate::support::*;

needs_whole_set!(
    ledger_proofs_and_jobs_are_valid,
    works_are_checked_against_fee_and_prover,
    what_a_worker_prints_has_the_verdict_of_its_bytes,
    altered_statements_are_rejected,
    objects_of_all_kinds_go_into_one_batch,
);

const FOLDER: &str = "network/ledger-proofs";

fn expected() -> Value {
    serde_json::from_slice(&read(&whole(&format!("{FOLDER}/works-and-altered.json")))).expect("JSON")
}

fn ledger_proofs_and_jobs_are_valid() {
    let all = entries(&whole(FOLDER));
    let files: Vec<_> = all
        .iter()
        .filter(|path| name(path).ends_with(".ledger-proof.binprot") || name(path).ends_with(".job.binprot"))
        .map(|path| text(path))
        .collect();
    assert!(files.len() > 30);
    let args: Vec<&str> = files.iter().map(String::as_str).collect();
    let (status, lines) = verify(&args);
    assert_eq!((status, words(&lines, "verdict")), (0, vec!["valid"; files.len()]), "{lines:?}");
    for line in &lines {
        let file = line["file"].as_str().expect("a file");
        let (kind, network) = (line["kind"].as_str(), line["network"].as_str().expect("a network"));
        let due: &[&str] =
            if file.ends_with(".job.binprot") { &["snark job", "merge job"] } else { &["ledger proof"] };
        assert!(kind.is_some_and(|kind| due.contains(&kind)), "{line}");
        let due =
            if file.contains("/mainnet-") { "mainnet (protocol 3.0.0)" } else { "devnet (protocol 3.0.0)" };
        assert_eq!(network, due, "{file}");
    }
    // Of another network they are not.
    let devnets = files.iter().find(|file| file.contains("/devnet-")).expect("one of devnet");
    let (status, lines) = verify(&[devnets, "--network", "mainnet"]);
    assert_eq!(
        (status, words(&lines, "verdict"), words(&lines, "mina")),
        (1, vec!["rejected"], vec!["invalid_proof"])
    );
}

fn works_are_checked_against_fee_and_prover() {
    let expected = expected();
    let works = expected["works"].as_array().expect("a list");
    let files: Vec<_> = works
        .iter()
        .map(|work| text(&whole(&format!("{FOLDER}/{}", work["file"].as_str().expect("a name")))))
        .collect();
    let args: Vec<&str> = files.iter().map(String::as_str).collect();
    let (status, lines) = verify(&args);
    assert_eq!((status, lines.len()), (1, works.len()));
    for (line, work) in lines.iter().zip(works) {
        let valid = work["verdict"] == "valid";
        assert_eq!(line["verdict"], if valid { "valid" } else { "rejected" }, "{line}");
        assert_eq!(line["mina"], if valid { Value::Null } else { "mismatched_sok".into() }, "{line}");
        assert_eq!(line["prover"], work["prover"]);
        assert_eq!(line["fee"], work["fee"].to_string());
    }
}

fn what_a_worker_prints_has_the_verdict_of_its_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let print = |file: &str| {
        let work = SnarkWork::from_binprot(&read(&whole(&format!("{FOLDER}/{file}")))).expect("a work");
        write(&folder, file, sexp_writer::printed(&sexp_writer::bundle(&work)))
    };
    let files = ["work", "work.other-fee"].map(|kind| print(&format!("mainnet-merge-100-0.{kind}.binprot")));
    let (status, lines) = verify(&[&files[0], &files[1], "--network", "mainnet"]);
    assert_eq!((status, words(&lines, "verdict")), (1, vec!["valid", "rejected"]), "{lines:?}");
    assert_eq!(words(&lines, "kind"), ["snark work"; 2]);
    assert_eq!(lines[1]["mina"], "mismatched_sok");
}

fn altered_statements_are_rejected() {
    let expected = expected();
    let cases = expected["altered"].as_array().expect("a list");
    let mut objects = Vec::new();
    for case in cases {
        let base = case["base"].as_str().expect("a name");
        let mut bytes = read(&whole(&format!("{FOLDER}/{base}.ledger-proof.binprot")));
        let offset = case["offset"].as_u64().expect("a number") as usize;
        bytes[offset] ^= case["xor"].as_u64().expect("a number") as u8;
        let read = Object::read(&bytes).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert!(matches!(read.as_slice(), [Object::LedgerProof(_)]));
        objects.extend(read);
    }
    assert!(objects.len() > 40);
    for (case, verdict) in cases.iter().zip(Verifier::baked().verify_objects(&objects, &Known::baked())) {
        let error = verdict.expect_err("altered");
        assert_eq!(error.mina(), case["verdict"].as_str(), "{case}: {error}");
        assert_eq!(error.kind(), ErrorKind::Rejected);
    }
}

fn objects_of_all_kinds_go_into_one_batch() {
    let object = |path: &str| {
        Object::read(&read(&whole(path))).unwrap_or_else(|error| panic!("{path}: {error}")).remove(0)
    };
    let work = "mainnet-merge-118-0.work.binprot";
    let mut objects = vec![
        object(
            "network/blocks/mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.graphql.json",
        ),
        object(&format!("{FOLDER}/{work}")),
        object(&format!("{FOLDER}/devnet-merge-100-0.job.binprot")),
        object(&format!("{FOLDER}/devnet-merge-118-0.L.ledger-proof.binprot")),
    ];
    let verdicts = Verifier::baked().verify_objects(&objects, &Known::baked());
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    // A wrong one among them is told from the others, and which of its proofs it is.
    let Object::AssignedWork(work) = &mut objects[2] else { panic!("a job") };
    let OneOrTwo::One(job) = &mut work.instances else { panic!("one job") };
    job.left.statement.supply_increase.magnitude += 1;
    let verdicts = Verifier::baked().verify_objects(&objects, &Known::baked());
    assert_eq!(verdicts.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false, true]);
    let error = verdicts[2].as_ref().expect_err("altered");
    assert!(matches!(error, ObjectError::Proof(..)) && error.to_string().contains("proof 0"), "{error}");
}
