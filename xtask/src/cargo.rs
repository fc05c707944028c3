//! Building programs of this workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// What cargo left.
pub struct Outcome {
    /// The program.
    pub executable: PathBuf,
    /// What the build script said of the tables: how long it took for them, in seconds.
    pub tables: Option<f64>,
    /// How long cargo took, in seconds.
    pub time: f64,
}

/// The profile of programs that are published, and of those that are measured: without debug sections and symbols, which would
/// be pages of the program's file.
pub const PROFILE: &str = "dist";
/// Links the C library into the program: the published one is started without the system's loader.
const STATIC: &str = "-Ctarget-feature=+crt-static";
/// Has the linker write what is relocated at a start as a map of bits: 2 kB that are read then, in place of 200.
const PACKED: &str = "-Clink-arg=-Wl,-z,pack-relative-relocs";
/// The first glibc that relocates a static program by such a map.
const READS_PACKED: (u32, u32) = (2, 36);

/// The cargo that runs this.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The variable that has cargo hand these flags to the compiler for a target, and not for the build scripts of this machine.
pub fn flags_of(triple: &str) -> String {
    format!("CARGO_TARGET_{}_RUSTFLAGS", triple.to_uppercase().replace('-', "_"))
}

/// The compiler's flags that make a program of this target as it is published. For x86-64 the C library is this machine's.
pub fn flags_of_static(triple: &str) -> Vec<String> {
    let packed = triple.starts_with("x86_64") && glibc().is_some_and(|version| version >= READS_PACKED);
    [STATIC].into_iter().chain(packed.then_some(PACKED)).map(str::to_owned).collect()
}

/// The version of this machine's C library, where that is glibc.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    version_of(&String::from_utf8_lossy(&output.stdout))
}

/// Of what `getconf` says: `glibc 2.36`.
fn version_of(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().strip_prefix("glibc ")?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Builds a package's program as it is published for this machine.
pub fn build(package: &str, features: &[&str], store: Option<&Path>) -> anyhow::Result<Outcome> {
    let mut command = cargo();
    command.args(["build", "--profile", PROFILE, "--quiet", "--message-format=json-render-diagnostics"]);
    command.args(["--package", package, "--bin", package]).args(features).args(["--target-dir"]);
    command.arg(target_folder()?).current_dir(crate::root()).stderr(Stdio::inherit());
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        command.args(["--target", &triple]).env(flags_of(&triple), flags_of_static(&triple).join(" "));
    }
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
pub fn target_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.ancestors().nth(2);
    Ok(folder.with_context(|| format!("{} lies in no target folder", program.display()))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_relocations_are_for_a_library_that_reads_them() {
        assert_eq!(version_of("glibc 2.36\n"), Some((2, 36)));
        assert!(version_of("glibc 2.35\n").is_some_and(|version| version < READS_PACKED));
        assert!(version_of("glibc 3.0").is_some_and(|version| version >= READS_PACKED));
        assert_eq!(version_of("musl 1.2.5"), None);
        assert_eq!(version_of(""), None);
        assert_eq!(flags_of_static("aarch64-unknown-linux-gnu"), [STATIC]);
    }

    #[test]
    fn the_build_script_says_how_long_it_took() {
        assert_eq!(seconds_of_tables("tables: 5 computed (9.5 MiB) in 3.20 s"), Some(3.2));
        assert_eq!(seconds_of_tables("tables: 5 found in the store (9.5 MiB) in 0.02 s"), Some(0.02));
        assert_eq!(seconds_of_tables("cargo:rerun-if-changed=build.rs"), None);
    }
}
