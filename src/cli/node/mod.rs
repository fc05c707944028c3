//! `quickpickle node`, the workers that it starts, and `quickpickle health`.

mod args;
pub mod health;
#[cfg(all(feature = "jetstream", feature = "network"))]
mod nats;
#[cfg(feature = "network")]
mod network;
pub mod worker;

pub use args::Args;

use quickpickle_node::Environment;

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
    let config = args.config()?;
    quickpickle_node::logging::install(config.log, verbose);
    quickpickle_node::run(config, environment())?;
    Ok(Status::Good)
}
