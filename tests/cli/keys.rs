//! `quickpickle keys`, and the hash of a key.

use std::fs;

use quickpickle::wire::kimchi::{self, AnyFixture};
use serde_json::Value;

use crate::support::*;

/// A folder with a verifier index in it.
fn with_index() -> tempfile::TempDir {
    let bytes = fs::read(fixture("vesta-d8-srs16-pub5-poseidon.bin")).expect("readable");
    let AnyFixture::Vesta(fixture) = kimchi::fixture_from_msgpack(&bytes).expect("a fixture") else {
        panic!("a proof over Vesta")
    };
    let folder = folder(&[]);
    fs::write(in_folder(&folder, "index.bin"), kimchi::index_to_msgpack(&fixture.index)).expect("written");
    folder
}

#[test]
fn keys_are_put_into_a_file_and_shown() {
    let folder = with_index();
    let (index, keys) = (in_folder(&folder, "index.bin"), in_folder(&folder, "keys.json"));
    let vk = vector(VALID, "vk.json");
    let (program, circuit) = (format!("program={vk}"), format!("circuit={index}"));
    let made = run(quickpickle(&["keys", "make", &program, &circuit, "--out", &keys]));
    assert_eq!(made.status, 0, "{}", made.stderr);
    let (digest, file) = made.stdout.trim().split_once("  ").expect("digest and file");
    assert_eq!((digest.len(), file), (64, keys.as_str()));

    let shown = run(quickpickle(&["keys", "show", &keys, "--json"]));
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    let key: Value = serde_json::from_str(&text(VALID, "vk.json")).expect("JSON");
    assert_eq!(shown["digest"], digest);
    assert_eq!(shown["keys"][0]["name"], "circuit");
    assert_eq!(shown["keys"][0]["kind"], "Kimchi on Vesta");
    assert_eq!((&shown["keys"][1]["kind"], &shown["keys"][1]["hash"]), (&"Pickles".into(), &key["hash"]));
    let text = run(quickpickle(&["keys", "show", &keys])).stdout;
    assert!(text.starts_with(&format!("digest                {digest}\n")), "{text}");
    assert_eq!(text.lines().count(), 3);

    // The order of the arguments is not part of it, the generation of gates is.
    let digest_of = |keys: &[&str]| {
        let out = in_folder(&folder, "other.json");
        let made = run(quickpickle(&[&["keys", "make"], keys, &["--out", &out]].concat()));
        assert_eq!(made.status, 0, "{}", made.stderr);
        made.stdout.split_whitespace().next().expect("a digest").to_owned()
    };
    assert_eq!(digest_of(&[&circuit, &program]), digest);
    assert_ne!(digest_of(&[&program, &format!("{circuit},berkeley")]), digest);
}

#[test]
fn what_is_no_key_or_altered_is_refused() {
    let folder = with_index();
    let out = in_folder(&folder, "keys.json");
    let vk = vector(VALID, "vk.json");
    let named = |name: &str, file: &str| format!("{name}={file}");
    for (keys, told) in [
        (vec![named("a", &vector(VALID, "proof.json"))], "proof"),
        (vec![named("a", &vk), named("a", &vk)], "two keys have the name a"),
        (vec![named("a b", &vk)], "is no name"),
        (vec![vk.clone()], "NAME=FILE is expected"),
        (vec![named("a", &format!("{vk},berkeley"))], "berkeley cannot be said of it"),
        (vec![named("a", "none.json")], "none.json"),
        (vec![named("a", "-"), named("b", "-")], "named 2 times"),
    ] {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let answer = run(quickpickle(&[&["keys", "make"], &keys[..], &["--out", &out]].concat()));
        assert_eq!((answer.status, answer.stderr.contains(told)), (2, true), "{keys:?}: {}", answer.stderr);
        assert!(!std::path::Path::new(&out).exists());
    }
    let made = run(quickpickle(&["keys", "make", &named("a", &vk), "--out", &out]));
    assert_eq!(made.status, 0);
    let altered = fs::read_to_string(&out).expect("readable").replace("\"a\"", "\"b\"");
    fs::write(&out, altered).expect("written");
    let answer = run(quickpickle(&["keys", "show", &out]));
    assert_eq!((answer.status, answer.stderr.contains("has been altered")), (2, true), "{}", answer.stderr);
}

#[test]
fn a_key_of_another_hash_is_refused() {
    let (proof, vk) = (vector(VALID, "proof.json"), vector(VALID, "vk.json"));
    let key: Value = serde_json::from_str(&text(VALID, "vk.json")).expect("JSON");
    let hash = key["hash"].as_str().expect("a hash");
    assert_eq!(run(quickpickle(&["verify", &proof, "--vk", &vk, "--vk-hash", hash])).status, 0);
    let answer = run(quickpickle(&["verify", &proof, "--vk", &vk, "--vk-hash", "1"]));
    assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
    assert!(
        answer.stderr.contains(&format!("the key's hash is {hash}, --vk-hash says 1")),
        "{}",
        answer.stderr
    );
}
