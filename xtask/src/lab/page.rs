//! The page that tells of a lab's runs.

use std::fmt;
use std::time::Duration;

use quickpickle_report::{Figures, MEGABYTE, RunFigures, Summary, number};

use super::plan::{JOBS, NODES, Part};
use super::{Args, Outcome};
use crate::machine::Machine;

/// What the page is made of.
pub struct Page<'a> {
    pub machine: &'a Machine,
    pub args: &'a Args,
    pub outcomes: &'a [Outcome],
    pub summary: &'a Summary,
    /// How long the runs took, without the builds.
    pub time: Duration,
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Args { slots, slot, beside, .. } = self.args;
        writeln!(f, "# A network on one machine\n")?;
        writeln!(
            f,
            "Written by `cargo xtask lab --slots {slots} --slot {slot}`, which took {:.0} s without the builds.\n",
            self.time.as_secs_f64()
        )?;
        writeln!(f, "```text\n{}beside it ran: {beside}\n```\n", self.machine)?;
        writeln!(
            f,
            "Nine nodes: a seed, four block producers (two whales, two fish), a passive node, a snark coordinator and two workers. \
             They are started one after the other. The producers prove blocks of 2^15 rows in turn, the others verify them; each \
             block brings {JOBS} jobs of 2^14 rows, which the workers prove and the coordinator verifies.\n"
        )?;
        writeln!(f, "| run | build | verification keys | provers | blocks | verified | jobs |")?;
        writeln!(f, "| --- | --- | --- | --- | ---: | ---: | ---: |")?;
        for Outcome { mode, work } in self.outcomes {
            use super::plan::Mode::{Baked, Duplicated, Prover};
            let build = if mode.is_baked() { "tables in the binary" } else { "no tables" };
            let keys = match mode {
                Duplicated => "each process makes its own",
                Prover => "made by the provers, returned in an RPC",
                Baked => "published; proving keys kept from before",
            };
            let provers = NODES.iter().filter(|node| node.proves(*mode)).count();
            let (blocks, verified, jobs) = (work.blocks.len(), work.verified, work.jobs);
            writeln!(
                f,
                "| [{mode}]({mode}.csv) | {build} | {keys} | {provers} | {blocks} | {verified} | {jobs} |"
            )?;
        }
        writeln!(
            f,
            "\nIn the first run the seed and the passive node have a prover, as Mina's nodes have. Of the second run's provers one \
             keeps its proving keys in files for the third.\n"
        )?;
        writeln!(f, "## What it shows\n\nIn brackets, what the first run's figure is to be divided by.\n")?;
        self.findings(f)?;
        writeln!(f, "\n![every process](processes.svg)\n\n![the verifiers](verifiers.svg)\n")?;
        writeln!(
            f,
            "All figures: [summary.md](summary.md). What they are: [measurements.md](../measurements.md)."
        )
    }
}

impl Page<'_> {
    /// The ratios that the lab is for.
    fn findings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { runs } = self.summary;
        write!(f, "| |")?;
        runs.iter().try_for_each(|run| write!(f, " {} |", run.name))?;
        write!(f, "\n| --- |{}\n", " ---: |".repeat(runs.len()))?;
        let mut row = |what: &str, figure: &dyn Fn(&RunFigures) -> Option<f64>| {
            let first = runs.first().and_then(figure);
            write!(f, "| {what} |")?;
            for (i, run) in runs.iter().enumerate() {
                match (figure(run), first) {
                    (Some(value), Some(first)) if i > 0 && value > 0.0 => {
                        write!(f, " {} (÷ {}) |", number(value), number(first / value))?;
                    }
                    (Some(value), _) => write!(f, " {} |", number(value))?,
                    (None, _) => write!(f, " - |")?,
                }
            }
            writeln!(f)
        };
        let megabytes = |kibibytes: u64| kibibytes as f64 * 1024.0 / MEGABYTE;
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let verifiers = |run: &RunFigures, of: &dyn Fn(&Figures) -> Option<f64>| {
            median(run.part("verifier").into_iter().filter_map(of).collect())
        };
        row("a verifier from its start to its readiness, median, ms", &|run| {
            verifiers(run, &|figures| figures.boot.map(millis))
        })?;
        row(
            "a node from its start to its verifier's readiness, median of those without slots, ms",
            &|run| {
                let idle = run.nodes.iter().filter(|node| is_idle(&node.node));
                median(idle.filter_map(|node| node.boot.map(millis)).collect())
            },
        )?;
        row("a verifier's peak RSS, median, MB", &|run| {
            verifiers(run, &|figures| Some(megabytes(figures.peak_rss)))
        })?;
        row("a verifier's RSS when settled, median, MB", &|run| {
            verifiers(run, &|figures| Some(megabytes(figures.rss)))
        })?;
        row(
            "a node that proves nothing (seed, passive), PSS of its processes when settled, mean, MB",
            &|run| {
                let nodes: Vec<_> = run.nodes.iter().filter(|node| is_idle(&node.node)).collect();
                (!nodes.is_empty())
                    .then(|| megabytes(nodes.iter().map(|node| node.pss).sum()) / nodes.len() as f64)
            },
        )?;
        for (n, name) in ["first", "second", "third"].into_iter().enumerate() {
            row(&format!("the {name} verifier on the machine: PSS when settled, MB"), &|run| {
                run.part("verifier").get(n).map(|figures| megabytes(figures.pss))
            })?;
            row(&format!("the {name} verifier on the machine: its own pages (USS), MB"), &|run| {
                run.part("verifier").get(n).map(|figures| megabytes(figures.uss))
            })?;
        }
        row("all processes of the network, PSS when settled, MB", &|run| Some(megabytes(run.pss())))?;
        row("all processes of the network, highest PSS at one moment, MB", &|run| {
            Some(megabytes(run.peak_pss))
        })
    }
}

/// Whether nobody proves on this node unless the old way wants a prover there.
fn is_idle(name: &str) -> bool {
    NODES.iter().any(|node| node.name == name && matches!(node.part, Part::Seed | Part::Passive))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
