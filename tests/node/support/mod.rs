//! Starts nodes, and talks with them.

#[cfg(feature = "jetstream")]
pub mod nats_account;
pub mod process;
pub mod program;
#[cfg(feature = "jetstream")]
pub mod requests;

use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};

use quickpickle_node::proto::v1::quickpickle_client::QuickpickleClient;
use quickpickle_node::proto::v1::{StatusRequest, StatusResponse, Worker};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

/// Longer than anything takes, on a machine that does other things as well.
pub const LONG: Duration = Duration::from_secs(90);

/// In the log line that says so.
pub const VERIFIER_READY: &str = "\"message\":\"a worker is ready\",\"worker\":\"verifier\"";

/// A node that runs; it is killed at the end.
pub struct Node {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
    /// Where the front door is.
    pub address: String,
    /// Where its workers' sockets are.
    pub folder: TempDir,
}

/// The lines of a stream, as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if std::env::var_os("NODE_TEST_LOG").is_some() {
                eprintln!("{line}");
            }
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn command(subcommand: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program::quickpickle());
    command.arg(subcommand).args(args);
    command
}

/// A node that does not start: its exit status, and what it says on standard error.
pub fn refused(args: &[&str]) -> (Option<i32>, String) {
    does_not_start("node", args)
}

/// A worker of a farm that does not start.
#[cfg(feature = "jetstream")]
pub fn refused_worker(args: &[&str]) -> (Option<i32>, String) {
    does_not_start("worker", args)
}

fn does_not_start(subcommand: &str, args: &[&str]) -> (Option<i32>, String) {
    let output = command(subcommand, args).output().expect("the command runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

impl Node {
    /// Starts a node, whose front door is open when this returns.
    pub fn start(args: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", args)
    }

    /// The same, with the front door there.
    pub fn start_at(listen: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sockets = folder.path().to_owned();
        Self::start_with("node", listen, &sockets, folder, args)
    }

    /// Starts a worker of a farm.
    #[cfg(feature = "jetstream")]
    pub fn start_worker(args: &[&str]) -> Self {
        Self::start_worker_at("127.0.0.1:0", args)
    }

    /// The same, with the front door there.
    #[cfg(feature = "jetstream")]
    pub fn start_worker_at(listen: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sockets = folder.path().to_owned();
        Self::start_with("worker", listen, &sockets, folder, args)
    }

    /// The same as [`Self::start`], with the directory of the workers' sockets in this folder.
    pub fn start_in(sockets: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::start_with("node", "127.0.0.1:0", Path::new(sockets), folder, args)
    }

    fn start_with(subcommand: &str, listen: &str, sockets: &Path, folder: TempDir, args: &[&str]) -> Self {
        let mut child = command(subcommand, args)
            .args(["--listen", listen, "--log-format", "json", "--socket-dir"])
            .arg(sockets)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let out = lines(child.stdout.take().expect("a pipe"));
        let err = lines(child.stderr.take().expect("a pipe"));
        let mut node = Self { child, out, err, address: String::new(), folder };
        node.address = node.told("listening on ");
        node
    }

    /// Waits for a line that begins so; returns the rest of it.
    pub fn told(&mut self, beginning: &str) -> String {
        let end = Instant::now() + LONG;
        loop {
            match self.out.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(beginning) {
                        return rest.to_owned();
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no line {beginning:?}; {}", self.log()),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("no line {beginning:?} before the end; {}", self.log())
                }
            }
        }
    }

    /// Waits until its workers take requests.
    pub fn ready(mut self) -> Self {
        self.told("ready");
        self
    }

    /// Waits for a log line with this text, which may come after what it tells of was seen; returns it, and the lines since
    /// the last call that came before it.
    pub fn logged(&self, text: &str) -> String {
        let end = Instant::now() + LONG;
        let mut log = String::new();
        while let Ok(line) = self.err.recv_timeout(end.saturating_duration_since(Instant::now())) {
            log.push_str(&line);
            log.push('\n');
            if line.contains(text) {
                return log;
            }
        }
        panic!("no log line with {text:?}; {log}")
    }

    /// The log lines since the last call that have come.
    pub fn log(&self) -> String {
        self.err.try_iter().collect::<Vec<_>>().join("\n")
    }

    /// The log lines since the last call, of a node that has ended.
    pub fn log_to_the_end(&self) -> String {
        self.err.iter().collect::<Vec<_>>().join("\n")
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        process::signal(self.pid(), signal);
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + LONG;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < end, "it does not end; {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A connection of its own to the front door.
    pub async fn channel(&self) -> Channel {
        let address = &self.address;
        let uri = if address.starts_with("unix:") { address.clone() } else { format!("http://{address}") };
        let endpoint = Endpoint::from_shared(uri).expect("an address").connect_timeout(LONG);
        endpoint.connect().await.expect("a connection")
    }

    /// A client with a connection of its own.
    pub async fn client(&self) -> QuickpickleClient<Channel> {
        QuickpickleClient::new(self.channel().await).max_encoding_message_size(1 << 30)
    }

    /// How it is.
    pub async fn status(&self) -> StatusResponse {
        self.client().await.status(StatusRequest {}).await.expect("a status").into_inner()
    }

    /// How a worker is, if the node has one of this name.
    pub async fn worker(&self, name: &str) -> Option<Worker> {
        self.status().await.workers.into_iter().find(|worker| worker.name == name)
    }

    /// Waits until the status is so.
    pub async fn until(&self, what: &str, so: impl Fn(&StatusResponse) -> bool) -> StatusResponse {
        let end = Instant::now() + LONG;
        let mut client = self.client().await;
        loop {
            let status = client.status(StatusRequest {}).await.expect("a status").into_inner();
            if so(&status) {
                return status;
            }
            assert!(Instant::now() < end, "never {what}: {status:?}; {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until a worker of this name runs, and is in this state; returns its process.
    pub async fn pid_of(&self, name: &str, state: &str) -> u32 {
        let find = |status: &StatusResponse| {
            let found = status.workers.iter().find(|w| w.name == name && w.state == state && w.pid != 0);
            found.map(|worker| worker.pid)
        };
        let status = self.until(&format!("{name} {state}"), |status| find(status).is_some()).await;
        find(&status).expect("it was so")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(pid) =
            Pid::from_raw(self.child.id() as i32).filter(|_| matches!(self.child.try_wait(), Ok(None)))
        {
            // Its workers end with it.
            let _ = kill_process(pid, Signal::KILL);
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("the node's log: {}", self.log());
        }
    }
}
