//! `quickpickle node`, the workers that it starts, and `quickpickle health`.

mod args;
#[cfg(feature = "jetstream")]
pub mod farm;
pub mod health;
#[cfg(feature = "jetstream")]
mod nats;
#[cfg(feature = "network")]
mod network;
pub mod worker;

pub use args::Args;

use quickpickle_node::Environment;
use quickpickle_node::config::Config;

use super::Status;

/// What the node gets from this binary.
fn environment() -> Environment {
    Environment {
        tables: quickpickle::tables::baked(),
        network_key: quickpickle::network_key,
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Runs a node until it is told to stop.
pub fn run(args: Args, verbose: bool) -> anyhow::Result<Status> {
    run_with(args.config()?, verbose)
}

fn run_with(config: Config, verbose: bool) -> anyhow::Result<Status> {
    quickpickle_node::logging::install(config.log, verbose);
    quickpickle_node::run(config, environment())?;
    Ok(Status::Good)
}
