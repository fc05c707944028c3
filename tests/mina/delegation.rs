//! What nodes send to the uptime service.

use std::fs;

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle::mina::snark_work::SnarkWork;
use quickpickle_vectors::{needs_whole_set, read, whole};
use serde_json::{Value, json};

use crate::support::{text, write};

needs_whole_set!(submissions_are_verified);

/// The status, and the objects on standard output and on standard error.
fn run(args: &[&str], input: &str) -> (i32, Vec<Value>, Vec<Value>) {
    run_from("fs", args, input)
}

fn run_from(from: &str, args: &[&str], input: &str) -> (i32, Vec<Value>, Vec<Value>) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
    let output = command.args(["delegation-verify", from]).args(args).write_stdin(input).output();
    let output = output.expect("the command runs");
    let objects = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    };
    (output.status.code().expect("an exit status"), objects(&output.stdout), objects(&output.stderr))
}

const SUBMITTER: &str = "B62qiU3ZMGvPJMFhwnDh4DGB8bu82ND16J5NNxZenS7DD86DdSKGvur";

fn submission(submitter: &str, block: &str, work: Option<&[u8]>) -> String {
    json!({
        "created_at": "2026-01-01T00:00:00Z", "peer_id": "peer", "remote_addr": "192.0.2.1:1", "submitter": submitter,
        "block_hash": block, "snark_work": work.map(|work| STANDARD.encode(work)),
    })
    .to_string()
}

fn submissions_are_verified() {
    const NAME: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";
    let folder = tempfile::tempdir().expect("a folder");
    let part = |part: &str| read(&whole(&format!("network/blocks/{NAME}.{part}.binprot")));
    let good = [part("state"), part("proof")].concat();
    let mut bad = good.clone();
    bad[0] ^= 1;
    write(&folder, "good.dat", &good);
    write(&folder, "bad.dat", &bad);

    let work =
        |name: &str| read(&whole(&format!("network/ledger-proofs/mainnet-merge-100-0.{name}.binprot")));
    let (whole_work, proof) = (work("work"), work("L.ledger-proof"));
    let at = whole_work.windows(proof.len()).position(|window| window == proof).expect("the proof");
    let prover = SnarkWork::from_binprot(&whole_work).expect("a work").prover.to_string();
    // Proof, time, fee.
    let own = [&proof[..], &1.5f64.to_le_bytes(), &whole_work[..at - 4]].concat();
    let file = |name: &str, content: String| write(&folder, name, content);
    let files = [
        file("1.json", submission(SUBMITTER, "good", None)),
        file("2.json", submission(&prover, "good", Some(&own))),
        file("3.json", submission(SUBMITTER, "good", Some(&own))),
        file("4.json", submission(SUBMITTER, "bad", None)),
        file("5.json", submission(SUBMITTER, "none", None)),
        file("6.json", submission(SUBMITTER, "good", Some(b"no work"))),
    ];
    let blocks = text(folder.path());
    let (status, valid, errors) =
        run(&["--block-dir", &blocks, "--network", "mainnet", "-"], &files.join("\n"));
    assert_eq!((status, valid.len(), errors.len()), (0, 2, 4), "{valid:?} {errors:?}");
    assert_eq!(
        valid[0],
        json!({
            "submitted_at": "2026-01-01T00:00:00Z", "submitter": SUBMITTER,
            "state_hash": "3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc",
            "parent": "3NLjpotw6aZ2r7Twccgr7cceXiPkdH5LqdugWCpq9tL1ZZLeDsJV",
            "height": 359_617, "slot": valid[1]["slot"],
        })
    );
    assert_eq!(valid[1]["submitter"].as_str(), Some(&*prover));
    for (error, expected) in
        errors.iter().zip(["mismatched sok message", "invalid_proof", "none.dat", "snark_work"])
    {
        assert!(error["error"].as_str().is_some_and(|error| error.contains(expected)), "{error}");
    }
    // Of another network; and without a look at proofs.
    assert_eq!(run(&["--block-dir", &blocks, "--network", "devnet", &files[0]], "").1.len(), 0);
    let (_, told, _) = run(&["--block-dir", &blocks, "--no-checks", &files[2], &files[3], &files[5]], "");
    assert_eq!(told.len(), 3);

    // The same with the blocks in the submissions, as a list on standard input.
    let raw = STANDARD.encode(&good);
    let mut list = vec![
        piped(SUBMITTER, &raw, None),
        piped(&prover, &raw, Some(&own)),
        piped(SUBMITTER, &raw, Some(&own)),
        piped(SUBMITTER, &STANDARD.encode(&bad), None),
        piped(SUBMITTER, "no base64", None),
        piped(SUBMITTER, &raw, Some(b"no work")),
    ];
    list[0]["extra"] = json!({"number": 18_446_744_073_709_551_615_u64, "list": [null, 1.5]});
    let input = Value::from(list.clone()).to_string();
    let (status, told, errors) = run_from("stdin", &["--network", "mainnet"], &input);
    assert_eq!((status, told.len(), errors.len()), (0, 6, 0), "{errors:?}");
    let verified: Vec<_> = told.iter().map(|told| told["verified"].as_bool()).collect();
    assert_eq!(verified, [true, true, false, false, false, false].map(Some));
    for (place, (told, asked)) in told.iter().zip(&list).enumerate() {
        for (name, value) in asked.as_object().expect("an object") {
            assert_eq!(&told[name], value, "{name} of {place}");
        }
        assert_eq!(told["validation_error"].is_null(), told["verified"] == true, "{told}");
        assert_eq!(told["height"].is_null(), told["verified"] == false, "{told}");
    }
    assert_eq!(told[0]["height"], 359_617);
    assert_eq!(told[0]["state_hash"], valid[0]["state_hash"]);
    assert_eq!((&told[0]["parent"], &told[0]["slot"]), (&valid[0]["parent"], &valid[0]["slot"]));
    let (_, of_another, _) = run_from("stdin", &["--network", "devnet"], &input);
    assert!(of_another.iter().all(|told| told["verified"] == false) && of_another.len() == 6);
    let (_, unchecked, _) = run_from("stdin", &["--no-checks"], &input);
    assert_eq!(unchecked.iter().filter(|told| told["height"].is_number()).count(), 5);
    assert!(unchecked.iter().all(|told| told["verified"] == false), "what was not checked is not verified");
}

/// A submission with its block.
fn piped(submitter: &str, block: &str, work: Option<&[u8]>) -> Value {
    json!({
        "submitted_at": "2026-01-01T00:00:00Z", "submitter": submitter, "block_hash": "any", "raw_block": block,
        "snark_work": work.map(|work| STANDARD.encode(work)),
    })
}

#[test]
fn what_is_no_list_of_submissions_ends_the_run() {
    assert_eq!(run_from("stdin", &[], "[]"), (0, Vec::new(), Vec::new()));
    let good = piped(SUBMITTER, "", None);
    let (status, told, _) = run_from("stdin", &[], &json!([good]).to_string());
    assert_eq!((status, told.len()), (0, 1));
    assert_eq!(told[0]["verified"], false);
    let without = |name: &str| {
        let mut piped = good.clone();
        piped.as_object_mut().expect("an object").remove(name);
        piped
    };
    let wrong = [
        good.clone(),
        json!([good, without("raw_block")]),
        json!([without("submitter")]),
        json!([without("submitted_at")]),
        json!([good, 1]),
        json!([piped("B62", "", None)]),
    ];
    for wrong in wrong {
        let (status, told, errors) = run_from("stdin", &[], &wrong.to_string());
        assert_eq!((status, told.len(), errors.len()), (1, 0, 1), "{wrong}: {errors:?}");
        assert!(errors[0]["error"].is_string());
    }
    assert_eq!(run_from("stdin", &[], "[").0, 1);
}

#[test]
fn what_is_no_submission_ends_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocks = text(folder.path());
    let good = write(&folder, "good.json", submission(SUBMITTER, "abc", None));
    let (status, valid, errors) = run(&["--block-dir", &blocks, &good], "");
    assert_eq!((status, valid.len(), errors.len()), (0, 0, 1));
    for wrong in [
        submission(SUBMITTER, "../good", None),
        submission("B62", "abc", None),
        submission(SUBMITTER, "abc", None).replace("peer_id", "peer"),
        "{}".to_owned(),
    ] {
        let wrong = write(&folder, "wrong.json", wrong);
        let (status, valid, errors) = run(&["--block-dir", &blocks, &good, &wrong], "");
        assert_eq!((status, valid.len(), errors.len()), (1, 0, 1), "{errors:?}");
        assert!(errors[0]["error"].is_string());
    }
    let gone = text(&folder.path().join("gone.json"));
    assert!(fs::metadata(&gone).is_err());
    assert_eq!(run(&["--block-dir", &blocks, &gone], "").0, 1);
}
