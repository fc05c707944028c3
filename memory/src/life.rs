//! A process from its start to its end.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::mark::Mark;
use crate::memory::{Measure, Memory};
use crate::recording::Recording;
use crate::row::Event;

/// A process of a node from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life<'a> {
    /// The node that it belongs to.
    pub node: &'a str,
    /// Its part: `main`, `verifier`, `prover`.
    pub process: &'a str,
    /// Its id.
    pub pid: u32,
    /// When it was started: the last mark `PROCESS started` before its first sample.
    pub started: Option<Duration>,
    /// When it was ready: the first mark `PROCESS ready` after its start and before the next one's.
    pub ready: Option<Duration>,
    /// Its memory over time; at least one.
    pub samples: Vec<(Duration, Memory)>,
}

impl Life<'_> {
    /// How long it took to be ready.
    pub fn boot(&self) -> Option<Duration> {
        self.ready?.checked_sub(self.started?)
    }

    /// When it was started, or seen first where its start is not marked.
    pub fn begin(&self) -> Duration {
        let first = self.samples.first().map_or(Duration::ZERO, |&(at, _)| at);
        self.started.unwrap_or(first)
    }

    /// The most that it held resident at any moment, in KiB.
    pub fn peak_rss(&self) -> u64 {
        self.samples.iter().map(|(_, memory)| memory.peak).max().unwrap_or_default()
    }

    /// The most of a measure in any sample, in KiB.
    pub fn peak(&self, measure: Measure) -> u64 {
        self.samples.iter().map(|(_, memory)| measure.of(memory)).max().unwrap_or_default()
    }

    /// The median of a measure over the last quarter of the samples, in KiB: what the process holds when its work is done.
    pub fn settled(&self, measure: Measure) -> u64 {
        let last = self.samples.len().div_ceil(4);
        let sizes = self.samples.iter().rev().take(last).map(|(_, memory)| measure.of(memory));
        median(sizes.collect()).unwrap_or_default()
    }
}

/// The middle one of these values; of an even number the larger of the two in the middle.
pub fn median<T: Ord>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| values.swap_remove(middle))
}

pub(crate) fn of(recording: &Recording) -> Vec<Life<'_>> {
    let order: BTreeMap<&str, usize> = recording.nodes().into_iter().zip(0..).collect();
    // By node and process, in order of time.
    let mut starts: BTreeMap<(&str, &str), Vec<Duration>> = BTreeMap::new();
    let mut readies = starts.clone();
    for (at, node, mark) in recording.marks() {
        let (times, process) = match mark {
            Mark::Started(process) => (&mut starts, process),
            Mark::Ready(process) => (&mut readies, process),
            _ => continue,
        };
        times.entry((node, process)).or_default().push(at);
    }
    let mut lives: BTreeMap<(usize, u32, &str), Life<'_>> = BTreeMap::new();
    for row in recording.rows() {
        let Event::Sample { process, pid, memory } = &row.event else { continue };
        let index = order.get(row.node.as_str()).copied().unwrap_or_default();
        let life = lives.entry((index, *pid, process)).or_insert_with(|| Life {
            node: &row.node,
            process,
            pid: *pid,
            started: None,
            ready: None,
            samples: Vec::new(),
        });
        life.samples.push((row.at, *memory));
    }
    let mut lives: Vec<_> = lives.into_iter().map(|((index, ..), life)| (index, life)).collect();
    for (_, life) in &mut lives {
        let [starts, readies] = [&starts, &readies]
            .map(|times| times.get(&(life.node, life.process)).map_or(&[][..], Vec::as_slice));
        let first = life.begin();
        let index = starts.partition_point(|&at| at <= first);
        let (before, after) = starts.split_at(index);
        let next = after.first().copied().unwrap_or(Duration::MAX);
        life.started = before.last().copied();
        let is_own = |at: &Duration| life.started.is_some_and(|start| (start..next).contains(at));
        life.ready = readies.iter().copied().find(is_own);
    }
    lives.sort_by_key(|(index, life)| (*index, life.begin()));
    lives.into_iter().map(|(_, life)| life).collect()
}
