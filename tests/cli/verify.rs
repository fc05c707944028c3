//! `quickpickle verify` on Pickles proofs.

use std::fs;
use std::process::Stdio;

use quickpickle::wire::{binprot, o1js};
use serde_json::Value;

use crate::support::*;

#[test]
fn a_valid_proof_is_one_line_and_status_0() {
    for case in ["n0-arith", "n1-counter-depth1", "n2-merge-depth1"] {
        let proof = vector(case, "proof.json");
        let answer = run(quickpickle(&["verify", &proof, "--vk", &vector(case, "vk.json")]));
        assert_eq!((answer.status, answer.stdout), (0, format!("valid {proof}\n")), "{}", answer.stderr);
    }
}

#[test]
fn a_rejected_proof_has_its_reason_and_status_1() {
    let proof = vector(REJECTED, "proof.json");
    let answer = run(quickpickle(&["verify", &proof, "--vk", &vector(REJECTED, "vk.json")]));
    assert_eq!(answer.status, 1);
    let reason = answer.stdout.strip_prefix(&format!("rejected {proof}: ")).expect("verdict, file, reason");
    assert!(reason.len() > 10 && reason.ends_with('\n'), "{reason}");
}

#[test]
fn malformed_and_unreadable_proofs_are_status_2_and_do_not_hide_the_others() {
    let files = [
        vector(VALID, "proof.json"),
        vector(MALFORMED, "proof.json"),
        "no/such/file.json".to_owned(),
        vector(REJECTED, "proof.json"),
        vector(VALID, "meta.json"),
    ];
    let vk = vector(VALID, "vk.json");
    let args: Vec<&str> =
        ["verify", "--vk", &vk].into_iter().chain(files.iter().map(String::as_str)).collect();
    let answer = run(quickpickle(&args));
    assert_eq!(verdicts(&answer), ["valid", "malformed", "unreadable", "rejected", "malformed"]);
    for (line, file) in answer.stdout.lines().zip(&files) {
        assert!(line.contains(file.as_str()), "{line} is not about {file}");
    }
    assert_eq!(answer.status, 2);
    assert!(answer.stderr.ends_with("5 proofs: 1 valid, 1 rejected, 2 malformed, 1 unreadable\n"));
}

#[test]
fn a_folder_is_verified_in_the_order_of_names_without_its_key() {
    let (valid, rejected, key) =
        (text(VALID, "proof.json"), text(REJECTED, "proof.json"), text(VALID, "vk.json"));
    let folder = folder(&[
        ("3.json", &valid),
        ("1.json", &valid),
        ("2.json", &rejected),
        ("vk.json", &key),
        ("README.md", "not a proof"),
    ]);
    let path = folder.path().to_str().expect("a path of text");
    let answer = run(quickpickle(&["verify", path, "--vk", &in_folder(&folder, "vk.json")]));
    assert_eq!((answer.status, verdicts(&answer)), (1, vec!["valid", "rejected", "valid"]));
    assert!(answer.stdout.lines().nth(1).is_some_and(|line| line.contains("2.json: ")));
}

#[test]
fn an_empty_folder_is_an_error() {
    let folder = folder(&[]);
    let path = folder.path().to_str().expect("a path of text");
    let answer = run(quickpickle(&["verify", path, "--vk", &vector(VALID, "vk.json")]));
    assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.contains("no proofs in it"), "{}", answer.stderr);
}

#[test]
fn json_says_the_same_one_object_a_line() {
    let (valid, rejected) = (text(VALID, "proof.json"), text(REJECTED, "proof.json"));
    let lines = [valid.trim(), rejected.trim()].join("\n");
    let folder = folder(&[("proofs.jsonl", &lines)]);
    let file = in_folder(&folder, "proofs.jsonl");
    let answer =
        run(quickpickle(&["verify", &file, "--vk", &vector(VALID, "vk.json"), "--json", "--timings"]));
    assert_eq!(answer.status, 1);
    let objects: Vec<Value> =
        answer.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0], serde_json::json!({"verdict": "valid", "file": file, "line": 1}));
    assert_eq!((&objects[1]["verdict"], &objects[1]["line"]), (&"rejected".into(), &2.into()));
    assert!(objects[1]["reason"].is_string());

    let timings: Value =
        serde_json::from_str(answer.stderr.lines().last().expect("a last line")).expect("JSON");
    assert_eq!(timings["proofs"], 2);
    for stage in ["start", "tables", "key", "key_preparation", "read", "decode", "verify", "total"] {
        assert!(timings["timings_ms"][stage].is_f64(), "{stage}: {timings}");
    }
}

#[test]
fn timings_go_to_standard_error() {
    let proof = vector(VALID, "proof.json");
    let answer = run(quickpickle(&["verify", &proof, "--vk", &vector(VALID, "vk.json"), "--timings"]));
    assert_eq!(answer.stdout, format!("valid {proof}\n"));
    let stages =
        ["start", "tables", "key ", "key preparation", "reading", "decoding", "verification", "total"];
    let lines: Vec<&str> = answer.stderr.lines().filter(|line| line.ends_with(" ms")).collect();
    assert_eq!(lines.len(), stages.len(), "{}", answer.stderr);
    assert!(lines.iter().zip(stages).all(|(line, stage)| line.starts_with(stage)), "{}", answer.stderr);
}

#[test]
fn a_key_that_cannot_be_used_ends_it_all() {
    let proof = vector(VALID, "proof.json");
    let key = text(VALID, "vk.json");
    let key: Value = serde_json::from_str(&key).expect("JSON");
    let other_hash = serde_json::json!({"data": key["data"], "hash": "1"}).to_string();
    let folder = folder(&[("hash.json", &other_hash), ("empty.json", "")]);
    for (vk, reason) in [
        (in_folder(&folder, "hash.json"), "claims 1"),
        (in_folder(&folder, "empty.json"), "empty.json"),
        (in_folder(&folder, "none.json"), "none.json"),
        (proof.clone(), "proof.json"),
    ] {
        let answer = run(quickpickle(&["verify", &proof, "--vk", &vk]));
        assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
        let found = answer.stderr.starts_with("error: key") && answer.stderr.contains(reason);
        assert!(found, "{}", answer.stderr);
    }
}

#[test]
fn a_key_comes_in_any_of_its_forms() {
    let proof = vector(VALID, "proof.json");
    let (key, _) = o1js::verification_key_from_json(text(VALID, "vk.json")).expect("a key");
    let base64 = format!("{}\n", o1js::verification_key_to_base64(&key));
    let folder = folder(&[("vk.txt", &base64)]);
    fs::write(folder.path().join("vk.bin"), binprot::verification_key_to_bytes(&key)).expect("written");
    for name in ["vk.txt", "vk.bin"] {
        let vk = in_folder(&folder, name);
        assert_eq!(run(quickpickle(&["verify", &proof, "--vk", &vk])).status, 0, "{name}");
        let answer = run(quickpickle(&["inspect", &vk]));
        assert!(answer.stdout.contains(&key.hash().to_string()), "{}{}", answer.stdout, answer.stderr);
    }
}

#[test]
fn bin_prot_takes_the_statement_from_a_file() {
    let case = "n0-arith-txform";
    let decoded = o1js::proof_from_json(text(case, "proof.json")).expect("a proof");
    let statement: Vec<String> = decoded.statement().iter().map(ToString::to_string).collect();
    let folder = folder(&[
        ("state.json", &serde_json::to_string(&statement).expect("JSON")),
        ("other.json", r#"["1", "2"]"#),
    ]);
    let proof = in_folder(&folder, "a.binprot");
    fs::write(&proof, binprot::proof_to_bytes(&decoded.proof)).expect("written");
    let vk = vector(case, "vk.json");
    for (state, status, verdict) in [("state.json", 0, "valid"), ("other.json", 1, "rejected")] {
        let state = in_folder(&folder, state);
        let answer = run(quickpickle(&["verify", "--binprot", &proof, "--statement", &state, "--vk", &vk]));
        assert_eq!((answer.status, verdicts(&answer)), (status, vec![verdict]), "{}", answer.stderr);
    }
    let answer = run(quickpickle(&["verify", "--binprot", &proof, "--vk", &vk]));
    assert_eq!((answer.status, verdicts(&answer)), (2, vec!["input"]), "a statement is needed");
    assert!(answer.stdout.contains("FILE:STATEMENT"), "{}", answer.stdout);
    let answer = run(quickpickle(&["inspect", &proof]));
    assert!(answer.stdout.starts_with("kind                  bin_prot proof\n"), "{}", answer.stdout);
}

#[test]
fn usage_errors_are_status_2() {
    let (proof, vk) = (vector(VALID, "proof.json"), vector(VALID, "vk.json"));
    for args in [
        &["verify", "--vk", &vk][..],
        &["verify", "--circuit", "blockchain", &proof],
        &["verify", &proof, "--vk", &vk, "--window", "0"],
        &["verify", &proof, "--vk", &vk, "--nonsense"],
        &["nonsense"],
        &[],
    ] {
        let answer = run(quickpickle(args));
        assert_eq!((answer.status, answer.stdout.as_str()), (2, ""), "{args:?}");
        let told = ["Usage:", "for more information, try '--help'"]
            .iter()
            .any(|part| answer.stderr.to_lowercase().contains(&part.to_lowercase()));
        assert!(told, "{args:?}: {}", answer.stderr);
    }
}

#[test]
fn a_proof_that_takes_a_key_is_told_so() {
    let answer = run(quickpickle(&["verify", &vector(VALID, "proof.json")]));
    assert_eq!((answer.status, verdicts(&answer)), (2, vec!["malformed"]));
    assert!(answer.stdout.ends_with("it is verified with its program's key\n"), "{}", answer.stdout);
    let (proof, vk) = (vector(VALID, "proof.json"), vector(VALID, "vk.json"));
    for (args, told) in [
        (&["verify", "--binprot", &proof][..], "--binprot takes a key"),
        (&["verify", "--vk", &vk, "--network", "devnet", &proof], "name two keys"),
    ] {
        let answer = run(quickpickle(args));
        assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
        assert!(answer.stderr.contains(told), "{}", answer.stderr);
    }
}

#[test]
fn a_closed_pipe_is_no_crash() {
    let binary = assert_cmd::cargo::cargo_bin!("quickpickle");
    let mut child = std::process::Command::new(binary)
        .args(["verify", &vector(VALID, "proof.json"), "--vk", &vector(VALID, "vk.json")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2));
    assert!(!stderr.contains("panicked") && !stderr.contains("error"), "{stderr}");
}

#[test]
fn a_network_is_named_with_its_circuit() {
    let folder = folder(&[("state.json", r#"["1"]"#), ("a.binprot", "no proof")]);
    let (state, proof) = (in_folder(&folder, "state.json"), in_folder(&folder, "a.binprot"));
    let verify = ["verify", "--binprot", &proof, "--statement", &state, "--network"];
    for (rest, told) in [
        (&["devnet"][..], "--circuit"),
        (&["testnet", "--circuit", "blockchain"], "[possible values: mainnet, devnet]"),
        (&["devnet", "--circuit", "zkapp"], "[possible values: blockchain, transaction]"),
    ] {
        let answer = run(quickpickle(&[&verify[..], rest].concat()));
        assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
        assert!(answer.stderr.contains(told), "{}", answer.stderr);
    }
    let answer = run(quickpickle(&[&verify[..], &["devnet", "--circuit", "blockchain"]].concat()));
    assert_eq!(answer.status, 2);
    if cfg!(feature = "devnet") {
        assert_eq!(verdicts(&answer), ["malformed"]);
    } else {
        assert!(answer.stderr.contains("--features devnet"), "{}", answer.stderr);
    }
}

#[test]
fn each_bin_prot_proof_may_have_its_own_statement() {
    let case = "n0-arith-txform";
    let decoded = o1js::proof_from_json(text(case, "proof.json")).expect("a proof");
    let statement: Vec<String> = decoded.statement().iter().map(ToString::to_string).collect();
    let bytes = binprot::proof_to_bytes(&decoded.proof);
    let line = |statement: &[String]| {
        use base64::Engine as _;
        let proof = base64::engine::general_purpose::STANDARD.encode(&bytes);
        serde_json::json!({"statement": statement, "proof": proof}).to_string()
    };
    let other = ["1".to_owned(), "2".to_owned()];
    let folder = folder(&[
        ("right.json", &serde_json::to_string(&statement).expect("JSON")),
        ("other.json", &serde_json::to_string(&other).expect("JSON")),
        ("broken.json", "{}"),
        ("stated.jsonl", &[line(&statement), line(&other), "{}".into()].join("\n")),
    ]);
    fs::write(in_folder(&folder, "a.binprot"), &bytes).expect("written");
    let pair =
        |statement: &str| format!("{}:{}", in_folder(&folder, "a.binprot"), in_folder(&folder, statement));
    let vk = vector(case, "vk.json");
    let (right, wrong, broken, none) =
        (pair("right.json"), pair("other.json"), pair("broken.json"), pair("none.json"));
    let answer =
        run(quickpickle(&["verify", "--binprot", "--vk", &vk, &right, &wrong, &broken, &none, &right]));
    let expected = ["valid", "rejected", "input", "unreadable", "valid"];
    assert_eq!((answer.status, verdicts(&answer)), (2, expected.to_vec()), "{}", answer.stdout);
    let stated = in_folder(&folder, "stated.jsonl");
    let answer = run(quickpickle(&["verify", "--binprot", "--vk", &vk, &stated]));
    assert_eq!(verdicts(&answer), ["valid", "rejected", "malformed"], "{}", answer.stdout);
}

#[test]
fn quiet_prints_what_is_not_valid_and_nothing_else() {
    let (valid, rejected, vk) =
        (vector(VALID, "proof.json"), vector(REJECTED, "proof.json"), vector(VALID, "vk.json"));
    let answer = run(quickpickle(&["verify", "--quiet", &valid, &valid, "--vk", &vk]));
    assert_eq!((answer.status, answer.stdout.as_str(), answer.stderr.as_str()), (0, "", ""));
    let answer = run(quickpickle(&["verify", "-q", &valid, &rejected, "--vk", &vk, "--json"]));
    assert_eq!((answer.status, answer.stdout.lines().count(), answer.stderr.as_str()), (1, 1, ""));
    assert!(answer.stdout.contains("rejected"));
}

#[test]
fn statements_of_other_lengths_than_the_programs_are_refused() {
    let (proof, vk) = (vector("n1-counter-depth1", "proof.json"), vector("n1-counter-depth1", "vk.json"));
    let verify = |lengths: &[&str]| run(quickpickle(&[&["verify", &proof, "--vk", &vk], lengths].concat()));
    for lengths in [&["--input-length", "1", "--output-length", "1"][..], &["--output-length", "1"], &[]] {
        assert_eq!(verify(lengths).status, 0, "{lengths:?}");
    }
    for (lengths, told) in
        [(["--input-length", "2"], "public input"), (["--output-length", "0"], "public output")]
    {
        let answer = verify(&lengths);
        assert_eq!((answer.status, verdicts(&answer)), (2, vec!["input"]), "{}", answer.stderr);
        assert!(answer.stdout.contains(told), "{}", answer.stdout);
    }
    // Where the border is moved, o1js's JSON holds another input, and the proof says nothing against it.
    let moved = "neg-n0-arith--io-moved";
    let (proof, vk) = (vector(moved, "proof.json"), vector(moved, "vk.json"));
    let original = o1js::proof_from_json(text(VALID, "proof.json")).expect("a proof");
    let (input, output) =
        (original.public_input().len().to_string(), original.public_output().len().to_string());
    assert_eq!(run(quickpickle(&["verify", &proof, "--vk", &vk])).status, 0);
    let lengths = ["--input-length", &input, "--output-length", &output];
    assert_eq!(run(quickpickle(&[&["verify", &proof, "--vk", &vk][..], &lengths].concat())).status, 2);
}

#[test]
fn options_that_do_not_apply_are_refused() {
    let (proof, vk) = (vector(VALID, "proof.json"), vector(VALID, "vk.json"));
    for args in [
        &["verify", "--kimchi", &proof, "--input-length", "1"][..],
        &["verify", "--kimchi", &proof, "--lines"],
        &["verify", "--kimchi", &proof, "--vk-hash", "1"],
        &["verify", "--binprot", &proof, "--vk", &vk, "--output-length", "1"],
        &["verify", &proof, "--vk", &vk, "--berkeley"],
        &["verify", &proof, "--vk", &vk, "--statement", &vk],
        &["verify", &proof, "--vk", &vk, "--circuit", "blockchain"],
    ] {
        let answer = run(quickpickle(args));
        assert_eq!((answer.status, answer.stdout.as_str()), (2, ""), "{args:?}");
        assert!(answer.stderr.starts_with("error: "), "{args:?}: {}", answer.stderr);
    }
}
