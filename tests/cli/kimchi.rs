//! `quickpickle verify --kimchi`.

use std::fs;

use quickpickle::kimchi::Vesta;
use quickpickle::wire::elements_to_json;
use quickpickle::wire::kimchi::{self, AnyFixture};
use serde_json::Value;

use crate::support::*;

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
    let bytes = write("public.bin", &kimchi::public_input_to_bytes::<Vesta>(&public));
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
fn keys_beyond_the_limits_are_refused_until_somebody_raises_them() {
    let file = fixture("vesta-d9-srs16-pub3-prev2.bin");
    let verify = |limits: &[&str]| run(quickpickle(&[&["verify", "--kimchi", &file], limits].concat()));
    assert_eq!(verify(&[]).status, 0);
    for (limits, verdict, told) in [
        (["--max-domain-log2", "8"], "input", "log2 of the domain: 9, where at most 8"),
        // These bound lists as they are read.
        (["--max-srs-log2", "15"], "malformed", "more than 15 elements"),
        (["--max-previous", "1"], "malformed", "more than 1 elements"),
        (["--max-statement", "2"], "malformed", "more than 2 elements"),
        (["--max-chunks", "0"], "malformed", "more than 0 elements"),
    ] {
        let answer = verify(&limits);
        assert_eq!((answer.status, verdicts(&answer)), (2, vec![verdict]), "{}", answer.stdout);
        assert!(answer.stdout.contains(told), "{}", answer.stdout);
    }
    // Nothing goes beyond what is supported at all, and what a Pickles key fixes cannot be bounded.
    let answer = verify(&["--max-domain-log2", "21"]);
    assert_eq!(
        (answer.status, answer.stderr.contains("21 is not in 0..=20")),
        (2, true),
        "{}",
        answer.stderr
    );
    let pickles =
        ["verify", &vector(VALID, "proof.json"), "--vk", &vector(VALID, "vk.json"), "--max-chunks", "1"];
    assert_eq!(run(quickpickle(&pickles)).status, 2);
}
