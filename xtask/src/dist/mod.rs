//! `cargo xtask dist`: what is published of a version.

mod archive;
mod binary;
mod image;
mod inventory;
mod package;
pub mod platform;
mod source;
mod stage;
mod tools;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::cargo::{cargo, target_folder};
use platform::{Platform, Toolchain};
use source::Source;
use tools::Tools;

/// Build what is published: an archive, a Debian package, a container image and a bill of materials for each processor, with
/// the checksums of all
///
/// The program in them is static, stripped, and tells its dependencies; it is looked at, and verifies the shipped proofs, under
/// an emulator where it is for another processor. What is missing on this machine is told before anything is built. The files
/// are left in the folder `dist` of the target folder; docs/releasing.md tells what each is.
#[derive(clap::Args)]
pub struct Args {
    /// For this processor alone; may be given more than once
    #[arg(long, value_name = "NAME")]
    platform: Vec<Platform>,
    /// Build all of it a second time, in another folder and with another home of cargo, and compare every byte
    #[arg(long)]
    reproducible: bool,
    /// Install the tools that are used for this alone, and are missing, into the target folder
    #[arg(long)]
    install_tools: bool,
}

/// A folder in which all is built.
struct Workshop {
    /// A copy of the repository.
    folder: PathBuf,
    cargo_home: PathBuf,
    /// The store of tables.
    store: PathBuf,
    tools: Tools,
    source: Source,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    if args.install_tools {
        Tools::install()?;
    }
    let platforms = if args.platform.is_empty() { &Platform::ALL[..] } else { &args.platform };
    let mut missing = Vec::new();
    let tools = Tools::find()?.map_err(|lines| missing.extend(lines));
    let mut toolchains = Vec::new();
    for platform in platforms {
        match Toolchain::find(*platform) {
            Ok(toolchain) => toolchains.push(toolchain),
            Err(lines) => missing.extend(lines),
        }
    }
    let Ok(tools) = tools else { bail!("missing here:\n{}", missing.join("\n")) };
    if !missing.is_empty() {
        bail!("missing here:\n{}", missing.join("\n"));
    }

    let (source, target) = (Source::read()?, target_folder()?);
    println!("quickpickle {}, commit {}", source.version, source.commit);
    let folder = target.join("dist-build");
    let store =
        std::env::var_os("QUICKPICKLE_STORE_DIR").map_or(target.join("quickpickle-tables"), PathBuf::from);
    let cargo_home = cargo_home()?;
    let first = Workshop { folder: folder.join("source"), cargo_home, store, tools, source };
    let dist = target.join("dist");
    first.build(&toolchains, &dist)?;
    println!("{}:\n{}", dist.display(), fs::read_to_string(dist.join(CHECKSUMS))?);
    if !args.reproducible {
        return Ok(true);
    }
    let second = Workshop {
        folder: folder.join("again/under/another/name"),
        cargo_home: linked(&first.cargo_home, &folder.join("again/home"))?,
        store: first.store.clone(),
        tools: first.tools.clone(),
        source: first.source.clone(),
    };
    let again = folder.join("again/dist");
    second.build(&toolchains, &again)?;
    let different = different(&dist, &again)?;
    if different.is_empty() {
        println!("built twice, the same bytes");
    } else {
        println!("not the same bytes when built twice: {}", different.join(", "));
    }
    Ok(different.is_empty())
}

/// The file of checksums.
const CHECKSUMS: &str = "SHA256SUMS";

impl Workshop {
    /// Builds everything into a folder, in which nothing else is left.
    fn build(&self, toolchains: &[Toolchain], dist: &Path) -> anyhow::Result<()> {
        if dist.exists() {
            fs::remove_dir_all(dist).with_context(|| dist.display().to_string())?;
        }
        fs::create_dir_all(dist)?;
        self.source.copy_to(&self.folder)?;
        fs::create_dir_all(self.folder.join("target"))?;
        self.fetch()?;
        println!("collecting the notices of licences");
        let notices = inventory::notices(self)?;
        for toolchain in toolchains {
            self.build_for(toolchain, &notices, dist).with_context(|| toolchain.platform.name())?;
        }
        fs::write(dist.join(CHECKSUMS), archive::checksums(dist)?)?;
        Ok(())
    }

    /// Fetches the sources of all dependencies, those for other systems too: the tools read their manifests offline.
    fn fetch(&self) -> anyhow::Result<()> {
        let mut fetch = cargo();
        fetch
            .args(["fetch", "--quiet", "--locked"])
            .env("CARGO_HOME", &self.cargo_home)
            .current_dir(&self.folder);
        ensure!(fetch.status().context("cargo")?.success(), "the sources of dependencies cannot be fetched");
        Ok(())
    }

    fn build_for(&self, toolchain: &Toolchain, notices: &Path, dist: &Path) -> anyhow::Result<()> {
        let platform = toolchain.platform;
        println!("{}: compiling with {}", platform.name(), toolchain.compiler()?.version);
        let program = binary::compile(self, toolchain)?;
        binary::inspect(&program, self, toolchain)?;
        let (valid, altered) = binary::attempt(&program, toolchain)?;
        let megabytes = fs::metadata(&program)?.len() as f64 / 1e6;
        println!(
            "{}: {megabytes:.1} MB; {}, {valid} proofs are valid, {altered} are not, and the tables are those of the pins",
            platform.name(),
            toolchain.runs()
        );
        let bill = inventory::bill(self, toolchain)?;
        let more = [
            (notices, "share/doc/quickpickle/NOTICES.txt"),
            (bill.as_path(), "share/doc/quickpickle/quickpickle.cdx.json"),
        ];
        let stage = stage::fill(self, toolchain, &program, &more)?;
        let name = format!("quickpickle-{}-{}-linux", self.source.version, platform.name());
        let tar = archive::tar(&stage, &name, self.source.epoch)?;
        fs::write(dist.join(format!("{name}.tar.gz")), archive::gzip(&tar)?)?;
        fs::write(dist.join(format!("{name}.oci.tar")), image::build(&stage, platform, &self.source)?)?;
        fs::copy(&bill, dist.join(format!("{name}.cdx.json")))?;
        package::build(self, platform, dist)?;
        Ok(())
    }
}

/// Where cargo keeps the sources of dependencies.
fn cargo_home() -> anyhow::Result<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).context("no home of cargo")
}

/// Another home of cargo, with the same in it.
fn linked(home: &Path, other: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(other)?;
    for name in ["registry", "git", "config.toml", "config"] {
        let (from, to) = (home.join(name), other.join(name));
        if from.exists() && !to.is_symlink() {
            symlink(from, to)?;
        }
    }
    Ok(other.to_owned())
}

/// The names of files that are in one folder alone, or have other bytes in the other.
fn different(one: &Path, other: &Path) -> anyhow::Result<Vec<String>> {
    let mut different = Vec::new();
    for (folder, against) in [(one, other), (other, one)] {
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            if fs::read(folder.join(&name))? != fs::read(against.join(&name)).unwrap_or_default() {
                different.push(name.to_string_lossy().into_owned());
            }
        }
    }
    different.sort();
    different.dedup();
    Ok(different)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_differ_are_named() {
        let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
        let write = |folder: usize, name: &str, text: &str| {
            fs::write(folders[folder].path().join(name), text).expect("written");
        };
        write(0, "same", "x");
        write(1, "same", "x");
        write(0, "other", "x");
        write(1, "other", "y");
        write(1, "alone", "x");
        let named = different(folders[0].path(), folders[1].path()).expect("compared");
        assert_eq!(named, ["alone", "other"]);
    }
}
