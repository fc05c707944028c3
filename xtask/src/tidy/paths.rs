//! Paths that documents and comments name exist.

use super::links::beside;
use super::markdown::Document;
use super::{Finding, Repository};

/// Paths that are not in the repository, and why they are named.
const ELSEWHERE: [(&str, &str); 3] = [
    ("../shared", "the whole set of vectors, beside the repository where it is there"),
    ("docs/specs/consensus/README.md", "Mina's specification of consensus"),
    ("runtime/hash.c", "of OCaml's runtime"),
];

pub fn check(repository: &Repository) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    // What a comment or a command line names may be of another project; a first folder that is ours is ours.
    let members = repository.members()?;
    let ours = |path: &str| {
        let first = path.split('/').next().unwrap_or_default();
        ["docs", "tests", ".ci"].contains(&first) || members.iter().any(|member| member == first)
    };
    let mut look = |file: &str, line: usize, path: &str| {
        let elsewhere = ELSEWHERE.iter().any(|(place, _)| path.starts_with(place));
        if !elsewhere && !repository.has(path) && !repository.has(&beside(file, path)) {
            let message =
                format!("`{path}` is not there: correct the path, or list it in xtask/src/tidy/paths.rs");
            findings.push(Finding::new(file, line, message));
        }
    };
    for (file, text) in repository.ending(".md") {
        let document = Document::parse(text);
        document
            .code
            .iter()
            .filter(|(_, code)| is_path(code))
            .for_each(|(line, path)| look(file, *line, path));
        let words = document.words.iter().filter(|(_, word)| is_path(word) && ours(word));
        words.for_each(|(line, path)| look(file, *line, path));
    }
    for (file, text) in repository.ending(".rs") {
        for (i, line) in text.lines().enumerate() {
            let Some((_, comment)) = line.split_once("//") else { continue };
            let code = comment.split('`').skip(1).step_by(2);
            code.filter(|code| is_path(code) && ours(code)).for_each(|path| look(file, i + 1, path));
        }
    }
    Ok(findings)
}

/// Whether a word looks like the path of a file or folder.
fn is_path(word: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    word.contains('/') && !word.contains("//") && !word.starts_with('/') && word.chars().all(legal)
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;
    use super::*;

    #[test]
    fn a_path_that_is_not_there_is_found() {
        // In two parts, for this is a line that the rule reads as well.
        let code =
            ["/", "/! `room/src` `docs/a.md` `theirs/b.rs`\nconst A: &str = \"`docs/c.md`\";\n"].concat();
        let files = [
            ("Cargo.toml", "[workspace]\nmembers = [\"room\"]\n"),
            (
                "README.md",
                "`room/src/lib.rs`, `../shared/x`, `old/`, `1 / 2`\n\n```sh\nrun room/no.json out/a\n```\n",
            ),
            ("room/README.md", "`src/lib.rs`\n"),
            ("room/src/lib.rs", &code),
        ];
        let help = "correct the path, or list it in xtask/src/tidy/paths.rs";
        assert_eq!(
            said(check, &files),
            [
                format!("README.md:1: `old/` is not there: {help}"),
                format!("README.md:4: `room/no.json` is not there: {help}"),
                format!("room/src/lib.rs:1: `docs/a.md` is not there: {help}"),
            ]
        );
    }
}
