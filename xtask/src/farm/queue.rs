//! Workers over a work queue.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, ensure};
use async_nats::jetstream::Context;
use quickpickle_node::proto::v1::StatusRequest;
use quickpickle_node::proto::v1::quickpickle_client::QuickpickleClient;
use rand_core::{OsRng, RngCore as _};
use rustix::process::Signal;
use tonic::transport::Endpoint;

use super::engines::Engines;
use super::load::{Load, is_right};
use super::marks::Marks;
use super::nats::{self, Server};
use super::processes::{Process, signal};
use super::relay::{Relay, Wire};
use super::report::{Faults, Throughput, tenth};

const WORKERS: usize = 3;
/// Of so many kills one is of the verifier alone.
const VERIFIER_ONE_IN: usize = 4;
/// Requests that are kept waiting while faults happen.
const WAITING: u64 = 400;
/// The time from one kill to the next at most.
const PAUSE_MS: u64 = 1200;
/// How long what is left may take after the last fault.
const PATIENCE: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(50);

/// A worker, and where it is asked how it is.
struct Worker {
    process: Process,
    address: String,
}

impl Worker {
    fn start(program: &Path, port: u16, log: &Path) -> anyhow::Result<Self> {
        let url = format!("nats://127.0.0.1:{port}");
        let arguments =
            ["worker", "--nats", &url, "--ack-wait", "2", "--drain-timeout", "20", "--nats-patience", "60"];
        let process = Process::start(program, &arguments, log)?;
        let address = process.told("listening on ")?;
        Ok(Self { process, address })
    }

    /// Ends its verifier, if it has one just now.
    async fn kill_verifier(&self) -> anyhow::Result<()> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address))?;
        let mut client = QuickpickleClient::new(endpoint.connect().await?);
        let status = client.status(StatusRequest {}).await?.into_inner();
        let running = status.workers.into_iter().find(|worker| worker.pid != 0);
        if let Some(worker) = running {
            signal(worker.pid, Signal::KILL);
        }
        Ok(())
    }
}

/// How long valid proofs take with one worker and with three.
pub async fn throughput(
    program: &Path,
    engines: &Engines,
    folder: &Path,
    load: &Load,
    proofs: usize,
) -> anyhow::Result<Vec<Throughput>> {
    let mut results = Vec::new();
    for (count, name) in [(1, "one worker"), (WORKERS, "three workers")] {
        let folder = folder.join(format!("queue-{count}"));
        let server = Server::start(engines, &folder)?;
        let log = |number| folder.join(format!("worker{number}.log"));
        let workers: Vec<_> = (0..count)
            .map(|number| Worker::start(program, server.port, &log(number)))
            .collect::<anyhow::Result<_>>()?;
        for worker in &workers {
            worker.process.told("ready")?;
        }
        let context = server.client().await?;
        // What a worker does once, and until it takes as much as it can.
        let warm = 128 * count;
        nats::publish(&context, 0..warm, |number| load.valid(number)).await?;
        answered(&context, warm).await?;
        let started = Instant::now();
        nats::publish(&context, warm..warm + proofs, |number| load.valid(number)).await?;
        answered(&context, warm + proofs).await?;
        let (what, seconds) = (format!("JetStream, {name}"), started.elapsed().as_secs_f64());
        eprintln!("{what}: {proofs} proofs in {seconds:.1} s");
        let (verdicts, twice) = nats::verdicts(&context).await?;
        let all_valid = verdicts.values().all(|(verdict, _)| verdict.reason.is_empty());
        ensure!(twice == 0 && all_valid, "a valid proof has another verdict, or two");
        results.push(Throughput { what, proofs, seconds });
    }
    Ok(results)
}

/// Waits until there are so many verdicts.
async fn answered(context: &Context, count: usize) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    while nats::count(context, "quickpickle-verdicts").await? < count as u64 {
        ensure!(Instant::now() < end, "verdicts do not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Workers that are killed so many times, while the server and the network fail as well.
pub async fn faults(
    program: &Path,
    engines: &Engines,
    folder: &Path,
    load: &Load,
    kills: usize,
) -> anyhow::Result<Faults> {
    let folder = folder.join("queue");
    let mut server = Server::start(engines, &folder)?;
    let relay = Relay::start(server.port).await?;
    let log = |number: usize| -> PathBuf { folder.join(format!("worker{number}.log")) };
    let start = |number: usize| Worker::start(program, relay.port, &log(number));
    let mut workers: Vec<_> = (0..WORKERS).map(start).collect::<anyhow::Result<_>>()?;
    for worker in &workers {
        worker.process.told("ready")?;
    }
    let context = server.client().await?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let sender = tokio::spawn(send(context.clone(), load.clone(), stopped));
    let (started, began) =
        (Instant::now(), SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs_f64());
    let mut marks = Marks::since(started);
    for kill in 1..=kills {
        let (number, pause) = {
            let random = OsRng.next_u64();
            (random as usize % WORKERS, (random >> 32) % PAUSE_MS)
        };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if kill.is_multiple_of(VERIFIER_ONE_IN) {
            // It may be one that has not begun to listen.
            let _ = workers[number].kill_verifier().await;
        } else {
            workers[number].process.kill();
            workers[number] = start(number)?;
        }
        let quarter = (4 * kill).checked_div(kills).filter(|_| (4 * kill).is_multiple_of(kills.max(1)));
        match quarter {
            Some(1) => {
                marks.now("the network is cut");
                relay.set(Wire::Cut);
                tokio::time::sleep(Duration::from_secs(4)).await;
                relay.set(Wire::Whole);
            }
            Some(2) => {
                marks.now("the server is killed");
                server.kill();
                tokio::time::sleep(Duration::from_secs(2)).await;
                server.again()?;
            }
            Some(3) => {
                marks.now("the network is silent");
                relay.set(Wire::Silent);
                tokio::time::sleep(Duration::from_secs(12)).await;
                relay.set(Wire::Whole);
            }
            Some(4) => marks.now("the last kill"),
            _ => {}
        }
    }
    stop.send_replace(true);
    let requests = sender.await??;
    // Not until the queue is empty: a server that was killed may keep requests that were acknowledged just before.
    let end = Instant::now() + PATIENCE;
    while nats::count(&context, "quickpickle-verdicts").await.unwrap_or(0) < requests as u64 {
        ensure!(Instant::now() < end, "verdicts do not come; logs are in {}", folder.display());
        tokio::time::sleep(POLL).await;
    }
    marks.now("all is answered");
    // Time for what is handed out again to be found answered.
    tokio::time::sleep(Duration::from_secs(5)).await;
    for worker in &mut workers {
        signal(worker.process.pid(), Signal::TERM);
        worker.process.finish().context("a worker that is told to stop")?;
    }
    let (verdicts, twice) = nats::verdicts(&context).await?;
    let right = verdicts.iter().filter(|(number, (verdict, _))| is_right(**number, verdict)).count();
    let mut answers: Vec<_> = verdicts.values().map(|(_, time)| tenth(time - began)).collect();
    answers.sort_by(f64::total_cmp);
    Ok(Faults {
        requests,
        right,
        wrong: verdicts.len() - right,
        lost: requests.saturating_sub(verdicts.len()),
        twice,
        dead: usize::try_from(nats::count(&context, "quickpickle-dead").await?)?,
        again: nats::handed_out_again(&context).await?,
        kills,
        answers,
        marks: marks.into_list(),
        ..Faults::default()
    })
}

/// Sends requests so that some always wait, until told to stop; returns how many.
async fn send(
    context: Context,
    load: Load,
    stopped: tokio::sync::watch::Receiver<bool>,
) -> anyhow::Result<usize> {
    let mut sent = 0;
    while !*stopped.borrow() {
        if nats::count(&context, "quickpickle-requests").await.is_ok_and(|waiting| waiting < WAITING) {
            nats::publish(&context, sent..sent + WAITING as usize / 4, |number| load.mixed(number)).await?;
            sent += WAITING as usize / 4;
        } else {
            tokio::time::sleep(POLL).await;
        }
    }
    Ok(sent)
}
