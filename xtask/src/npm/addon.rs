//! The package with the addon for this machine's kind.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::TABLES;
use super::copy;
use crate::cargo::{PROFILE, cargo, flags_of, target_folder};

/// Where there is a package of the addon: the compiler's target, and as Node names system, processor and C library.
const TARGET: &str = "x86_64-unknown-linux-gnu";
const NODE: [&str; 3] = ["linux", "x64", "gnu"];

/// Compiles the addon as what is published is compiled, with the tables of the module.
pub fn compile() -> anyhow::Result<PathBuf> {
    let target = target_folder()?;
    let mut cargo = cargo();
    cargo.args(["build", "--locked", "--profile", PROFILE, "--package", "quickpickle-napi", "--lib"]);
    cargo.args(["--target", TARGET, "--target-dir"]).arg(&target).current_dir(crate::root());
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.env(flags_of(TARGET), format!("--cfg={TABLES}"));
    ensure!(cargo.status().context("cargo")?.success(), "the addon does not compile");
    Ok(target.join(TARGET).join(PROFILE).join("libquickpickle_napi.so"))
}

/// The folder of its package, where Node finds it from the folder of the other.
pub fn assemble(addon: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let root = crate::root().join("bindings/node");
    let main: Value = serde_json::from_str(&fs::read_to_string(root.join("package.json"))?)?;
    let [os, cpu, _] = NODE;
    let name = format!("@quickpickle/verify-{}", NODE.join("-"));
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
        "description": format!("The addon of @quickpickle/verify for {os} on {cpu} with glibc"),
        "license": main["license"],
        "repository": main["repository"],
        "engines": main["engines"],
        "os": [os],
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
    copy(addon, &package.join("quickpickle.node"))?;
    Ok(package)
}
