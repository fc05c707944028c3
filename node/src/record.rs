//! What the processes of a node hold in memory, sampled into a file while the node runs.
//!
//! The format is that of [`quickpickle_memory`]; `docs/measurements.md` tells it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use quickpickle_memory::{Event, Memory, Row, Writer, is_name};

use crate::registry::{Registry, Snapshot};

/// Time between two samples: reading the memory of a process that holds a gigabyte takes the kernel some milliseconds.
pub const INTERVAL: Duration = Duration::from_millis(200);

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The node is called by the file's name, which is no name.
    #[error(
        "{0}: the name of the file, up to its last dot, names the node: letters, digits, dots, hyphens and underscores"
    )]
    Name(PathBuf),
    /// The file cannot be written.
    #[error("{}", path.display())]
    File {
        /// The file of a recording, and the node that it tells of.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A thread that records until it is told to finish, or is dropped.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    /// Nothing is sent: its end is the signal.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Recorder {
    /// Records the processes that `registry` knows into `path`, every [`INTERVAL`] or as given. It takes the marks out of
    /// the registry.
    pub fn start(registry: Arc<Registry>, path: &Path, interval: Duration) -> Result<Self, RecordError> {
        let failed = |source| RecordError::File { path: path.to_owned(), source };
        let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| is_name(stem));
        let node = stem.ok_or_else(|| RecordError::Name(path.to_owned()))?.to_owned();
        let mut file = RecordingFile::begin(path, node, &registry).map_err(failed)?;
        let (stop, stopped) = mpsc::channel::<()>();
        let record = move || {
            // The last round is after the signal.
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                file.round(registry.snapshot())?;
            }
            file.round(registry.snapshot())
        };
        let thread = std::thread::Builder::new().name("recorder".to_owned()).spawn(record).map_err(failed)?;
        Ok(Self { path: path.to_owned(), stop: Some(stop), thread: Some(thread) })
    }

    /// Samples a last time and closes the file.
    ///
    /// # Errors
    /// Where the file could not be written to its end.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.stop().map_err(|source| RecordError::File { path: self.path.clone(), source })
    }

    fn stop(&mut self) -> io::Result<()> {
        self.stop = None;
        let ended = self.thread.take().map(JoinHandle::join);
        ended.unwrap_or(Ok(Ok(()))).unwrap_or_else(|_| Err(io::Error::other("the recorder panicked")))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(path = %self.path.display(), %error, "the recording is not whole");
        }
    }
}

/// The file of a recording, and the node that it tells of.
struct RecordingFile {
    writer: Writer<File>,
    node: String,
    zero: Instant,
}

impl RecordingFile {
    /// The recording begins when the first process did, which is before there was a recorder.
    fn begin(path: &Path, node: String, registry: &Registry) -> io::Result<Self> {
        let snapshot = registry.snapshot();
        let (now, clock) = (Instant::now(), SystemTime::now());
        let processes = snapshot.processes.iter().map(|process| process.since);
        let marks = snapshot.marks.iter().map(|happened| happened.at);
        let zero = processes.chain(marks).min().map_or(now, |first| first.min(now));
        let unix = (clock - (now - zero)).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let unix_ms = u64::try_from(unix.as_millis()).unwrap_or_default();
        let mut file = Self { writer: Writer::new(File::create(path)?)?, node, zero };
        file.write(zero, Event::Begin { unix_ms })?;
        file.round(snapshot)?;
        Ok(file)
    }

    /// Writes the marks, and samples the processes. Each round is in the file before the next one begins.
    fn round(&mut self, snapshot: Snapshot) -> io::Result<()> {
        for happened in snapshot.marks {
            self.write(happened.at, Event::Mark(happened.mark))?;
        }
        let at = Instant::now();
        for process in snapshot.processes {
            // One that has ended since is left out; its end will be a mark.
            if let Some(memory) = Memory::of(process.pid)? {
                let (process, pid) = (process.name.to_owned(), process.pid);
                self.write(at, Event::Sample { process, pid, memory })?;
            }
        }
        self.writer.flush()
    }

    fn write(&mut self, at: Instant, event: Event) -> io::Result<()> {
        let at = at.saturating_duration_since(self.zero);
        self.writer.write(&Row { at, node: self.node.clone(), event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{MAIN, VERIFIER};
    use quickpickle_memory::{Mark, Recording, Run};
    use std::process::Command;

    const FAST: Duration = Duration::from_millis(10);

    fn recording(path: &Path) -> Recording {
        Run::open(path).unwrap().recording
    }

    #[test]
    fn a_child_is_sampled_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("whale-1.csv");
        let registry = Arc::new(Registry::new());
        let recorder = Recorder::start(registry.clone(), &path, FAST).unwrap();
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        registry.started(VERIFIER, child.id());
        std::thread::sleep(Duration::from_millis(100));
        registry.mark(Mark::Ready(VERIFIER.to_owned()));
        std::thread::sleep(Duration::from_millis(100));
        child.kill().unwrap();
        child.wait().unwrap();
        // It is still registered for a moment, as it is where a worker crashes.
        std::thread::sleep(Duration::from_millis(50));
        registry.stopped(child.id());
        std::thread::sleep(Duration::from_millis(50));
        registry.mark(Mark::Other("last words".to_owned()));
        recorder.finish().unwrap();

        let recording = recording(&path);
        assert_eq!(recording.nodes(), ["whale-1"]);
        let marks: Vec<_> = recording.marks().map(|(_, _, mark)| mark.to_string()).collect();
        let expected =
            ["main started", "verifier started", "verifier ready", "verifier stopped", "last words"];
        assert_eq!(marks, expected);
        let lives = recording.lives();
        let names: Vec<_> = lives.iter().map(|life| (life.process, life.pid)).collect();
        assert_eq!(names, [(MAIN, std::process::id()), (VERIFIER, child.id())]);
        let verifier = &lives[1];
        assert!(verifier.boot().is_some_and(|boot| boot >= Duration::from_millis(100)), "{verifier:?}");
        assert!(verifier.samples.len() > 3 && lives[0].samples.len() > verifier.samples.len(), "{lives:?}");
        let fits = |memory: &Memory| 0 < memory.uss && memory.uss <= memory.rss && memory.rss <= memory.peak;
        assert!(lives.iter().flat_map(|life| &life.samples).all(|(_, memory)| fits(memory)), "{lives:?}");
        let stopped = recording
            .marks()
            .find(|(_, _, mark)| **mark == Mark::Stopped(VERIFIER.to_owned()))
            .map(|(at, ..)| at);
        assert!(verifier.samples.iter().all(|&(at, _)| Some(at) < stopped), "{verifier:?}");
    }

    #[test]
    fn what_is_recorded_is_in_the_file_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seed.csv");
        let registry = Arc::new(Registry::new());
        let recorder = Recorder::start(registry, &path, Duration::from_secs(3600)).unwrap();
        // As it would be had the process been killed here.
        assert_eq!(recording(&path).lives().len(), 1);
        drop(recorder);
        assert_eq!(recording(&path).lives()[0].samples.len(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let start = |name: &str| Recorder::start(Arc::new(Registry::new()), &folder.path().join(name), FAST);
        assert!(matches!(start("no folder/a.csv"), Err(RecordError::File { .. })));
        assert!(matches!(start("a b.csv"), Err(RecordError::Name(_))));
        assert!(start("a.b.csv").is_ok());
    }

    #[test]
    fn a_full_disk_is_told() {
        let registry = Arc::new(Registry::new());
        // `/dev/full` takes nothing; its name is a node's.
        assert!(matches!(
            Recorder::start(registry, Path::new("/dev/full"), FAST),
            Err(RecordError::File { .. })
        ));
    }
}
