//! Bakes the tables of the enabled features: see docs/tables.md.

use quickpickle_precompute::{Manifest, Origin, STORE_DIR, Source, TABLES_DIR, bake};
use quickpickle_srs_data::{PUBLIC_INPUTS, chain};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    // The crates that compute, and with them the manifest, are build dependencies: cargo runs this again when they change.
    build_helper::rerun_if_changed("build.rs");
    for variable in [TABLES_DIR, STORE_DIR] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    let out_dir = build_helper::out_dir();
    let source = Source::from_environment(|name| std::env::var_os(name), &out_dir);
    if let Source::Ready(folder) = &source {
        build_helper::rerun_if_changed(folder);
    }

    let manifest = Manifest::built_in()?;
    let enabled = |feature: &str| build_helper::cargo::features::enabled(feature);
    let wanted: Vec<_> = manifest.tables.iter().filter(|entry| enabled(&entry.feature)).cloned().collect();
    let mut baked = bake(&wanted, &source)?;
    // `--cfg quickpickle_tables="verify"` in RUSTFLAGS, which cargo hands on.
    if std::env::var("CARGO_CFG_QUICKPICKLE_TABLES").is_ok_and(|extent| extent == "verify") {
        baked.shorten_bases(PUBLIC_INPUTS);
    }
    baked.write_to(&out_dir)?;
    std::fs::write(out_dir.join("tables.rs"), baked.source(&manifest, &out_dir))?;

    // Cargo shows a warning to everybody and a plain line only with -vv: what took long or went wrong is for everybody.
    println!("{}", baked.summary());
    let computed = baked.tables.iter().any(|table| matches!(table.origin, Origin::Computed(_)));
    if computed && baked.time > Duration::from_secs(1) {
        build_helper::warning(baked.summary());
    }
    baked.notes.iter().for_each(build_helper::warning);
    Ok(())
}
