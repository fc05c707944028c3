//! The tables of rooms tell of every member of the workspace, and of nothing else.

use super::markdown::Document;
use super::{Finding, Repository};

/// The documents with such a table, and the head of its first column.
const TABLES: [(&str, &str); 2] = [("docs/architecture.md", "crate"), ("CONTRIBUTING.md", "folder")];

/// Rows for what is no member of its own: the root package, by its name or its folders.
const ROOT: [&str; 3] = ["root", "src", "tests"];

pub fn check(repository: &Repository) -> anyhow::Result<Vec<Finding>> {
    let members = repository.members()?;
    let mut findings = Vec::new();
    for (file, head) in TABLES {
        let document = Document::parse(repository.text(file)?);
        let rows = document.table(head);
        let Some((last, _)) = rows.last() else {
            findings.push(Finding::new(
                file,
                1,
                format!("no table of rooms: add one whose first column is {head:?}"),
            ));
            continue;
        };
        let named = |row: &[String]| row[0].trim_end_matches('/').to_owned();
        for (line, row) in rows {
            let name = named(row);
            if !ROOT.contains(&&*name) && !members.contains(&name) {
                let message =
                    format!("{name} is no member of the workspace: take the row out, or correct it");
                findings.push(Finding::new(file, *line, message));
            }
        }
        for member in members.iter().filter(|member| !rows.iter().any(|(_, row)| named(row) == **member)) {
            findings.push(Finding::new(file, *last, format!("the table of rooms lacks {member}: add a row")));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;

    #[test]
    fn a_room_too_many_and_a_room_too_few_are_found() {
        let files = [
            ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"tests/b\"]\n"),
            ("docs/architecture.md", "| crate |\n| --- |\n| `a` |\n| `tests/b` |\n| root |\n"),
            ("CONTRIBUTING.md", "text\n\n| folder |\n| --- |\n| `a/` |\n| `old/` |\n| `src/` |\n"),
        ];
        let expected = [
            "CONTRIBUTING.md:6: old is no member of the workspace: take the row out, or correct it",
            "CONTRIBUTING.md:7: the table of rooms lacks tests/b: add a row",
        ];
        assert_eq!(said(super::check, &files), expected);
    }

    #[test]
    fn a_document_without_a_table_is_found() {
        let files = [
            ("Cargo.toml", "[workspace]\nmembers = []\n"),
            ("docs/architecture.md", ""),
            ("CONTRIBUTING.md", ""),
        ];
        assert_eq!(said(super::check, &files).len(), 2);
    }
}
