//! How NATS servers are reached, as the command line has it.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use quickpickle_node::jetstream::{Access, Credentials, Options, Server, TrustFiles};

use super::args::seconds;

/// The servers, and how they let this process in.
#[derive(clap::Args)]
#[command(next_help_heading = "NATS")]
pub struct Args {
    /// A NATS server with JetStream: tls://HOST:PORT, or nats://HOST:PORT on this machine. May be given more than once.
    #[arg(long = "nats", value_name = "URL")]
    // Read later: a value that is refused here is repeated, with the password that may be in it.
    servers: Vec<String>,
    /// The file with a user's JWT and seed that tells the servers who this is.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "servers")]
    #[arg(conflicts_with_all = ["nats_nkey", "nats_token"])]
    nats_credentials: Option<PathBuf>,
    /// A file with the seed of an nkey instead.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "servers", conflicts_with = "nats_token")]
    nats_nkey: Option<PathBuf>,
    /// A file with a token instead.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "servers")]
    nats_token: Option<PathBuf>,
    /// The authorities of the servers' certificates, PEM. Without it those that the system trusts.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "servers")]
    nats_ca: Option<PathBuf>,
    /// A certificate for servers that ask for one, PEM.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires_all = ["servers", "nats_key"])]
    nats_cert: Option<PathBuf>,
    /// Its key, PEM.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "nats_cert")]
    nats_key: Option<PathBuf>,
    /// How long the first connection may take to come about.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30")]
    nats_patience: Duration,
    /// How long a server may take for an answer.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    nats_timeout: Duration,
}

impl Args {
    /// How the servers are reached, if any is named.
    pub fn options(self) -> anyhow::Result<Option<Options>> {
        let servers = self.servers.iter().map(|server| server.parse());
        let servers: Vec<Server> = servers.collect::<Result<_, _>>()?;
        let credentials = self.nats_credentials.map(Credentials::User);
        let credentials = credentials.or(self.nats_nkey.map(Credentials::Nkey));
        let credentials = credentials.or(self.nats_token.map(Credentials::Token));
        let trust = TrustFiles { authorities: self.nats_ca, identity: self.nats_cert.zip(self.nats_key) };
        Ok((!servers.is_empty()).then_some(Options {
            servers,
            access: Access { credentials, trust },
            patience: self.nats_patience,
            request: self.nats_timeout,
        }))
    }
}
