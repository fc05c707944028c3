//! What is said of files that are something else than they are taken for: what was got, and what helps.

use std::fs;
use std::io::Write as _;

use crate::support::*;

/// Compresses.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("in memory")
}

#[test]
fn a_proof_that_is_something_else_is_told_by_name() {
    let (proof, key, vk) = (text(VALID, "proof.json"), text(VALID, "vk.json"), vector(VALID, "vk.json"));
    let folder = folder(&[]);
    for (name, content, told) in [
        ("gzip", gzip(proof.as_bytes()), "data compressed with gzip: decompress it first"),
        (
            "mark",
            [&b"\xef\xbb\xbf"[..], proof.as_bytes()].concat(),
            "text with a byte order mark: save it as UTF-8",
        ),
        ("key", key.into_bytes(), "an o1js verification key: proof and key may be swapped"),
        (
            "array",
            format!("[{proof},{proof}]").into_bytes(),
            "a JSON array of o1js proofs: hand them in one by one",
        ),
        ("fields", br#"[["1"],["2"],0,"KCg="]"#.to_vec(), "a JSON array of no known kind"),
        ("empty", Vec::new(), "an empty input"),
        ("text", b"not a proof at all".to_vec(), "text of no known format"),
        ("list", br#"["1"]"#.to_vec(), "a JSON list of field elements"),
    ] {
        let path = in_folder(&folder, &format!("{name}.json"));
        fs::write(&path, content).expect("written");
        let answer = run(quickpickle(&["verify", &path, "--vk", &vk]));
        assert_eq!((answer.status, verdicts(&answer)), (2, vec!["malformed"]), "{name}: {}", answer.stdout);
        let line = answer.stdout.lines().next().expect("a line");
        assert!(line.contains("the JSON of an o1js proof is expected, and this is "), "{line}");
        assert!(line.contains(told), "{line}");
        assert!(line.len() < 400, "{line}");
    }
}

#[test]
fn a_key_that_is_something_else_is_told_by_name() {
    let proof = vector(VALID, "proof.json");
    let folder = folder(&[("empty.json", ""), ("notes.txt", "dear diary")]);
    let gz = in_folder(&folder, "vk.json.gz");
    fs::write(&gz, gzip(text(VALID, "vk.json").as_bytes())).expect("written");
    for (vk, told) in [
        (proof.clone(), "an o1js proof: proof and key may be swapped"),
        (in_folder(&folder, "empty.json"), "this is an empty input"),
        (in_folder(&folder, "notes.txt"), "this is text of no known format"),
        (gz, "this is data compressed with gzip: decompress it first"),
        (fixture("vesta-d8-srs16-pub5-poseidon.bin"), "this is a Kimchi fixture"),
    ] {
        let answer = run(quickpickle(&["verify", &proof, "--vk", &vk]));
        assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
        let start = format!("error: key {vk}: a verification key is expected, and ");
        assert!(answer.stderr.starts_with(&start) && answer.stderr.contains(told), "{}", answer.stderr);
    }
}

#[test]
fn inspect_tells_what_it_got() {
    let folder = folder(&[("README.md", "# A page\n"), ("state.json", r#"["1"]"#)]);
    for (file, told) in
        [("README.md", "text of no known format"), ("state.json", "a JSON list of field elements")]
    {
        let path = in_folder(&folder, file);
        let answer = run(quickpickle(&["inspect", &path]));
        let expected =
            format!("error: {path}: a proof or a verification key is expected, and this is {told}\n");
        assert_eq!((answer.status, answer.stderr), (2, expected));
    }
}

#[test]
fn a_circuit_or_witness_that_is_something_else_is_told_by_name() {
    let decimals = r#"{"public_input_size":0,"gates":[{"typ":"Generic","coeffs":["7"],"wires":[{"row":0,"col":0},
        {"row":0,"col":1},{"row":0,"col":2},{"row":0,"col":3},{"row":0,"col":4},{"row":0,"col":5},{"row":0,"col":6}]}]}"#;
    let folder =
        folder(&[("decimals.json", decimals), ("nameless.json", r#"{"gates":[],"public_input_size":0}"#)]);
    let proof = vector(VALID, "proof.json");
    for (args, told) in [
        (&["keygen", &proof, "--curve", "vesta"][..], "this is the JSON of an o1js proof"),
        (
            &["keygen", &in_folder(&folder, "decimals.json"), "--curve", "vesta"],
            "where a file does not say \"curve\"",
        ),
        (&["keygen", &in_folder(&folder, "nameless.json")], "does not name its curve: say vesta"),
        (&["keygen", &in_folder(&folder, "none.json")], "none.json"),
        (
            &["prove", "poseidon:2,srs=9", &proof, "--out", &in_folder(&folder, "out")],
            "this is the JSON of an o1js proof",
        ),
    ] {
        let answer = run(quickpickle(args));
        assert_eq!((answer.status, answer.stderr.contains(told)), (2, true), "{args:?}: {}", answer.stderr);
    }
}
