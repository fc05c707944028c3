//! What `quickpickle node` is told.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueHint;
use quickpickle_node::config::{
    CircuitSpec, Config, KeySource, Limits, Listen, ProverPolicy, Role, TlsFiles,
};
use quickpickle_node::keys::KeysDigest;
use quickpickle_node::logging::LogFormat;

use crate::cli::values;

const EXAMPLES: &str = "\
Examples:
  quickpickle node --network mainnet
  quickpickle node --network mainnet --network-keys fork.json
  quickpickle node --role block-producer --circuit blockchain=poseidon:300,srs=12 --key-dir keys
  quickpickle node --role block-producer --circuit blockchain=chain.json.gz --keys keys.json --lazy-prover
  quickpickle node --listen 0.0.0.0:7100 --tls-cert cert.pem --tls-key key.pem --tls-client-ca ca.pem
In builds with the feature `network`:
  quickpickle node --role block-producer --circuit blockchain=poseidon:300 --circuit transaction=poseidon:100 \\
      --listen unix:/run/producer.sock
  quickpickle node --role snark-coordinator --keys unix:/run/producer.sock --listen unix:/run/coordinator.sock
  quickpickle node --role snark-worker --coordinator unix:/run/coordinator.sock --circuit transaction=poseidon:100

Standard output has the line `listening on ADDRESS`, then `ready` once the workers take requests; logs are on standard
error. SIGTERM or SIGINT lets requests in flight finish, a second one breaks them off.

Exit status: 0 told to stop, 2 it could not run.";

/// Run a node: a front door over gRPC, a verifier process, and a prover process where the role proves.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What the node is for: passive verifies, block-producer verifies and proves; the others take the feature `network`.
    #[arg(long, default_value = "passive", value_parser = values::one_of(Role::ALL, Role::name))]
    role: Role,
    /// Where the front door is: IP:PORT (port 0 lets the system choose) or unix:PATH. Beyond loopback it takes TLS.
    #[arg(long, default_value = "127.0.0.1:7100", value_name = "ADDRESS")]
    listen: Listen,
    #[command(flatten)]
    processes: ProcessArgs,
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    proving: Proving,
    #[cfg(feature = "network")]
    #[command(flatten)]
    network: super::network::Args,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What is told of the processes, and where their sockets are.
#[derive(clap::Args)]
pub(super) struct ProcessArgs {
    /// Serve Prometheus metrics at /metrics of this loopback address, or of a Unix socket.
    #[arg(long, value_name = "IP:PORT|unix:PATH")]
    pub(super) metrics: Option<Listen>,
    /// Record the memory of the processes.
    #[arg(long, value_name = "FILE.csv", value_hint = ValueHint::FilePath)]
    pub(super) record: Option<PathBuf>,
    /// In which folder the private directory of the processes' sockets is made.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) socket_dir: Option<PathBuf>,
    /// How log lines look.
    #[arg(long, default_value = "text")]
    #[arg(value_parser = values::one_of([LogFormat::Text, LogFormat::Json], LogFormat::name))]
    pub(super) log_format: LogFormat,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Verification keys")]
pub(super) struct Keys {
    /// Where they come from: prover (it makes or loads them, then the verifier is started), baked (those in the binary), FILE,
    /// the address of a node that has them, or duplicated (each process makes its own). Without it: prover where the role
    /// proves, else baked.
    #[arg(long, value_name = "SOURCE", value_hint = ValueHint::FilePath)]
    pub(super) keys: Option<KeySource>,
    /// What the digest of the keys must be.
    #[arg(long, value_name = "HEX")]
    pub(super) keys_digest: Option<KeysDigest>,
    /// Write the keys to a file that --keys takes.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) write_keys: Option<PathBuf>,
    /// The network that blocks, ledger proofs and commands are of. Its published keys are those in the binary, if the feature of
    /// that name was on, or those of --network-keys; they verify these beside whatever keys --keys takes from elsewhere.
    #[arg(long, value_parser = values::network_name())]
    pub(super) network: Option<String>,
    /// A file of a network's keys, for forks and networks that this version does not know. May be given more than once.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) network_keys: Vec<PathBuf>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Proving")]
struct Proving {
    /// A circuit: NAME=poseidon:N, NAME=lookups:N or NAME=FILE, then ,srs=LOG2 ,domain=LOG2 ,previous=N ,curve=vesta|pallas
    /// ,berkeley as needed.
    #[arg(long = "circuit", value_name = "NAME=CIRCUIT")]
    circuits: Vec<CircuitSpec>,
    /// Where proving keys are kept, so that they are made once.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    key_dir: Option<PathBuf>,
    /// Start the prover at its first use.
    #[arg(long)]
    lazy_prover: bool,
    /// Stop the prover when it has had nothing to do for this long.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    prover_idle_stop: Option<Duration>,
}

/// The certificates of a process that talks TLS.
#[derive(clap::Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct TlsArgs {
    /// The certificate of this node, PEM.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires_all = ["tls_key", "tls_client_ca"])]
    tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The authorities of the certificates that clients and other nodes must show, PEM.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    /// Proofs that are queued or being verified at most; more are refused as busy.
    #[arg(long, value_name = "N", default_value_t = Limits::default().queue)]
    queue: usize,
    /// Proofs of one caller among them at most. Without it half of --queue.
    #[arg(long, value_name = "N")]
    caller_queue: Option<usize>,
    /// Their size in memory at most.
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().queue_bytes >> 20)]
    queue_size: usize,
    /// Proofs to be made that wait at most, the one at work included.
    #[arg(long, value_name = "N", default_value_t = Limits::default().prove_queue)]
    prove_queue: usize,
    /// Proofs that are verified together at most.
    #[arg(long, value_name = "N", default_value_t = Limits::default().batch)]
    batch: usize,
    /// The size of a message at most.
    #[arg(long, value_name = "KIB", default_value_t = Limits::default().message >> 10)]
    max_message: usize,
    /// log2 of the domain of a key that comes with a request at most.
    #[arg(long, value_name = "LOG2", default_value_t = Limits::default().foreign.domain_log2)]
    max_domain: u32,
    /// log2 of its SRS at most.
    #[arg(long, value_name = "LOG2", default_value_t = Limits::default().foreign.srs_log2)]
    max_srs: u32,
    /// Chunks of its commitments at most.
    #[arg(long, value_name = "N", default_value_t = Limits::default().foreign.chunks)]
    max_chunks: usize,
    /// Earlier openings that its proofs carry along at most.
    #[arg(long, value_name = "N", default_value_t = Limits::default().foreign.previous_openings)]
    max_previous: usize,
    /// Field elements of a statement or public input at most.
    #[arg(long, value_name = "N", default_value_t = Limits::default().foreign.statement)]
    max_statement: usize,
    /// Connections at the front door at most.
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections)]
    max_connections: usize,
    /// A connection without a request for so long is closed.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "300")]
    idle_timeout: Duration,
    /// A connection of this age is asked to end; requests in it have as long again.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "3600")]
    max_connection_age: Duration,
    /// How long a request may take without a deadline of its own.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    request_timeout: Duration,
    /// How long a request may take to arrive.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "15")]
    receive_timeout: Duration,
    /// A worker that does not answer for this long is replaced.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    stall_timeout: Duration,
    /// A verifier whose work makes no progress for so long is replaced.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    verify_timeout: Duration,
    /// A prover whose work makes no progress for so long is replaced, and how long a caller waits for a proof.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "1800")]
    prove_timeout: Duration,
    /// A verifier that takes more memory is replaced.
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().verifier_memory >> 20)]
    verifier_memory: u64,
    /// A prover that takes more memory is replaced.
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().prover_memory >> 20)]
    prover_memory: u64,
    /// How long a node that is told to stop says in its health that it does not serve, while it serves all the same: as long as
    /// a balancer takes to notice.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    drain_delay: Duration,
    /// How long requests may take to finish once the node stops.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    drain_timeout: Duration,
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is expected".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl LimitArgs {
    pub(super) fn limits(&self) -> anyhow::Result<Limits> {
        let bytes = |n: usize, unit: usize| n.checked_mul(unit).context("a size is too large");
        let mut foreign = Limits::default().foreign;
        foreign.domain_log2 = self.max_domain;
        foreign.srs_log2 = self.max_srs;
        foreign.chunks = self.max_chunks;
        foreign.previous_openings = self.max_previous;
        foreign.statement = self.max_statement;
        let mib = |n: u64| n.checked_mul(1 << 20).context("a size is too large");
        Ok(Limits {
            queue: self.queue,
            queue_bytes: bytes(self.queue_size, 1 << 20)?,
            caller_queue: self.caller_queue.unwrap_or(self.queue.div_ceil(2)),
            prove_queue: self.prove_queue,
            batch: self.batch,
            foreign,
            message: bytes(self.max_message, 1 << 10)?,
            connections: self.max_connections,
            idle: self.idle_timeout,
            age: self.max_connection_age,
            request: self.request_timeout,
            receive: self.receive_timeout,
            prove: self.prove_timeout,
            stall: self.stall_timeout,
            verifying: self.verify_timeout,
            proving: self.prove_timeout,
            verifier_memory: mib(self.verifier_memory)?,
            prover_memory: mib(self.prover_memory)?,
            drain_delay: self.drain_delay,
            drain: self.drain_timeout,
            ..Limits::default()
        })
    }
}

impl TlsArgs {
    /// The files, if they are given.
    pub(super) fn files(self) -> Option<TlsFiles> {
        let (certificate, key, authorities) = (self.tls_cert?, self.tls_key?, self.tls_client_ca?);
        Some(TlsFiles { certificate, key, authorities })
    }
}

impl Args {
    /// The node's configuration.
    pub fn config(self) -> anyhow::Result<Config> {
        let keys = if self.role.proves() { KeySource::Prover } else { KeySource::Baked };
        let config = Config {
            role: self.role,
            listen: self.listen,
            keys: self.keys.keys.unwrap_or(keys),
            keys_digest: self.keys.keys_digest,
            write_keys: self.keys.write_keys,
            network: self.keys.network,
            network_keys: self.keys.network_keys,
            circuits: self.proving.circuits,
            key_dir: self.proving.key_dir,
            prover: ProverPolicy { lazy: self.proving.lazy_prover, idle_stop: self.proving.prover_idle_stop },
            #[cfg(feature = "network")]
            participation: self.network.participation()?,
            #[cfg(feature = "jetstream")]
            farm: None,
            metrics: self.processes.metrics,
            record: self.processes.record,
            socket_dir: self.processes.socket_dir,
            tls: self.tls.files(),
            limits: self.limits.limits()?,
            log: self.processes.log_format,
        };
        Ok(config)
    }
}
