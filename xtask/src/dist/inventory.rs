//! What is in the program that others wrote: the notices of their licences, and a bill of materials.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use super::Workshop;
use super::binary::FEATURES;
use super::platform::{Platform, Toolchain};
use super::tools::run;

/// The licences' texts of all dependencies on any platform, with who has the copyright; fails on a licence that
/// `deploy/notices/about.toml` does not accept.
pub fn notices(workshop: &Workshop) -> anyhow::Result<PathBuf> {
    let (folder, notices) = (&workshop.folder, workshop.folder.join("target/NOTICES.txt"));
    let mut about = workshop.tools.command("cargo-about");
    about.args(["generate", "--locked", "--offline", "--fail", "--features", FEATURES]);
    for platform in Platform::ALL {
        about.args(["--target", &platform.triple()]);
    }
    about.arg("--manifest-path").arg(folder.join("Cargo.toml"));
    about.arg("--config").arg(folder.join("deploy/notices/about.toml"));
    about.arg("--output-file").arg(&notices).arg(folder.join("deploy/notices/notices.hbs"));
    run(about.env("CARGO_HOME", &workshop.cargo_home).current_dir(folder))?;
    Ok(notices)
}

/// The bill of materials, as CycloneDX has it.
pub fn bill(workshop: &Workshop, toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    let folder = &workshop.folder;
    let mut cyclonedx = workshop.tools.command("cargo-cyclonedx");
    cyclonedx.args(["--format", "json", "--spec-version", "1.5", "--no-build-deps", "--features", FEATURES]);
    cyclonedx
        .args(["--target", &toolchain.platform.triple(), "--manifest-path"])
        .arg(folder.join("Cargo.toml"));
    cyclonedx
        .env("SOURCE_DATE_EPOCH", workshop.source.epoch.to_string())
        .env("CARGO_HOME", &workshop.cargo_home);
    run(cyclonedx.current_dir(folder))?;
    // It is written beside the manifest, and names packages of the workspace by their folders.
    let path = folder.join("quickpickle.cdx.json");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    fs::write(&path, text.replace(&folder.display().to_string(), "/quickpickle"))?;
    Ok(path)
}
