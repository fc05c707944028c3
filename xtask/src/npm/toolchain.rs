//! What compiles for WebAssembly on this machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The target's name.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// What the module asks of its engine beside WebAssembly's first version: vectors, which browsers have since 2021, Safari since 16.4 (2023), and
/// Node since 16.4.
const FEATURES: &str = "+simd128";

/// Where Debian's packages put the compiler, cargo, and the standard library's source.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";

/// A toolchain that has the target, or can make its standard library.
#[derive(Debug)]
pub enum Toolchain {
    /// The one that runs this, with the target's standard library installed.
    Installed,
    /// Debian's `rustc-web` and its company, which compiles the standard library along with the program.
    Debian {
        /// LLVM's linker for WebAssembly.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// What there is on this machine.
    ///
    /// # Errors
    /// Where nothing is, with what would have to be installed.
    pub fn find() -> anyhow::Result<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        if has_target(&rustc)? {
            return Ok(Self::Installed);
        }
        let linker = linker();
        let missing: Vec<&str> = [
            (Path::new(DEBIAN_RUSTC).is_file(), "rustc-web"),
            (Path::new(DEBIAN_CARGO).is_file(), "cargo-web"),
            (Path::new(DEBIAN_SOURCE).is_dir(), "rust-web-src"),
            (linker.is_some(), "lld-22"),
        ]
        .into_iter()
        .filter_map(|(there, package)| (!there).then_some(package))
        .collect();
        match linker {
            Some(linker) if missing.is_empty() => Ok(Self::Debian { linker }),
            _ => bail!(
                "nothing here compiles for {TARGET}: `rustup target add {TARGET}`, or on Debian `apt-get install {}`",
                missing.join(" ")
            ),
        }
    }

    /// In a few words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Installed => "the toolchain's own target",
            Self::Debian { .. } => "Debian's rustc-web, with the standard library from its source",
        }
    }

    /// A cargo command for the target, with these `--cfg`s; its arguments follow.
    pub fn cargo(&self, subcommand: &str, cfgs: &[&str]) -> Command {
        let mut flags: Vec<String> = cfgs.iter().map(|cfg| format!("--cfg={cfg}")).collect();
        flags.push(format!("-Ctarget-feature={FEATURES}"));
        let mut command = match self {
            Self::Installed => {
                let mut command = crate::cargo::cargo();
                command.arg(subcommand);
                command
            }
            Self::Debian { linker } => {
                flags.push(format!("-Clinker={}", linker.display()));
                let mut command = Command::new(DEBIAN_CARGO);
                // `-Z` is for nightly compilers, or for those that are told so.
                command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
                command.arg(subcommand).arg("-Zbuild-std=std,panic_abort");
                // A cargo that runs this has said which toolchain it is of.
                for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
                    command.env_remove(variable);
                }
                command
            }
        };
        command.args(["--target", TARGET]);
        // For the target alone: build scripts are for this machine.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags.join(" "));
        command
    }
}

/// Whether a compiler has the target's standard library.
fn has_target(rustc: &OsStr) -> anyhow::Result<bool> {
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("rustc")?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(output.status.success() && Path::new(&folder).is_dir())
}

/// LLVM's linker for WebAssembly, of any version.
fn linker() -> Option<PathBuf> {
    let names = (14..=30).rev().map(|version| format!("wasm-ld-{version}")).chain(["wasm-ld".to_owned()]);
    let folders = std::env::split_paths(&std::env::var_os("PATH")?).collect::<Vec<_>>();
    names.flat_map(|name| folders.iter().map(move |folder| folder.join(&name))).find(|path| path.is_file())
}
