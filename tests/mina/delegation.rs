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
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
    let output = command.args(["delegation-verify", "fs"]).args(args).write_stdin(input).output();
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
    ];
    let blocks = text(folder.path());
    let (status, valid, errors) =
        run(&["--block-dir", &blocks, "--network", "mainnet", "-"], &files.join("\n"));
    assert_eq!((status, valid.len(), errors.len()), (0, 2, 3), "{valid:?} {errors:?}");
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
    for (error, expected) in errors.iter().zip(["mismatched sok message", "invalid_proof", "none.dat"]) {
        assert!(error["error"].as_str().is_some_and(|error| error.contains(expected)), "{error}");
    }
    // Of another network; and without a look at proofs.
    assert_eq!(run(&["--block-dir", &blocks, "--network", "devnet", &files[0]], "").1.len(), 0);
    let (_, told, _) = run(&["--block-dir", &blocks, "--no-checks", &files[2], &files[3]], "");
    assert_eq!(told.len(), 2);
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
        submission(SUBMITTER, "abc", Some(b"no work")),
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
