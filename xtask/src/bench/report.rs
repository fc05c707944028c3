//! The figures, beside each other and beside what they are to be.

use std::fmt;

use quickpickle_memory::number;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::build::Build;
use super::pace::REFERENCE;
use crate::machine::Machine;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "ms")]
    Milliseconds,
    /// 10⁶ bytes.
    #[serde(rename = "MB")]
    Megabytes,
    #[serde(rename = "ratio")]
    Ratio,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Megabytes => "MB",
            Self::Ratio => "x",
        }
    }
}

/// A figure with its single values. There is none where the system does not tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    pub name: String,
    pub unit: Unit,
    pub samples: Vec<f64>,
    /// What the machine was slower by than that of the goals meanwhile, each time; empty where nothing depends on it.
    #[serde(default)]
    pace: Vec<f64>,
}

impl Measured {
    pub fn new(name: &str, unit: Unit, samples: Vec<f64>) -> Self {
        Self { name: name.to_owned(), unit, samples, pace: Vec::new() }
    }

    /// The same, with the machine's [pace](super::pace) meanwhile.
    pub fn at(self, pace: Vec<f64>) -> Self {
        Self { pace, ..self }
    }

    pub fn median(&self) -> Option<f64> {
        median(&self.samples)
    }

    fn pace(&self) -> Option<f64> {
        median(&self.pace)
    }

    /// What a machine of pace 1 would take, of one that is slower: the median of single values where each has its pace.
    fn at_pace(&self) -> Option<f64> {
        let pairs = self.samples.iter().zip(&self.pace).map(|(sample, pace)| sample / pace.max(1.0));
        match self.pace.len() == self.samples.len() {
            true => median(&pairs.collect::<Vec<_>>()),
            false => Some(self.median()? / self.pace().map_or(1.0, |pace| pace.max(1.0))),
        }
    }

    pub fn min(&self) -> Option<f64> {
        self.samples.iter().copied().min_by(f64::total_cmp)
    }
}

/// The middle value; of an even number of values the mean of the two in the middle.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some((lower + upper) / 2.0)
}

/// A row of the design's table of budgets, in the unit of the figure.
struct Budget {
    figure: &'static str,
    /// What the first version must reach.
    first: f64,
    /// Where it is going.
    goal: f64,
}

const fn budget(figure: &'static str, first: f64, goal: f64) -> Budget {
    Budget { figure, first, goal }
}

/// For two cores with AVX-512 IFMA; memory apart, a slower machine has more time ([`pace`](super::pace)).
const BUDGETS: [Budget; 29] = [
    budget("bake all default tables, empty store", 60.0, 1.2),
    budget("rebuild with a filled store, over the unbaked one", 1.0, 0.1),
    budget("process start -> ready to verify", 20.0, 1.5),
    budget("process start -> first verdict", 400.0, 40.0),
    budget("peak memory at the first verdict", 64.0, 18.0),
    budget("warm verdict, text to line", 300.0, 32.0),
    budget("warm verification in the library", 300.0, 32.0),
    budget("second process, PSS", 32.0, 8.0),
    budget("MSM over 2^16 vesta points", 200.0, 18.0),
    budget("MSM over 2^15 pallas points", 100.0, 10.0),
    budget("one more proof in a batch", 15.0, 0.6),
    budget("batch of 64: a proof", 15.0, 1.1),
    budget("one more wrong proof in a batch, of 1", 15.0, 8.0),
    budget("one more wrong proof in a batch, of 8", 15.0, 8.0),
    budget("block, all but the proof", 2.0, 1.0),
    budget("zkApp command of two proofs, all but these", 1.0, 0.5),
    budget("chain of 1000 blocks, peak memory", 64.0, 32.0),
    budget("1000 signatures of payments, each", 0.3, 0.1),
    budget("key of 2^15 rows", 1.24, 0.4),
    budget("key of 2^16 rows", 2.24, 0.8),
    budget("proof of 2^13 rows", 1.36, 0.35),
    budget("proof of 2^15 rows", 4.1, 1.1),
    budget("proof of 2^16 rows", 7.6, 2.2),
    budget("portable: process start -> first verdict", 400.0, 130.0),
    budget("portable: warm verification in the library", 300.0, 120.0),
    budget("portable: MSM over 2^16 vesta points", 200.0, 70.0),
    budget("portable: MSM over 2^15 pallas points", 100.0, 40.0),
    budget("portable: one more proof in a batch", 15.0, 1.8),
    budget("portable: batch of 64: a proof", 15.0, 3.5),
];

struct Row {
    name: String,
    unit: Unit,
    baked: Option<Measured>,
    unbaked: Option<Measured>,
    budget: Option<&'static Budget>,
}

impl Row {
    fn pace(&self) -> Option<f64> {
        self.baked.as_ref()?.pace()
    }

    /// Whether the baked build holds the budget, by itself or at the pace of a machine that is slower.
    fn holds(&self) -> Option<&'static str> {
        let (baked, budget) = (self.baked.as_ref()?, self.budget?);
        let (median, at_pace) = (baked.median()?, baked.at_pace()?);
        Some(match median {
            _ if median <= budget.goal => "goal",
            _ if at_pace <= budget.goal => "goal at this pace",
            _ if median <= budget.first => "budget",
            _ if at_pace <= budget.first => "budget at this pace",
            _ => "MISSED",
        })
    }
}

/// All figures of a run.
pub struct Report {
    machine: Machine,
    runs: usize,
    rows: Vec<Row>,
}

impl Report {
    pub fn new(machine: Machine, runs: usize, figures: Vec<(Build, Measured)>) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for (build, measured) in figures {
            let at = rows.iter().position(|row| row.name == measured.name).unwrap_or_else(|| {
                rows.push(Row {
                    name: measured.name.clone(),
                    unit: measured.unit,
                    baked: None,
                    unbaked: None,
                    budget: BUDGETS.iter().find(|budget| budget.figure == measured.name),
                });
                rows.len() - 1
            });
            match build {
                Build::Baked => rows[at].baked = Some(measured),
                Build::Unbaked => rows[at].unbaked = Some(measured),
            }
        }
        // A budget that nothing was measured for is not passed over.
        for budget in &BUDGETS {
            if rows.iter().all(|row| row.name != budget.figure) {
                let (name, unit) = (budget.figure.to_owned(), Unit::Milliseconds);
                rows.push(Row { name, unit, baked: None, unbaked: None, budget: Some(budget) });
            }
        }
        Self { machine, runs, rows }
    }

    pub fn json(&self) -> anyhow::Result<String> {
        let figure = |measured: &Option<Measured>| {
            measured.as_ref().map(|measured| {
                json!({ "median": measured.median(), "min": measured.min(), "samples": measured.samples })
            })
        };
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "figure": row.name,
                    "unit": row.unit,
                    "baked": figure(&row.baked),
                    "unbaked": figure(&row.unbaked),
                    "budget": row.budget.map(|budget| budget.first),
                    "goal": row.budget.map(|budget| budget.goal),
                    "pace": row.pace(),
                    "holds": row.holds(),
                })
            })
            .collect();
        let report = json!({ "machine": self.machine, "runs": self.runs, "figures": rows });
        Ok(serde_json::to_string_pretty(&report)?)
    }
}

/// Median and minimum; the median alone where there is one value.
fn cell(measured: &Option<Measured>) -> String {
    let Some(measured) = measured else { return "-".to_owned() };
    match (measured.median(), measured.min()) {
        (Some(median), Some(_)) if measured.samples.len() == 1 => number(median),
        (Some(median), Some(min)) => format!("{} ({})", number(median), number(min)),
        _ => "not told by this system".to_owned(),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.machine)?;
        writeln!(f, "Median (minimum) of {} runs, of fewer where a run is long.", self.runs)?;
        writeln!(f, "Pace: what ark-ec took beside it for 2^16 points of Vesta, to {REFERENCE} ms.\n")?;
        let rows: Vec<[String; 8]> = self
            .rows
            .iter()
            .map(|row| {
                let [first, goal] = [row.budget.map(|b| b.first), row.budget.map(|b| b.goal)]
                    .map(|limit| limit.map_or(String::new(), |limit| limit.to_string()));
                let holds = row.holds().unwrap_or_default().to_owned();
                let unit = row.unit.name().to_owned();
                let pace = row.pace().map_or(String::new(), number);
                [row.name.clone(), unit, cell(&row.baked), cell(&row.unbaked), first, goal, pace, holds]
            })
            .collect();
        let head =
            ["figure", "unit", "baked", "unbaked", "budget", "goal", "pace", "holds"].map(str::to_owned);
        let all = || std::iter::once(&head).chain(&rows);
        let width: [usize; 8] =
            std::array::from_fn(|i| all().map(|row| row[i].chars().count()).max().unwrap_or(0));
        for (i, row) in all().enumerate() {
            for (cell, width) in row.iter().zip(width) {
                write!(f, "| {cell:<width$} ")?;
            }
            writeln!(f, "|")?;
            if i == 0 {
                width.iter().try_for_each(|width| write!(f, "| {} ", "-".repeat(*width)))?;
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(name: &str, samples: &[f64]) -> Measured {
        Measured::new(name, Unit::Milliseconds, samples.to_vec())
    }

    #[test]
    fn medians() {
        assert_eq!(measured("", &[3.0, 1.0, 2.0]).median(), Some(2.0));
        assert_eq!(measured("", &[4.0, 1.0, 2.0, 3.0]).median(), Some(2.5));
        assert_eq!(measured("", &[]).median(), None);
        assert_eq!(measured("", &[3.0, 1.0]).min(), Some(1.0));
        let slow = |samples: &[f64], pace: &[f64]| measured("", samples).at(pace.to_vec()).at_pace();
        assert_eq!(slow(&[3.0, 4.0, 9.0], &[0.5, 4.0, 2.0]), Some(3.0), "of 3, 1 and 4.5");
        assert_eq!(slow(&[3.0, 4.0, 9.0], &[2.0]), Some(2.0));
        assert_eq!(slow(&[3.0, 4.0, 9.0], &[]), Some(4.0));
    }

    #[test]
    fn a_row_has_both_builds_and_its_budget() {
        let name = "process start -> first verdict";
        let report = |median, pace| {
            let figures = vec![
                (Build::Baked, measured(name, &[median]).at(vec![pace])),
                (Build::Unbaked, measured(name, &[5000.0])),
                (Build::Unbaked, measured("other", &[1.0, 2.0])),
            ];
            Report::new(Machine::describe(), 1, figures)
        };
        for (median, pace, holds) in [
            (40.0, 1.0, "goal"),
            (41.0, 1.0, "budget"),
            (60.0, 1.5, "goal at this pace"),
            (40.0, 0.5, "goal"),
            (400.0, 1.0, "budget"),
            (401.0, 0.5, "MISSED"),
            (401.0, 1.5, "budget at this pace"),
            (601.0, 1.5, "MISSED"),
        ] {
            let report = report(median, pace);
            assert_eq!((report.rows.len(), report.rows[0].holds()), (BUDGETS.len() + 1, Some(holds)));
            let text = report.to_string();
            assert!(text.lines().any(|line| line.contains("5000") && line.contains(holds)), "{text}");
            assert!(text.contains("1.50 (1.00)"), "{text}");
            let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
            assert_eq!(json["figures"][0]["holds"], holds);
            assert_eq!(json["figures"][0]["unbaked"]["median"], 5000.0);
            assert_eq!(json["figures"][1]["baked"], serde_json::Value::Null);
        }
    }
}
