//! One panel: the processes of one kind in one run, memory over time.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::layout::{LABELS, TICKS};
use super::style::{Colours, FONT, GREY, GRID, LIGHT, TEXT};
use super::{Axes, DrawError, Reference, Row, Scale};
use crate::life::Life;
use crate::memory::{Measure, megabytes};
use crate::recording::Run;

/// What a panel shows.
pub(super) struct Panel<'a> {
    pub run: &'a Run,
    pub row: &'a Row<'a>,
    pub references: &'a [Reference<'a>],
    pub colours: &'a Colours<'a>,
    pub axes: &'a Axes,
    /// Whether it is the first of its row, which has the labels.
    pub is_first: bool,
}

impl Panel<'_> {
    pub fn draw<'a, DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        lives: impl Iterator<Item = &'a Life<'a>>,
    ) -> Result<(), DrawError>
    where
        DB::ErrorType: 'static,
    {
        let Self { run, row, references, colours, axes, is_first } = *self;
        let mut chart = ChartBuilder::on(area)
            .x_label_area_size(TICKS)
            .y_label_area_size(if is_first { LABELS } else { 0 })
            .build_cartesian_2d(0.0..axes.time, 0.0..row.top)?;
        let size = |place: &f64| tick(axes.scale.size(*place), axes.scale.size(row.top));
        chart
            .configure_mesh()
            .x_labels(6)
            .y_labels(5)
            .x_label_formatter(&|x| tick(*x, axes.time))
            .y_label_formatter(&size)
            .label_style((FONT, TEXT))
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .draw()?;

        for (at, _) in marks(run) {
            chart.draw_series([PathElement::new([(at, 0.0), (at, row.top)], LIGHT)])?;
        }
        for reference in references.iter().filter(|reference| reference.process == row.process) {
            let place = axes.scale.place(reference.megabytes);
            let line = [(0.0, place), (axes.time, place)];
            chart.draw_series(DashedLineSeries::new(line, 6, 4, ShapeStyle::from(GREY).stroke_width(2)))?;
            let style = (FONT, TEXT).into_font().color(&GREY).pos(Pos::new(HPos::Left, VPos::Top));
            let at = (axes.time * 0.02, place);
            chart
                .draw_series([EmptyElement::at(at) + Text::new(reference.label.to_owned(), (0, 4), style)])?;
        }
        let pixel = axes.time / f64::from(area.dim_in_pixel().0.max(1));
        for life in lives {
            let style = ShapeStyle::from(colours.node(life.node)).stroke_width(2);
            chart.draw_series([PathElement::new(points(life, axes.measure, axes.scale, pixel), style)])?;
        }
        Ok(())
    }
}

/// Labels of an axis that ends at `end`.
fn tick(value: f64, end: f64) -> String {
    let decimals = if end < 5.0 { 1 } else { 0 };
    format!("{value:.decimals$}")
}

/// The marks that concern the whole run. Of a recording of one node these are all; of several nodes, those of a node that has no
/// processes, as which the program records that started the others.
pub(super) fn marks(run: &Run) -> Vec<(f64, String)> {
    let recording = &run.recording;
    let lives = recording.lives();
    let alone = recording.nodes().len() == 1;
    let concerns = |node: &str| alone || lives.iter().all(|life| life.node != node);
    let marks = recording.marks().filter(|(_, node, _)| concerns(node));
    marks.map(|(at, _, mark)| (at.as_secs_f64(), mark.to_string())).collect()
}

/// The line of a process in s and places on the axis of sizes: of samples less than a pixel apart the highest.
fn points(life: &Life<'_>, measure: Measure, scale: Scale, pixel: f64) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let samples = life.samples.iter();
    for (x, y) in samples.map(|(at, memory)| (at.as_secs_f64(), scale.place(megabytes(measure.of(memory))))) {
        match points.last_mut() {
            Some(last) if x - last.0 < pixel => last.1 = last.1.max(y),
            _ => points.push((x, y)),
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;
    use std::time::Duration;

    #[test]
    fn a_spike_between_two_pixels_is_kept() {
        let sample = |ms, pss| (Duration::from_millis(ms), Memory { pss, ..Memory::default() });
        let samples =
            vec![sample(0, 0), sample(1000, 1000), sample(1010, 9000), sample(1020, 1000), sample(2000, 0)];
        let life = Life { node: "a", process: "main", pid: 1, started: None, ready: None, samples };
        let line = points(&life, Measure::Pss, Scale::Linear, 0.1);
        assert_eq!(line, [(0.0, 0.0), (1.0, 9.216), (2.0, 0.0)]);
        assert_eq!(points(&life, Measure::Pss, Scale::Linear, 0.001).len(), 5);
    }
}
