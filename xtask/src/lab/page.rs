//! The page that tells of a lab's runs.

use std::fmt;
use std::time::Duration;

use quickpickle_memory::{Figures, RunFigures, Summary, median, megabytes, number};

use super::conditions::Conditions;
use super::evidence::Work;
use super::plan::Mode::{self, Baked, Duplicated, Prover};
use super::plan::{JOBS, NODES, Role};

/// What the page is made of; work and summary have a run each for every mode, in their order.
pub struct Page<'a> {
    pub conditions: &'a Conditions,
    pub work: &'a [Work],
    pub summary: &'a Summary,
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conditions { machine, beside, slots, slot, seconds } = self.conditions;
        writeln!(
            f,
            "# A network on one machine\n\n\
             Written by `cargo xtask lab --slots {slots} --slot {slot}`, which took {seconds:.0} s without the builds. \
             `cargo xtask lab --redraw` writes this page and its graphs again from the recordings.\n\n\
             ```text\n{machine}beside it ran: {beside}\n```\n\n\
             Nine nodes: a seed, four block producers (two whales, two fish), a passive node, a snark coordinator and two \
             workers. They are started one after the other. The producers prove blocks of 2^15 rows in turn, the others \
             verify them; each block brings {JOBS} jobs of 2^14 rows, which the workers prove and the coordinator verifies.\n\n\
             All three runs are of quickpickle. The first, `duplicated`, is what the other two are compared with: the same \
             program without tables in its binary, arranged as Mina's daemon was before its pull request 16201. It is not \
             that daemon, whose own figures are [below](#beside-minas-daemon).\n"
        )?;
        self.runs(f)?;
        writeln!(f, "\n## What it shows\n\nIn brackets: how many times less than in the first run.\n")?;
        self.findings(f)?;
        writeln!(
            f,
            "\n![Memory of every process over time, a row for each kind of process](processes.svg)\n\n\
             PSS counts a page by the number of processes that map it. So a main process, most of which is the binary's \
             pages, shows more while few processes run: at the beginning, and at the end when others have ended.\n"
        )?;
        self.daemon(f)?;
        writeln!(
            f,
            "\nAll figures: [summary.md](summary.md). What they are: [measurements.md](../measurements.md)."
        )
    }
}

impl Page<'_> {
    /// What each run was, and what was done in it.
    fn runs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| run | build | verification keys | provers | blocks | verified | jobs done |")?;
        writeln!(f, "| --- | --- | --- | ---: | ---: | ---: | ---: |")?;
        for (mode, work) in Mode::ALL.into_iter().zip(self.work) {
            let build = if mode.is_baked() { "tables in the binary" } else { "no tables" };
            let keys = match mode {
                Duplicated => "each process makes its own",
                Prover => "made by the provers, returned in an RPC",
                Baked => "published; proving keys kept from before",
            };
            let provers = NODES.iter().filter(|node| node.proves(mode)).count();
            let (blocks, verified, jobs) = (work.blocks.len(), work.verified, work.jobs);
            writeln!(
                f,
                "| [{mode}]({mode}.csv) | {build} | {keys} | {provers} | {blocks} | {verified} | {jobs} |"
            )?;
        }
        writeln!(
            f,
            "\nIn the first run the seed and the passive node have a prover, as Mina's nodes have. Of the second run's provers \
             one keeps its proving keys in files for the third. A run ends a fixed time after its nodes are ready, wherever \
             the slots stand then."
        )?;
        for (mode, work) in Mode::ALL.into_iter().zip(self.work).filter(|(_, work)| work.told > 0) {
            let (told, [valid, refused]) = (work.told, work.replayed);
            writeln!(
                f,
                "In `{mode}` the seed told {told} real blocks as well. The others found {valid} of them valid and refused \
                 {refused}; what was told last had no verdict yet."
            )?;
        }
        for (mode, work) in Mode::ALL.into_iter().zip(self.work).filter(|(_, work)| work.begun > 0) {
            writeln!(
                f,
                "In `{mode}` that was just after the last block was made: its {} jobs had been begun and were not done, which \
                 is why fewer jobs than {JOBS} a block are counted.",
                work.begun
            )?;
        }
        Ok(())
    }

    /// What the daemon's processes held, beside those of the runs.
    fn daemon(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "## Beside Mina's daemon\n\n\
             Mina's [pull request 16201](https://github.com/MinaProtocol/mina/pull/16201) measured a network of the same nodes. \
             Before it, verifiers rose to 0.9 GB and a whale's prover to 2.0 GB; after it a main process and its verifier held \
             about 0.25 GB each, and a prover that was idle 0.9 GB. A daemon's processes do more than the lab's: its prover \
             holds the step and wrap circuits of blocks and of transactions, its main process a ledger and a chain. So the \
             table compares what an operator pays, not two implementations of one task. The runs' figures are RSS.\n"
        )?;
        write!(f, "| MB | daemon, before | daemon, after |")?;
        self.summary.runs.iter().try_for_each(|run| write!(f, " {} |", run.name))?;
        writeln!(f, "\n| --- | ---: | ---: |{}", " ---: |".repeat(self.summary.runs.len()))?;
        for (process, what, before, after) in [
            ("verifier", "a verifier, at its highest", "900", "250"),
            ("prover", "a prover, at its highest", "2000", "900 (idle)"),
            ("main", "a main process, at its highest", "250 to 300", "250"),
        ] {
            write!(f, "| {what} | {before} | {after} |")?;
            for run in &self.summary.runs {
                let highest = run.part(process).into_iter().map(|figures| figures.peak_rss).max();
                write!(f, " {} |", highest.map_or("-".to_owned(), |size| number(megabytes(size))))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "\n![Verifiers and provers beside the figures of Mina's daemon](daemon.svg)")
    }

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
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let of_verifiers = |run: &RunFigures, size: fn(&Figures) -> u64| {
            median(run.part("verifier").into_iter().map(size).collect()).map(megabytes)
        };
        row("a verifier from its start to its readiness, median, ms", &|run| {
            median(run.part("verifier").into_iter().filter_map(|figures| figures.boot).collect()).map(millis)
        })?;
        row(
            "a node from its start to its verifier's readiness, median of those without slots, ms",
            &|run| {
                let idle = run.nodes.iter().filter(|node| is_idle(&node.node));
                median(idle.filter_map(|node| node.boot).collect()).map(millis)
            },
        )?;
        row("a verifier's peak RSS, median, MB", &|run| of_verifiers(run, |figures| figures.peak_rss))?;
        row("a verifier's RSS when settled, median, MB", &|run| of_verifiers(run, |figures| figures.rss))?;
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

/// Whether the node has a prover only in the first run, and does not use it.
fn is_idle(name: &str) -> bool {
    NODES.iter().any(|node| node.name == name && matches!(node.role, Role::Seed | Role::Passive))
}
