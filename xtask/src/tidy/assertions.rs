//! No test passes without having checked something.
//!
//! What a file's tokens tell is enough to find the two ways in which that happens: a test in which nothing can fail, and one
//! that returns where what it needs is not there.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Function, functions};
use super::{Finding, Repository};

/// Tests and their helpers that are as they should be nevertheless: file, function, reason.
const ALLOWED: [(&str, &str, &str); 2] = [
    ("tests/node/support/mod.rs", "lines", "a thread that ends when nobody wants its lines any more"),
    ("tests/errors.rs", "sources", "a folder that has no sources; their number is asserted"),
];

pub fn check(repository: &Repository) -> anyhow::Result<Vec<Finding>> {
    // The functions of a package's tests, and of the files that have tests inside.
    let mut packages: BTreeMap<&str, Vec<(&str, Function)>> = BTreeMap::new();
    let members = repository.members()?;
    let mut findings = Vec::new();
    for (file, text) in repository.ending(".rs") {
        let tokens = match text.parse() {
            Ok(tokens) => tokens,
            Err(error) => {
                findings.push(Finding::new(file, 1, format!("not read: {error}")));
                continue;
            }
        };
        let functions = functions(tokens);
        if is_of_tests(file) || functions.iter().any(|function| function.is_test) {
            let member = members.iter().filter(|member| file.starts_with(&format!("{member}/")));
            let package = member.max_by_key(|member| member.len()).map_or("", |member| member);
            packages
                .entry(package)
                .or_default()
                .extend(functions.into_iter().map(|function| (file, function)));
        }
    }
    for functions in packages.values() {
        let checking = checking(functions);
        for (file, function) in functions {
            if ALLOWED.iter().any(|(allowed, name, _)| allowed == file && *name == function.name) {
                continue;
            }
            let help = "or list it with its reason in xtask/src/tidy/assertions.rs";
            let name = &function.name;
            if function.is_test && !checking.contains(name.as_str()) {
                let message = format!("nothing in the test {name} can fail: assert what it shows, {help}");
                findings.push(Finding::new(file, function.line, message));
            }
            if function.is_test || is_of_tests(file) {
                let early = |line: &usize| {
                    let message = format!(
                        "{name} leaves a test that then passes: use needs_whole_set! where it lacks vectors, {help}"
                    );
                    Finding::new(file, *line, message)
                };
                findings.extend(function.returns.iter().map(early));
            }
        }
    }
    Ok(findings)
}

fn is_of_tests(file: &str) -> bool {
    file.split('/').rev().skip(1).any(|folder| folder == "tests")
}

/// The names of functions that check something, by themselves or in what they call.
fn checking<'a>(functions: &'a [(&str, Function)]) -> BTreeSet<&'a str> {
    let mut checking: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = checking.len();
        for (_, function) in functions {
            if function.checks || function.calls.iter().any(|call| checking.contains(call.as_str())) {
                checking.insert(&function.name);
            }
        }
        if checking.len() == before {
            return checking;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;

    #[test]
    fn tests_that_check_nothing_or_leave_early_are_found() {
        let a = "
            #[test] fn checks_by_a_helper() { outer(); }
            fn outer() { inner::<u8>() }
            #[test] fn prints() { println!(\"{}\", silent()); }
            fn silent() -> u8 { 1 }
            #[test] fn leaves() { let Some(x) = y else { return }; assert!(x); }
        ";
        let files = [
            ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\n"),
            ("a/tests/a.rs", a),
            (
                "a/tests/helpers.rs",
                "fn inner<T>() { assert_eq!(1, 1) }\nfn skip() { if x { return println!() } }\n",
            ),
            (
                "b/src/lib.rs",
                "fn early() { if x { return; } }\n#[test] fn other_package() { inner::<u8>() }\n",
            ),
        ];
        let help = "or list it with its reason in xtask/src/tidy/assertions.rs";
        let nothing = |name| format!("nothing in the test {name} can fail: assert what it shows, {help}");
        let early = |name| {
            format!(
                "{name} leaves a test that then passes: use needs_whole_set! where it lacks vectors, {help}"
            )
        };
        assert_eq!(
            said(super::check, &files),
            [
                format!("a/tests/a.rs:4: {}", nothing("prints")),
                format!("a/tests/a.rs:6: {}", early("leaves")),
                format!("a/tests/helpers.rs:2: {}", early("skip")),
                format!("b/src/lib.rs:2: {}", nothing("other_package")),
            ]
        );
    }
}
