//! Which networks are meant.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use quickpickle::mina::{Known, identity};

use crate::cli::{input, values};

/// Which networks objects may be of.
#[derive(clap::Args)]
#[command(next_help_heading = "Networks")]
pub struct NetworkArgs {
    /// The network that everything must be of. Without it blocks say of which they are, other things are tried on each that is
    /// known, and the line names it.
    #[arg(long, value_parser = values::network_name())]
    pub network: Option<String>,
    /// A file of a network's keys, for forks and networks that this version does not know.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    network_keys: Vec<PathBuf>,
}

impl NetworkArgs {
    /// The networks with their keys.
    pub fn known(&self) -> anyhow::Result<Known> {
        let mut known = Known::baked();
        for path in &self.network_keys {
            input::decode_file("network keys", path, identity::MAX_FILE, |text| {
                known.add_network(text).map(|_| ())
            })?;
        }
        Ok(match &self.network {
            Some(name) => known.only(name),
            None => known,
        })
    }

    /// The files that are named here.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.network_keys.iter().map(PathBuf::as_path)
    }
}
