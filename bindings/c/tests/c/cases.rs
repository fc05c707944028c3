//! The cases that every binding's tests run, with the static library.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use quickpickle_vectors::cases::{Case, Source, cases, compare};

use crate::installed::installed;

/// The line of a case, with its files in a folder.
fn line(case: &Case, place: usize, folder: &Path) -> String {
    let file = |name: &str, bytes: Option<Vec<u8>>| match bytes {
        Some(bytes) => {
            let path = folder.join(format!("{place}-{name}"));
            fs::write(&path, bytes).expect("written");
            path.display().to_string()
        }
        None => "-".to_owned(),
    };
    let source = |name: &str, source: &Option<Source>| file(name, source.as_ref().map(Source::bytes));
    let said = |value: &Option<serde_json::Value>| {
        file("options", value.as_ref().map(|value| value.to_string().into_bytes()))
    };
    if case.key.is_some() {
        let (key, proof, statement) =
            (source("key", &case.key), source("proof", &case.proof), source("statement", &case.statement));
        return format!("proof {key} {} {proof} {statement}\n", said(&case.options));
    }
    let (networks, accounts, object) = (
        source("networks", &case.networks),
        source("accounts", &case.accounts),
        source("object", &case.object),
    );
    format!("object {} {networks} {accounts} {object}\n", said(&case.known))
}

/// Has a program answer the cases: it reads a line a case, and writes its answers, a line each, or `refused` and why, then an empty
/// line.
pub fn answered_by(command: &mut Command) {
    let (cases, folder) = (cases(), tempfile::tempdir().expect("a folder"));
    let line = |(place, case)| line(case, place, folder.path());
    let lines: String = cases.iter().enumerate().map(line).collect();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("lines read");
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{}", output.status);
    let text = String::from_utf8(output.stdout).expect("text");
    let answers: Vec<Vec<&str>> =
        text.split_terminator("\n\n").map(|lines| lines.lines().collect()).collect();
    assert_eq!(answers.len(), cases.len(), "{text}");
    for (case, found) in cases.iter().zip(answers) {
        match &case.refused {
            Some(expected) => {
                let refused = found.first().and_then(|line| line.strip_prefix("refused "));
                let refused = refused.unwrap_or_else(|| panic!("{}: {found:?}", case.what));
                match expected["reason"].as_str() {
                    // In OCaml a refusal is the reason alone.
                    Some(reason) if !refused.starts_with('{') => {
                        assert!(refused.contains(reason), "{}: {refused}", case.what);
                    }
                    _ => compare(&case.what, expected, refused),
                }
            }
            None => {
                assert_eq!(found.len(), case.answers.len(), "{}: {found:?}", case.what);
                case.answers
                    .iter()
                    .zip(found)
                    .for_each(|(expected, line)| compare(&case.what, expected, line));
            }
        }
    }
}

/// With the static library.
#[test]
fn every_case_is_answered() {
    let archive = installed().path("lib/libquickpickle.a");
    // What `pkg-config --static` adds.
    let description = fs::read_to_string(installed().path("lib/pkgconfig/quickpickle.pc")).expect("a file");
    let others = description.lines().find_map(|line| line.strip_prefix("Libs.private: ")).expect("libraries");
    let libraries: Vec<_> = [archive.to_str().expect("text")].into_iter().chain(others.split(' ')).collect();
    let program = installed().compile("tests/c/cases.c", &libraries);
    answered_by(&mut Command::new(program));
}
