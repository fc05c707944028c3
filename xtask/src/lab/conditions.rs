//! What a reader must know of a run that its recordings do not tell; kept beside them as JSON.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// The name of the file.
const FILE: &str = "conditions.json";

/// How the runs were made.
#[derive(Debug, Serialize, Deserialize)]
pub struct Conditions {
    pub machine: Machine,
    /// What else the machine was doing.
    pub beside: String,
    /// Slots that each run lasted at least.
    pub slots: u64,
    /// The length of a slot in seconds.
    pub slot: u64,
    /// How long all runs took together, without the builds, in seconds.
    pub seconds: f64,
}

impl Conditions {
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        let read = || Ok::<_, anyhow::Error>(serde_json::from_slice(&fs::read(&path)?)?);
        read().with_context(|| path.display().to_string())
    }

    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(FILE);
        fs::write(&path, serde_json::to_string_pretty(self)? + "\n")
            .with_context(|| path.display().to_string())
    }
}
