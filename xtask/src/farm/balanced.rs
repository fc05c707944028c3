//! Nodes behind HAProxy.

use std::fs;
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
use super::load::{Load, is_right};
use super::processes::{Process, free_port, signal};
use super::report::{Faults, Throughput, tenth};

/// The configuration that is tried: its addresses are replaced.
const CONFIGURATION: &str = "deploy/haproxy.cfg";
const NODES: usize = 3;
/// Requests that are in flight at once, and proofs of one request where they come in batches.
const IN_FLIGHT: usize = 64;
/// Connections of the client.
const CONNECTIONS: usize = 4;
/// How often a client asks again at most.
const ATTEMPTS: usize = 20;
/// How long the faults last.
const FAULTS: Duration = Duration::from_secs(45);

/// The nodes, HAProxy, and where they are.
struct Stage<'a> {
    program: &'a Path,
    engines: &'a Engines,
    folder: PathBuf,
    ports: Vec<u16>,
}

impl Stage<'_> {
    fn node(&self, number: usize) -> anyhow::Result<Process> {
        let listen = format!("127.0.0.1:{}", self.ports[number]);
        let arguments = ["node", "--listen", &listen, "--drain-delay", "3", "--drain-timeout", "20"];
        let log = self.folder.join(format!("node{number}.log"));
        let node = Process::start(self.program, &arguments.map(str::to_owned), &log)?;
        node.told("ready")?;
        Ok(node)
    }

    /// HAProxy over these nodes, and its port.
    fn balancer(&self, nodes: usize) -> anyhow::Result<(Process, u16)> {
        let port = free_port()?;
        let mut text = fs::read_to_string(crate::root().join(CONFIGURATION)).context(CONFIGURATION)?;
        let mut replace = |from: &str, to: u16| {
            ensure!(text.contains(from), "{CONFIGURATION} has no {from}");
            text = text.replace(from, &format!("127.0.0.1:{to}"));
            anyhow::Ok(())
        };
        replace("127.0.0.1:7100", port)?;
        for (number, node) in self.ports.iter().enumerate() {
            replace(&format!("127.0.0.1:{}", 7101 + number), *node)?;
        }
        let is_there =
            |line: &&str| !(nodes + 1..=NODES).any(|n| line.trim().starts_with(&format!("server node{n} ")));
        let text: String = text.lines().filter(is_there).map(|line| format!("{line}\n")).collect();
        let file = self.folder.join("haproxy.cfg");
        fs::write(&file, text)?;
        let arguments = ["-db".to_owned(), "-f".to_owned(), file.display().to_string()];
        let log = self.folder.join("haproxy.log");
        let mut balancer = Process::start(&self.engines.haproxy, &arguments, &log)?;
        balancer.listens(port)?;
        // Until its first look at each node.
        std::thread::sleep(Duration::from_secs(1));
        Ok((balancer, port))
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
    let stage = Stage { program, engines, folder: folder.to_owned(), ports };
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
        let (_balancer, port) = stage.balancer(count)?;
        measure(&format!("HAProxy, {name}, requests of one proof"), port, 1).await?;
        // A message of 64 proofs would not fit its buffer.
        measure(&format!("HAProxy, {name}, requests of 16"), port, 16).await?;
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
    let stage = Stage { program, engines, folder: folder.to_owned(), ports };
    let mut nodes: Vec<_> = (0..NODES).map(|number| stage.node(number)).collect::<anyhow::Result<_>>()?;
    let (_balancer, port) = stage.balancer(NODES)?;
    let clients = Arc::new(clients(port).await?);
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
    let mut marks = Vec::new();
    let mut at = async |second: u64, what: &str| {
        tokio::time::sleep_until((started + Duration::from_secs(second)).into()).await;
        eprintln!("{second} s: {what}");
        marks.push((second as f64, what.to_owned()));
    };
    at(8, "a node is killed").await;
    nodes[0].kill();
    at(14, "it is back").await;
    nodes[0] = stage.node(0)?;
    at(18, "another one is drained").await;
    signal(nodes[1].pid(), Signal::TERM);
    tokio::task::block_in_place(|| nodes[1].finish())?;
    at(28, "it is back").await;
    nodes[1] = stage.node(1)?;
    at(32, "the third is slow").await;
    let verifier = verifier_of(stage.ports[2]).await?;
    while started.elapsed() < Duration::from_secs(40) {
        // It computes a fifth of the time.
        signal(verifier, Signal::STOP);
        tokio::time::sleep(Duration::from_millis(200)).await;
        signal(verifier, Signal::CONT);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    at(40, "it is itself again").await;
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
        kills: 1,
        answers: found.iter().map(|(time, _)| tenth(*time)).collect(),
        marks,
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
