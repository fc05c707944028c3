//! The processes of a node, by name, and what happened to them. The recorder and the metrics read it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use quickpickle_memory::Mark;

/// The name under which the main process is registered.
pub const MAIN: &str = "main";
/// The name under which the verifier worker is registered.
pub const VERIFIER: &str = "verifier";
/// The name under which the prover worker is registered.
pub const PROVER: &str = "prover";

/// Marks that are kept for a reader at most; of more the oldest go.
const MAX_MARKS: usize = 1 << 12;

/// A process that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its part: [`MAIN`], [`VERIFIER`] or [`PROVER`].
    pub name: &'static str,
    /// Its id.
    pub pid: u32,
    /// When it was started.
    pub since: Instant,
}

/// Something that happened to the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Instant,
    /// What.
    pub mark: Mark,
}

/// What there is to see at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The processes that run.
    pub processes: Vec<Process>,
    /// The marks since the last snapshot, oldest first.
    pub marks: Vec<Happened>,
}

#[derive(Debug, Default)]
struct Inner {
    processes: Vec<Process>,
    marks: Vec<Happened>,
}

/// Knows the processes of a node. The supervisor writes it, one reader takes snapshots.
#[derive(Debug, Default)]
pub struct Registry {
    inner: Mutex<Inner>,
}

impl Registry {
    /// A registry that knows the calling process.
    pub fn new() -> Self {
        let registry = Self::default();
        registry.started(MAIN, std::process::id());
        registry
    }

    /// A process has been started.
    pub fn started(&self, name: &'static str, pid: u32) {
        self.lock().processes.push(Process { name, pid, since: Instant::now() });
        self.mark(Mark::Started(name.to_owned()));
    }

    /// A process has ended.
    pub fn stopped(&self, pid: u32) {
        let mut inner = self.lock();
        let Some(position) = inner.processes.iter().position(|process| process.pid == pid) else { return };
        let process = inner.processes.remove(position);
        drop(inner);
        self.mark(Mark::Stopped(process.name.to_owned()));
    }

    /// Something happened.
    pub fn mark(&self, mark: Mark) {
        let mut inner = self.lock();
        if inner.marks.len() >= MAX_MARKS {
            inner.marks.remove(0);
        }
        inner.marks.push(Happened { at: Instant::now(), mark });
    }

    /// The processes now, and the marks since the last snapshot, which are forgotten.
    pub fn snapshot(&self) -> Snapshot {
        let mut inner = self.lock();
        Snapshot { processes: inner.processes.clone(), marks: std::mem::take(&mut inner.marks) }
    }

    /// The process of this name that runs, if one does.
    pub fn pid(&self, name: &str) -> Option<u32> {
        self.lock().processes.iter().rev().find(|process| process.name == name).map(|process| process.pid)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Each change is made of one step: a panic between two of them leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_come_and_go_and_marks_are_read_once() {
        let registry = Registry::new();
        registry.started(VERIFIER, 1);
        registry.mark(Mark::Ready(VERIFIER.to_owned()));
        let snapshot = registry.snapshot();
        let names: Vec<_> = snapshot.processes.iter().map(|process| process.name).collect();
        let marks: Vec<_> = snapshot.marks.iter().map(|happened| happened.mark.to_string()).collect();
        assert_eq!(names, [MAIN, VERIFIER]);
        assert_eq!(marks, ["main started", "verifier started", "verifier ready"]);
        registry.stopped(1);
        registry.stopped(2);
        assert_eq!(registry.pid(VERIFIER), None);
        assert_eq!(registry.pid(MAIN), Some(std::process::id()));
        let marks: Vec<_> = registry.snapshot().marks.into_iter().map(|happened| happened.mark).collect();
        assert_eq!(marks, [Mark::Stopped(VERIFIER.to_owned())]);
    }

    #[test]
    fn marks_that_nobody_reads_do_not_grow_without_end() {
        let registry = Registry::new();
        (0..3 * MAX_MARKS as u64).for_each(|job| registry.mark(Mark::JobDone(job)));
        let marks = registry.snapshot().marks;
        assert_eq!(marks.len(), MAX_MARKS);
        let last = marks.last().map(|happened| happened.mark.clone());
        assert_eq!(last, Some(Mark::JobDone(3 * MAX_MARKS as u64 - 1)));
    }
}
