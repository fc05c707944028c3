//! `quickpickle health`: asks a node how it is.

use std::time::Duration;

use quickpickle_node::Health;
use quickpickle_node::config::Peer;

use super::args::{TlsArgs, seconds};
use crate::cli::Status;

const EXAMPLES: &str = "\
Examples:
  quickpickle health
  quickpickle health unix:/run/node.sock --service quickpickle.v1.Quickpickle
  quickpickle health https://localhost:7100 --tls-cert cert.pem --tls-key key.pem --tls-client-ca ca.pem

Exit status: 0 it serves, 1 it does not, 2 it did not say.";

/// Ask a node whether it serves, by the standard service of health: for probes of containers and services.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The node: HOST:PORT on this machine, https://HOST:PORT or unix:PATH.
    #[arg(default_value = "127.0.0.1:7100", value_name = "ADDRESS")]
    node: Peer,
    /// The service that is asked about; without it all of the node.
    #[arg(long, value_name = "NAME", default_value = "")]
    service: String,
    /// How long it may take to say.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    timeout: Duration,
    #[command(flatten)]
    tls: TlsArgs,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let Args { node, service, timeout, tls } = args;
    let (line, status) = match quickpickle_node::ask_health(&node, tls.files().as_ref(), &service, timeout)? {
        Health::Serving => ("serving", Status::Good),
        Health::NotServing => ("not serving", Status::Bad),
        Health::UnknownService => ("unknown service", Status::Bad),
    };
    println!("{line}");
    Ok(status)
}
