//! Snark coordinators that share their jobs on JetStream, and snark workers that reach them by way of HAProxy.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, ensure};
use async_nats::jetstream::Context;
use quickpickle_node::proto::v1::get_response::State;
use quickpickle_node::proto::v1::jobs_client::JobsClient;
use quickpickle_node::proto::v1::quickpickle_client::QuickpickleClient;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{
    GetRequest, Proof, StatusRequest, SubmitRequest, VerifyRequest, Witness, proof, witness,
};
use rustix::process::Signal;
use tonic::transport::{Channel, Endpoint};

use super::engines::Engines;
use super::haproxy::Balancer;
use super::marks::Marks;
use super::nats::Server;
use super::processes::{Process, free_port, signal};
use super::report::{Faults, Proving, tenth};

const COORDINATORS: usize = 2;
const WORKERS: usize = 3;
/// Of blocks, and of jobs: the latter have 2^16 rows, so that a proof takes longer than a lease lasts by itself.
const CIRCUITS: [&str; 2] = ["blockchain=poseidon:1,srs=6", "transaction=poseidon:5000,srs=16"];
/// How long a lease lasts by itself, in seconds.
const LEASE: f64 = 1.5;
/// The time from one block to the next in seconds, and how many jobs each brings.
const SLOT: &str = "5";
const JOBS: &str = "2";
/// The number that the first job is about; those of blocks are larger, for they have slots since 1970.
const FIRST: u64 = 1;
/// What a worker says of a result that comes too late.
const LATE: &str = "the lease has been lost";
/// How long what is left may take after the last fault.
const PATIENCE: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(50);

/// Where the processes are.
struct Stage<'a> {
    program: &'a Path,
    folder: PathBuf,
    nats: String,
    balancer: u16,
    coordinators: Vec<u16>,
}

impl Stage<'_> {
    fn start(&self, name: &str, arguments: &[&str]) -> anyhow::Result<Process> {
        let log = self.folder.join(format!("{name}.log"));
        Process::start(self.program, &[&["node"][..], arguments].concat(), &log)
    }

    /// The file with the keys that the first worker has made.
    fn keys(&self) -> PathBuf {
        self.folder.join("keys.json")
    }

    fn coordinator(&self, number: usize) -> anyhow::Result<Process> {
        let (keys, lease) = (self.keys().display().to_string(), LEASE.to_string());
        let listen = format!("127.0.0.1:{}", self.coordinators[number]);
        let own = ["--role", "snark-coordinator", "--listen", &listen, "--keys", &keys, "--lease", &lease];
        let shared = ["--nats", &self.nats, "--nats-jobs", "--nats-blocks", "--jobs-per-block", JOBS];
        let process = self.start(&format!("coordinator{number}"), &[&own[..], &shared].concat())?;
        process.told("ready")?;
        Ok(process)
    }

    /// A node that proves.
    fn prover(&self, name: &str, arguments: &[&str]) -> anyhow::Result<Process> {
        let kept = self.folder.join("keys").display().to_string();
        let [block, job] = CIRCUITS;
        let proves = ["--listen", "127.0.0.1:0", "--key-dir", &kept, "--circuit", block, "--circuit", job];
        self.start(name, &[arguments, &proves].concat())
    }

    fn worker(&self, number: usize, more: &[&str]) -> anyhow::Result<Process> {
        let balancer = format!("127.0.0.1:{}", self.balancer);
        let own = ["--role", "snark-worker", "--coordinator", &balancer];
        self.prover(&format!("prover{number}"), &[&own[..], more].concat())
    }

    /// Starts all of them, in an order in which each has what it needs.
    fn start_all(&self) -> anyhow::Result<(Vec<Process>, Vec<Process>)> {
        let mut workers = vec![self.worker(0, &["--write-keys", &self.keys().display().to_string()])?];
        let end = Instant::now() + PATIENCE;
        while !self.keys().exists() {
            ensure!(Instant::now() < end, "no keys are made");
            std::thread::sleep(POLL);
        }
        let coordinators = (0..COORDINATORS).map(|number| self.coordinator(number));
        let coordinators = coordinators.collect::<anyhow::Result<_>>()?;
        for number in 1..WORKERS {
            workers.push(self.worker(number, &[])?);
        }
        for worker in &workers {
            worker.told("ready")?;
        }
        Ok((coordinators, workers))
    }
}

/// Two coordinators and three workers, of which some are killed, one falls silent, and the server is away, while blocks bring jobs.
pub async fn faults(program: &Path, engines: &Engines, folder: &Path) -> anyhow::Result<Proving> {
    let folder = folder.join("proving");
    let mut server = Server::start(engines, &folder)?;
    let ports: Vec<_> = (0..COORDINATORS).map(|_| free_port()).collect::<anyhow::Result<_>>()?;
    let balancer = Balancer::start(engines, &folder, &ports)?;
    let nats = format!("nats://127.0.0.1:{}", server.port);
    let stage = Stage { program, folder, nats, balancer: balancer.port, coordinators: ports };
    let (mut coordinators, mut workers) = stage.start_all()?;
    let channel = Endpoint::from_shared(format!("http://127.0.0.1:{}", balancer.port))?.connect_lazy();
    let alone = alone(channel.clone()).await?;

    let (started, began) =
        (Instant::now(), SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs_f64());
    let slots = ["--role", "block-producer", "--slot", SLOT, "--nats", &stage.nats, "--nats-blocks"];
    let producer = stage.prover("producer", &slots)?;
    let mut marks = Marks::since(started);
    marks.at(12, "a coordinator is killed").await;
    coordinators[0].kill();
    marks.at(22, "it is back").await;
    coordinators[0] = stage.coordinator(0)?;
    for (number, what) in ["a worker is killed", "", "two more"].into_iter().enumerate() {
        marks.at(26 + 4 * number as u64, what).await;
        workers[number].kill();
        workers[number] = stage.worker(number, &[])?;
    }
    marks.at(42, "the server is killed").await;
    server.kill();
    // A lease that runs out meanwhile counts among the five that a job has.
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.again()?;
    marks.at(52, "a worker falls silent").await;
    signal(workers[0].pid(), Signal::STOP);
    marks.at(58, "it goes on").await;
    signal(workers[0].pid(), Signal::CONT);
    marks.at(64, "the other coordinator is killed").await;
    coordinators[1].kill();
    marks.at(74, "it is back").await;
    coordinators[1] = stage.coordinator(1)?;
    marks.at(78, "the last block").await;
    drop(producer);
    // Until the coordinators have heard of it.
    tokio::time::sleep(Duration::from_secs(2)).await;
    all_proved(channel.clone()).await.with_context(|| stage.folder.display().to_string())?;
    marks.now("all is proved");
    // Time for results that come late.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let late = workers.iter().map(|worker| worker.said(LATE)).sum::<anyhow::Result<usize>>()?;
    let found = results(&server.client().await?, channel, began).await?;
    // Three workers, the server, and each coordinator.
    let kills = WORKERS + 1 + COORDINATORS;
    let faults = Faults { kills, connections: balancer.connections()?, marks: marks.into_list(), ..found };
    Ok(Proving { faults, alone, lease: LEASE, late })
}

/// How long a job takes, from its submission until it is done, in seconds.
async fn alone(channel: Channel) -> anyhow::Result<f64> {
    let mut jobs = JobsClient::new(channel);
    let started = Instant::now();
    let witness = Some(Witness { kind: Some(witness::Kind::Seed(FIRST)) });
    let circuit = "transaction".to_owned();
    let public_input = element(FIRST).to_vec().into();
    let job = jobs.submit(SubmitRequest { circuit, witness, public_input }).await?.into_inner().job;
    while jobs.get(GetRequest { job }).await?.into_inner().state() != State::Done {
        ensure!(started.elapsed() < PATIENCE, "the first job is not done");
        tokio::time::sleep(POLL).await;
    }
    Ok(started.elapsed().as_secs_f64())
}

/// Waits until no job is left.
async fn all_proved(channel: Channel) -> anyhow::Result<()> {
    let mut client = QuickpickleClient::new(channel);
    let end = Instant::now() + PATIENCE;
    loop {
        let status = client.status(StatusRequest {}).await?.into_inner();
        let open = status.jobs_waiting + status.jobs_leased;
        if open == 0 {
            return Ok(());
        }
        ensure!(Instant::now() < end, "{open} jobs are left");
        tokio::time::sleep(POLL).await;
    }
}

/// What became of each job, by what the coordinators tell and by the times of the records.
async fn results(context: &Context, channel: Channel, began: f64) -> anyhow::Result<Faults> {
    let queue = context.get_stream("quickpickle-jobs").await?;
    let records = context.get_key_value("quickpickle-job-records").await?;
    let (mut jobs, mut verifier) = (JobsClient::new(channel.clone()), QuickpickleClient::new(channel));
    let mut about = BTreeSet::new();
    let mut faults = Faults::default();
    // A job's number is that of its message.
    for job in 1..=queue.cached_info().state.last_sequence {
        faults.requests += 1;
        let found = jobs.get(GetRequest { job }).await?.into_inner();
        faults.again += usize::try_from(found.attempts.saturating_sub(1))?;
        let Some(proof) = found.proof.clone().filter(|_| found.state() == State::Done) else {
            faults.dead += usize::from(found.state() == State::Failed);
            faults.lost += usize::from(found.state() != State::Failed);
            continue;
        };
        let is_first = about.insert(proof.public_input.get(..32).context("no public input")?.to_vec());
        let request = VerifyRequest { proof: Some(Proof { kind: Some(proof::Kind::Kimchi(proof)) }) };
        let verdict = verifier.verify(request).await?.into_inner().verdict.context("no verdict")?;
        let is_valid = verdict.kind() == Kind::Valid;
        faults.right += usize::from(is_valid && is_first);
        faults.wrong += usize::from(!is_valid);
        faults.twice += usize::from(is_valid && !is_first);
        let record = records.entry(job.to_string()).await?.context("no record")?;
        faults.answers.push(tenth(record.created.unix_timestamp_nanos() as f64 / 1e9 - began));
    }
    faults.answers.sort_by(f64::total_cmp);
    Ok(faults)
}

/// A number as a field element.
fn element(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes
}
