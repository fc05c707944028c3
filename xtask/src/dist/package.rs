//! The Debian package, whose form is in `Cargo.toml`.

use std::path::{Path, PathBuf};

use super::Workshop;
use super::platform::Platform;
use super::tools::run;

/// Packs the installed files into a package in `folder`.
pub fn build(workshop: &Workshop, platform: Platform, folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("quickpickle_{}_{}.deb", workshop.source.version, platform.debian()));
    let mut deb = workshop.tools.command("cargo-deb");
    deb.args([
        "--no-build",
        "--no-strip",
        "--locked",
        "--offline",
        "--target",
        &platform.triple(),
        "--output",
    ])
    .arg(&path);
    deb.env("SOURCE_DATE_EPOCH", workshop.source.epoch.to_string()).env("CARGO_HOME", &workshop.cargo_home);
    run(deb.current_dir(&workshop.folder))?;
    Ok(path)
}
