//! The programs that are used for nothing else: each in the version that is named here, in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::cargo::{cargo, target_folder};
use crate::machine::is_there;

/// A program, and its version: another one may write other bytes.
const TOOLS: [(&str, &str); 4] = [
    ("cargo-auditable", "0.7.7"),
    ("cargo-deb", "3.8.0"),
    ("cargo-cyclonedx", "0.5.9"),
    ("cargo-about", "0.9.3"),
];

/// Programs of the system, each with Debian's package that has it.
const SYSTEM: [(&str, &str); 3] = [("git", "git"), ("readelf", "binutils"), ("tar", "tar")];

/// Where the tools are.
#[derive(Clone, Debug)]
pub struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// The tools, or a line for each that is missing.
    pub fn find() -> anyhow::Result<Result<Self, Vec<String>>> {
        let tools = Self { folder: target_folder()?.join("tools") };
        let mut missing = Vec::new();
        for (name, version) in TOOLS.iter().filter(|(name, _)| !tools.path(name).is_file()) {
            let root = tools.root(name, version);
            missing.push(format!(
                "{name} {version}: --install-tools, or `cargo install --locked --root {} {name}@{version}`",
                root.display()
            ));
        }
        for (name, package) in SYSTEM.iter().filter(|(name, _)| !is_there(name)) {
            missing.push(format!("{name}: on Debian `apt-get install {package}`"));
        }
        Ok(if missing.is_empty() { Ok(tools) } else { Err(missing) })
    }

    /// Installs those that are missing from their sources.
    pub fn install() -> anyhow::Result<()> {
        let tools = Self { folder: target_folder()?.join("tools") };
        for (name, version) in TOOLS.iter().filter(|(name, _)| !tools.path(name).is_file()) {
            let mut cargo = cargo();
            cargo.args(["install", "--locked", "--root"]).arg(tools.root(name, version));
            cargo.arg("--target-dir").arg(tools.folder.join("build")).arg(format!("{name}@{version}"));
            // Without it cargo-about builds as a library alone.
            if *name == "cargo-about" {
                cargo.args(["--features", "cli"]);
            }
            ensure!(cargo.status().context("cargo")?.success(), "{name} {version} cannot be installed");
        }
        Ok(())
    }

    /// A command that runs the tool, as cargo would run it.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.path(name));
        command.args(name.strip_prefix("cargo-"));
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        let version = TOOLS.iter().find(|(tool, _)| *tool == name).map_or("", |(_, version)| version);
        self.root(name, version).join("bin").join(name)
    }

    fn root(&self, name: &str, version: &str) -> PathBuf {
        self.folder.join(format!("{name}-{version}"))
    }
}

/// Runs a command, which must succeed. What it prints is shown where it does not.
pub fn run(command: &mut Command) -> anyhow::Result<String> {
    let name =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = command.output().with_context(|| name.clone())?;
    if !output.status.success() {
        bail!("{name}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
