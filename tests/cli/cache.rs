//! `quickpickle cache` and `quickpickle srs`.

use std::fs;
use std::path::{Path, PathBuf};

use quickpickle_vectors::{needs_whole_set, read, whole};
use serde_json::Value;

use crate::support::*;

/// The files that `cache` writes for a program.
fn written(program: &str, folder: &Path) -> Vec<PathBuf> {
    let answer = run(quickpickle(&["cache", program, &folder.display().to_string()]));
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    answer.stdout.lines().map(|line| line.rsplit("  ").next().expect("a path").into()).collect()
}

fn compare(files: &[PathBuf]) -> Answer {
    let files = files.iter().map(|file| file.display().to_string());
    let words: Vec<String> = ["srs".to_owned()].into_iter().chain(files).collect();
    run(quickpickle(&words.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn digits(value: &Value) -> &str {
    value.as_str().expect("digits")
}

/// What is written for o1js, beside the end points that the reference computed.
#[test]
fn o1js_finds_the_points_of_the_reference() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = written("o1js", folder.path());
    assert_eq!(files.len(), 13);
    let golden = read(&quickpickle_vectors::shipped("srs/golden.json"));
    let golden: Vec<Value> = serde_json::from_slice(&golden).expect("JSON");
    let table = |name: &str| golden.iter().find(|table| table["table"] == name).expect("golden");
    let json = |name: &str| -> Vec<Value> {
        let header = fs::read_to_string(folder.path().join(format!("{name}.header"))).expect("a header");
        assert_eq!(header, format!("{name}-1"));
        serde_json::from_slice(&read(&folder.path().join(name))).expect("JSON")
    };
    let same = |found: &Value, expected: &Value| {
        assert_eq!(
            (digits(&found["x"]), digits(&found["y"])),
            (digits(&expected["x"]), digits(&expected["y"]))
        );
    };
    for (name, golden) in [("srs-fp-65536", table("step-srs")), ("srs-fq-32768", table("wrap-srs"))] {
        let points = json(name);
        assert_eq!(points.len() as u64, golden["points"].as_u64().expect("a number") + 1);
        same(&points[0], &golden["h"]);
        same(&points[1], &golden["first"]);
        same(points.last().expect("points"), &golden["last"]);
    }
    for (name, golden) in [
        ("lagrange-basis-fp-512", table("step-lagrange-9")),
        ("lagrange-basis-fp-65536", table("step-lagrange-16")),
        ("lagrange-basis-fq-8192", table("wrap-lagrange-13")),
    ] {
        let elements = json(name);
        assert_eq!(Some(elements.len() as u64), golden["points"].as_u64());
        same(&elements[0]["shifted"][0], &golden["first"]);
        same(&elements.last().expect("elements")["shifted"][0], &golden["last"]);
    }
    let answer = compare(&files);
    assert_eq!((answer.status, answer.stdout.lines().count()), (0, files.len()), "{}", answer.stdout);

    // A digit of y of the second element is another.
    let file = folder.path().join("lagrange-basis-fp-512");
    let text = fs::read_to_string(&file).expect("text");
    let place = text.match_indices("\"}").nth(1).expect("a second element").0 - 1;
    let other = if &text[place..=place] == "1" { "2" } else { "1" };
    fs::write(&file, [&text[..place], other, &text[place + 1..]].concat()).expect("written");
    let answer = compare(&[file]);
    assert_eq!(answer.status, 1);
    assert!(
        answer.stdout.ends_with(": Lagrange basis of 2^9 on vesta: element 1 is another\n"),
        "{}",
        answer.stdout
    );
}

#[test]
fn a_file_that_differs_is_told_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let bases = written("kimchi", &folder.path().join("kimchi"));
    assert_eq!(bases.len(), 11);
    assert!(bases.iter().any(|file| file.ends_with("vesta/lagrange_basis_65536-8192")));
    assert!(bases.iter().any(|file| file.ends_with("pallas/lagrange_basis_32768-32768")));
    let srs = written("srs", folder.path());
    let names: Vec<_> = srs.iter().map(|file| file.file_name().expect("a name")).collect();
    assert_eq!(names, ["pallas_15_v4", "vesta_16_v4"]);
    let answer = compare(&[bases, srs.clone()].concat());
    assert_eq!(answer.status, 0, "{}", answer.stdout);
    assert!(answer.stdout.lines().all(|line| line.starts_with("good ")), "{}", answer.stdout);

    // An SRS is a list of two, the list of generators of five bytes before the first, 35 bytes each, then the blinder.
    let good = read(&srs[0]);
    let file = folder.path().join("altered");
    let altered = |place: usize| {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        fs::write(&file, bytes).expect("written");
        compare(std::slice::from_ref(&file))
    };
    let of_generator = |generator: usize| 1 + 3 + 35 * generator + 2;
    for generator in [0, 7, 8, 32767] {
        let answer = altered(of_generator(generator));
        assert_eq!(answer.status, 1);
        let expected = format!(": 32768 generators of pallas: generator {generator} is another\n");
        assert!(answer.stdout.ends_with(&expected), "{}", answer.stdout);
    }
    let answer = altered(good.len() - 2);
    assert!(answer.status == 1 && answer.stdout.ends_with("the blinder is another\n"), "{}", answer.stdout);
    fs::write(&file, &good[..good.len() - 1]).expect("written");
    let answer = compare(&[file]);
    assert_eq!(answer.status, 2);
    assert!(answer.stdout.starts_with("malformed "), "{}", answer.stdout);
}

/// The reference's own files, and what is written here, byte for byte.
fn the_daemons_files_are_the_references() {
    let references = [whole("srs/pallas.srs"), whole("srs/vesta.srs")];
    let answer = compare(&references);
    assert_eq!(answer.status, 0, "{}", answer.stdout);
    let folder = tempfile::tempdir().expect("a folder");
    let files = written("srs", folder.path());
    assert!(read(&files[1]) == read(&references[1]));
    // That of half the size has half the generators and the same blinder.
    let (half, all) = (read(&files[0]), read(&references[0]));
    let (half, all) = (&half[4..], &all[6..]);
    let (generators, blinder) = half.split_at(half.len() - 35);
    assert!(generators == &all[..generators.len()] && blinder == &all[all.len() - 35..]);
}

needs_whole_set!(the_daemons_files_are_the_references);
