//! The command, measured from outside: from the start of the process on, time by this process's clock and memory as the
//! system counts it.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use quickpickle_memory::{Memory, megabytes, status};
use serde_json::Value;

use super::pace::beside;
use super::report::{Measured, Unit};
use super::{Effort, Vector};

/// How many proofs the command verifies together where it is not told otherwise.
const WINDOW: usize = 64;
/// Proofs of a stream, rounded up to whole windows below.
const STREAM: usize = 10_000;
const SHORT_STREAM: usize = 500;
/// Starts without a proof in each run, which take some milliseconds each.
const STARTS: usize = 10;

const FIRST_VERDICT: &str = "process start -> first verdict";

/// A running `quickpickle verify` that waits for proofs on its standard input.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(mut command: Command, args: &[&Path]) -> anyhow::Result<Self> {
        command.arg("verify").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| command.get_program().display().to_string())?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = BufReader::new(output.context("standard output is piped")?).lines();
        Ok(Self { child, input, output })
    }

    fn send(&mut self, line: &str) -> anyhow::Result<()> {
        let input = self.input.as_mut().context("standard input is piped")?;
        Ok(input.write_all(format!("{line}\n").as_bytes())?)
    }

    /// Waits for the next verdict, which must be a good one: a figure of anything else would mean nothing.
    fn valid(&mut self) -> anyhow::Result<()> {
        let line = self.output.next().context("the command ended without a verdict")??;
        ensure!(line.starts_with("valid "), "the command said {line}");
        Ok(())
    }

    /// What this process holds in memory, where the system tells it.
    fn memory(&self) -> Option<Memory> {
        Memory::of(self.child.id()).ok().flatten()
    }

    /// The most that it has held resident, in MB.
    fn peak(&self) -> Option<f64> {
        status(self.child.id(), "VmHWM").map(megabytes)
    }

    fn finish(mut self) -> anyhow::Result<()> {
        drop(self.input.take());
        let status = self.child.wait()?;
        ensure!(status.success(), "the command ended with {status}");
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After `finish` there is nothing to end, and both fail without harm.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Start, first verdict, memory, further verdicts and stages.
pub fn measure(program: &Path, vector: &Vector, effort: Effort) -> anyhow::Result<Vec<Measured>> {
    let line = proof_line(&vector.proof)?;
    let args = one_by_one(vector);
    let ready = starts(program, vector, effort)?;
    let [mut first, mut first_pace, mut warm, mut warm_pace] = [const { Vec::new() }; 4];
    let [mut tables, mut peak, mut pss, mut private] = [const { Vec::new() }; 4];
    for _ in 0..effort.runs {
        let ((time, mut running), pace) = beside(|| first_verdict(Command::new(program), &args))?;
        first.push(time);
        first_pace.push(pace);
        peak.extend(running.peak());

        let (_, second) = first_verdict(Command::new(program), &args)?;
        let memory = second.memory();
        pss.extend(memory.map(|memory| megabytes(memory.pss)));
        private.extend(memory.map(|memory| megabytes(memory.uss)));
        // It was given no second input, which it would call malformed: it is ended instead.
        drop(second);

        // The first line of a file is answered when the second is there, for only then is it a file of lines.
        running.send(&line)?;
        running.send(&line)?;
        running.valid()?;
        running.valid()?;
        let (time, pace) = beside(|| {
            let start = Instant::now();
            running.send(&line)?;
            running.valid()?;
            Ok(milliseconds(start.elapsed()))
        })?;
        warm.push(time);
        warm_pace.push(pace);
        running.finish()?;
        tables.extend(first.last().zip(warm.last()).map(|(first, warm)| first - warm));
    }
    let mut figures = vec![
        ready,
        Measured::new(FIRST_VERDICT, Unit::Milliseconds, first).at(first_pace),
        Measured::new("first verdict less a warm one", Unit::Milliseconds, tables),
        Measured::new("warm verdict, text to line", Unit::Milliseconds, warm).at(warm_pace),
        Measured::new("peak memory at the first verdict", Unit::Megabytes, peak),
        Measured::new("second process, PSS", Unit::Megabytes, pss),
        Measured::new("second process, private pages", Unit::Megabytes, private),
    ];
    figures.extend(stages(program, vector, effort)?);
    Ok(figures)
}

/// The time from the start to the first verdict alone, of the command that is made for each run.
pub fn first_verdicts(
    command: impl Fn() -> Command,
    vector: &Vector,
    effort: Effort,
) -> anyhow::Result<Measured> {
    let [mut first, mut paces] = [const { Vec::new() }; 2];
    for _ in 0..effort.runs {
        let ((time, running), pace) = beside(|| first_verdict(command(), &one_by_one(vector)))?;
        drop(running);
        first.push(time);
        paces.push(pace);
    }
    Ok(Measured::new(FIRST_VERDICT, Unit::Milliseconds, first).at(paces))
}

/// Arguments for the proof's file, then standard input, one proof at a time.
fn one_by_one(vector: &Vector) -> [&Path; 6] {
    [&vector.proof, Path::new("-"), "--window".as_ref(), "1".as_ref(), "--vk".as_ref(), &vector.key]
}

/// Milliseconds from the start of the process until its first verdict is read, and the process.
fn first_verdict(command: Command, args: &[&Path]) -> anyhow::Result<(f64, Running)> {
    let start = Instant::now();
    let mut running = Running::start(command, args)?;
    running.valid()?;
    Ok((milliseconds(start.elapsed()), running))
}

/// Starts one after the other, as a sum in between would take the caches: the pace is that before and after them.
fn starts(program: &Path, vector: &Vector, effort: Effort) -> anyhow::Result<Measured> {
    let (times, pace) = beside(|| {
        without_proof(program, vector)?;
        let times = (0..STARTS * effort.runs).map(|_| without_proof(program, vector));
        times.collect::<anyhow::Result<Vec<_>>>()
    })?;
    Ok(Measured::new("process start -> ready to verify", Unit::Milliseconds, times).at(vec![pace]))
}

/// How long a process takes that loads the key, could verify, and is given no proof: until it has ended, so that this is
/// an upper bound of the time to be ready.
fn without_proof(program: &Path, vector: &Vector) -> anyhow::Result<f64> {
    let mut command = Command::new(program);
    command.args(["verify", "-", "--vk"]).arg(&vector.key).stdin(Stdio::null());
    let start = Instant::now();
    let output = command.output()?;
    let time = milliseconds(start.elapsed());
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(said.starts_with("malformed -"), "without a proof the command said {said}");
    Ok(time)
}

/// The stages of one verification as the command tells them.
fn stages(program: &Path, vector: &Vector, effort: Effort) -> anyhow::Result<Vec<Measured>> {
    let mut figures: Vec<Measured> = Vec::new();
    for _ in 0..effort.runs {
        let mut command = Command::new(program);
        command.args(["verify", "--timings", "--json", "--vk"]).arg(&vector.key).arg(&vector.proof);
        let output = command.output()?;
        ensure!(output.status.success(), "the command ended with {}", output.status);
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().context("no timings")?;
        let said: Value = serde_json::from_str(last).with_context(|| format!("timings: {last}"))?;
        let Some(stages) = said["timings_ms"].as_object() else { bail!("timings: {last}") };
        for (name, time) in stages {
            let name = format!("stage of the first verdict: {name}");
            let time = time.as_f64().context("a number of milliseconds")?;
            match figures.iter_mut().find(|figure| figure.name == name) {
                Some(figure) => figure.samples.push(time),
                None => figures.push(Measured::new(&name, Unit::Milliseconds, vec![time])),
            }
        }
    }
    Ok(figures)
}

/// Memory and time of a long stream of proofs on standard input.
pub fn stream(program: &Path, vector: &Vector, effort: Effort) -> anyhow::Result<Vec<Measured>> {
    let line = proof_line(&vector.proof)?;
    let wanted = if effort.quick { SHORT_STREAM } else { STREAM };
    // Whole windows: the process then waits for more, alive, with every verdict given.
    let count = wanted.next_multiple_of(WINDOW);
    let start = Instant::now();
    let mut running = Running::start(Command::new(program), &["-".as_ref(), "--vk".as_ref(), &vector.key])?;
    let mut input = running.input.take().context("standard input is piped")?;
    let writer = std::thread::spawn(move || {
        let line = format!("{line}\n");
        (0..count).try_for_each(|_| input.write_all(line.as_bytes())).map(|()| input)
    });
    for _ in 0..count {
        running.valid()?;
    }
    let time = milliseconds(start.elapsed());
    running.input = writer.join().ok().transpose()?;
    let peak: Vec<f64> = running.peak().into_iter().collect();
    running.finish()?;
    Ok(vec![
        Measured::new(&format!("stream of {count} proofs, peak memory"), Unit::Megabytes, peak),
        Measured::new(
            &format!("stream of {count} proofs, time a proof"),
            Unit::Milliseconds,
            vec![time / count as f64],
        ),
    ])
}

/// The proof as one line.
fn proof_line(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let line = text.trim();
    ensure!(!line.contains('\n'), "{} is not one line", path.display());
    Ok(line.to_owned())
}
