//! `quickpickle keygen` and `quickpickle prove`, run as a user runs them, and what they make verified with `quickpickle verify`.

use std::fs;
use std::path::Path;

use ark_ec::CurveGroup as _;
use assert_cmd::Command;
use quickpickle::internals::curve::{Projective, VestaConfig};
use quickpickle_curve::generators;
use tempfile::TempDir;

/// -1 in Fp.
const MINUS_ONE: &str = "28948022309329048855892746252171976963363056481941560715954676764349967630336";

/// Rows of a public input and of a product that it is wired to: 2·3 = 6 with these cells.
fn circuit() -> String {
    let gate = |coefficients: &str, wires: [[usize; 2]; 7]| {
        let wires = wires.map(|[row, col]| format!(r#"{{"row":{row},"col":{col}}}"#)).join(",");
        format!(r#"{{"typ":"Generic","wires":[{wires}],"coeffs":[{coefficients}]}}"#)
    };
    let own = |row| std::array::from_fn(|col| [row, col]);
    let (mut first, mut second) = (own(0), own(1));
    std::mem::swap(&mut first[0], &mut second[2]);
    let product = format!(r#""0","0","{MINUS_ONE}","1""#);
    let gates = [gate(r#""1""#, first), gate(&product, second)].join(",");
    let witness = witness(["6", "2"], ["0", "3"], ["0", "6"]);
    format!(r#"{{"max_poly_size_log2":5,"public_input_size":1,"gates":[{gates}],{}"#, &witness[1..])
}

/// A witness with these first columns.
fn witness(a: [&str; 2], b: [&str; 2], c: [&str; 2]) -> String {
    let mut columns = vec![a, b, c];
    columns.resize(15, ["0"; 2]);
    let columns: Vec<_> = columns.iter().map(|[x, y]| format!(r#"["{x}","{y}"]"#)).collect();
    format!(r#"{{"curve":"vesta","witness":[{}]}}"#, columns.join(","))
}

/// The status, and what is printed.
fn run(folder: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
    let output = command.args(args).current_dir(folder).output().expect("the command runs");
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
    (output.status.code().expect("an exit status"), printed)
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("circuit.json"), circuit()).expect("written");
    folder
}

#[test]
fn a_key_proves_and_the_proof_verifies() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("witness.json"), witness(["35", "5"], ["0", "7"], ["0", "35"])).expect("written");
    let (status, printed) = run(path, &["keygen", "circuit.json", "--out", "key", "--index", "index"]);
    assert_eq!(status, 0, "{printed}");
    assert!(printed.contains("2 rows on a domain of 2^3 over vesta"), "{printed}");
    assert!(fs::metadata(path.join("index")).is_ok_and(|file| file.len() > 1000));

    for args in [
        &["prove", "key", "witness.json", "--out", "proof"][..],
        &["prove", "circuit.json", "witness.json", "--out", "proof"],
        &["prove", "circuit.json", "--out", "proof", "--proof", "alone"],
    ] {
        let (status, printed) = run(path, args);
        assert_eq!(status, 0, "{args:?}: {printed}");
        let (status, printed) = run(path, &["verify", "--kimchi", "proof"]);
        assert_eq!((status, printed.contains("valid")), (0, true), "{args:?}: {printed}");
    }
    assert!(path.join("alone").is_file());
}

/// An opening of the polynomial whose coefficients are all 1, as many as the SRS has generators: (1 + x)(1 + x²)(1 + x⁴)…
fn previous() -> String {
    let sum: Projective<VestaConfig> = generators::<VestaConfig>(32).iter().sum();
    let sum = sum.into_affine();
    let opening =
        format!(r#"{{"challenges":["1","1","1","1","1"],"commitment":[["{}","{}"]]}}"#, sum.x, sum.y);
    format!(r#"{{"curve":"vesta","previous":[{opening}]}}"#)
}

#[test]
fn a_proof_carries_previous_openings_along() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("previous.json"), previous()).expect("written");
    let args = ["prove", "circuit.json", "--previous-challenges", "1", "--out", "proof"];
    let (status, printed) = run(path, &args);
    assert_eq!((status, printed.contains("1 previous challenges of 5 rounds")), (2, true), "{printed}");
    let (status, printed) = run(path, &[&args[..], &["--previous", "previous.json"]].concat());
    assert_eq!(status, 0, "{printed}");
    let (status, printed) = run(path, &["verify", "--kimchi", "proof"]);
    assert_eq!(status, 0, "{printed}");

    // With another commitment the proof is made, and wrong.
    let other = previous().replace(r#"["1","1","#, r#"["1","2","#);
    fs::write(path.join("previous.json"), other).expect("written");
    let (status, printed) = run(path, &[&args[..], &["--previous", "previous.json"]].concat());
    assert_eq!(status, 0, "{printed}");
    let (status, printed) = run(path, &["verify", "--kimchi", "proof"]);
    assert_eq!(status, 1, "{printed}");
}

#[test]
fn a_witness_that_breaks_a_constraint_is_refused_with_the_place() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("wrong.json"), witness(["7", "2"], ["0", "3"], ["0", "7"])).expect("written");
    let (status, printed) = run(path, &["prove", "circuit.json", "wrong.json", "--out", "proof"]);
    assert_eq!(status, 1, "{printed}");
    assert!(printed.contains("refused: row 1: constraint 0 of Generic"), "{printed}");
    assert!(!path.join("proof").exists());
}

#[test]
fn altered_keys_and_what_is_no_input_are_errors() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(run(path, &["keygen", "circuit.json", "--out", "key"]).0, 0);
    let key = fs::read(path.join("key")).expect("a key");
    fs::write(path.join("short"), &key[..key.len() - 1]).expect("written");
    let mut altered = key;
    *altered.last_mut().expect("bytes") ^= 1;
    fs::write(path.join("altered"), &altered).expect("written");
    for (args, expected) in [
        (&["prove", "short", "circuit.json", "--out", "proof"][..], "bytes instead of"),
        (&["prove", "altered", "circuit.json", "--out", "proof"], "has been altered"),
        (&["prove", "poseidon:0", "--out", "proof"], "a number from 1"),
        (&["keygen", "poseidon:87382"], "from 1 to 87381"),
        (&["prove", "poseidon:3"], "--out"),
        (&["keygen", "missing"], "missing"),
        (&["keygen", "circuit.json", "--curve", "pallas"], "not on pallas"),
        (&["keygen", "circuit.json", "--domain-log2", "2"], "a domain of 2^2"),
    ] {
        let (status, printed) = run(path, args);
        assert_eq!((status, printed.contains(expected)), (2, true), "{args:?}: {printed}");
    }
}

#[test]
fn what_a_key_fixes_cannot_be_said_again() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(run(path, &["keygen", "circuit.json", "--out", "key"]).0, 0);
    for (args, told) in [
        (
            &["prove", "key", "circuit.json", "--domain-log2", "3", "--out", "proof"][..],
            "--domain-log2 cannot be applied",
        ),
        (&["prove", "key,berkeley", "circuit.json", "--out", "proof"], "--berkeley cannot be applied"),
        (&["prove", "key,srs=5", "circuit.json", "--out", "proof"], "--srs-log2 cannot be applied"),
        (&["prove", "key", "circuit.json", "--curve", "pallas", "--out", "proof"], "not a key on pallas"),
        (&["keygen", "circuit.json,srs=6", "--srs-log2", "7"], "--srs-log2 says again"),
        (&["keygen", "circuit.json,size=6"], "\"size=6\" is none of srs=LOG2"),
    ] {
        let (status, printed) = run(path, args);
        assert_eq!((status, printed.contains(told)), (2, true), "{args:?}: {printed}");
        assert!(!path.join("proof").exists());
    }
    let (status, printed) =
        run(path, &["prove", "key", "circuit.json", "--curve", "vesta", "--out", "proof"]);
    assert_eq!(status, 0, "{printed}");
}

#[test]
fn a_circuit_is_named_with_what_its_file_leaves_open_in_one_way() {
    let folder = folder();
    let path = folder.path();
    let digest = |args: &[&str]| {
        let (status, printed) = run(path, &[&["keygen"], args].concat());
        assert_eq!(status, 0, "{args:?}: {printed}");
        printed.split_whitespace().next().expect("a digest").to_owned()
    };
    let options = ["--srs-log2", "6", "--domain-log2", "4", "--previous-challenges", "1"];
    let digests = [
        digest(&["circuit.json,srs=6,domain=4,previous=1"]),
        digest(&[&["circuit.json"], &options[..]].concat()),
        digest(&["circuit.json,srs=6,previous=1", "--domain-log2", "4"]),
    ];
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    assert_ne!(digest(&["circuit.json,srs=6"]), digests[0]);
}

#[test]
fn outputs_are_tried_before_the_work_and_are_whole_or_not_there() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("wrong.json"), witness(["7", "2"], ["0", "3"], ["0", "7"])).expect("written");
    for (args, told) in [
        // The witness is refused with status 1: who finds the output first never gets there.
        (&["prove", "circuit.json", "wrong.json", "--out", "none/proof"][..], "none/proof cannot be written"),
        (&["prove", "circuit.json", "wrong.json", "--out", "."], ". cannot be written"),
        (
            &["prove", "circuit.json", "wrong.json", "--out", "ok", "--proof", "none/alone"],
            "none/alone cannot be written",
        ),
        (&["keygen", "circuit.json", "--out", "none/key"], "none/key cannot be written"),
        (&["keygen", "circuit.json", "--out", "/dev/null"], "must be one"),
        (&["keygen", "circuit.json", "--index", "none/index"], "none/index cannot be written"),
    ] {
        let (status, printed) = run(path, args);
        assert_eq!((status, printed.contains(told)), (2, true), "{args:?}: {printed}");
    }
    // A file that is there stays as it is where the proof fails, and nothing is left beside it.
    fs::write(path.join("proof"), "before").expect("written");
    assert_eq!(run(path, &["prove", "circuit.json", "wrong.json", "--out", "proof"]).0, 1);
    assert_eq!(fs::read(path.join("proof")).expect("readable"), b"before");
    let mut names: Vec<_> =
        path.read_dir().expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names, ["circuit.json", "proof", "wrong.json"]);
}

#[test]
fn circuit_or_witness_may_come_from_standard_input() {
    let folder = folder();
    let path = folder.path();
    for args in
        [["prove", "-", "circuit.json", "--out", "proof"], ["prove", "circuit.json", "-", "--out", "proof"]]
    {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
        let output =
            command.args(args).current_dir(path).write_stdin(circuit()).output().expect("the command runs");
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let (status, printed) = run(path, &["prove", "-", "-", "--out", "proof"]);
    assert_eq!((status, printed.contains("named 2 times")), (2, true), "{printed}");
}

/// A row of endomorphism multiplication, all of whose cells are 0: it satisfies the eleven constraints that the gate has on
/// Mina's networks, and not the twelfth that came later.
fn endo_mul() -> String {
    let gate = |name: &str, row: usize| {
        let wires: Vec<_> = (0..7).map(|col| format!(r#"{{"row":{row},"col":{col}}}"#)).collect();
        format!(r#"{{"typ":"{name}","wires":[{}],"coeffs":[]}}"#, wires.join(","))
    };
    let gates = [gate("EndoMul", 0), gate("Zero", 1)].join(",");
    let witness = vec![r#"["0","0"]"#; 15].join(",");
    format!(
        r#"{{"curve":"vesta","max_poly_size_log2":6,"public_input_size":0,"gates":[{gates}],"witness":[{witness}]}}"#
    )
}

#[test]
fn a_proof_of_the_other_generation_of_gates_is_told_to_be_one() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("endo.json"), endo_mul()).expect("written");
    let (status, printed) = run(path, &["prove", "endo.json", "--out", "proof"]);
    assert_eq!((status, printed.contains("constraint 11 of EndoMul")), (1, true), "{printed}");
    let (status, printed) = run(path, &["prove", "endo.json,berkeley", "--out", "proof"]);
    assert_eq!(status, 0, "{printed}");
    assert_eq!(run(path, &["verify", "--kimchi", "--berkeley", "proof"]).0, 0);
    // Once a run, for the first that is rejected.
    let (status, printed) = run(path, &["verify", "--kimchi", "proof", "proof"]);
    let told = "is wrong: it verifies with the gates of Mina's networks and o1js (--berkeley)\n";
    assert_eq!(
        (status, printed.matches(told).count(), printed.matches("rejected").count()),
        (1, 1, 3),
        "{printed}"
    );
}

#[test]
fn the_built_in_circuits_prove_over_both_curves() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    for (circuit, curve) in [("poseidon:3", "vesta"), ("poseidon:3", "pallas"), ("lookups:9", "vesta")] {
        let args = ["prove", circuit, "--curve", curve, "--srs-log2", "10", "--out", "proof"];
        let (status, printed) = run(path, &args);
        assert_eq!(status, 0, "{args:?}: {printed}");
        let (status, printed) = run(path, &["verify", "--kimchi", "proof"]);
        assert_eq!(status, 0, "{args:?}: {printed}");
    }
}
