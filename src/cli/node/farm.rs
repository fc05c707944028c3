//! `quickpickle worker`: a node whose requests come from a work queue.

use std::time::Duration;

use anyhow::Context as _;
use quickpickle_node::config::{Config, KeySource, Listen, ProverPolicy, Role};
use quickpickle_node::jetstream::Prefix;
use quickpickle_node::jetstream::farm::{Creation, FarmOptions};

use super::args::{Keys, LimitArgs, ProcessArgs, TlsArgs, seconds};
use super::nats;
use crate::cli::Status;

const EXAMPLES: &str = "\
Examples:
  quickpickle worker --nats nats://127.0.0.1:4222
  quickpickle worker --nats tls://queue.example:4222 --nats-credentials farm.creds --network mainnet --batch 128

Standard output has the line `listening on ADDRESS`, then `ready` once requests are taken; logs are on standard error. SIGTERM or
SIGINT lets requests at hand finish, a second one breaks them off: another worker gets them.

Exit status: 0 told to stop, 2 it could not run.";

/// Run a worker of a verification farm: it takes requests from a work queue of NATS JetStream in batches, and publishes verdicts.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    nats: nats::Args,
    #[command(flatten)]
    queue: QueueArgs,
    /// Where its front door is, which tells health and status and takes requests as well: IP:PORT (port 0 lets the system choose)
    /// or unix:PATH. Beyond loopback it takes TLS.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: Listen,
    #[command(flatten)]
    processes: ProcessArgs,
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Work queue")]
struct QueueArgs {
    /// With what the names of streams and subjects begin.
    #[arg(long, value_name = "WORD", default_value_t)]
    prefix: Prefix,
    /// How often a request is delivered before it is given up and goes to the dead letters.
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u32).range(1..))]
    deliveries: u32,
    /// Of streams that this worker makes: the servers that keep each message.
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=5))]
    replicas: u8,
    /// The same: after how long without a sign of life of its worker a request is handed to another one, at least 1.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = a_second_at_least)]
    ack_wait: Duration,
}

fn a_second_at_least(text: &str) -> Result<Duration, String> {
    let time = seconds(text)?;
    if time < Duration::from_secs(1) { Err("less than a second".to_owned()) } else { Ok(time) }
}

impl Args {
    fn config(self) -> anyhow::Result<Config> {
        let nats = self.nats.options()?.context("no NATS server is named: give its address, by --nats")?;
        let QueueArgs { prefix, deliveries, replicas, ack_wait } = self.queue;
        let creation = Creation { replicas: replicas.into(), ack_wait };
        Ok(Config {
            role: Role::Passive,
            listen: self.listen,
            keys: self.keys.keys.unwrap_or(KeySource::Baked),
            keys_digest: self.keys.keys_digest,
            write_keys: self.keys.write_keys,
            network: self.keys.network,
            network_keys: self.keys.network_keys,
            circuits: Vec::new(),
            key_dir: None,
            prover: ProverPolicy::default(),
            #[cfg(feature = "network")]
            participation: Default::default(),
            farm: Some(FarmOptions { nats, prefix, creation, deliveries }),
            metrics: self.processes.metrics,
            record: self.processes.record,
            socket_dir: self.processes.socket_dir,
            tls: self.tls.files(),
            limits: self.limits.limits()?,
            log: self.processes.log_format,
        })
    }
}

/// Runs a worker until it is told to stop.
pub fn run(args: Args, verbose: bool) -> anyhow::Result<Status> {
    super::run_with(args.config()?, verbose)
}
