//! Graphs as SVG.

use plotters::coord::Shift;
use plotters::prelude::*;

/// Where a graph is drawn.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A graph of so many pixels as a whole file, on white.
pub fn svg(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> anyhow::Result<()>) -> anyhow::Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&WHITE)?;
        draw(&area)?;
        area.present()?;
    }
    Ok(text)
}
