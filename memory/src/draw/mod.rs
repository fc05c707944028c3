//! Graphs of memory over time, as SVG, to be read at the width of a page.
//!
//! Runs lie side by side with one axis of time. Each kind of process has a row with a scale of its own, for a main process is a
//! hundredth of a prover. Colours tell nodes apart.

mod layout;
mod panel;
mod style;

use std::time::Duration;

use plotters::prelude::*;

use crate::life::Life;
use crate::memory::{Measure, megabytes};
use crate::recording::Run;
use layout::Layout;
use style::Colours;

/// Why a graph cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// There is nothing in it.
    #[error("no samples to draw")]
    Nothing,
    /// The plotting library refused.
    #[error("{0}")]
    Plot(String),
}

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for DrawError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Plot(error.to_string())
    }
}

/// How far apart sizes are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// By their difference, from zero.
    #[default]
    Linear,
    /// By their ratio, from 1 MB: for sizes that are far apart.
    Log,
}

impl Scale {
    /// Where a size in MB lies on the axis.
    fn place(self, megabytes: f64) -> f64 {
        match self {
            Self::Linear => megabytes,
            Self::Log => megabytes.max(1.0).log10(),
        }
    }

    /// The size in MB that lies there.
    fn size(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => 10f64.powf(place),
        }
    }
}

/// A size to compare processes with, drawn as a line across their row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference<'a> {
    /// The kind of process.
    pub process: &'a str,
    /// What is written at the line.
    pub label: &'a str,
    /// The size.
    pub megabytes: f64,
}

/// What a graph shows of its runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Graph<'a> {
    /// What is measured.
    pub measure: Measure,
    /// How sizes are drawn.
    pub scale: Scale,
    /// The kinds of processes, a row each; empty for all that there are.
    pub processes: &'a [&'a str],
    /// What is written below the names of the runs, in their order; may be shorter than these.
    pub captions: &'a [&'a str],
    /// Sizes to compare with.
    pub references: &'a [Reference<'a>],
}

/// The kinds of processes that come first, in this order.
const FIRST: [&str; 3] = ["verifier", "prover", "main"];

/// A row of panels: a kind of process in every run.
struct Row<'a> {
    process: &'a str,
    /// Where the axis of sizes ends, by [`Scale::place`].
    top: f64,
}

/// What all panels of a graph have in common.
struct Axes {
    /// The last time, in s.
    time: f64,
    measure: Measure,
    scale: Scale,
}

/// Draws the processes of each run as a whole SVG file.
///
/// # Errors
/// Where no run has a sample of such a process.
pub fn svg(runs: &[Run], graph: &Graph<'_>) -> Result<String, DrawError> {
    let lives: Vec<Vec<Life<'_>>> = runs.iter().map(|run| run.recording.lives()).collect();
    let rows = rows(&lives, graph);
    if rows.is_empty() {
        return Err(DrawError::Nothing);
    }
    let end = runs.iter().map(|run| run.recording.end()).max().unwrap_or(Duration::ZERO);
    let axes = Axes { time: end.as_secs_f64().max(0.1), measure: graph.measure, scale: graph.scale };
    let colours = Colours::of(lives.iter().flatten());

    let layout = Layout { columns: runs.len(), rows: rows.len(), has_legend: colours.names().len() > 1 };
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, layout.size()).into_drawing_area();
        root.fill(&WHITE)?;
        layout.title(&root, &title(graph))?;
        for (column, run) in runs.iter().enumerate() {
            layout.head(&root, column, &run.name, graph.captions.get(column).copied().unwrap_or_default())?;
            layout.marks(&root, column, &panel::marks(run), &axes)?;
        }
        for (number, row) in rows.iter().enumerate() {
            layout.row_title(&root, number, &row_title(row.process))?;
            for (column, (run, lives)) in runs.iter().zip(&lives).enumerate() {
                let area = layout.panel(&root, column, number);
                let shown = lives.iter().filter(|life| life.process == row.process);
                let panel = panel::Panel {
                    run,
                    row,
                    references: graph.references,
                    colours: &colours,
                    axes: &axes,
                    is_first: column == 0,
                };
                panel.draw(&area, shown)?;
            }
        }
        layout.time(&root)?;
        layout.legend(&root, &colours)?;
        root.present()?;
    }
    Ok(text)
}

/// The rows of a graph: kinds of processes of which there are samples, and how far their axes go.
fn rows<'a>(lives: &'a [Vec<Life<'a>>], graph: &Graph<'a>) -> Vec<Row<'a>> {
    let mut processes: Vec<&str> = Vec::new();
    let found = lives.iter().flatten().map(|life| life.process);
    for process in FIRST.into_iter().chain(found) {
        let wanted = graph.processes.is_empty() || graph.processes.contains(&process);
        if wanted && !processes.contains(&process) {
            processes.push(process);
        }
    }
    let row = |process| {
        let of_kind = lives.iter().flatten().filter(|life| life.process == process);
        let most = megabytes(of_kind.map(|life| life.peak(graph.measure)).max()?);
        let references = graph.references.iter().filter(|reference| reference.process == process);
        let most = references.map(|reference| reference.megabytes).fold(most, f64::max);
        // Some room above the highest line.
        let top = match graph.scale {
            Scale::Linear => (most * 1.08).max(1.0),
            Scale::Log => graph.scale.place(most * 2.0).max(1.0),
        };
        Some(Row { process, top })
    };
    processes.into_iter().filter_map(row).collect()
}

fn title(graph: &Graph<'_>) -> String {
    let measure = match graph.measure {
        Measure::Rss => "RSS: resident pages, shared ones counted in full",
        Measure::Pss => "PSS: resident pages, shared ones divided among the processes that map them",
        Measure::Uss => "USS: resident pages of the process alone",
    };
    let scale = if graph.scale == Scale::Log { ", logarithmic" } else { "" };
    format!("Memory of each process over time in MB{scale} ({measure})")
}

fn row_title(process: &str) -> String {
    match process {
        "verifier" => "Verifiers".to_owned(),
        "prover" => "Provers".to_owned(),
        "main" => "Main processes".to_owned(),
        other => other.to_owned(),
    }
}
