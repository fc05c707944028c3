//! Nodes, workers and engines: processes that end with their owner.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a process may take to be ready, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port that was free a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Sends a signal to a process that may have ended.
pub fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // Fails where it has ended already.
    let _ = pid.map(|pid| kill_process(pid, signal));
}

/// A process with its log.
pub struct Process {
    child: Child,
    log: PathBuf,
    out: Receiver<String>,
}

impl Process {
    /// Starts a program whose log, which is continued, is in this file.
    pub fn start(program: &Path, arguments: &[impl AsRef<OsStr>], log: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        let file = File::options().create(true).append(true).open(log)?;
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file);
        let mut child = command.spawn().with_context(|| program.display().to_string())?;
        let (sender, out) = channel();
        let stdout = child.stdout.take().context("no standard output")?;
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, log: log.to_owned(), out })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line on its standard output; returns what follows this beginning.
    pub fn told(&self, beginning: &str) -> anyhow::Result<String> {
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.out.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if let Some(rest) = line.strip_prefix(beginning) {
                return Ok(rest.to_owned());
            }
        }
        bail!("no line {beginning:?}; {}", self.last_words())
    }

    /// Waits until it takes connections at this port.
    pub fn listens(&mut self, port: u16) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > end || self.child.try_wait()?.is_some() {
                bail!("nothing listens at {port}; {}", self.last_words());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// How many lines of its log have this text.
    pub fn said(&self, text: &str) -> anyhow::Result<usize> {
        let log = fs::read(&self.log)?;
        Ok(String::from_utf8_lossy(&log).lines().filter(|line| line.contains(text)).count())
    }

    pub fn kill(&mut self) {
        // Fails where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Whether it has ended as it should.
    pub fn finish(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("it ended: {status}; {}", self.last_words()),
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        bail!("it does not end; {}", self.last_words())
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(12).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
