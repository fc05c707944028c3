//! Figures as tables in Markdown.

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::life::median;
use crate::memory::megabytes;
use crate::summary::{Figures, RunFigures, Summary};

/// The parts that are compared, in this order.
const PARTS: [&str; 3] = ["verifier", "prover", "main"];

/// How many processes of a part are shown one by one, to tell what one more on the machine costs.
const BESIDE: usize = 3;

/// Tables in Markdown: what the runs cost beside each other, then every process.
///
/// Memory is in MB of 10⁶ bytes, times are in ms. A ratio is the first run's figure divided by the run's own: how many times
/// less it is.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.compare(f)?;
        self.nodes(f)?;
        self.beside(f)?;
        self.runs.iter().try_for_each(|run| processes(run, f))
    }
}

impl Summary {
    /// By part: medians and peaks, and their ratios to the first run's.
    fn compare(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### By part\n")?;
        self.head(&["part", "figure"], f)?;
        for part in PARTS {
            let runs: Vec<_> = self.runs.iter().map(|run| run.part(part)).collect();
            if runs.iter().all(Vec::is_empty) {
                continue;
            }
            let mut row = |figure: &str, of: &dyn Fn(&[&Figures]) -> Option<Amount>| {
                self.row(&[part, figure], runs.iter().map(|figures| of(figures)), f)
            };
            row("processes", &|figures| Some(Amount::Count(figures.len())))?;
            row("start to ready, median, ms", &|figures| {
                median(figures.iter().filter_map(|figures| figures.boot).collect()).map(Amount::Time)
            })?;
            row("start to ready, longest, ms", &|figures| {
                figures.iter().filter_map(|figures| figures.boot).max().map(Amount::Time)
            })?;
            row("highest peak RSS, MB", &|figures| {
                figures.iter().map(|figures| figures.peak_rss).max().map(Amount::Size)
            })?;
            let settled = |of: fn(&Figures) -> u64| {
                move |figures: &[&Figures]| median(figures.iter().map(|f| of(f)).collect()).map(Amount::Size)
            };
            row("settled RSS, median, MB", &settled(|figures| figures.rss))?;
            row("settled PSS, median, MB", &settled(|figures| figures.pss))?;
            row("settled USS, median, MB", &settled(|figures| figures.uss))?;
        }
        let whole = |of: fn(&RunFigures) -> u64| self.runs.iter().map(move |run| Some(Amount::Size(of(run))));
        self.row(&["all", "settled PSS, sum, MB"], whole(RunFigures::pss), f)?;
        self.row(&["all", "highest PSS at one moment, MB"], whole(|run| run.peak_pss), f)?;
        writeln!(f)
    }

    /// By node: what each costs.
    fn nodes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### By node\n")?;
        self.head(&["node", "figure"], f)?;
        let mut names: Vec<&str> = Vec::new();
        for node in self.runs.iter().flat_map(|run| &run.nodes) {
            if !names.contains(&node.node.as_str()) {
                names.push(&node.node);
            }
        }
        for name in names {
            let nodes: Vec<_> =
                self.runs.iter().map(|run| run.nodes.iter().find(|node| node.node == name)).collect();
            let mut row = |figure, of: &dyn Fn(&crate::NodeFigures) -> Option<Amount>| {
                self.row(&[name, figure], nodes.iter().map(|node| node.and_then(of)), f)
            };
            row("start to verifier ready, ms", &|node| node.boot.map(Amount::Time))?;
            row("settled PSS, MB", &|node| Some(Amount::Size(node.pss)))?;
            row("highest PSS at one moment, MB", &|node| Some(Amount::Size(node.peak_pss)))?;
        }
        writeln!(f)
    }

    /// The first verifiers of the machine one by one.
    fn beside(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs: Vec<_> = self.runs.iter().map(|run| run.part("verifier")).collect();
        if runs.iter().all(|run| run.len() < 2) {
            return Ok(());
        }
        writeln!(f, "### Verifiers beside each other on one machine, in order of their start\n")?;
        self.head(&["verifier", "figure"], f)?;
        for n in 0..BESIDE {
            let name = (n + 1).to_string();
            let mut row = |figure, of: fn(&Figures) -> u64| {
                let amounts = runs.iter().map(|run| run.get(n).map(|figures| Amount::Size(of(figures))));
                self.row(&[&name, figure], amounts, f)
            };
            row("settled RSS, MB", |figures| figures.rss)?;
            row("settled PSS, its share, MB", |figures| figures.pss)?;
            row("settled USS, its own, MB", |figures| figures.uss)?;
        }
        writeln!(f)
    }

    /// The first two lines of a table with a column for each run, and one more for its ratio to the first.
    fn head(&self, names: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut head = format!("| {} |", names.join(" | "));
        let mut rule = format!("|{}", " --- |".repeat(names.len()));
        for (i, run) in self.runs.iter().enumerate() {
            write!(head, " {} |", run.name)?;
            rule += " ---: |";
            if i > 0 {
                write!(head, " ratio |")?;
                rule += " ---: |";
            }
        }
        writeln!(f, "{head}\n{rule}")
    }

    /// A row of such a table; nothing where no run has the figure.
    fn row(
        &self,
        names: &[&str],
        amounts: impl Iterator<Item = Option<Amount>>,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let amounts: Vec<_> = amounts.collect();
        if amounts.iter().all(Option::is_none) {
            return Ok(());
        }
        let text = |amount: &Option<Amount>| amount.as_ref().map_or("-".to_owned(), Amount::to_string);
        write!(f, "| {} |", names.join(" | "))?;
        let mut rest = amounts.iter();
        let first = rest.next().and_then(Option::as_ref);
        write!(f, " {} |", first.map_or("-".to_owned(), Amount::to_string))?;
        for amount in rest {
            let ratio = first.zip(amount.as_ref()).and_then(|(before, after)| before.ratio(after));
            write!(f, " {} | {} |", text(amount), ratio.map_or("-".to_owned(), number))?;
        }
        writeln!(f)
    }
}

/// Every process of a run.
fn processes(run: &RunFigures, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "### Every process: {}, {} s\n", run.name, number(run.length.as_secs_f64()))?;
    writeln!(
        f,
        "| node | process | start to ready, ms | peak RSS, MB | settled RSS, MB | settled PSS, MB | settled USS, MB |"
    )?;
    writeln!(f, "| --- | --- | ---: | ---: | ---: | ---: | ---: |")?;
    for figures in &run.processes {
        let boot = figures.boot.map_or("-".to_owned(), |boot| Amount::Time(boot).to_string());
        let [peak, rss, pss, uss] = [figures.peak_rss, figures.rss, figures.pss, figures.uss]
            .map(|size| Amount::Size(size).to_string());
        writeln!(f, "| {} | {} | {boot} | {peak} | {rss} | {pss} | {uss} |", figures.node, figures.process)?;
    }
    writeln!(f)
}

/// A figure in the unit that tables have it in.
enum Amount {
    /// How many.
    Count(usize),
    /// Shown in ms.
    Time(Duration),
    /// In KiB, shown in MB.
    Size(u64),
}

impl Amount {
    /// In its shown unit.
    fn value(&self) -> f64 {
        match self {
            Self::Count(count) => *count as f64,
            Self::Time(time) => time.as_secs_f64() * 1e3,
            Self::Size(kibibytes) => megabytes(*kibibytes),
        }
    }

    /// How many times `after` is less. Numbers of processes have no ratio.
    fn ratio(&self, after: &Self) -> Option<f64> {
        let ratio = self.value() / after.value();
        (!matches!(self, Self::Count(_)) && ratio.is_finite()).then_some(ratio)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            _ => f.write_str(&number(self.value())),
        }
    }
}

/// A figure as text: three significant digits, or all before the point; below 1 three decimals.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}
