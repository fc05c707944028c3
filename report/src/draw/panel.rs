//! One run: memory over time.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::style::{FONT, Styles};
use super::{Axes, DrawError, PANEL};
use crate::life::Life;
use crate::memory::{MEGABYTE, Measure};
use crate::recording::Run;

/// Marks of one panel that are named; of more only the lines are drawn.
const MAX_NAMED: usize = 14;
/// Pixels between the names of two marks.
const NAME_GAP: f64 = 12.0;

pub(super) fn draw<'a, DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    run: &Run,
    lives: impl Iterator<Item = &'a Life<'a>>,
    styles: &Styles,
    axes: &Axes,
) -> Result<(), DrawError>
where
    DB::ErrorType: 'static,
{
    let mut chart = ChartBuilder::on(area)
        .caption(&run.name, (FONT, 15))
        .margin(8)
        .x_label_area_size(38)
        .y_label_area_size(58)
        .build_cartesian_2d(0.0..axes.time, 0.0..axes.memory)?;
    chart
        .configure_mesh()
        .x_desc("time since the start, s")
        .y_desc(format!("{}, MB", axes.measure.name()))
        .x_labels(8)
        .y_labels(10)
        .x_label_formatter(&|x| tick(*x, axes.time))
        .y_label_formatter(&|y| tick(*y, axes.memory))
        .label_style((FONT, 12))
        .axis_desc_style((FONT, 13))
        .bold_line_style(RGBColor(225, 225, 225))
        .light_line_style(TRANSPARENT)
        .draw()?;

    let marks = marks(run);
    let named = marks.len() <= MAX_NAMED;
    let pixel = axes.time / f64::from(PANEL - 80);
    let mut last = f64::NEG_INFINITY;
    for (at, text) in marks {
        let line = PathElement::new([(at, 0.0), (at, axes.memory)], RGBColor(190, 190, 190));
        chart.draw_series([line])?;
        if named && at - last >= NAME_GAP * pixel {
            last = at;
            let style = (FONT, 11).into_font().color(&RGBColor(110, 110, 110));
            let style = style.transform(FontTransform::Rotate90).pos(Pos::new(HPos::Left, VPos::Bottom));
            chart.draw_series([Text::new(text.to_owned(), (at, axes.memory), style)])?;
        }
    }

    for life in lives {
        let (colour, stroke) = styles.line(life.node, life.process);
        let style = ShapeStyle::from(colour).stroke_width(stroke.width);
        let points = points(life, axes.measure, pixel);
        match stroke.dash {
            Some((dash, gap)) => {
                chart.draw_series(DashedLineSeries::new(points, dash, gap, style))?;
            }
            None => {
                chart.draw_series([PathElement::new(points, style)])?;
            }
        }
    }
    Ok(())
}

/// Labels of an axis that ends at `end`.
fn tick(value: f64, end: f64) -> String {
    let decimals = if end < 5.0 { 1 } else { 0 };
    format!("{value:.decimals$}")
}

/// The marks that concern the whole run: all of a single node's; of several nodes those of one without processes, which is
/// whoever made them run.
fn marks(run: &Run) -> Vec<(f64, &str)> {
    let recording = &run.recording;
    let lives = recording.lives();
    let alone = recording.nodes().len() == 1;
    let concerns = |node: &str| alone || lives.iter().all(|life| life.node != node);
    let marks = recording.marks().filter(|(_, node, _)| concerns(node));
    marks.map(|(at, _, text)| (at.as_secs_f64(), text)).collect()
}

/// The line of a process in s and MB: of samples less than a pixel apart the highest.
fn points(life: &Life<'_>, measure: Measure, pixel: f64) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let samples = life.samples.iter();
    for (x, y) in
        samples.map(|(at, memory)| (at.as_secs_f64(), measure.of(memory) as f64 * 1024.0 / MEGABYTE))
    {
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
        let line = points(&life, Measure::Pss, 0.1);
        assert_eq!(line, [(0.0, 0.0), (1.0, 9.216), (2.0, 0.0)]);
        assert_eq!(points(&life, Measure::Pss, 0.001).len(), 5);
    }
}
