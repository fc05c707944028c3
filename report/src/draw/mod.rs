//! Graphs of memory over time, as SVG.
//!
//! Runs lie side by side with the same axes. Colours tell nodes apart, strokes tell what a process is; where there is but
//! one node, colours tell the processes apart.

mod legend;
mod panel;
mod style;

use std::time::Duration;

use plotters::prelude::*;

use crate::life::Life;
use crate::memory::{MEGABYTE, Measure};
use crate::recording::Run;
use style::Styles;

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

/// Which processes a graph has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// The verifiers alone.
    Verifiers,
}

impl Which {
    fn has(self, life: &Life<'_>) -> bool {
        self == Self::All || life.process == "verifier"
    }

    fn title(self) -> &'static str {
        match self {
            Self::All => "memory of every process",
            Self::Verifiers => "memory of the verifiers",
        }
    }
}

/// Widths and heights in pixels.
const PANEL: u32 = 460;
const LEGEND: u32 = 190;
const HEIGHT: u32 = 520;

/// What all panels of a graph have in common.
struct Axes {
    /// The last time, in s.
    time: f64,
    /// The most memory, in MB.
    memory: f64,
    measure: Measure,
}

/// Draws the processes of each run, side by side, as a whole SVG file.
///
/// # Errors
/// Where no run has a sample of such a process.
pub fn svg(runs: &[Run], which: Which, measure: Measure) -> Result<String, DrawError> {
    let all: Vec<Vec<Life<'_>>> = runs.iter().map(|run| run.recording.lives()).collect();
    let lives = || all.iter().flatten().filter(|life| which.has(life));
    let most = lives().map(|life| life.peak(measure)).max().ok_or(DrawError::Nothing)?;
    let end = runs.iter().map(|run| run.recording.end()).max().unwrap_or(Duration::ZERO);
    let axes = Axes {
        time: end.as_secs_f64().max(0.1),
        // Room above the lines for the names of marks.
        memory: (most as f64 * 1024.0 / MEGABYTE * 1.3).max(1.0),
        measure,
    };
    let styles = Styles::of(all.iter().flatten(), |life| which.has(life));

    let panels = u32::try_from(runs.len()).unwrap_or(u32::MAX);
    let width = PANEL.saturating_mul(panels).saturating_add(LEGEND);
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (width, HEIGHT)).into_drawing_area();
        root.fill(&WHITE)?;
        let title = format!("{}: {}", measure.name(), which.title());
        let root = root.titled(&title, (style::FONT, 18))?;
        let (graphs, legend) = root.split_horizontally(width - LEGEND);
        for ((area, run), lives) in graphs.split_evenly((1, runs.len())).iter().zip(runs).zip(&all) {
            let shown = lives.iter().filter(|life| which.has(life));
            panel::draw(area, run, shown, &styles, &axes)?;
        }
        legend::draw(&legend, &styles)?;
        root.present()?;
    }
    Ok(text)
}
