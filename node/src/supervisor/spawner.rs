//! Starts processes from a thread that lives as long as the main process.
//!
//! The system sends the signal of a parent's death when the thread that forked ends, not when the process does. The threads
//! of a runtime come and go; this one stays.

use std::io;
use std::sync::mpsc;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Request {
    command: Command,
    reply: oneshot::Sender<io::Result<Child>>,
}

/// Starts processes.
#[derive(Clone, Debug)]
pub struct Spawner {
    requests: mpsc::Sender<Request>,
}

impl Spawner {
    /// Starts the thread. Must be called within the runtime that waits for the processes.
    pub fn new() -> io::Result<Self> {
        let (requests, incoming) = mpsc::channel::<Request>();
        let runtime = Handle::current();
        std::thread::Builder::new().name("spawner".to_owned()).spawn(move || {
            let _entered = runtime.enter();
            for Request { mut command, reply } in incoming {
                // Who no longer wants the process drops it, which kills it.
                let _ = reply.send(command.kill_on_drop(true).spawn());
            }
        })?;
        Ok(Self { requests })
    }

    /// Starts a process, which is killed when the returned value is dropped.
    pub async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (reply, answer) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts processes has ended");
        self.requests.send(Request { command, reply }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}
