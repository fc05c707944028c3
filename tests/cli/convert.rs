//! `quickpickle convert`.

use std::fs;

use quickpickle::wire::binprot;
use serde_json::Value;

use crate::support::*;

/// Converts; the status and what is on standard error.
fn convert(args: &[&str]) -> (i32, String) {
    let answer = run(quickpickle(&[&["convert"], args].concat()));
    (answer.status, answer.stderr)
}

#[test]
fn a_proof_goes_to_bin_prot_and_back() {
    let folder = folder(&[]);
    let at = |name: &str| in_folder(&folder, name);
    for (case, max, inputs) in
        [("n0-arith", "0", "1"), ("n1-counter-depth1", "1", "1"), ("n2-merge-depth1", "2", "1")]
    {
        let (proof, vk) = (vector(case, "proof.json"), vector(case, "vk.json"));
        let (binprot, statement, back) = (at("proof.binprot"), at("statement.json"), at("back.json"));
        let to = ["--out", &binprot, "--statement", &statement];
        assert_eq!(convert(&[&[&proof, "--to", "binprot"][..], &to].concat()).0, 0, "{case}");
        for args in [
            &["verify", "--binprot", &binprot, "--statement", &statement, "--vk", &vk][..],
            &["verify", "--binprot", &format!("{binprot}:{statement}"), "--vk", &vk],
        ] {
            let answer = run(quickpickle(args));
            assert_eq!(answer.status, 0, "{case}: {}{}", answer.stdout, answer.stderr);
        }
        let lengths = ["--input-length", inputs, "--max-proofs-verified", max];
        let from = [&binprot, "--to", "o1js", "--statement", &statement, "--out", &back];
        assert_eq!(convert(&[&from[..], &lengths].concat()).0, 0, "{case}");
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let (made, original) =
            (read(&fs::read_to_string(&back).expect("readable")), read(&text(case, "proof.json")));
        let statement = |proof: &Value| {
            let parts =
                ["publicInput", "publicOutput"].map(|part| proof[part].as_array().expect("a list").clone());
            parts.concat()
        };
        assert_eq!(statement(&made), statement(&original), "{case}");
        assert_eq!(
            (&made["proof"], &made["maxProofsVerified"]),
            (&original["proof"], &original["maxProofsVerified"])
        );
        // Without a number it is in the form of a transaction, and valid as well.
        assert_eq!(convert(&from).0, 0, "{case}");
        assert_eq!(run(quickpickle(&["verify", &back, "--vk", &vk])).status, 0, "{case}");
    }
    // What would be left out is no filling.
    let from = [
        &at("proof.binprot"),
        "--to",
        "o1js",
        "--statement",
        &at("statement.json"),
        "--max-proofs-verified",
        "0",
    ];
    let (status, told) = convert(&from);
    assert_eq!((status, told.contains("more earlier proofs than 0")), (2, true), "{told}");
}

#[test]
fn a_key_goes_to_bin_prot_and_back() {
    let folder = folder(&[]);
    let (vk, binprot, back) =
        (vector(VALID, "vk.json"), in_folder(&folder, "vk.binprot"), in_folder(&folder, "vk.json"));
    assert_eq!(convert(&[&vk, "--to", "binprot", "--out", &binprot]).0, 0);
    let bytes = fs::read(&binprot).expect("readable");
    assert!(binprot::verification_key_from_bytes(&bytes).is_ok());
    assert_eq!(convert(&[&binprot, "--to", "o1js", "--out", &back]).0, 0);
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(read(&fs::read_to_string(&back).expect("readable")), read(&text(VALID, "vk.json")));
    // To standard output, from standard input.
    let mut command = quickpickle(&["convert", "-", "--to", "o1js"]);
    command.write_stdin(bytes);
    assert_eq!(read(&run(command).stdout), read(&text(VALID, "vk.json")));
}

#[test]
fn what_cannot_be_converted_is_told() {
    let folder = folder(&[("state.json", r#"["1"]"#), ("notes.txt", "no proof at all")]);
    let (proof, vk) = (vector(VALID, "proof.json"), vector(VALID, "vk.json"));
    let binprot = in_folder(&folder, "proof.binprot");
    assert_eq!(convert(&[&proof, "--to", "binprot", "--out", &binprot]).0, 0);
    let (state, notes) = (in_folder(&folder, "state.json"), in_folder(&folder, "notes.txt"));
    for (args, told) in [
        (&[&proof, "--to", "o1js"][..], "it is in this format"),
        (&[&binprot, "--to", "o1js"], "--statement is missing"),
        (
            &[&binprot, "--to", "o1js", "--statement", &state, "--input-length", "2"],
            "1 elements, not 2 of input",
        ),
        (&[&vk, "--to", "binprot", "--statement", &state], "it is a key"),
        (&[&proof, "--to", "binprot", "--input-length", "1"], "are for writing o1js's JSON"),
        (&[&notes, "--to", "o1js"], "text of no known format cannot be converted"),
        (&[&proof, "--to", "sexp"], "possible values: o1js, binprot"),
    ] {
        let (status, stderr) = convert(args);
        assert_eq!((status, stderr.contains(told)), (2, true), "{args:?}: {stderr}");
    }
}
