//! The packages with the addon: one for each platform.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::TABLES;
use super::copy;
use crate::cargo::{cargo, flags_of, target_folder};
use crate::dist::platform::{Platform, Toolchain};

/// The profile of the addon: without debug sections, and small.
const PROFILE: &str = "addon";

/// The addon of a platform, compiled.
pub struct Addon {
    pub platform: Platform,
    pub library: PathBuf,
}

impl Addon {
    /// One that is compiled already, for this machine.
    pub fn given(library: &Path) -> anyhow::Result<Self> {
        let native = Platform::ALL.into_iter().find(|platform| platform.is_native());
        Ok(Self { platform: native.context("no addon is for this machine")?, library: library.to_owned() })
    }

    /// Compiles that of each platform, or, with `if_possible`, of those that something here compiles for.
    pub fn compile_all(if_possible: bool) -> anyhow::Result<Vec<Self>> {
        let mut addons = Vec::new();
        for platform in Platform::ALL {
            match Toolchain::find(platform) {
                Ok(toolchain) => addons.push(Self::compile(&toolchain)?),
                Err(missing) => {
                    let missing = format!("missing here for {}:\n{}", platform.name(), missing.join("\n"));
                    ensure!(if_possible, "{missing}");
                    println!("SKIPPED: an addon is not built. {missing}");
                }
            }
        }
        Ok(addons)
    }

    /// Compiles the addon as what is published is compiled, with the tables of the module.
    fn compile(toolchain: &Toolchain) -> anyhow::Result<Self> {
        let (platform, target) = (toolchain.platform, target_folder()?);
        let triple = platform.triple();
        let mut flags = vec![format!("--cfg={TABLES}")];
        let mut cargo = cargo();
        cargo.args(["build", "--locked", "--profile", PROFILE, "--package", "quickpickle-napi", "--lib"]);
        cargo.args(["--target", &triple, "--target-dir"]).arg(&target).current_dir(crate::root());
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        if let Some(cross) = &toolchain.cross {
            flags.push(format!("-Clinker={cross}"));
            cargo.env(format!("CC_{}", triple.replace('-', "_")), cross);
        }
        cargo.env("RUSTC", &toolchain.rustc).env(flags_of(&triple), flags.join(" "));
        ensure!(cargo.status().context("cargo")?.success(), "the addon for {triple} does not compile");
        let library = target.join(triple).join(PROFILE).join("libquickpickle_napi.so");
        Ok(Self { platform, library })
    }

    /// The folder of its package, where Node finds it from the folder of the other.
    pub fn assemble(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let root = crate::root().join("bindings/node");
        let main: Value = serde_json::from_str(&fs::read_to_string(root.join("package.json"))?)?;
        // As Node names it. It is the kind of system that Rust's target names: Linux with glibc.
        let cpu = match self.platform {
            Platform::X86_64 => "x64",
            Platform::Aarch64 => "arm64",
        };
        let name = format!("@quickpickle/verify-linux-{cpu}-gnu");
        ensure!(
            main["optionalDependencies"][&name] == main["version"],
            "bindings/node/package.json does not name {name} in its own version"
        );
        let package = folder.join("node_modules").join(&name);
        if package.exists() {
            fs::remove_dir_all(&package).with_context(|| package.display().to_string())?;
        }
        fs::create_dir_all(&package)?;
        let described = json!({
            "name": name,
            "version": main["version"],
            "description": format!("The addon of @quickpickle/verify for Linux on {cpu} with glibc"),
            "license": main["license"],
            "repository": main["repository"],
            "engines": main["engines"],
            "os": ["linux"],
            "cpu": [cpu],
            "libc": ["glibc"],
            "main": "quickpickle.node",
            "files": ["quickpickle.node", "README.md", "LICENSE"],
        });
        fs::write(package.join("package.json"), format!("{described:#}\n"))?;
        fs::write(
            package.join("README.md"),
            format!("# {name}\n\nThe addon of `@quickpickle/verify`, which npm installs along with that.\n"),
        )?;
        copy(&crate::root().join("LICENSE"), &package.join("LICENSE"))?;
        copy(&self.library, &package.join("quickpickle.node"))?;
        Ok(package)
    }
}
