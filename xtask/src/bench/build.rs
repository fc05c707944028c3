//! The two builds that are compared, and how long building takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::report::{Measured, Unit};

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
            Self::Unbaked => &["--no-default-features", "--features", "cli"],
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
/// copied out of it into a folder beside.
pub struct Workshop {
    folder: TempDir,
}

/// What cargo left.
struct Outcome {
    executable: PathBuf,
    /// What the build script said of the tables: how long it took for them, in seconds.
    tables: Option<f64>,
    /// How long cargo took, in seconds.
    time: f64,
}

impl Workshop {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: TempDir::with_prefix_in("bench-", target_folder()?)? })
    }

    pub fn build(&self, build: Build) -> anyhow::Result<Programs> {
        let keep = |from: &Path, name: &str| -> anyhow::Result<PathBuf> {
            let to = self.folder.path().join(format!("{}-{name}", build.name()));
            fs::copy(from, &to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
            Ok(to)
        };
        let command = keep(&build_command(build, None)?.executable, "command")?;
        let library = cargo("xtask", build.library_features(), None)?;
        Ok(Programs { command, library: keep(&library.executable, "library")? })
    }

    /// Builds the command with an empty store, with a filled one, and without tables. Each time another folder is named
    /// as the store, and cargo runs the build script and compiles the crate again.
    pub fn measure(&self, runs: usize) -> anyhow::Result<Vec<(Build, Measured)>> {
        let [mut empty, mut filled, mut over, mut baked, mut unbaked] = [const { Vec::new() }; 5];
        for run in 0..runs {
            let [store, other, third] =
                ["store", "filled", "third"].map(|name| self.folder.path().join(format!("{name}-{run}")));
            let first = build_command(Build::Baked, Some(&store))?;
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
            figure(Build::Baked, "bake all default tables, empty store", empty),
            figure(Build::Baked, "the same, filled store", filled),
            figure(Build::Baked, "rebuild with a filled store, cargo's whole time", baked),
            figure(Build::Unbaked, "rebuild with a filled store, cargo's whole time", unbaked),
            figure(Build::Baked, "rebuild with a filled store, over the unbaked one", over),
        ])
    }
}

fn build_command(build: Build, store: Option<&Path>) -> anyhow::Result<Outcome> {
    cargo("quickpickle", build.command_features(), store)
}

/// Builds a package's program in release mode.
fn cargo(package: &str, features: &[&str], store: Option<&Path>) -> anyhow::Result<Outcome> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--quiet", "--message-format=json-render-diagnostics"]);
    command.args(["--package", package, "--bin", package]).args(features).args(["--target-dir"]);
    command.arg(target_folder()?).current_dir(super::root()).stderr(Stdio::inherit());
    if let Some(store) = store {
        command.env_remove("QUICKPICKLE_TABLES_DIR").env("QUICKPICKLE_STORE_DIR", store);
    }
    let start = Instant::now();
    let output = command.output().context("cargo")?;
    let time = start.elapsed().as_secs_f64();
    ensure!(output.status.success(), "cargo build --package {package}: {}", output.status);

    let (mut executable, mut tables) = (None, None);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line).with_context(|| format!("cargo said {line}"))?;
        if let Some(path) = message["executable"].as_str() {
            executable = Some(PathBuf::from(path));
        }
        if let Some(out_dir) = message["out_dir"].as_str() {
            let said = fs::read_to_string(Path::new(out_dir).with_file_name("output")).unwrap_or_default();
            tables = tables.or(said.lines().find_map(seconds_of_tables));
        }
    }
    let Some(executable) = executable else { bail!("cargo built no program of {package}") };
    Ok(Outcome { executable, tables, time })
}

/// The time in the line that the build script says of its tables, such as `tables: 5 computed (9.5 MiB) in 3.20 s`.
fn seconds_of_tables(line: &str) -> Option<f64> {
    line.strip_prefix("tables: ")?.rsplit_once(" in ")?.1.strip_suffix(" s")?.parse().ok()
}

/// The target folder that this program was built in: it lies there as `release/xtask`.
fn target_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.ancestors().nth(2);
    Ok(folder.with_context(|| format!("{} lies in no target folder", program.display()))?.to_owned())
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
    fn the_build_script_says_how_long_it_took() {
        assert_eq!(seconds_of_tables("tables: 5 computed (9.5 MiB) in 3.20 s"), Some(3.2));
        assert_eq!(seconds_of_tables("tables: 5 found in the store (9.5 MiB) in 0.02 s"), Some(0.02));
        assert_eq!(seconds_of_tables("cargo:rerun-if-changed=build.rs"), None);
    }

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
