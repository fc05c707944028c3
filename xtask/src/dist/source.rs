//! What is built: the files of the repository, copied into a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::tools::run;

/// The files under version control as they are in the work tree, and what names them.
#[derive(Clone, Debug)]
pub struct Source {
    files: Vec<PathBuf>,
    pub version: String,
    /// The commit, and whether the work tree differs from it.
    pub commit: String,
    /// The time that all files get, in seconds since 1970: `SOURCE_DATE_EPOCH`, or that of the commit.
    pub epoch: u64,
}

impl Source {
    pub fn read() -> anyhow::Result<Self> {
        let git = |arguments: &[&str]| run(Command::new("git").args(arguments).current_dir(crate::root()));
        let manifest = fs::read_to_string(crate::root().join("Cargo.toml")).context("Cargo.toml")?;
        let manifest: toml::Table = manifest.parse().context("Cargo.toml")?;
        let version = &manifest["workspace"]["package"]["version"];
        let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(epoch) => epoch,
            Err(_) => git(&["log", "-1", "--format=%ct"])?,
        };
        let changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
        let commit = git(&["rev-parse", "--short=12", "HEAD"])?.trim().to_owned();
        Ok(Self {
            files: git(&["ls-files", "-z"])?.split_terminator('\0').map(PathBuf::from).collect(),
            version: version.as_str().context("the version is no text")?.to_owned(),
            commit: if changed { format!("{commit}, with changes") } else { commit },
            epoch: epoch.trim().parse().context("SOURCE_DATE_EPOCH")?,
        })
    }

    /// Copies the files into a folder, in which nothing else is left but folders whose names begin with `target`.
    ///
    /// They keep their times, so that cargo compiles anew only what changed.
    pub fn copy_to(&self, folder: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("target") {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        for file in &self.files {
            let (from, to) = (crate::root().join(file), folder.join(file));
            // It is under version control, and was removed.
            if !from.exists() {
                continue;
            }
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::copy(&from, &to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
            fs::File::options().append(true).open(&to)?.set_modified(fs::metadata(&from)?.modified()?)?;
        }
        ensure!(folder.join("Cargo.toml").is_file(), "the repository has no Cargo.toml");
        Ok(())
    }
}
