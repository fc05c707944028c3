//! Links from one document to another lead somewhere.

use super::markdown::Document;
use super::{Finding, Repository};

pub fn check(repository: &Repository) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, text) in repository.ending(".md") {
        let document = Document::parse(text);
        for (line, link) in &document.links {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = beside(path, file);
            if !file.is_empty() && !repository.has(&target) {
                findings.push(Finding::new(
                    path,
                    *line,
                    format!("the link leads to {target}, which is not there: correct it"),
                ));
                continue;
            }
            let target = if file.is_empty() { path } else { &target };
            let Some((_, text)) = repository.texts.iter().find(|(found, _)| found == target) else {
                continue;
            };
            if !anchor.is_empty() && !Document::parse(text).anchors.iter().any(|found| found == anchor) {
                let message =
                    format!("the link leads to the heading {anchor} of {target}, which has none: correct it");
                findings.push(Finding::new(path, *line, message));
            }
        }
    }
    Ok(findings)
}

/// A path that a document names, relative to the root.
pub fn beside(document: &str, path: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            "." | "" => (),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;
    use super::*;

    #[test]
    fn a_link_to_nowhere_is_found() {
        let page =
            "[a](../README.md#good-one) [b](b.md)\n[c](../README.md#no) [d](https://x.org/y) [e](#f)\n";
        let said = said(check, &[("README.md", "# Good one\n"), ("docs/a.md", page)]);
        assert_eq!(
            said,
            [
                "docs/a.md:1: the link leads to docs/b.md, which is not there: correct it",
                "docs/a.md:2: the link leads to the heading no of README.md, which has none: correct it",
                "docs/a.md:2: the link leads to the heading f of docs/a.md, which has none: correct it",
            ]
        );
    }

    #[test]
    fn paths_are_taken_from_the_document() {
        assert_eq!(beside("docs/lab/README.md", "../../src/./lib.rs"), "src/lib.rs");
        assert_eq!(beside("README.md", "../shared"), "../shared");
    }
}
