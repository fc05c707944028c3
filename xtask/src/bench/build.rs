//! The two builds that are compared, and how long building takes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

use super::pace::beside;
use super::report::{Measured, Unit};
use crate::cargo::{self, Outcome, target_folder};

/// A build of quickpickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// With the default features: the tables are in the binary.
    Baked,
    /// Without the features of tables: what is needed is computed at first use.
    Unbaked,
}

impl Build {
    pub fn name(self) -> &'static str {
        match self {
            Self::Baked => "baked",
            Self::Unbaked => "unbaked",
        }
    }

    /// What tells cargo to build the command so.
    fn command_features(self) -> &'static [&'static str] {
        match self {
            Self::Baked => &[],
            Self::Unbaked => &["--no-default-features", "--features", "cli,mainnet,devnet"],
        }
    }

    /// The same for this program.
    fn library_features(self) -> &'static [&'static str] {
        match self {
            Self::Baked => &["--features", "baked"],
            Self::Unbaked => &[],
        }
    }
}

/// What is measured of a build.
pub struct Programs {
    /// The command `quickpickle`.
    pub command: PathBuf,
    /// This program, over a library of that build.
    pub library: PathBuf,
}

/// Where programs are built and kept while they are measured.
///
/// Both builds are made in the target folder that this program comes from, so that dependencies are compiled once, and
/// kept in a folder beside, where the next build does not replace them.
pub struct Workshop {
    folder: TempDir,
}

impl Workshop {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: TempDir::with_prefix_in("bench-", target_folder()?)? })
    }

    pub fn build(&self, build: Build) -> anyhow::Result<Programs> {
        let keep = |from: &Path, name: &str| -> anyhow::Result<PathBuf> {
            let to = self.folder.path().join(format!("{}-{name}", build.name()));
            // Linked where it can be: Linux keeps a copied file in larger pieces of its cache, of which a process that touches one
            // page counts more as its own. The linker makes a new file each time.
            fs::hard_link(from, &to)
                .or_else(|_| fs::copy(from, &to).map(|_| ()))
                .with_context(|| format!("{} to {}", from.display(), to.display()))?;
            Ok(to)
        };
        let command = keep(&build_command(build, None)?.executable, "command")?;
        let library = cargo::build("xtask", build.library_features(), None)?;
        Ok(Programs { command, library: keep(&library.executable, "library")? })
    }

    /// Builds the command with an empty store, with a filled one, and without tables. Each time another folder is named
    /// as the store, and cargo runs the build script and compiles the crate again.
    pub fn measure(&self, runs: usize) -> anyhow::Result<Vec<(Build, Measured)>> {
        let [mut empty, mut filled, mut over, mut baked, mut unbaked, mut pace] = [const { Vec::new() }; 6];
        for run in 0..runs {
            let [store, other, third] =
                ["store", "filled", "third"].map(|name| self.folder.path().join(format!("{name}-{run}")));
            let (first, beside_first) = beside(|| build_command(Build::Baked, Some(&store)))?;
            pace.push(beside_first);
            copy_folder(&store, &other)?;
            let second = build_command(Build::Baked, Some(&other))?;
            let bare = build_command(Build::Unbaked, Some(&third))?;
            empty.push(first.tables.context("the build script said nothing of tables")?);
            filled.push(second.tables.context("the build script said nothing of tables")?);
            over.push(second.time - bare.time);
            baked.push(second.time);
            unbaked.push(bare.time);
        }
        // The one that users expect in the target folder.
        build_command(Build::Baked, None)?;
        let figure = |build, name, samples| (build, Measured::new(name, Unit::Seconds, samples));
        Ok(vec![
            (
                Build::Baked,
                Measured::new("bake all default tables, empty store", Unit::Seconds, empty).at(pace),
            ),
            figure(Build::Baked, "the same, filled store", filled),
            figure(Build::Baked, "rebuild with a filled store, cargo's whole time", baked),
            figure(Build::Unbaked, "rebuild with a filled store, cargo's whole time", unbaked),
            figure(Build::Baked, "rebuild with a filled store, over the unbaked one", over),
        ])
    }
}

fn build_command(build: Build, store: Option<&Path>) -> anyhow::Result<Outcome> {
    cargo::build("quickpickle", build.command_features(), store)
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_copied_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::create_dir_all(from.join("deep")).unwrap();
        fs::write(from.join("deep/file"), "x").unwrap();
        copy_folder(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("deep/file")).unwrap(), "x");
    }
}
