//! The lists of features that users read are those of `Cargo.toml`.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::markdown::Document;
use super::{Finding, Repository};

/// Documents with a table of features: whether it must be there, and what its lines begin with.
const TABLES: [(&str, bool, &str); 2] = [("README.md", true, ""), ("src/lib.rs", false, "//!")];

pub fn check(repository: &Repository) -> anyhow::Result<Vec<Finding>> {
    let manifest: toml::Table = repository.text("Cargo.toml")?.parse().context("Cargo.toml")?;
    let features =
        manifest.get("features").and_then(|features| features.as_table()).context("no [features]")?;
    let default =
        features.get("default").and_then(|default| default.as_array()).context("no default features")?;
    let is_default = |name: &str| default.iter().any(|feature| feature.as_str() == Some(name));

    let mut findings = Vec::new();
    for (file, must, comment) in TABLES {
        let Ok(text) = repository.text(file) else { continue };
        let text: Vec<&str> = text.lines().map(|line| line.strip_prefix(comment).unwrap_or("")).collect();
        let text: Vec<&str> = text.into_iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        let document = Document::parse(&text.join("\n"));
        let rows = document.table("feature");
        let Some((last, _)) = rows.last() else {
            if must {
                findings.push(Finding::new(
                    file,
                    1,
                    "no table of features: add one whose first column is \"feature\"",
                ));
            }
            continue;
        };
        // A row may tell of several features.
        let mut listed = BTreeMap::new();
        for (line, row) in rows {
            let defaults = row.get(1).is_some_and(|cell| cell == "yes");
            listed.extend(row[0].split(", ").map(|name| (name.to_owned(), (*line, defaults))));
        }
        for (name, (line, defaults)) in &listed {
            if !features.contains_key(name) {
                let message = format!("Cargo.toml has no feature {name}: take it out of the table");
                findings.push(Finding::new(file, *line, message));
            } else if *defaults != is_default(name) {
                let message = format!(
                    "Cargo.toml says otherwise of {name} among the default features: make them agree"
                );
                findings.push(Finding::new(file, *line, message));
            }
        }
        for name in features.keys().filter(|name| *name != "default" && !listed.contains_key(*name)) {
            findings.push(Finding::new(
                file,
                *last,
                format!("the table lacks the feature {name}: add a row"),
            ));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;

    const MANIFEST: &str = "[features]\ndefault = [\"a\"]\na = []\nb = []\nc = []\n";

    #[test]
    fn tables_that_disagree_with_the_manifest_are_found() {
        let table = "| feature | default |\n| --- | --- |\n| `a` | |\n| `b`, `old` | |\n";
        let lib = "//! text\n//!\n//! | feature | default |\n//! | --- | --- |\n//! | `a` | yes |\n//! | `b`, `c` | yes |\n";
        let said = said(super::check, &[("Cargo.toml", MANIFEST), ("README.md", table), ("src/lib.rs", lib)]);
        assert_eq!(
            said,
            [
                "README.md:3: Cargo.toml says otherwise of a among the default features: make them agree",
                "README.md:4: Cargo.toml has no feature old: take it out of the table",
                "README.md:4: the table lacks the feature c: add a row",
                "src/lib.rs:6: Cargo.toml says otherwise of b among the default features: make them agree",
                "src/lib.rs:6: Cargo.toml says otherwise of c among the default features: make them agree",
            ]
        );
    }

    #[test]
    fn a_readme_without_the_table_is_found() {
        assert_eq!(said(super::check, &[("Cargo.toml", MANIFEST), ("README.md", "text\n")]).len(), 1);
    }
}
