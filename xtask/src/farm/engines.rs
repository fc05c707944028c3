//! The engines' programs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};

/// The engines, and how each is asked for its version.
const ENGINES: [(&str, &str); 2] = [("haproxy", "-v"), ("nats-server", "--version")];

/// Where they are.
pub struct Engines {
    pub haproxy: PathBuf,
    pub nats: PathBuf,
    /// The first line that each says of its version.
    pub versions: Vec<String>,
}

impl Engines {
    /// Finds them, or says what to install.
    pub fn find() -> anyhow::Result<Self> {
        let mut missing = Vec::new();
        let (mut paths, mut versions) = (Vec::new(), Vec::new());
        for (name, option) in ENGINES {
            match find(name) {
                Some(path) => {
                    let output = Command::new(&path).arg(option).output().with_context(|| name.to_owned())?;
                    let said = String::from_utf8_lossy(&output.stdout).into_owned();
                    versions.push(said.lines().next().unwrap_or(name).trim().to_owned());
                    paths.push(path);
                }
                None => missing.push(name),
            }
        }
        let mut paths = paths.into_iter();
        match (paths.next(), paths.next()) {
            (Some(haproxy), Some(nats)) => Ok(Self { haproxy, nats, versions }),
            _ => bail!("the farm needs what is not installed: apt-get install {}", missing.join(" ")),
        }
    }
}

/// Debian puts them where users do not look.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}
