//! What the compiler does not see: documents that name what is not there, lists that disagree, tests that check nothing.
//!
//! A rule is a function from the repository to its findings. All of them are run by `cargo xtask tidy`, which is a test of this package too.

mod assertions;
mod features;
mod length;
mod links;
mod markdown;
mod paths;
mod rooms;
mod source;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

#[derive(clap::Args)]
pub struct Args {}

/// Something that is not as it should be, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    file: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// The files of a repository.
struct Repository {
    root: PathBuf,
    /// The files whose text is looked at, with paths relative to the root and `/` in them, sorted.
    texts: Vec<(String, String)>,
}

/// Files that people write and read. Recordings, graphs and lock files are neither.
const WRITTEN: [&str; 4] = ["rs", "md", "toml", "proto"];

impl Repository {
    fn read(root: &Path) -> anyhow::Result<Self> {
        let mut repository = Self { root: root.to_owned(), texts: Vec::new() };
        repository.read_folder(root, "")?;
        repository.texts.sort();
        Ok(repository)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name == ".git" || name == "target" {
                continue;
            }
            let relative = format!("{prefix}{name}");
            if path.is_dir() {
                self.read_folder(&path, &format!("{relative}/"))?;
            } else if path.extension().is_some_and(|extension| WRITTEN.iter().any(|e| extension == *e)) {
                let text = fs::read_to_string(&path).with_context(|| relative.clone())?;
                self.texts.push((relative, text));
            }
        }
        Ok(())
    }

    /// The files whose names end so.
    fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts.iter().filter(move |(path, _)| path.ends_with(end)).map(|(path, text)| (&**path, &**text))
    }

    /// The text of a file that must be there.
    fn text(&self, path: &str) -> anyhow::Result<&str> {
        match self.texts.iter().find(|(found, _)| found == path) {
            Some((_, text)) => Ok(text),
            None => bail!("{path} is not there"),
        }
    }

    fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// The folders of the workspace's members, the root's without a name left out.
    fn members(&self) -> anyhow::Result<Vec<String>> {
        let manifest: toml::Table = self.text("Cargo.toml")?.parse().context("Cargo.toml")?;
        let members = manifest.get("workspace").and_then(|workspace| workspace.get("members"));
        let members =
            members.and_then(|members| members.as_array()).context("Cargo.toml: no workspace.members")?;
        Ok(members.iter().filter_map(|member| member.as_str()).map(str::to_owned).collect())
    }
}

type Rule = fn(&Repository) -> anyhow::Result<Vec<Finding>>;

const RULES: [Rule; 6] =
    [paths::check, links::check, rooms::check, features::check, assertions::check, length::check];

fn findings(repository: &Repository) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for rule in RULES {
        findings.extend(rule(repository)?);
    }
    Ok(findings)
}

pub fn run(_: &Args) -> anyhow::Result<bool> {
    let repository = Repository::read(crate::root())?;
    let findings = findings(&repository)?;
    findings.iter().for_each(|finding| println!("{finding}"));
    println!("{} files, {} findings", repository.texts.len(), findings.len());
    Ok(findings.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with these files, for the rules' tests.
    pub fn repository(files: &[(&str, &str)]) -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("written");
        }
        let repository = Repository::read(folder.path()).expect("a repository");
        (folder, repository)
    }

    /// What a rule says of these files.
    pub fn said(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
        let (_folder, repository) = repository(files);
        rule(&repository).expect("a rule that can be asked").iter().map(ToString::to_string).collect()
    }
}
