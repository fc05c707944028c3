//! A run: the processes of all nodes, from their start to their end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, bail, ensure};
use quickpickle_memory::{Event, Mark, Recording, Row, Run, Writer};
use rustix::process::{Pid, Signal, kill_process};

use super::plan::{Mode, NODES, Node, Places, Replay};

/// How long a node may take to be ready, and to end.
const PATIENCE: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(100);
/// Time between two looks at what a run has recorded.
const LOOK: Duration = Duration::from_secs(2);
/// The name under which the lab's own marks are in the recording.
const LAB: &str = "lab";

/// A process that ends with its owner.
struct Process {
    node: Node,
    child: Child,
    log: PathBuf,
}

impl Process {
    fn start(program: &Path, node: Node, arguments: &[String], places: Places<'_>) -> anyhow::Result<Self> {
        let log = places.run.join(format!("{}.log", node.name));
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let child = command.spawn().with_context(|| program.display().to_string())?;
        Ok(Self { node, child, log })
    }

    /// Fails if it has ended.
    fn check(&mut self) -> anyhow::Result<()> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        bail!("{} ended: {status}\n{}", self.node.name, self.last_words())
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Asks it to end, as an operator would.
    fn ask(&self) {
        // Fails where it has ended already.
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
    }

    fn finish(mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "{} ended: {status}\n{}", self.node.name, self.last_words());
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        bail!("{} does not end\n{}", self.node.name, self.last_words())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its workers end with it. Fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lab's own marks, in the same form as the nodes' recordings.
struct Marks {
    writer: Writer<File>,
    zero: Instant,
}

impl Marks {
    fn begin(path: &Path) -> anyhow::Result<Self> {
        let unix_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        let mut marks = Self { writer: Writer::new(File::create(path)?)?, zero: Instant::now() };
        marks.write(Event::Begin { unix_ms: u64::try_from(unix_ms)? })?;
        Ok(marks)
    }

    fn mark(&mut self, text: &str) -> anyhow::Result<()> {
        self.write(Event::Mark(Mark::Other(text.to_owned())))
    }

    fn write(&mut self, event: Event) -> anyhow::Result<()> {
        self.writer.write(&Row { at: self.zero.elapsed(), node: LAB.to_owned(), event })?;
        Ok(self.writer.flush()?)
    }
}

/// How long a run is.
#[derive(Clone, Copy, Debug)]
pub struct Length {
    /// Slots from when all nodes are ready.
    pub slots: u64,
    /// Slots more at most, until everybody has done something.
    pub more: u64,
    /// The length of a slot.
    pub slot: Duration,
}

/// Runs the network: starts the nodes one after the other, lets them work, and ends them once `is_enough` says so of what they
/// have recorded, but not before their time and not long after.
pub fn run(
    program: &Path,
    mode: Mode,
    length: Length,
    replay: Option<&Replay>,
    places: Places<'_>,
    is_enough: impl Fn(&Recording) -> bool,
) -> anyhow::Result<Recording> {
    let mut marks = Marks::begin(&places.recording(LAB))?;
    let mut processes = Vec::new();
    marks.mark("nodes start")?;
    for node in NODES {
        let arguments = node.arguments(mode, length.slot.as_secs(), replay, places);
        processes.push(Process::start(program, node, &arguments, places)?);
        wait_until_ready(&mut processes, node, mode, places)?;
    }
    marks.mark("all ready")?;
    let end = Instant::now() + length.slot * u32::try_from(length.slots)?;
    let last = end + length.slot * u32::try_from(length.more)?;
    loop {
        processes.iter_mut().try_for_each(Process::check)?;
        std::thread::sleep(LOOK);
        // The newest rows may not be whole.
        let enough = || recorded(places).is_ok_and(|recording| is_enough(&recording));
        if Instant::now() > last || (Instant::now() > end && enough()) {
            break;
        }
    }
    marks.mark("end")?;
    processes.iter().for_each(Process::ask);
    processes.into_iter().try_for_each(Process::finish)?;
    recorded(places)
}

/// What all nodes and the lab have recorded.
fn recorded(places: Places<'_>) -> anyhow::Result<Recording> {
    let names = NODES.iter().map(|node| node.name).chain([LAB]);
    let recordings = names.map(|name| {
        let path = places.recording(name);
        Run::open(&path).map(|run| run.recording).with_context(|| path.display().to_string())
    });
    Ok(Recording::merge(recordings.collect::<anyhow::Result<Vec<_>>>()?))
}

/// Waits until the recording of the newest node says that its processes are ready.
fn wait_until_ready(
    processes: &mut [Process],
    node: Node,
    mode: Mode,
    places: Places<'_>,
) -> anyhow::Result<()> {
    let ready = |process: &str| Mark::Ready(process.to_owned());
    let verifier = node.verifies().then(|| ready("verifier"));
    let prover = node.proves(mode).then(|| ready("prover"));
    let wanted: Vec<_> = verifier.into_iter().chain(prover).collect();
    let path = places.recording(node.name);
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        processes.iter_mut().try_for_each(Process::check)?;
        // There may be no file yet, or a row that is not whole yet.
        if let Ok(run) = Run::open(&path)
            && wanted.iter().all(|wanted| run.recording.marks().any(|(_, _, mark)| mark == wanted))
        {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    let last_words = processes.last().map(Process::last_words).unwrap_or_default();
    bail!("{} is not ready after {} s\n{last_words}", node.name, PATIENCE.as_secs())
}
