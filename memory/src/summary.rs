//! Figures of recordings.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::life::{Life, median};
use crate::memory::Measure;
use crate::recording::{Recording, Run};
use crate::row::Event;

/// Figures of several runs, to be compared with the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The runs, in the order in which they were given.
    pub runs: Vec<RunFigures>,
}

/// Figures of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFigures {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub length: Duration,
    /// Of each process, by node and then in order of time.
    pub processes: Vec<Figures>,
    /// Of each node, in the order in which they began.
    pub nodes: Vec<NodeFigures>,
    /// The most PSS of all nodes' processes together at any moment, in KiB.
    pub peak_pss: u64,
}

/// Figures of a process. Sizes are in KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The node that it belongs to.
    pub node: String,
    /// Its part.
    pub process: String,
    /// When it was started.
    pub begin: Duration,
    /// From its start until it was ready; `None` where it never said so.
    pub boot: Option<Duration>,
    /// The most RSS, between samples too.
    pub peak_rss: u64,
    /// RSS in the end: the median of the last quarter of its samples, as for the next two.
    pub rss: u64,
    /// PSS in the end.
    pub pss: u64,
    /// USS in the end.
    pub uss: u64,
}

/// Figures of a node: of its processes together. Sizes are in KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFigures {
    /// Its name.
    pub node: String,
    /// From the start of its first process until its first verifier was ready.
    pub boot: Option<Duration>,
    /// The most PSS at one moment.
    pub peak_pss: u64,
    /// The median of the PSS over the last quarter of its moments.
    pub pss: u64,
}

impl Summary {
    /// Figures of these runs.
    pub fn of(runs: &[Run]) -> Self {
        Self { runs: runs.iter().map(|run| RunFigures::of(&run.name, &run.recording)).collect() }
    }
}

impl RunFigures {
    fn of(name: &str, recording: &Recording) -> Self {
        let lives = recording.lives();
        let moments = moments(recording);
        let nodes = recording.nodes().into_iter().filter_map(|node| NodeFigures::of(node, &lives, &moments));
        Self {
            name: name.to_owned(),
            length: recording.end(),
            nodes: nodes.collect(),
            processes: lives.iter().map(Figures::of).collect(),
            peak_pss: peak_of_all(&moments),
        }
    }

    /// The processes of this part, in the order in which they were started.
    pub fn part(&self, process: &str) -> Vec<&Figures> {
        let mut part: Vec<_> = self.processes.iter().filter(|figures| figures.process == process).collect();
        part.sort_by_key(|figures| figures.begin);
        part
    }

    /// The PSS of all nodes in the end, in KiB.
    pub fn pss(&self) -> u64 {
        self.nodes.iter().map(|node| node.pss).sum()
    }
}

impl Figures {
    fn of(life: &Life<'_>) -> Self {
        Self {
            node: life.node.to_owned(),
            process: life.process.to_owned(),
            begin: life.begin(),
            boot: life.boot(),
            peak_rss: life.peak_rss(),
            rss: life.settled(Measure::Rss),
            pss: life.settled(Measure::Pss),
            uss: life.settled(Measure::Uss),
        }
    }
}

impl NodeFigures {
    /// `None` of a node without processes, such as one that only made marks.
    fn of(node: &str, lives: &[Life<'_>], moments: &Moments<'_>) -> Option<Self> {
        let lives = || lives.iter().filter(|life| life.node == node);
        let begin = lives().map(Life::begin).min()?;
        let ready = lives().filter(|life| life.process == "verifier").filter_map(|life| life.ready).min();
        let sums: Vec<u64> =
            moments.iter().filter(|((_, name), _)| *name == node).map(|(_, &sum)| sum).collect();
        let (_, last) = sums.split_at(sums.len() - sums.len().div_ceil(4));
        Some(Self {
            node: node.to_owned(),
            boot: ready.and_then(|ready| ready.checked_sub(begin)),
            peak_pss: sums.iter().copied().max().unwrap_or_default(),
            pss: median(last.to_vec()).unwrap_or_default(),
        })
    }
}

/// The PSS of a node's processes together, at each moment when it was sampled.
type Moments<'a> = BTreeMap<(Duration, &'a str), u64>;

/// All samples of a node's one round have one time.
fn moments(recording: &Recording) -> Moments<'_> {
    let mut moments = Moments::new();
    for row in recording.rows() {
        if let Event::Sample { memory, .. } = &row.event {
            *moments.entry((row.at, row.node.as_str())).or_default() += memory.pss;
        }
    }
    moments
}

fn peak_of_all(moments: &Moments<'_>) -> u64 {
    let mut latest = BTreeMap::new();
    let sums = moments.iter().map(|((_, node), &sum)| {
        latest.insert(*node, sum);
        latest.values().sum()
    });
    sums.max().unwrap_or_default()
}
