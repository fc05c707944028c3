//! The OCaml library over the installed one: built by dune, and run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use quickpickle_vectors::{needs_whole_set, read, shipped, whole};

use crate::cases::answered_by;
use crate::installed::{here, installed, run};

/// A program of the dune project.
fn program(name: &str) -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let folder = installed().path("dune");
        let mut command = Command::new("dune");
        command.args(["build", "--root"]).arg(here("../ocaml")).arg("--build-dir").arg(&folder);
        // Of the project alone, not of what dune keeps of others.
        run(command.env("DUNE_CACHE", "disabled").env("PKG_CONFIG_PATH", installed().path("lib/pkgconfig")));
        folder
    });
    let mut command = Command::new(built.join(format!("default/test/{name}.exe")));
    command.env("LD_LIBRARY_PATH", installed().path("lib"));
    command
}

/// The lines that `daemon` prints.
fn daemon(arguments: &[&str], files: &[&Path]) -> Vec<String> {
    let output = run(program("daemon").args(arguments).args(files));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

#[test]
fn every_case_is_answered() {
    answered_by(&mut program("cases"));
}

#[test]
fn commands_are_verified_one_by_one() {
    let file = |name: &str| shipped(&format!("../../examples/files/{name}"));
    let (payment, command, proof) = (file("payment.json"), file("command.json"), file("proof.json"));
    let verdicts = daemon(&["devnet", "commands"], &[&file("accounts.json"), &payment, &command, &proof]);
    assert_eq!(verdicts[..2], ["valid", "valid"]);
    assert!(verdicts.len() == 3 && verdicts[2].starts_with("error: a block"), "{verdicts:?}");
    let verdicts = daemon(&["devnet", "commands"], &[Path::new("-"), &command, &payment]);
    assert_eq!(verdicts, ["missing_verification_key: account update 0", "valid"]);
    let verdicts = daemon(&["mainnet", "commands"], &[Path::new("-"), &payment]);
    assert_eq!(verdicts, ["invalid_signature: fee payer"]);
}

needs_whole_set!(blockchain_snarks, transaction_snarks);

fn blockchain_snarks() {
    const NAME: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";
    let part = |part: &str| read(&whole(&format!("network/blocks/{NAME}.{part}.binprot")));
    let (good, bad) = (installed().path("good.binprot"), installed().path("bad.binprot"));
    let (state, proof) = (part("state"), part("proof"));
    std::fs::write(&good, [&state[..], &proof].concat()).expect("written");
    let mut altered = state;
    altered[0] ^= 1;
    std::fs::write(&bad, [&altered[..], &proof].concat()).expect("written");
    let verify = |network: &str, files: &[&Path]| daemon(&[network, "blockchains"], files);
    assert_eq!(verify("mainnet", &[&good, &good]), ["ok"]);
    let verdict = verify("mainnet", &[&good, &bad]);
    assert!(verdict[0].starts_with("error: 1: invalid_proof"), "{verdict:?}");
    let verdict = verify("devnet", &[&good]);
    assert!(verdict[0].contains("not of devnet"), "{verdict:?}");
}

fn transaction_snarks() {
    let file = |name: &str| whole(&format!("network/ledger-proofs/mainnet-merge-100-0.{name}.binprot"));
    let (left, right) = (file("L.ledger-proof"), file("R.ledger-proof"));
    // A work is the fee, a tag of four bytes, the proofs, and the prover in 33 bytes.
    let message = |name: &str| {
        let work = read(&file(name));
        let (first, length) = (read(&left), work.len());
        let at = work.windows(first.len()).position(|window| window == first).expect("the proof");
        let path = installed().path(name);
        std::fs::write(&path, [&work[..at - 4], &work[length - 33..]].concat()).expect("written");
        path
    };
    let (own, other) = (message("work"), message("work.other-fee"));
    let verify = |network: &str, files: &[&Path]| daemon(&[network, "transactions"], files);
    assert_eq!(verify("mainnet", &[&left, &own, &right, &own]), ["ok"]);
    let verdict = verify("mainnet", &[&left, &own, &right, &other]);
    assert!(verdict[0].starts_with("error: 1: mismatched sok message"), "{verdict:?}");
    let verdict = verify("devnet", &[&left, &own]);
    assert!(verdict[0].starts_with("error: 0: invalid_proof"), "{verdict:?}");
}
