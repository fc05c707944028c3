//! Keeps one worker going.

use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quickpickle_memory::Mark;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tonic::transport::Endpoint;
use tonic::{Code, Status};

use super::backoff::Backoff;
use super::kinds::NotReady;
use super::sockets::Bound;
use super::watch::watch as watch_worker;
use super::{End, Instance, SocketDir, Spawner, WorkerKind};
use crate::logging::LogFormat;
use crate::metrics::Metrics;
use crate::proto::v1::Progress;
use crate::registry::Registry;

/// How often a request is tried: on a worker, and once more on its successor.
const ATTEMPTS: usize = 2;

/// How long the end of a process may take to be noticed once a connection to it has broken.
const GRACE: Duration = Duration::from_millis(50);

/// When a worker runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the start on.
    Eager,
    /// From the first request on.
    Lazy,
    /// At the start until it is ready, for what it tells then; after that as [`Self::Lazy`].
    Briefly,
}

/// How a worker is kept.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// When it runs.
    pub start: Start,
    /// After how long without requests it is stopped, to be started with the next.
    pub idle_stop: Option<Duration>,
    /// Bytes in memory at most.
    pub memory: u64,
    /// How long it may leave a question unanswered.
    pub stall: Duration,
    /// How long its work may make no progress.
    pub work: Duration,
    /// How its logs look.
    pub log: LogFormat,
}

/// What all supervisors share.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Starts processes.
    pub spawner: Spawner,
    /// Where sockets are.
    pub sockets: Arc<SocketDir>,
    /// Is told of processes.
    pub registry: Arc<Registry>,
    /// Is told of replacements.
    pub metrics: Arc<Metrics>,
}

/// How a worker is.
#[derive(Debug)]
pub enum State<K: WorkerKind> {
    /// It does not run, and need not.
    Stopped,
    /// It is being started.
    Starting,
    /// It takes requests.
    Ready(Arc<Instance<K>>),
    /// It cannot be started, for this reason.
    Failed(Arc<str>),
    /// The node stops.
    Ended,
}

impl<K: WorkerKind> Clone for State<K> {
    fn clone(&self) -> Self {
        match self {
            Self::Stopped => Self::Stopped,
            Self::Starting => Self::Starting,
            Self::Ready(instance) => Self::Ready(Arc::clone(instance)),
            Self::Failed(reason) => Self::Failed(Arc::clone(reason)),
            Self::Ended => Self::Ended,
        }
    }
}

/// What there is to tell about a worker.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// `stopped`, `starting`, `ready` or `failed`.
    pub state: &'static str,
    /// While it runs.
    pub pid: Option<u32>,
    /// How often one has been replaced.
    pub replaced: u64,
    /// Why the last one ended.
    pub last_end: String,
    /// How far its work has come.
    pub progress: Option<Progress>,
}

/// Keeps one worker, and takes requests to it.
#[derive(Debug)]
pub struct Supervisor<K: WorkerKind> {
    kind: K,
    settings: Settings,
    shared: Shared,
    state: watch::Sender<State<K>>,
    /// Requests that want it, and since when there is none.
    users: watch::Sender<(usize, Instant)>,
    numbers: AtomicU64,
    report: Mutex<Report>,
}

/// As long as it is there, the worker is not idle.
struct Use<'a>(&'a watch::Sender<(usize, Instant)>);

impl<'a> Use<'a> {
    fn new(users: &'a watch::Sender<(usize, Instant)>) -> Self {
        users.send_modify(|(count, _)| *count += 1);
        Self(users)
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|users| *users = (users.0 - 1, Instant::now()));
    }
}

impl<K: WorkerKind> Supervisor<K> {
    /// A supervisor; [`Self::run`] makes it start.
    pub fn new(kind: K, settings: Settings, shared: Shared) -> Arc<Self> {
        Arc::new(Self {
            kind,
            settings,
            shared,
            state: watch::Sender::new(State::Stopped),
            users: watch::Sender::new((0, Instant::now())),
            numbers: AtomicU64::new(0),
            report: Mutex::default(),
        })
    }

    /// The kind of worker that it supervises.
    pub fn kind(&self) -> &K {
        &self.kind
    }

    /// The state, and its changes.
    pub fn state(&self) -> watch::Receiver<State<K>> {
        self.state.subscribe()
    }

    /// What there is to tell.
    pub fn report(&self) -> Report {
        let mut report = self.lock().clone();
        let (state, pid) = match &*self.state.borrow() {
            State::Stopped | State::Ended => ("stopped", None),
            State::Starting => ("starting", report.pid),
            State::Ready(instance) => ("ready", Some(instance.pid)),
            State::Failed(_) => ("failed", None),
        };
        report.state = state;
        report.pid = pid;
        report
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the worker until `stop` says so, or it turns out that it cannot be started.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let stopped = async {
            // An error means that the sender is gone: then it is time to stop as well.
            let _ = stop.wait_for(|stop| *stop).await;
        };
        tokio::select! {
            () = stopped => {
                // Dropping the other branch killed the worker; wait for nothing else of it.
                if let State::Ready(instance) = self.state.send_replace(State::Ended) {
                    self.finish(&instance);
                }
            }
            reason = self.keep() => {
                tracing::error!(worker = K::NAME, reason, "a worker cannot be started");
                self.state.send_replace(State::Failed(reason.into()));
            }
        }
        if let Some(pid) = self.lock().pid.take() {
            self.shared.registry.stopped(pid);
        }
    }

    /// Returns the reason why there can be no worker.
    async fn keep(&self) -> String {
        let mut backoff = Backoff::default();
        let mut wanted = self.settings.start != Start::Lazy;
        loop {
            if !wanted {
                let mut users = self.users.subscribe();
                // The sender is a part of `self`.
                let _ = users.wait_for(|(count, _)| *count > 0).await;
            }
            self.state.send_replace(State::Starting);
            let (end, served) = match self.live(&mut backoff).await {
                Ok(end) => end,
                Err(reason) => return reason,
            };
            let pause = if end.is_failure() { backoff.failed(served) } else { Duration::ZERO };
            if end.is_failure() {
                let pause_ms = pause.as_millis() as u64;
                tracing::info!(worker = K::NAME, pause_ms, "before the next one is started");
            }
            wanted = match self.settings.start {
                Start::Eager => end != End::Idle,
                Start::Lazy => false,
                Start::Briefly => !backoff.ever_ready(),
            };
            self.state.send_replace(if wanted { State::Starting } else { State::Stopped });
            sleep(pause).await;
        }
    }

    /// Tells that a worker has ended in a way that it should not.
    fn note(&self, end: &End) {
        let (worker, reason) = (K::NAME, end.to_string());
        tracing::warn!(worker, reason, "a worker is replaced");
        self.shared.metrics.replaced(worker, end.label());
        let mut report = self.lock();
        report.replaced += 1;
        report.last_end = reason;
    }

    /// One worker, from its start to its end; and whether it has served anybody.
    async fn live(&self, backoff: &mut Backoff) -> Result<(End, bool), String> {
        let started = Instant::now();
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (mut child, path, client) = match self.start(number).await {
            Ok(started) => started,
            Err(reason) => {
                let end = End::NotStarted(reason);
                self.note(&end);
                return Ok((end, false));
            }
        };
        let pid = child.id().unwrap_or_default();
        self.shared.registry.started(K::NAME, pid);
        self.lock().pid = Some(pid);
        let instance = Arc::new(Instance::<K>::new(number, pid, client.clone()));

        let outcome = {
            let progress = |progress| self.lock().progress = progress;
            let mut watched =
                std::pin::pin!(watch_worker::<K>(&mut child, client.clone(), &self.settings, progress));
            self.shared.registry.mark(Mark::Initialising(K::NAME.to_owned()));
            let ready = tokio::select! {
                ready = self.kind.initialise(client) => ready,
                end = &mut watched => Err(NotReady::Lost(Status::unavailable(end.to_string()))),
            };
            match ready {
                Err(NotReady::Refused(reason)) => Err(reason),
                Err(NotReady::Lost(status)) => Ok(End::NotStarted(status.message().to_owned())),
                Ok(()) => {
                    self.shared.registry.mark(Mark::Ready(K::NAME.to_owned()));
                    let millis = started.elapsed().as_millis() as u64;
                    tracing::info!(worker = K::NAME, pid, millis, "a worker is ready");
                    self.shared.metrics.started(K::NAME, started.elapsed());
                    let is_first = backoff.ready();
                    self.state.send_replace(State::Ready(Arc::clone(&instance)));
                    Ok(tokio::select! {
                        end = &mut watched => end,
                        // If the process has ended, that is the better reason.
                        () = instance.suspect.notified() => timeout(GRACE, watched).await.unwrap_or(End::Lost),
                        () = self.idle(is_first) => End::Idle,
                    })
                }
            }
        };
        // Before requests in flight hear of it: no new one takes it, and they find the reason.
        if let Ok(end) = &outcome
            && end.is_failure()
        {
            self.note(end);
            self.state.send_replace(State::Starting);
        }
        self.finish(&instance);
        // Fails only where it has ended already.
        let _ = child.start_kill();
        let _ = child.wait().await;
        self.shared.sockets.unbind(&path);
        self.shared.registry.stopped(pid);
        let mut report = self.lock();
        report.pid = None;
        report.progress = None;
        outcome.map(|end| (end, instance.served()))
    }

    fn finish(&self, instance: &Instance<K>) {
        instance.ended.send_replace(true);
    }

    async fn start(&self, number: u64) -> Result<(Child, std::path::PathBuf, K::Client), String> {
        let Bound { socket, path } =
            self.shared.sockets.bind(&format!("{}-{number}.sock", K::NAME)).map_err(|e| e.to_string())?;
        // The running binary itself, even if its file has been replaced meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command
            .arg0("quickpickle")
            .args(["worker", K::NAME])
            .args(["--parent", &std::process::id().to_string()])
            .args(["--log-format", self.settings.log.name()])
            .stdin(Stdio::from(socket))
            // Workers print nothing; where something does, it is a log's. `Stdio::null` would need a `/dev/null`.
            .stdout(std::io::stderr())
            // Signals of the terminal are for the main process, which lets the worker finish.
            .process_group(0);
        let child = self.shared.spawner.spawn(command).await.map_err(|error| error.to_string())?;
        let endpoint = Endpoint::from_shared(format!("unix:{}", path.display()))
            .map_err(|error| error.to_string())?
            .connect_timeout(self.settings.stall)
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20);
        let channel = endpoint.connect().await.map_err(|error| error.to_string())?;
        Ok((child, path, K::client(channel)))
    }

    /// Returns once the worker need not run any longer.
    async fn idle(&self, is_first: bool) {
        let briefly = self.settings.start == Start::Briefly && is_first;
        let limit = if briefly { Some(Duration::ZERO) } else { self.settings.idle_stop };
        let Some(limit) = limit else { return std::future::pending().await };
        let mut users = self.users.subscribe();
        loop {
            let _ = users.wait_for(|(count, _)| *count == 0).await;
            let since = users.borrow_and_update().1;
            let left = limit.saturating_sub(since.elapsed());
            tokio::select! {
                () = sleep(left) => if users.borrow().0 == 0 { return },
                _ = users.changed() => {}
            }
        }
    }

    /// Takes a request to the worker; to its successor too where the first one was lost over it. Waits where no worker is
    /// ready: the caller sets the time.
    pub async fn call<T, F>(&self, request: impl Fn(K::Client) -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let _use = Use::new(&self.users);
        let mut after = None;
        for _ in 0..ATTEMPTS {
            let instance = self.ready(after).await?;
            let result = tokio::select! {
                result = request(instance.client()) => result,
                () = instance.ended() => Err(Status::unavailable("")),
            };
            match result {
                Err(status) if is_loss(status.code()) => {
                    tracing::debug!(worker = K::NAME, %status, "a request has lost its worker");
                    instance.suspect();
                    after = Some(instance.number);
                }
                result => {
                    instance.has_served();
                    return result;
                }
            }
        }
        let reason = self.lock().last_end.clone();
        Err(Status::unavailable(format!("the {} was lost twice over this request: {reason}", K::NAME)))
    }

    /// A worker that is ready, and newer than `after`.
    async fn ready(&self, after: Option<u64>) -> Result<Arc<Instance<K>>, Status> {
        let mut state = self.state.subscribe();
        let new = |instance: &Instance<K>| after.is_none_or(|after| instance.number > after);
        let settled = state.wait_for(|state| match state {
            State::Ready(instance) => new(instance),
            State::Failed(_) | State::Ended => true,
            State::Stopped | State::Starting => false,
        });
        match settled.await.as_deref() {
            Ok(State::Ready(instance)) => Ok(Arc::clone(instance)),
            Ok(State::Failed(reason)) => {
                Err(Status::unavailable(format!("the {} cannot be started: {reason}", K::NAME)))
            }
            _ => Err(Status::unavailable("the node stops")),
        }
    }
}

/// Whether a status says that the worker is gone: workers themselves answer with none of these.
fn is_loss(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::Unknown | Code::Internal | Code::Cancelled)
}
