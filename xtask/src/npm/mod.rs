//! `cargo xtask npm`: the npm package with the WebAssembly module, the packages with the addon, and the page that shows the module.

mod addon;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::cargo::target_folder;
use crate::machine::is_there;
use addon::Addon;
use toolchain::{TARGET, Toolchain};

/// The `--cfg` with which module and addon have the tables of verification alone.
const TABLES: &str = "quickpickle_tables=\"verify\"";

/// A package may be so large, packed.
const MAX_PACKED: u64 = 8_000_000;

/// Build the npm packages and the page, pack them, and test them
#[derive(clap::Args)]
pub struct Args {
    /// Run its tests: in Node, as an installed package, and in Chromium where it is installed
    #[arg(long)]
    test: bool,
    /// Where there is no Node, say so and succeed; leave out what nothing here compiles for: the WebAssembly module, addons
    #[arg(long)]
    if_possible: bool,
    /// Take this addon, which is compiled already for this machine, and no other
    #[arg(long)]
    addon: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let needs = |program| {
        ensure!(is_there(program), "{program} is not here");
        Ok(())
    };
    if let Err(error) = ["node", "npm"].into_iter().try_for_each(needs) {
        if args.if_possible {
            println!("SKIPPED: no npm package is built or tested. {error:#}");
            return Ok(true);
        }
        return Err(error);
    }
    let module = match Toolchain::find() {
        Ok(toolchain) => {
            println!("compiling with {}", toolchain.name());
            Some(compile(&toolchain)?)
        }
        Err(error) if args.if_possible => {
            println!("SKIPPED: no WebAssembly module is built or tested. {error:#}");
            None
        }
        Err(error) => return Err(error),
    };
    let folder = target_folder()?.join("npm");
    let package = assemble(module.as_deref(), &folder)?;
    let packed = pack(&package, &folder, true)?;
    let mut packed_addon = None;
    let addons = match &args.addon {
        Some(library) => vec![Addon::given(library)?],
        None => Addon::compile_all(args.if_possible)?,
    };
    for addon in addons {
        // An addon that is given is not what is published: it may have debug sections.
        let packed = pack(&addon.assemble(&folder)?, &folder, args.addon.is_none())?;
        if addon.platform.is_native() {
            packed_addon = Some(packed);
        }
    }
    if module.is_some() {
        println!("{}: serve this folder", folder.join("demo").display());
    }
    if !args.test {
        return Ok(true);
    }
    let packed_addon = packed_addon.context("there is no addon for this machine to test")?;
    let mut tests = Command::new("node");
    tests.arg("--test").args(tests_of_package()?).current_dir(crate::root());
    tests
        .env("QUICKPICKLE_PACKAGE", &package)
        .env("QUICKPICKLE_PACKED", &packed)
        .env("QUICKPICKLE_PACKED_ADDON", &packed_addon)
        .env("QUICKPICKLE_BACKENDS", if module.is_some() { "native,wasm" } else { "native" })
        .env("QUICKPICKLE_DEMO", folder.join("demo"));
    Ok(tests.status().context("node")?.success())
}

/// The module, in a target folder of its own: another compiler would otherwise replace what this one has compiled.
fn compile(toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    let target = target_folder()?;
    let own = target.join("wasm");
    let mut cargo = toolchain.cargo("build", &[TABLES]);
    cargo.args(["--locked", "--profile", "module", "--package", "quickpickle-wasm", "--lib", "--target-dir"]);
    cargo.arg(&own).current_dir(crate::root());
    if std::env::var_os("QUICKPICKLE_STORE_DIR").is_none() {
        cargo.env("QUICKPICKLE_STORE_DIR", target.join("quickpickle-tables"));
    }
    ensure!(cargo.status().context("cargo")?.success(), "the module does not compile");
    Ok(own.join(TARGET).join("module/quickpickle_wasm.wasm"))
}

/// The folder of the package, and beside it that of the page, which has the package in it.
fn assemble(module: Option<&Path>, folder: &Path) -> anyhow::Result<PathBuf> {
    let root = crate::root();
    let (package, demo) = (folder.join("package"), folder.join("demo"));
    for old in [&package, &demo] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| old.display().to_string())?;
        }
    }
    copy_files(&root.join("bindings/node/src"), &package)?;
    for file in ["package.json", "README.md"] {
        copy(&root.join("bindings/node").join(file), &package.join(file))?;
    }
    copy(&root.join("LICENSE"), &package.join("LICENSE"))?;
    if let Some(module) = module {
        copy(module, &package.join("quickpickle.wasm"))?;
    }
    // The types are the same for both kinds of modules.
    copy(&package.join("index.d.ts"), &package.join("index.d.cts"))?;
    if module.is_some() {
        assemble_demo(&package, &demo)?;
    }
    Ok(package)
}

/// The page, with all of the package that browsers take.
fn assemble_demo(package: &Path, demo: &Path) -> anyhow::Result<()> {
    let root = crate::root();
    copy_files(&root.join("bindings/wasm/demo"), demo)?;
    let verify = demo.join("verify");
    fs::create_dir_all(&verify)?;
    let files = ["api", "browser", "errors", "instance", "wasm", "worker-browser", "workers"];
    let files = files.map(|name| format!("{name}.js"));
    for file in files.iter().map(String::as_str).chain(["quickpickle.wasm"]) {
        copy(&package.join(file), &verify.join(file))?;
    }
    let example = root.join("tests/vectors/o1js/n1-counter-depth1");
    for file in ["vk.json", "proof.json"] {
        copy(&example.join(file), &demo.join(file))?;
    }
    Ok(())
}

/// Copies the files of a folder, which has no folders in it.
fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::copy(from, to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
    Ok(())
}

/// The archive that `npm publish` would send.
fn pack(package: &Path, folder: &Path, is_published: bool) -> anyhow::Result<PathBuf> {
    let output = Command::new("npm")
        .args(["pack", "--silent", "--pack-destination"])
        .arg(folder)
        .current_dir(package)
        .output()
        .context("npm")?;
    ensure!(output.status.success(), "npm pack: {}", String::from_utf8_lossy(&output.stderr));
    let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let packed = folder.join(&name);
    let size = fs::metadata(&packed).with_context(|| packed.display().to_string())?.len();
    println!("{}: {:.2} MB", packed.display(), size as f64 / 1e6);
    ensure!(!is_published || size <= MAX_PACKED, "{name} has more than {MAX_PACKED} bytes");
    Ok(packed)
}

/// The package's tests, which find it by environment variables.
fn tests_of_package() -> anyhow::Result<Vec<PathBuf>> {
    let folder = crate::root().join("bindings/node/test");
    let mut tests = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".test.js")) {
            tests.push(path);
        }
    }
    tests.sort();
    ensure!(!tests.is_empty(), "{} has no tests", folder.display());
    Ok(tests)
}
