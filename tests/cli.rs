//! The command, run as a user runs it, on the shipped proofs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use quickpickle::internals::curve::VestaConfig;
use quickpickle::wire::kimchi::{self, AnyFixture};
use quickpickle::wire::{binprot, elements_to_json, o1js};
use serde_json::Value;
use tempfile::TempDir;

fn quickpickle(args: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
    command.args(args);
    command
}

/// A file of a shipped case.
fn vector(case: &str, file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/o1js").join(case).join(file);
    assert!(path.is_file(), "{}", path.display());
    path.to_str().expect("a path of text").to_owned()
}

fn text(case: &str, file: &str) -> String {
    fs::read_to_string(vector(case, file)).expect("readable")
}

/// A folder with files of these names and contents.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("written");
    }
    folder
}

fn in_folder(folder: &TempDir, name: &str) -> String {
    PathBuf::from(folder.path()).join(name).to_str().expect("a path of text").to_owned()
}

struct Answer {
    status: i32,
    stdout: String,
    stderr: String,
}

fn run(mut command: Command) -> Answer {
    let output = command.output().expect("the command runs");
    Answer {
        status: output.status.code().expect("an exit status"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// The first word of each line.
fn verdicts(answer: &Answer) -> Vec<&str> {
    answer.stdout.lines().filter_map(|line| line.split(' ').next()).collect()
}

const VALID: &str = "n0-arith";
const REJECTED: &str = "neg-n0-arith--alpha";
const MALFORMED: &str = "neg-n0-arith--garbage";

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
fn standard_input_holds_a_proof_or_one_a_line() {
    let vk = vector(VALID, "vk.json");
    let valid = text(VALID, "proof.json");
    let mut one = quickpickle(&["verify", "-", "--vk", &vk]);
    one.write_stdin(valid.as_str());
    let answer = run(one);
    assert_eq!((answer.status, answer.stdout.as_str()), (0, "valid -\n"));

    // Windows that do not divide the number of lines, a blank line, and a line that is no JSON.
    let (valid, rejected) = (valid.trim(), text(REJECTED, "proof.json"));
    let mut lines = quickpickle(&["verify", "-", "--vk", &vk, "--window", "2"]);
    lines.write_stdin([valid, rejected.trim(), "", "{\"proof\":", valid, valid].join("\n"));
    let answer = run(lines);
    assert_eq!(verdicts(&answer), ["valid", "rejected", "malformed", "valid", "valid"]);
    let places: Vec<_> = answer.stdout.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(places, ["-:1", "-:2:", "-:4:", "-:5", "-:6"]);
    assert_eq!(answer.status, 2);
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
    assert_eq!(answer.status, 2, "a statement is needed");
    let answer = run(quickpickle(&["inspect", &proof]));
    assert!(answer.stdout.starts_with("kind                  bin_prot proof\n"), "{}", answer.stdout);
}

#[test]
fn usage_errors_are_status_2() {
    let (proof, vk) = (vector(VALID, "proof.json"), vector(VALID, "vk.json"));
    for args in [
        &["verify", &proof][..],
        &["verify", "--vk", &vk],
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
fn inspect_tells_what_a_file_is() {
    let inspect = |case: &str, file: &str| {
        let answer = run(quickpickle(&["inspect", &vector(case, file), "--json"]));
        assert_eq!(answer.status, 0, "{}", answer.stderr);
        serde_json::from_str::<Value>(&answer.stdout).expect("JSON")
    };
    for case in ["n1-counter-depth1", "n0-ffmul"] {
        let meta: Value = serde_json::from_str(&text(case, "meta.json")).expect("JSON");
        let proof = inspect(case, "proof.json");
        let state: Vec<&Value> = ["public_input", "public_output"]
            .iter()
            .flat_map(|part| proof[part].as_array().expect("a list"))
            .collect();
        assert_eq!(state, meta["app_statement"].as_array().expect("a list").iter().collect::<Vec<_>>());
        assert_eq!(proof["kind"], "o1js proof");
        assert_eq!(proof["max_proofs_verified"], meta["maxProofsVerified"]);
        assert_eq!(proof["step_domain_log2"], meta["branch_data"]["domain_log2"]);
        let flags = meta["feature_flags"].as_object().expect("an object");
        let on: Vec<Value> =
            flags.iter().filter(|(_, on)| **on == true).map(|(name, _)| name.as_str().into()).collect();
        let mut features = proof["features"].as_array().expect("a list").clone();
        features.sort_by_key(Value::to_string);
        assert_eq!(features, on, "{case}");

        let key = inspect(case, "vk.json");
        let file: Value = serde_json::from_str(&text(case, "vk.json")).expect("JSON");
        assert_eq!((&key["hash"], &key["kind"]), (&file["hash"], &"side-loaded verification key".into()));
        assert_eq!(key["max_proofs_verified"], meta["maxProofsVerified"]);
    }
    let answer = run(quickpickle(&["inspect", &vector("n1-counter-depth1", "proof.json")]));
    assert!(
        answer.stdout.contains("\npublic input          100\npublic output         101\n"),
        "{}",
        answer.stdout
    );
    let answer = run(quickpickle(&["inspect", &vector(VALID, "meta.json")]));
    assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.starts_with("error: ") && answer.stderr.contains("meta.json"), "{}", answer.stderr);
}

#[test]
fn help_has_examples_and_the_exit_status() {
    for args in [&["--help"][..], &["verify", "--help"]] {
        let answer = run(quickpickle(args));
        assert_eq!(answer.status, 0);
        for part in
            ["Examples:\n  quickpickle verify ", "Exit status: 0 all valid, 1 some proof rejected, 2 "]
        {
            assert!(answer.stdout.contains(part), "{part} is not in\n{}", answer.stdout);
        }
    }
    for command in ["inspect", "tables", "completions"] {
        let answer = run(quickpickle(&[command, "--help"]));
        assert!(answer.stdout.contains(&format!("\n  quickpickle {command}")), "{}", answer.stdout);
    }
}

#[test]
fn completions_know_the_subcommands() {
    for shell in ["bash", "zsh", "fish"] {
        let answer = run(quickpickle(&["completions", shell]));
        assert_eq!(answer.status, 0);
        assert!(answer.stdout.contains("inspect"), "{shell}");
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
fn tables_are_listed_and_checked() {
    let answer = run(quickpickle(&["tables", "--check", "--json"]));
    assert_eq!(answer.status, 0, "{}{}", answer.stdout, answer.stderr);
    let tables: Vec<Value> =
        answer.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (feature, embedded) in [("wrap", cfg!(feature = "wrap")), ("step", cfg!(feature = "step"))] {
        let of_feature: Vec<&Value> = tables.iter().filter(|table| table["feature"] == feature).collect();
        assert!(!of_feature.is_empty());
        for table in of_feature {
            let expected = if embedded { "good" } else { "absent" };
            assert_eq!(table["check"], expected, "{table}");
            assert_eq!(table["bytes"].is_u64(), embedded, "{table}");
            assert_eq!(table["digest"].as_str().map(str::len), Some(64), "{table}");
        }
    }
    let answer = run(quickpickle(&["tables"]));
    assert_eq!((answer.status, answer.stdout.lines().count()), (0, tables.len() + 1));
    assert!(answer.stdout.ends_with(" MiB in the binary\n"), "{}", answer.stdout);
}

/// A Kimchi proof with its key and public input.
fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/kimchi-circuits").join(name);
    path.to_str().expect("a path of text").to_owned()
}

#[test]
fn kimchi_proofs_are_verified_on_their_own() {
    let files = [fixture("vesta-d8-srs16-pub5-poseidon.bin"), fixture("pallas-d8-srs15-pub5-poseidon.bin")];
    let mut broken = fs::read(&files[0]).expect("readable");
    broken.truncate(5000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cut = in_folder(&folder, "cut.bin");
    fs::write(&cut, broken).expect("written");
    let answer = run(quickpickle(&["verify", "--kimchi", &files[0], &cut, &files[1]]));
    assert_eq!(verdicts(&answer), ["valid", "malformed", "valid"], "{}", answer.stdout);
    assert_eq!(answer.status, 2);

    let answer = run(quickpickle(&["inspect", "--json", &files[0]]));
    let facts: Value = serde_json::from_str(&answer.stdout).expect("JSON");
    assert_eq!(
        (&facts["curve"], &facts["domain_log2"], &facts["srs_log2"]),
        (&"Vesta".into(), &8.into(), &16.into())
    );
    assert_eq!(facts["public_input"].as_array().map(Vec::len), Some(5));
}

#[test]
fn a_kimchi_proof_may_come_apart_from_its_key_and_public_input() {
    let bytes = fs::read(fixture("vesta-d8-srs16-pub5-poseidon.bin")).expect("readable");
    let AnyFixture::Vesta(fixture) = kimchi::fixture_from_msgpack(&bytes).expect("a fixture") else {
        panic!("a proof over Vesta")
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, content: &[u8]| {
        let path = in_folder(&folder, name);
        fs::write(&path, content).expect("written");
        path
    };
    let index = write("index.bin", &kimchi::index_to_msgpack(&fixture.index));
    let proof = write("proof.bin", &kimchi::proof_to_msgpack(&fixture.proof));
    let mut public = fixture.public_input;
    let bytes = write("public.bin", &kimchi::public_input_to_bytes::<VestaConfig>(&public));
    let json = write("public.json", elements_to_json(&public).as_bytes());
    public.swap(0, 1);
    let other = write("other.json", elements_to_json(&public).as_bytes());
    public.pop();
    let short = write("short.json", elements_to_json(&public).as_bytes());
    for (public, verdict, status) in
        [(&bytes, "valid", 0), (&json, "valid", 0), (&other, "rejected", 1), (&short, "input", 2)]
    {
        let args = ["verify", "--kimchi", "--index", &index, "--public", public, "--proof", &proof];
        let answer = run(quickpickle(&args));
        assert_eq!((verdicts(&answer), answer.status), (vec![verdict], status), "{}", answer.stderr);
    }
    let answer = run(quickpickle(&["inspect", &index]));
    assert!(
        answer
            .stdout
            .starts_with("kind                  Kimchi verifier index\ncurve                 Vesta\n")
    );
    assert_eq!(
        run(quickpickle(&["verify", "--kimchi", "--index", &index, &proof])).status,
        2,
        "no public input"
    );
}

#[test]
fn a_network_is_named_with_its_circuit() {
    let folder = folder(&[("state.json", r#"["1"]"#), ("a.binprot", "no proof")]);
    let (state, proof) = (in_folder(&folder, "state.json"), in_folder(&folder, "a.binprot"));
    let verify = ["verify", "--binprot", &proof, "--statement", &state, "--network"];
    for (rest, told) in [
        (&["devnet"][..], "--circuit"),
        (&["testnet", "--circuit", "blockchain"], "mainnet or devnet"),
        (&["devnet", "--circuit", "zkapp"], "blockchain or transaction"),
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
