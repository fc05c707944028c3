//! The files of a version as they are installed below a prefix: program, manual, completions, notices.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Workshop;
use super::platform::Toolchain;
use super::tools::run;

/// Shells, and where each looks for the completions of a program.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/quickpickle"),
    ("zsh", "share/zsh/site-functions/_quickpickle"),
    ("fish", "share/fish/vendor_completions.d/quickpickle.fish"),
];

/// Files of the repository beside the program.
const FILES: [(&str, &str); 5] = [
    ("README.md", "share/doc/quickpickle/README.md"),
    ("CHANGELOG.md", "share/doc/quickpickle/CHANGELOG.md"),
    ("LICENSE", "share/doc/quickpickle/LICENSE"),
    ("deploy/systemd/quickpickle-node.service", "lib/systemd/system/quickpickle-node.service"),
    ("deploy/systemd/quickpickle-node.default", "share/doc/quickpickle/quickpickle-node.default"),
];

/// Puts them into the folder `target/stage` of the workshop, which `Cargo.toml` names for the Debian package.
pub fn fill(
    workshop: &Workshop,
    toolchain: &Toolchain,
    program: &Path,
    more: &[(&Path, &str)],
) -> anyhow::Result<PathBuf> {
    let stage = workshop.folder.join("target/stage");
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    install(program, &stage.join("bin/quickpickle"), 0o755)?;
    for (from, to) in FILES {
        install(&workshop.folder.join(from), &stage.join(to), 0o644)?;
    }
    for (from, to) in more {
        install(from, &stage.join(to), 0o644)?;
    }
    for (shell, to) in COMPLETIONS {
        let script = run(toolchain.command(program).args(["completions", shell]))?;
        write(script.as_bytes(), &stage.join(to), 0o644)?;
    }
    let pages = workshop.folder.join("target/man");
    run(toolchain.command(program).arg("man").arg(&pages))?;
    for page in fs::read_dir(&pages)? {
        let page = page?;
        install(&page.path(), &stage.join("share/man/man1").join(page.file_name()), 0o644)?;
    }
    Ok(stage)
}

/// Copies a file, which gets the permissions whatever those of the original and the user's mask are.
pub fn install(from: &Path, to: &Path, mode: u32) -> anyhow::Result<()> {
    let bytes = fs::read(from).with_context(|| from.display().to_string())?;
    write(&bytes, to, mode)
}

/// The same with the bytes of a file.
pub fn write(bytes: &[u8], to: &Path, mode: u32) -> anyhow::Result<()> {
    if let Some(folder) = to.parent() {
        make(folder, 0o755)?;
    }
    fs::write(to, bytes).with_context(|| to.display().to_string())?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// Makes a folder with these permissions, and those above it that are not there with the usual ones.
pub fn make(folder: &Path, mode: u32) -> anyhow::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make(above, 0o755)?;
    }
    fs::create_dir(folder).with_context(|| folder.display().to_string())?;
    fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
    Ok(())
}
