//! `cargo xtask mutants`: takes out the verifier's checks one by one, and sees whether a test notices.
//!
//! What is taken out stands in `xtask/mutants/`, in a file for each crate: a piece of a source file, and what takes its place.
//! The work is done in a copy of the sources in the target folder, so that the tree stays as it is. The whole set of vectors is
//! not beside that copy: what notices has to be in the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

const LISTS: [&str; 2] = ["xtask/mutants/runtime.toml", "xtask/mutants/mina.toml"];
/// The time that building, or running the tests, may take.
const LONGEST: Duration = Duration::from_secs(600);

/// Take out the verifier's checks one by one and print those that no test misses.
///
/// Each entry of the lists in xtask/mutants is applied alone to a copy of the sources, and the tests that should notice are
/// run: one of them must fail. Ends with 1 if a mutant survives without a reason, or no longer fits the sources.
#[derive(clap::Args)]
pub struct Args {
    /// Only those whose file or name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Print the list with what is taken out, and run nothing
    #[arg(long)]
    list: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// The arguments of `cargo test` by the name of a group of tests.
    tests: BTreeMap<String, Vec<String>>,
    mutant: Vec<Mutant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    /// The check that is taken out.
    check: String,
    file: PathBuf,
    /// The piece of the file, which must stand there exactly once.
    find: String,
    replace: String,
    /// The groups of tests that should notice, the likeliest first.
    tests: Vec<String>,
    /// Why no test can notice.
    survives: Option<String>,
}

impl Mutant {
    fn name(&self) -> String {
        format!("{}: {}", self.file.display(), self.check)
    }

    /// The file with the check taken out.
    fn apply(&self, source: &str) -> anyhow::Result<String> {
        let found = source.matches(&self.find).count();
        ensure!(found == 1, "{}: the piece that is to be replaced stands there {found} times", self.name());
        Ok(source.replacen(&self.find, &self.replace, 1))
    }
}

/// What became of a mutant.
enum Fate {
    Noticed,
    Survived,
    /// The compiler refuses it, so that it says nothing about tests.
    Broken,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let list = read()?;
    let wanted = |mutant: &&Mutant| args.only.as_ref().is_none_or(|text| mutant.name().contains(text));
    let mutants: Vec<&Mutant> = list.mutant.iter().filter(wanted).collect();
    ensure!(!mutants.is_empty(), "no such mutant");
    if args.list {
        for mutant in mutants {
            println!("{}\n  - {}\n  + {}", mutant.name(), mutant.find.trim(), mutant.replace.trim());
        }
        return Ok(true);
    }

    let tree = Tree::new()?;
    let groups: Vec<&String> =
        list.tests.keys().filter(|g| mutants.iter().any(|m| m.tests.contains(g))).collect();
    for group in groups {
        eprintln!("the tests of {group}, with nothing taken out");
        match tree.test(&list.tests[group])? {
            Fate::Survived => (),
            _ => bail!("the tests of {group} fail without any mutant: {}", tree.log().display()),
        }
    }

    let bar = ProgressBar::new(mutants.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed}, {eta} left  {msg}")?);
    let (mut noticed, mut excused, mut wrong) = (0, 0, Vec::new());
    for mutant in &mutants {
        bar.set_message(mutant.name());
        let fate = tree.fate(mutant, &list.tests)?;
        match (fate, &mutant.survives) {
            (Fate::Noticed, None) => noticed += 1,
            (Fate::Survived, Some(reason)) => {
                excused += 1;
                bar.suspend(|| println!("survives  {}: {reason}", mutant.name()));
            }
            (Fate::Noticed, Some(_)) => {
                wrong.push(format!("noticed, though it says why it cannot be: {}", mutant.name()))
            }
            (Fate::Survived, None) => wrong.push(format!("SURVIVES  {}", mutant.name())),
            (Fate::Broken, _) => wrong.push(format!("does not compile  {}", mutant.name())),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    wrong.iter().for_each(|line| println!("{line}"));
    println!("{noticed} of {} mutants noticed, {excused} survive for a reason", mutants.len());
    Ok(wrong.is_empty())
}

/// What is in all lists, each of whose mutants fits the sources.
fn read() -> anyhow::Result<List> {
    let mut all = List::default();
    for name in LISTS {
        let text = fs::read_to_string(crate::root().join(name)).context(name)?;
        let list: List = toml::from_str(&text).context(name)?;
        for mutant in &list.mutant {
            let path = crate::root().join(&mutant.file);
            mutant.apply(&fs::read_to_string(&path).with_context(|| path.display().to_string())?)?;
            for group in &mutant.tests {
                ensure!(list.tests.contains_key(group), "{}: no tests of the name {group}", mutant.name());
            }
            ensure!(!mutant.tests.is_empty(), "{}: no tests", mutant.name());
        }
        all.mutant.extend(list.mutant);
        for (group, arguments) in list.tests {
            ensure!(
                all.tests.insert(group.clone(), arguments).is_none(),
                "two groups of tests are called {group}"
            );
        }
    }
    Ok(all)
}

/// A copy of the sources, and the target folder of its builds.
struct Tree {
    folder: PathBuf,
    target: PathBuf,
}

impl Tree {
    /// Copies what git tracks, and removes what it does not track any more. Files that are as they were stay untouched, so that
    /// cargo builds only what changed.
    fn new() -> anyhow::Result<Self> {
        let base = crate::cargo::target_folder()?.join("mutants");
        let tree = Self { folder: base.join("tree"), target: base.join("target") };
        let files = Command::new("git").args(["ls-files", "-z"]).current_dir(crate::root()).output()?;
        ensure!(files.status.success(), "git ls-files: {}", files.status);
        let mut tracked = BTreeSet::new();
        for file in files.stdout.split(|byte| *byte == 0).filter(|file| !file.is_empty()) {
            let file = Path::new(std::str::from_utf8(file)?);
            let (from, to) = (crate::root().join(file), tree.folder.join(file));
            // One that was removed and not yet committed.
            let Ok(content) = fs::read(&from) else { continue };
            tracked.insert(to.clone());
            if fs::read(&to).ok().as_ref() != Some(&content) {
                fs::create_dir_all(to.parent().context("a folder")?)?;
                fs::write(&to, content).with_context(|| to.display().to_string())?;
            }
        }
        remove_others(&tree.folder, &tracked)?;
        Ok(tree)
    }

    fn log(&self) -> PathBuf {
        self.target.join("mutants.log")
    }

    /// Applies a mutant, runs its tests until some notice, and takes it back.
    fn fate(&self, mutant: &Mutant, tests: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Fate> {
        let path = self.folder.join(&mutant.file);
        let source = fs::read_to_string(&path)?;
        fs::write(&path, mutant.apply(&source)?)?;
        let mut fate = Ok(Fate::Survived);
        for group in &mutant.tests {
            fate = self.test(&tests[group]);
            if !matches!(fate, Ok(Fate::Survived)) {
                break;
            }
        }
        fs::write(&path, source)?;
        fate
    }

    /// Runs tests: they compile or not, and notice something or not.
    fn test(&self, arguments: &[String]) -> anyhow::Result<Fate> {
        fs::create_dir_all(&self.target)?;
        let run = |more: &[&str]| -> anyhow::Result<bool> {
            let log = fs::File::create(self.log())?;
            let mut command = crate::cargo::cargo();
            command.args(["test", "--quiet", "--profile", "mutants", "--locked"]).args(arguments).args(more);
            command.arg("--target-dir").arg(&self.target).current_dir(&self.folder);
            command.stdout(log.try_clone()?).stderr(Stdio::from(log));
            let mut cargo = command.spawn().context("cargo")?;
            let start = Instant::now();
            loop {
                match cargo.try_wait()? {
                    Some(status) => return Ok(status.success()),
                    // A loop that does not end any more is noticed as well.
                    None if start.elapsed() > LONGEST => {
                        cargo.kill()?;
                        cargo.wait()?;
                        return Ok(false);
                    }
                    None => sleep(Duration::from_millis(20)),
                }
            }
        };
        if !run(&["--no-run"])? {
            return Ok(Fate::Broken);
        }
        Ok(if run(&[])? { Fate::Survived } else { Fate::Noticed })
    }
}

/// Removes files that are not among these.
fn remove_others(folder: &Path, files: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => remove_others(&entry.path(), files)?,
            false if !files.contains(&entry.path()) => fs::remove_file(entry.path())?,
            false => (),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_fits_the_sources() {
        assert!(!read().expect("the list").mutant.is_empty());
    }

    #[test]
    fn what_is_not_tracked_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("a")).expect("a folder in it");
        ["kept", "a/kept", "a/gone"].iter().for_each(|name| fs::write(path(name), "").expect("a file"));
        remove_others(folder.path(), &[path("kept"), path("a/kept")].into()).expect("a folder to read");
        assert_eq!(["kept", "a/kept", "a/gone"].map(|name| path(name).exists()), [true, true, false]);
    }

    #[test]
    fn a_piece_stands_in_its_file_once() {
        let mutant = |find: &str| Mutant {
            check: "x".into(),
            file: "a.rs".into(),
            find: find.into(),
            replace: String::new(),
            tests: Vec::new(),
            survives: None,
        };
        assert_eq!(mutant("b;").apply("a; b; c;").expect("once"), "a;  c;");
        assert!(mutant("d").apply("a; b;").is_err());
        assert!(mutant(";").apply("a; b;").is_err());
    }
}
