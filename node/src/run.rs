//! A node, from its start to its end.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use quickpickle_memory::Mark;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tonic_health::ServingStatus;

use crate::admission::Admission;
use crate::config::{Config, ConfigError, KeySource, Limits, Listen};
use crate::dispatch::Dispatch;
use crate::environment::Environment;
use crate::front::{self, Door, DoorError, Services};
#[cfg(feature = "jetstream")]
use crate::jetstream::farm::{Farm, FarmError, FarmMetrics};
use crate::keys::KeySet;
use crate::metrics::{self, Metrics};
#[cfg(feature = "network")]
use crate::network::{Network, NetworkError, NetworkMetrics};
use crate::networks::{KnownNetworks, NetworkFileError};
use crate::record::{self, RecordError, Recorder};
use crate::registry::{self, Registry};
use crate::startup::{self, KeysError};
use crate::supervisor::watch::resident_bytes;
use crate::supervisor::{
    KnownKeys, ProverKind, Settings, Shared, SocketDir, SocketDirError, Spawner, Start, State, Supervisor,
    VerifierKind, WorkerKind,
};
use crate::tls::{Tls, TlsError};

/// Why a node does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No private directory.
    #[error(transparent)]
    Sockets(#[from] SocketDirError),
    /// The front door.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A file of a network's keys.
    #[error(transparent)]
    NetworkFile(#[from] NetworkFileError),
    /// The node's part in a network.
    #[cfg(feature = "network")]
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The node's part in a farm.
    #[cfg(feature = "jetstream")]
    #[error(transparent)]
    Farm(#[from] FarmError),
    /// The certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server at the front door.
    #[error("the front door")]
    Server(#[from] tonic::transport::Error),
    /// The metrics' page.
    #[error("the metrics")]
    Metrics(#[source] DoorError),
    /// The metrics would be open to other machines.
    #[error("the metrics are for this machine: {0} is no loopback address")]
    OpenMetrics(Listen),
    /// The folder of the proving keys.
    #[error("the folder {} for proving keys", _0.display())]
    KeyDir(PathBuf, #[source] io::Error),
    /// A worker cannot be started, whatever is tried.
    #[error("the {0} cannot be started: {1}")]
    Worker(&'static str, String),
    /// The recording.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Runs a node until it is told to stop by a signal.
pub fn run(config: Config, environment: Environment) -> Result<(), NodeError> {
    config.check()?;
    crate::memory::give_back_what_is_freed();
    // The work is done elsewhere: two threads are enough to hand it on.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(Node::start_and_run(config, environment));
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// Writes a line on standard output for the program that started the node; logs are elsewhere.
fn tell(line: std::fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    // Who does not listen does not want to know.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

struct Node {
    config: Config,
    environment: Environment,
    networks: Arc<KnownNetworks>,
    dispatch: Arc<Dispatch>,
    #[cfg(feature = "network")]
    network: Arc<Network>,
    #[cfg(feature = "jetstream")]
    farm_metrics: Option<FarmMetrics>,
    /// What takes requests from a work queue, while it does.
    farm: Option<JoinHandle<Result<(), NodeError>>>,
    tls: Option<Tls>,
    /// Says when the node is about to stop, to who tells its health.
    leave: watch::Sender<bool>,
    health: Option<JoinHandle<()>>,
    /// Ends the workers, after everything else.
    end: watch::Sender<bool>,
    supervisors: JoinSet<()>,
}

impl Node {
    async fn start_and_run(config: Config, environment: Environment) -> Result<(), NodeError> {
        let tls = config.tls.as_ref().map(Tls::read).transpose()?;
        if let Some(folder) = &config.key_dir {
            std::fs::create_dir_all(folder).map_err(|error| NodeError::KeyDir(folder.clone(), error))?;
        }
        let networks = Arc::new(KnownNetworks::read(&config.network_keys)?);
        tracing::info!(networks = networks.names().join(", "), "these networks are known");
        if let Some(name) = &config.network {
            startup::known_network(name, &networks)?;
        }
        let registry = Arc::new(Registry::new());
        let record = |path: &PathBuf| Recorder::start(Arc::clone(&registry), path, record::INTERVAL);
        let recorder = config.record.as_ref().map(record).transpose()?;
        #[cfg_attr(
            not(any(feature = "network", feature = "jetstream")),
            expect(unused_mut, reason = "only the network and the farm add to it")
        )]
        let mut metrics = Metrics::new(environment.version, config.role.name());
        #[cfg(feature = "network")]
        let network = NetworkMetrics::register(metrics.registry());
        #[cfg(feature = "network")]
        let network = Arc::new(Network::new(&config, tls.as_ref(), network).await?);
        #[cfg(feature = "jetstream")]
        let farm_metrics = config.farm.as_ref().map(|_| FarmMetrics::register(metrics.registry()));
        let metrics = Arc::new(metrics);
        let shared = Shared {
            spawner: Spawner::new()?,
            sockets: Arc::new(SocketDir::new(config.socket_dir.as_deref())?),
            registry: Arc::clone(&registry),
            metrics: Arc::clone(&metrics),
        };
        let (stop, stopped) = watch::channel(false);
        let dispatch = Arc::new(dispatch(&config, &networks, &shared, stopped));

        let door = Door::open(&config.listen).await?;
        tell(format_args!("listening on {}", door.address()));
        let page = open_metrics(&config).await?;
        let (reporter, health) = front::health();
        let services = Services {
            dispatch: Arc::clone(&dispatch),
            #[cfg(feature = "network")]
            network: Arc::clone(&network),
            version: environment.version,
            networks: networks.names(),
        };
        let tls_of_door = tls.clone();
        let front = async move { front::serve(door, services, health, tls_of_door.as_ref()).await };
        let mut front = tokio::spawn(front);
        let (delay, drain) = (config.limits.drain_delay, config.limits.drain);
        let mut node = Self {
            config,
            environment,
            networks,
            dispatch,
            #[cfg(feature = "network")]
            network,
            #[cfg(feature = "jetstream")]
            farm_metrics,
            farm: None,
            tls,
            leave: watch::Sender::new(false),
            health: None,
            end: watch::Sender::new(false),
            supervisors: JoinSet::new(),
        };

        let page_of = Arc::clone(&node.dispatch);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut door_closed = false;
        let result = {
            let run = async {
                node.start(&reporter).await?;
                registry.mark(Mark::Ready(registry::MAIN.to_owned()));
                tell(format_args!("ready"));
                node.work().await
            };
            tokio::select! {
                result = run => result.map(|never| match never {}),
                result = &mut front => {
                    door_closed = true;
                    match result {
                        Ok(result) => result.map_err(NodeError::from),
                        Err(error) => Err(io::Error::other(error).into()),
                    }
                }
                never = serve_metrics(page, metrics, page_of) => match never {},
                _ = terminate.recv() => Ok(()),
                _ = interrupt.recv() => Ok(()),
            }
        };
        registry.mark(Mark::Draining);
        tracing::info!("the node stops");
        // Before anything else, so that nobody sends new requests here; and none that tells it comes after.
        node.leave.send_replace(true);
        if let Some(health) = node.health.take() {
            // It ends once it has told.
            let _ = health.await;
        }
        let twice = "told to stop twice: requests are broken off";
        // Who was not told to stop, but cannot go on, has nothing to wait for.
        let delay = if result.is_ok() && !door_closed { delay } else { Duration::ZERO };
        let hurried = tokio::select! {
            () = tokio::time::sleep(delay) => false,
            _ = terminate.recv() => true,
            _ = interrupt.recv() => true,
        };
        stop.send_replace(true);
        let mut farm = node.farm.take();
        let both = async {
            let door = async {
                if !door_closed {
                    let _ = (&mut front).await;
                }
            };
            tokio::join!(door, async {
                if let Some(farm) = &mut farm {
                    let _ = farm.await;
                }
            });
        };
        tokio::select! {
            () = std::future::ready(()), if hurried => tracing::warn!("{twice}"),
            drained = timeout(drain, both), if !hurried => if drained.is_err() {
                tracing::warn!(?drain, "requests are broken off");
            },
            _ = terminate.recv(), if !hurried => tracing::warn!("{twice}"),
            _ = interrupt.recv(), if !hurried => tracing::warn!("{twice}"),
        }
        front.abort();
        if let Some(farm) = farm {
            farm.abort();
        }
        node.end.send_replace(true);
        while node.supervisors.join_next().await.is_some() {}
        let recorded = recorder.map_or(Ok(()), Recorder::finish);
        result.and(recorded.map_err(NodeError::from))
    }

    /// Starts the workers, the one that makes the keys first.
    async fn start(&mut self, reporter: &tonic_health::server::HealthReporter) -> Result<(), NodeError> {
        let dispatch = Arc::clone(&self.dispatch);
        let made =
            startup::ready_made(&self.config, &self.environment, &self.networks, self.tls.as_ref()).await?;
        let prover = dispatch.prover.clone();
        let verifier = dispatch.verifier.clone();
        match (made, &self.config.keys) {
            (Some(keys), _) => {
                self.known(&keys)?;
                dispatch.keys.send_replace(Some(Arc::new(keys)));
                dispatch.registry.mark(Mark::KeysKnown);
                self.supervise(prover.as_ref());
                self.supervise(verifier.as_ref());
            }
            (None, KeySource::Duplicated) => {
                self.supervise(prover.as_ref());
                self.supervise(verifier.as_ref());
            }
            // Only when the prover has told them is the verifier started.
            (None, _) => {
                self.supervise(prover.as_ref());
                self.keys_made_by(prover.as_ref()).await?;
                self.supervise(verifier.as_ref());
            }
        }
        if let Some(verifier) = &verifier {
            ready(verifier).await?;
            if self.config.keys == KeySource::Duplicated {
                self.keys_made_by(Some(verifier)).await?;
            }
        } else if let Some(prover) = prover.as_ref().filter(|_| !self.config.prover.lazy) {
            ready(prover).await?;
        }
        #[cfg(feature = "jetstream")]
        self.join_farm().await?;
        self.report_health(reporter);
        Ok(())
    }

    /// Begins to take requests from a work queue, where the node is to.
    #[cfg(feature = "jetstream")]
    async fn join_farm(&mut self) -> Result<(), NodeError> {
        if let Some((options, metrics)) = self.config.farm.clone().zip(self.farm_metrics.clone()) {
            let farm = Farm::join(options, Arc::clone(&self.dispatch), metrics).await?;
            self.farm = Some(tokio::spawn(async { Ok(farm.run().await?) }));
        }
        Ok(())
    }

    async fn keys_made_by<K: WorkerKind>(&self, maker: Option<&Arc<Supervisor<K>>>) -> Result<(), NodeError> {
        let Some(maker) = maker else { return Ok(()) };
        let keys = tokio::select! {
            keys = startup::told(&self.dispatch.keys) => keys,
            error = failed(maker) => return Err(error),
        };
        if let Some(keys) = keys {
            self.known(&keys)?;
        }
        self.dispatch.registry.mark(Mark::KeysKnown);
        Ok(())
    }

    /// Keys that are known are checked before anything is verified by them.
    fn known(&self, keys: &KeySet) -> Result<(), NodeError> {
        startup::known(&self.config, keys)?;
        #[cfg(feature = "network")]
        self.network.check_keys(self.config.role, keys)?;
        Ok(())
    }

    fn supervise<K: WorkerKind>(&mut self, supervisor: Option<&Arc<Supervisor<K>>>) {
        if let Some(supervisor) = supervisor {
            self.supervisors.spawn(Arc::clone(supervisor).run(self.end.subscribe()));
        }
    }

    /// The health that is told is whether the verifier, or where there is none the prover, takes requests.
    fn report_health(&mut self, reporter: &tonic_health::server::HealthReporter) {
        let (reporter, leaving) = (reporter.clone(), self.leave.subscribe());
        self.health = match (&self.dispatch.verifier, &self.dispatch.prover) {
            (Some(verifier), _) => Some(tokio::spawn(follow(reporter, verifier.state(), leaving))),
            (None, Some(prover)) => Some(tokio::spawn(follow(reporter, prover.state(), leaving))),
            (None, None) => None,
        };
    }

    /// What the node does by itself, until a worker cannot be started any more.
    async fn work(&mut self) -> Result<Infallible, NodeError> {
        let dispatch = &self.dispatch;
        #[cfg(feature = "network")]
        let own = async { Ok(self.network.work(dispatch).await?) };
        #[cfg(not(feature = "network"))]
        let own = std::future::pending::<Result<Infallible, NodeError>>();
        tokio::select! {
            result = own => result,
            error = failed_if(dispatch.verifier.as_ref()) => Err(error),
            error = failed_if(dispatch.prover.as_ref()) => Err(error),
            error = left(&mut self.farm) => Err(error),
        }
    }
}

/// Returns once the node can take no more requests from its work queue.
async fn left(farm: &mut Option<JoinHandle<Result<(), NodeError>>>) -> NodeError {
    let Some(task) = farm else { return std::future::pending().await };
    let ended = task.await;
    *farm = None;
    match ended {
        Ok(Err(error)) => error,
        // It ends when the node stops.
        Ok(Ok(())) => std::future::pending().await,
        Err(error) => io::Error::other(error).into(),
    }
}

/// The service whose health is told, beside that of the whole node.
const SERVICE: &str = "quickpickle.v1.Quickpickle";

async fn failed_if<K: WorkerKind>(supervisor: Option<&Arc<Supervisor<K>>>) -> NodeError {
    match supervisor {
        Some(supervisor) => failed(supervisor).await,
        None => std::future::pending().await,
    }
}

/// Returns once a worker cannot be started any more.
async fn failed<K: WorkerKind>(supervisor: &Arc<Supervisor<K>>) -> NodeError {
    let mut state = supervisor.state();
    match state.wait_for(|state| matches!(state, State::Failed(_))).await.as_deref() {
        Ok(State::Failed(reason)) => NodeError::Worker(K::NAME, reason.to_string()),
        _ => NodeError::Worker(K::NAME, "nobody supervises it".to_owned()),
    }
}

/// Returns once a worker takes requests for the first time.
async fn ready<K: WorkerKind>(supervisor: &Arc<Supervisor<K>>) -> Result<(), NodeError> {
    let mut state = supervisor.state();
    match state.wait_for(|state| matches!(state, State::Ready(_) | State::Failed(_))).await.as_deref() {
        Ok(State::Ready(_)) => Ok(()),
        Ok(State::Failed(reason)) => Err(NodeError::Worker(K::NAME, reason.to_string())),
        _ => Err(NodeError::Worker(K::NAME, "nobody supervises it".to_owned())),
    }
}

/// Tells the health until the node is about to stop, and then that it does not serve.
async fn follow<K: WorkerKind>(
    reporter: tonic_health::server::HealthReporter,
    mut state: watch::Receiver<State<K>>,
    mut leaving: watch::Receiver<bool>,
) {
    loop {
        let leaves = *leaving.borrow_and_update();
        let serves = !leaves && matches!(&*state.borrow_and_update(), State::Ready(_) | State::Stopped);
        let status = if serves { ServingStatus::Serving } else { ServingStatus::NotServing };
        reporter.set_service_status("", status).await;
        reporter.set_service_status(SERVICE, status).await;
        if leaves {
            return;
        }
        tokio::select! {
            changed = state.changed() => if changed.is_err() {
                return;
            },
            // Without a sender the node has ended.
            changed = leaving.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

fn dispatch(
    config: &Config,
    networks: &Arc<KnownNetworks>,
    shared: &Shared,
    stop: watch::Receiver<bool>,
) -> Dispatch {
    let Config { role, limits, circuits, .. } = config;
    let keys: Arc<KnownKeys> = Arc::new(KnownKeys::new(None));
    let is_source = config.keys == KeySource::Prover;
    let Limits { stall, verifying, proving, verifier_memory, prover_memory, .. } = *limits;
    let verifier = role.verifies().then(|| {
        let duplicated = config.keys == KeySource::Duplicated;
        let circuits = if duplicated { circuits.clone() } else { Vec::new() };
        let kind = VerifierKind {
            keys: Arc::clone(&keys),
            circuits,
            networks: networks.files().to_vec(),
            network: config.network.clone(),
            batch: limits.batch,
            limits: limits.foreign,
        };
        let (start, log) = (Start::Eager, config.log);
        // Keys that it makes itself take as long as the prover's.
        let work = if duplicated { proving } else { verifying };
        let settings = Settings { start, idle_stop: None, memory: verifier_memory, stall, work, log };
        Supervisor::new(kind, settings, shared.clone())
    });
    let prover = (role.proves() && !circuits.is_empty()).then(|| {
        let (circuits, key_dir) = (circuits.clone(), config.key_dir.clone());
        let kind = ProverKind { keys: Arc::clone(&keys), is_source, circuits, key_dir };
        let start = match (config.prover.lazy, is_source) {
            (false, _) => Start::Eager,
            (true, false) => Start::Lazy,
            (true, true) => Start::Briefly,
        };
        let (idle_stop, log) = (config.prover.idle_stop, config.log);
        let settings = Settings { start, idle_stop, memory: prover_memory, stall, work: proving, log };
        Supervisor::new(kind, settings, shared.clone())
    });
    Dispatch {
        role: *role,
        limits: *limits,
        verifier,
        prover,
        keys,
        verifying: Admission::new(registry::VERIFIER, limits.queue, limits.queue_bytes),
        proving: Admission::new(registry::PROVER, limits.prove_queue, limits.queue_bytes),
        metrics: Arc::clone(&shared.metrics),
        registry: Arc::clone(&shared.registry),
        proofs_made: AtomicU64::new(0),
        stop,
    }
}

async fn open_metrics(config: &Config) -> Result<Option<Door>, NodeError> {
    let Some(address) = &config.metrics else { return Ok(None) };
    if !address.is_local() {
        return Err(NodeError::OpenMetrics(address.clone()));
    }
    let door = Door::open(address).await.map_err(NodeError::Metrics)?;
    tell(format_args!("metrics on {}", door.address()));
    Ok(Some(door))
}

async fn serve_metrics(page: Option<Door>, metrics: Arc<Metrics>, dispatch: Arc<Dispatch>) -> Infallible {
    let Some(door) = page else { return std::future::pending().await };
    let update = move |metrics: &Metrics| {
        metrics.queued(dispatch.verifying.taken());
        for name in [registry::MAIN, registry::VERIFIER, registry::PROVER] {
            let bytes = dispatch.registry.pid(name).and_then(resident_bytes).unwrap_or(0);
            metrics.memory(name, bytes);
        }
    };
    metrics::serve(door, metrics, update).await
}
