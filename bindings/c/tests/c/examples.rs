//! The examples, and what is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use quickpickle_vectors::{needs_whole_set, shipped, unzipped, whole};

use crate::installed::{installed, run};

fn o1js(path: &str) -> PathBuf {
    shipped(&format!("o1js/{path}"))
}

const VALID: &str = "{\"verdict\":\"valid\"}\n";

#[test]
fn one_proof() {
    let key = o1js("n1-counter-depth1/vk.json");
    let verify = |arguments: &[&Path]| installed().example("verify", arguments);
    assert_eq!(verify(&[&key, &o1js("n1-counter-depth1/proof.json")]), (0, VALID.into()));
    let statement = shipped("forms/statement.json");
    assert_eq!(verify(&[&key, &shipped("forms/proof.binprot"), &statement]), (0, VALID.into()));
    let (status, text) = verify(&[&o1js("n0-arith/vk.json"), &o1js("neg-n0-arith--sg/proof.json")]);
    assert!(status == 1 && text.starts_with("{\"verdict\":\"rejected\",\"reason\":"), "{status} {text}");
    let (status, text) = verify(&[&key, &key]);
    assert!(status == 2 && text.contains("malformed"), "{status} {text}");
    let (status, text) = verify(&[&statement, &key]);
    assert!(status == 2 && text.contains("\"reason\":\"key: "), "{status} {text}");
}

#[test]
fn a_batch_and_threads() {
    let (key, good, wrong) =
        (o1js("n0-arith/vk.json"), o1js("n0-arith/proof.json"), o1js("neg-n0-arith--sg/proof.json"));
    let (status, text) = installed().example("batch", &[&key, &good, &wrong, &good]);
    let verdicts: Vec<_> = text.lines().map(|line| line.contains("{\"verdict\":\"valid\"}")).collect();
    assert_eq!((status, verdicts), (1, vec![true, false, true]), "{text}");
    assert_eq!(installed().example("batch", &[&key, &good, &good]).0, 0);
    let (status, text) = installed().example("threads", &[&key, &good, &wrong, &good, &wrong]);
    let words: Vec<_> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!((status, words), (0, vec!["valid", "refused", "valid", "refused"]), "{text}");
}

needs_whole_set!(a_block);

fn a_block() {
    const NAME: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.json";
    let block = installed().path(NAME);
    fs::write(&block, unzipped(&whole(&format!("network/blocks/{NAME}.gz")))).expect("written");
    let (status, text) = installed().example("block", &[Path::new("mainnet"), &block]);
    assert!(status == 0 && text.contains("\"height\":359617"), "{status} {text}");
    let (status, text) = installed().example("block", &[Path::new("devnet"), &block]);
    assert!(status == 1 && text.contains("not of devnet"), "{status} {text}");
}

#[test]
fn it_is_found() {
    if Command::new("pkg-config").arg("--version").output().is_err() {
        eprintln!("pkg-config is not there: what it would say of the library is not looked at");
    } else {
        let flags = installed().flags(&["--cflags", "--libs"]);
        assert!(flags.contains(&"-lquickpickle".to_owned()), "{flags:?}");
        assert!(flags.contains(&format!("-I{}", installed().path("include").display())), "{flags:?}");
    }
    let description = fs::read_to_string(installed().path("lib/pkgconfig/quickpickle.pc")).expect("a file");
    assert!(description.contains(concat!("\nVersion: ", env!("CARGO_PKG_VERSION"), "\n")), "{description}");
}

#[test]
fn it_shows_no_other_names() {
    let library = installed().path("lib/libquickpickle.so");
    let names = run(Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(library));
    let names = String::from_utf8(names.stdout).expect("text");
    assert!(names.lines().count() > 15, "{names}");
    assert!(names.lines().all(|line| line.starts_with("quickpickle_")), "{names}");
}
