//! `cargo xtask kubernetes`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// Compare the manifests for Kubernetes with its schemas, strictly and without a cluster.
///
/// The schemas are those of the Python package kubernetes-validate. Where it is missing the check is left out, and that is said.
#[derive(clap::Args)]
pub struct Args {
    /// A Python that has the package kubernetes-validate
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// The release of Kubernetes whose schemas count
    #[arg(long, value_name = "VERSION", default_value = "1.33")]
    release: String,
}

const PACKAGE: &str = "kubernetes_validate";

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let folder = crate::root().join("deploy/kubernetes");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut manifests = paths.collect::<std::io::Result<Vec<_>>>()?;
    manifests.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    manifests.sort();
    ensure!(!manifests.is_empty(), "no manifests in {}", folder.display());

    let has = Command::new(&args.python).args(["-c", &format!("import {PACKAGE}")]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "SKIPPED: {} manifests are not compared with the schemas: `{}` lacks them; \
             `pip install kubernetes-validate`, in an environment that --python names",
            manifests.len(),
            args.python.display()
        );
        return Ok(true);
    }
    let mut check = Command::new(&args.python);
    check.args(["-m", PACKAGE, "--strict", "-k", &args.release]).args(&manifests);
    let status = check.status().with_context(|| args.python.display().to_string())?;
    Ok(status.success())
}
