//! Nodes behind HAProxy.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use quickpickle_node::proto::v1::quickpickle_client::QuickpickleClient;
use quickpickle_node::proto::v1::{StatusRequest, VerifyBatchRequest, VerifyRequest};
use rustix::process::Signal;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use super::engines::Engines;
use super::haproxy::Balancer;
use super::load::{Load, is_right};
use super::marks::Marks;
use super::processes::{Process, free_port, signal};
use super::report::{Faults, Throughput, tenth};

const NODES: usize = 3;
/// Requests that are in flight at once, and proofs of one request where they come in batches.
const IN_FLIGHT: usize = 64;
/// Connections of the client.
const CONNECTIONS: usize = 4;
/// How often a client asks again at most.
const ATTEMPTS: usize = 20;
/// How long the faults last.
const FAULTS: Duration = Duration::from_secs(45);
/// The age of a connection, in seconds, at which a node asks it to end: all that HAProxy has are replaced eight times meanwhile.
pub const AGE: &str = "5";

/// The nodes, HAProxy, and where they are.
struct Stage<'a> {
    program: &'a Path,
    engines: &'a Engines,
    folder: PathBuf,
    ports: Vec<u16>,
    /// Of a connection at most.
    age: Option<&'static str>,
}

impl Stage<'_> {
    fn node(&self, number: usize) -> anyhow::Result<Process> {
        let listen = format!("127.0.0.1:{}", self.ports[number]);
        let mut arguments = vec!["node", "--listen", &listen, "--drain-delay", "3", "--drain-timeout", "20"];
        if let Some(age) = self.age {
            arguments.extend(["--max-connection-age", age]);
        }
        let log = self.folder.join(format!("node{number}.log"));
        let node = Process::start(self.program, &arguments, &log)?;
        node.told("ready")?;
        Ok(node)
    }

    /// HAProxy over the first nodes.
    fn balancer(&self, nodes: usize) -> anyhow::Result<Balancer> {
        Balancer::start(self.engines, &self.folder, &self.ports[..nodes])
    }
}

async fn clients(port: u16) -> anyhow::Result<Vec<QuickpickleClient<Channel>>> {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let channel = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?.connect_lazy();
        clients.push(QuickpickleClient::new(channel).max_encoding_message_size(16 << 20));
    }
    Ok(clients)
}

/// Asks for these proofs, each alone or so many together; all must be valid.
async fn ask(port: u16, load: &Load, proofs: usize, together: usize) -> anyhow::Result<f64> {
    let clients = clients(port).await?;
    // Connections, and what a node does once.
    for number in 0..2 * CONNECTIONS {
        let request = VerifyRequest { proof: Some(load.valid(number)) };
        clients[number % CONNECTIONS].clone().verify(request).await?;
    }
    let started = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..(2 * IN_FLIGHT).div_ceil(together) {
        let (mut client, load, next) = (clients[task % CONNECTIONS].clone(), load.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let first = next.fetch_add(together, Ordering::Relaxed);
                if first >= proofs {
                    return anyhow::Ok(());
                }
                let all = (first..(first + together).min(proofs)).map(|number| load.valid(number)).collect();
                let request = VerifyBatchRequest { proofs: all, key: None };
                let verdicts = client.verify_batch(request).await?.into_inner().verdicts;
                ensure!(
                    verdicts.iter().all(|verdict| verdict.reason.is_empty()),
                    "a valid proof was refused"
                );
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(started.elapsed().as_secs_f64())
}

/// How long the same proofs take, with one node and with three, alone and in batches.
pub async fn throughput(
    program: &Path,
    engines: &Engines,
    folder: &Path,
    load: &Load,
    proofs: usize,
) -> anyhow::Result<Vec<Throughput>> {
    let ports = (0..NODES).map(|_| free_port()).collect::<anyhow::Result<_>>()?;
    let stage = Stage { program, engines, folder: folder.to_owned(), ports, age: None };
    let nodes: Vec<_> = (0..NODES).map(|number| stage.node(number)).collect::<anyhow::Result<_>>()?;
    let mut results = Vec::new();
    let mut measure = async |what: &str, port: u16, together: usize| {
        let seconds = ask(port, load, proofs, together).await.with_context(|| what.to_owned())?;
        eprintln!("{what}: {proofs} proofs in {seconds:.1} s");
        results.push(Throughput { what: what.to_owned(), proofs, seconds });
        anyhow::Ok(())
    };
    measure("one node, requests of one proof", stage.ports[0], 1).await?;
    measure("one node, requests of 64", stage.ports[0], IN_FLIGHT).await?;
    for (count, name) in [(1, "one node"), (NODES, "three nodes")] {
        let balancer = stage.balancer(count)?;
        measure(&format!("HAProxy, {name}, requests of one proof"), balancer.port, 1).await?;
        // A message of 64 proofs would not fit its buffer.
        measure(&format!("HAProxy, {name}, requests of 16"), balancer.port, 16).await?;
    }
    drop(nodes);
    Ok(results)
}

/// A client that asks again where a node, or the balancer, has no answer.
async fn insist(
    clients: &[QuickpickleClient<Channel>],
    number: usize,
    load: &Load,
    again: &AtomicUsize,
) -> Option<bool> {
    for attempt in 0..ATTEMPTS {
        let mut client = clients[(number + attempt) % CONNECTIONS].clone();
        let request = VerifyRequest { proof: Some(load.mixed(number)) };
        match client.verify(request).await {
            Ok(response) => return Some(response.into_inner().verdict.is_some_and(|v| is_right(number, &v))),
            Err(status)
                if matches!(
                    status.code(),
                    Code::Unavailable
                        | Code::ResourceExhausted
                        | Code::Unknown
                        | Code::Internal
                        | Code::Cancelled
                ) =>
            {
                eprintln!("request {number} again: {status}");
                again.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50 << attempt.min(5))).await;
            }
            Err(status) => {
                eprintln!("request {number}: {status}");
                return None;
            }
        }
    }
    None
}

/// Three nodes of which one is killed, one drained and one slow, while clients ask.
pub async fn faults(program: &Path, engines: &Engines, folder: &Path, load: &Load) -> anyhow::Result<Faults> {
    let ports = (0..NODES).map(|_| free_port()).collect::<anyhow::Result<_>>()?;
    let stage = Stage { program, engines, folder: folder.to_owned(), ports, age: Some(AGE) };
    let mut nodes: Vec<_> = (0..NODES).map(|number| stage.node(number)).collect::<anyhow::Result<_>>()?;
    let balancer = stage.balancer(NODES)?;
    let clients = Arc::new(clients(balancer.port).await?);
    let (next, again) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let found = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (clients, load, next, again, found) =
            (Arc::clone(&clients), load.clone(), Arc::clone(&next), Arc::clone(&again), Arc::clone(&found));
        tasks.spawn(async move {
            while started.elapsed() < FAULTS {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let answer = insist(&clients, number, &load, &again).await;
                found.lock().await.push((started.elapsed().as_secs_f64(), answer));
            }
        });
    }
    let mut marks = Marks::since(started);
    marks.at(8, "a node is killed").await;
    nodes[0].kill();
    marks.at(14, "it is back").await;
    nodes[0] = stage.node(0)?;
    marks.at(18, "another one is drained").await;
    signal(nodes[1].pid(), Signal::TERM);
    tokio::task::block_in_place(|| nodes[1].finish())?;
    marks.at(28, "it is back").await;
    nodes[1] = stage.node(1)?;
    marks.at(32, "the third is slow").await;
    let verifier = verifier_of(stage.ports[2]).await?;
    while started.elapsed() < Duration::from_secs(40) {
        // It computes a fifth of the time.
        signal(verifier, Signal::STOP);
        tokio::time::sleep(Duration::from_millis(200)).await;
        signal(verifier, Signal::CONT);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    marks.at(40, "it is itself again").await;
    while let Some(done) = tasks.join_next().await {
        done?;
    }
    let found = found.lock().await;
    let count = |wanted: Option<bool>| found.iter().filter(|(_, answer)| *answer == wanted).count();
    Ok(Faults {
        requests: found.len(),
        right: count(Some(true)),
        wrong: count(Some(false)),
        lost: count(None),
        again: again.load(Ordering::Relaxed),
        connections: balancer.connections()?,
        kills: 1,
        answers: found.iter().map(|(time, _)| tenth(*time)).collect(),
        marks: marks.into_list(),
        ..Faults::default()
    })
}

async fn verifier_of(port: u16) -> anyhow::Result<u32> {
    let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?;
    let mut client = QuickpickleClient::new(endpoint.connect().await?);
    let status = client.status(StatusRequest {}).await?.into_inner();
    let verifier = status.workers.into_iter().find(|worker| worker.name == "verifier" && worker.pid != 0);
    Ok(verifier.context("no verifier")?.pid)
}
