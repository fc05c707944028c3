//! A server of NATS, where the program is installed.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than a start takes, on a machine that does other things as well.
const LONG: Duration = Duration::from_secs(90);

/// A server with JetStream; it is killed at the end.
#[derive(Debug)]
pub struct Nats {
    child: Child,
    folder: TempDir,
    /// Its port.
    pub port: u16,
}

impl Nats {
    /// A server that lets everybody in, ready to be connected to.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// One with more in its configuration.
    pub fn start_with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Free a moment ago, which is as good as it gets.
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let store = folder.path().join("store");
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: {:?} }}\n{configuration}",
            store.to_str().expect("text")
        );
        std::fs::write(folder.path().join("server.conf"), text).expect("written");
        Self { child: run(folder.path(), port), folder, port }
    }

    /// Ends it as a crash does; what it keeps stays.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("a child");
    }

    /// Starts it again, with what it has kept.
    pub fn restart(&mut self) {
        self.child = run(self.folder.path(), self.port);
    }

    /// Its address without TLS.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

fn run(folder: &Path, port: u16) -> Child {
    let log = std::fs::File::options().create(true).append(true).open(folder.join("log")).expect("a log");
    let child = Command::new("nats-server")
        .arg("-c")
        .arg(folder.join("server.conf"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("nats-server runs");
    let end = Instant::now() + LONG;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(Instant::now() < end, "nats-server does not listen: {}", log());
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
