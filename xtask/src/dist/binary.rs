//! The program: compiled, looked at, tried.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::Workshop;
use super::platform::{Platform, Toolchain};
use super::tools::run;
use crate::cargo::{PROFILE, cargo, flags_of, flags_of_static};

/// The features of the published program beside the default ones. Two are left out: `network`, which is for measurements, and
/// `step-lagrange`, 8 MiB that a prover works out in a second.
pub const FEATURES: &str = "fetch,node,report";

/// Compiles the program, with the list of its dependencies inside, static, and without this machine's paths.
pub fn compile(workshop: &Workshop, toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    let (triple, source) = (toolchain.platform.triple(), &workshop.folder);
    let target = source.join(format!("target-{}", toolchain.platform.name()));
    let mut command = workshop.tools.command("cargo-auditable");
    command.args(["build", "--quiet", "--locked", "--profile", PROFILE, "--package", "quickpickle"]);
    command
        .args(["--bin", "quickpickle", "--features", FEATURES, "--target", &triple, "--target-dir"])
        .arg(&target);
    command.current_dir(source);

    let paths = paths(workshop, toolchain)?;
    let remapped = |option: &str| -> Vec<String> {
        paths.iter().map(|(from, to)| format!("{option}={from}={to}")).collect()
    };
    let mut flags = [flags_of_static(&triple), remapped("--remap-path-prefix")].concat();
    let c = triple.replace('-', "_");
    command.env(format!("CFLAGS_{c}"), remapped("-ffile-prefix-map").join(" "));
    if let Some(cross) = &toolchain.cross {
        flags.push(format!("-Clinker={cross}"));
        command.env(format!("CC_{c}"), cross);
    }
    command.env(flags_of(&triple), flags.join(" "));
    command.env("RUSTC", &toolchain.rustc).env("CARGO_HOME", &workshop.cargo_home);
    // What a developer has set for other builds.
    for variable in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "QUICKPICKLE_TABLES_DIR",
    ] {
        command.env_remove(variable);
    }
    command.env("CARGO", cargo().get_program()).env("CARGO_INCREMENTAL", "0");
    command.env("QUICKPICKLE_STORE_DIR", &workshop.store);
    ensure!(command.status().context("cargo auditable")?.success(), "the program does not compile");
    Ok(target.join(triple).join(PROFILE).join("quickpickle"))
}

/// The folders of this machine that the compiler meets, and what they are called in the program. The last that fits counts.
fn paths(workshop: &Workshop, toolchain: &Toolchain) -> anyhow::Result<Vec<(String, String)>> {
    let compiler = toolchain.compiler()?;
    let text = |path: &Path| path.display().to_string();
    Ok(vec![
        (text(&workshop.cargo_home), "/cargo".to_owned()),
        (compiler.sysroot.clone(), "/toolchain".to_owned()),
        // As it is called where the library's source is not installed.
        (format!("{}/lib/rustlib/src/rust", compiler.sysroot), format!("/rustc/{}", compiler.commit)),
        (text(&workshop.folder), "/quickpickle".to_owned()),
    ])
}

/// Checks that the program is static and stripped, can be loaded anywhere on x86-64, tells its dependencies, and has no path of this
/// machine.
pub fn inspect(program: &Path, workshop: &Workshop, toolchain: &Toolchain) -> anyhow::Result<()> {
    let mut readelf = Command::new("readelf");
    readelf.args(["--file-header", "--program-headers", "--section-headers", "--wide"]).arg(program);
    let said = run(readelf.env("LC_ALL", "C"))?;
    let lacks = lacking(&said, toolchain.platform);
    ensure!(lacks.is_empty(), "{} {}", program.display(), lacks.join(", "));

    // Of a toolchain of the system the folder is /usr, which programs may name.
    let (own, home) = (crate::root().canonicalize()?, std::env::home_dir().map(|home| home.join("")));
    let folders = [Some(workshop.folder.clone()), Some(workshop.cargo_home.clone()), Some(own), home];
    let folders: Vec<String> = folders.iter().flatten().map(|folder| folder.display().to_string()).collect();
    let bytes = fs::read(program)?;
    let found: Vec<String> = folders.iter().filter_map(|folder| found(&bytes, folder)).collect();
    ensure!(found.is_empty(), "{} has paths of this machine in it:\n{}", program.display(), found.join("\n"));
    Ok(())
}

/// What a program is not that it should be, by what `readelf` says of it. Rust links static programs that can be loaded anywhere for
/// x86-64 alone.
fn lacking(said: &str, platform: Platform) -> Vec<&'static str> {
    let has = |text: &str| said.contains(text);
    let is_pie = said.lines().any(|line| line.trim_start().starts_with("Type:") && line.contains("DYN"));
    [
        (is_pie || platform == Platform::Aarch64, "cannot be loaded at any address"),
        (!has("INTERP"), "is not static"),
        (!has(".symtab") && !has(".debug_"), "is not stripped"),
        (has(".dep-v0"), "does not tell its dependencies"),
    ]
    .into_iter()
    .filter_map(|(holds, otherwise)| (!holds).then_some(otherwise))
    .collect()
}

/// The first place in a program that begins with a folder, with what follows there.
fn found(bytes: &[u8], folder: &str) -> Option<String> {
    let place = bytes.windows(folder.len()).position(|window| window == folder.as_bytes())?;
    let end = bytes.len().min(place + folder.len() + 80);
    let text: String =
        bytes[place..end].iter().map(|byte| char::from(*byte)).take_while(|c| c.is_ascii_graphic()).collect();
    Some(format!("  {text}"))
}

/// Lets the program verify the shipped o1js proofs, valid and altered ones, and prove its own tables. Says how many proofs they were.
pub fn attempt(program: &Path, toolchain: &Toolchain) -> anyhow::Result<(usize, usize)> {
    let (mut valid, mut altered) = (0, 0);
    let folder = crate::root().join("tests/vectors/o1js");
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let case = entry?.path();
        let Ok(meta) = fs::read_to_string(case.join("meta.json")) else { continue };
        let meta: serde_json::Value =
            serde_json::from_str(&meta).with_context(|| case.display().to_string())?;
        // Some alterations pass o1js; which of them are refused here is for the tests to know.
        let (is_accepted, is_altered) = (meta["expected"] == "accept", meta["mutation"].is_string());
        if is_accepted && is_altered {
            continue;
        }
        let mut command = toolchain.command(program);
        command.arg("verify").arg(case.join("proof.json")).arg("--vk").arg(case.join("vk.json"));
        let status = command.output().with_context(|| program.display().to_string())?.status.code();
        let is_right = if is_accepted { status == Some(0) } else { matches!(status, Some(1 | 2)) };
        ensure!(is_right, "{}: verify ended with {status:?}", case.display());
        *(if is_accepted { &mut valid } else { &mut altered }) += 1;
    }
    ensure!(valid > 0 && altered > 0, "{} has no proofs", folder.display());
    run(toolchain.command(program).args(["tables", "--check"]))?;
    Ok((valid, altered))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_lacks_is_named() {
        let good = "  Type:  DYN (Position-Independent Executable file)\n  [ 5] .text\n  [ 6] .dep-v0\n";
        assert!(lacking(good, Platform::X86_64).is_empty());
        let bad = "  Type: EXEC (Executable file)\n  INTERP 0x1\n  [ 7] .debug_info\n";
        assert_eq!((lacking(bad, Platform::X86_64).len(), lacking(bad, Platform::Aarch64).len()), (4, 3));
    }

    #[test]
    fn a_path_is_found_with_what_follows() {
        let bytes = b"\0/home/ab/src/lib.rs\0/home/a";
        assert_eq!(found(bytes, "/home/ab").as_deref(), Some("  /home/ab/src/lib.rs"));
        assert_eq!(found(bytes, "/home/b"), None);
    }
}
