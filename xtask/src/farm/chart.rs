//! Graphs of a run, as SVG.

use plotters::prelude::*;

use super::report::{Faults, Throughput};
use crate::svg::svg;

const SIZE: (u32, u32) = (900, 320);
const FONT: (&str, u32) = ("sans-serif", 13);
const BLUE_BAR: RGBColor = RGBColor(76, 114, 176);
const GREY: RGBColor = RGBColor(130, 130, 130);
const RED_LINE: RGBColor = RGBColor(196, 78, 82);

/// Answers a second, with what was done when.
pub fn answers(faults: &Faults) -> anyhow::Result<String> {
    let mut seconds = vec![0_u32; end(faults) as usize + 1];
    for answer in &faults.answers {
        // Nothing was answered before the start.
        if let Some(count) = seconds.get_mut(answer.max(0.0) as usize) {
            *count += 1;
        }
    }
    let bar = |(second, count): (usize, &u32)| {
        let second = second as f64;
        (second + 0.05, second + 0.95, f64::from(*count))
    };
    over_time(faults, "answers a second", seconds.iter().enumerate().map(bar).collect())
}

/// How many answers there are, with what was done when.
pub fn total(faults: &Faults) -> anyhow::Result<String> {
    let until = faults.answers.iter().skip(1).copied().chain([end(faults)]);
    let steps = faults.answers.iter().zip(until).enumerate();
    let steps = steps.map(|(before, (from, until))| (from.max(0.0), until.max(0.0), before as f64 + 1.0));
    over_time(faults, "jobs done", steps.collect())
}

/// When a run ended, in whole seconds.
fn end(faults: &Faults) -> f64 {
    let mark = faults.marks.last().map(|(time, _)| *time);
    faults.answers.last().copied().into_iter().chain(mark).fold(1.0, f64::max).ceil()
}

/// The row of each mark's words, so that none covers another's; the chart is as wide as 130 letters.
fn rows(marks: &[(f64, String)], last: f64) -> Vec<usize> {
    let mut ends: Vec<f64> = Vec::new();
    let row = |(time, what): &(f64, String)| {
        let end = time + (what.len() + 1) as f64 * last / 130.0;
        let free = ends.iter().position(|end| end <= time).unwrap_or(ends.len());
        ends.resize(ends.len().max(free + 1), end);
        ends[free] = end;
        free
    };
    marks.iter().map(row).collect()
}

/// Bars from one time to another, each of a height, and what was done when.
fn over_time(faults: &Faults, what: &str, bars: Vec<(f64, f64, f64)>) -> anyhow::Result<String> {
    let last = end(faults);
    let most = bars.iter().map(|(_, _, height)| *height).fold(1.0, f64::max);
    let rows = rows(&faults.marks, last);
    let height = |row: usize| most * (1.06 + 0.08 * row as f64);
    let top = height(rows.iter().max().map_or(0, |row| row + 1));
    svg(SIZE, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(34)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..last, 0.0..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .label_style(FONT)
            .x_desc("seconds")
            .y_desc(what)
            .draw()?;
        let bar = |(from, until, height)| Rectangle::new([(from, 0.0), (until, height)], BLUE_BAR.filled());
        chart.draw_series(bars.into_iter().map(bar))?;
        for ((time, what), row) in faults.marks.iter().zip(rows) {
            let line = [(*time, 0.0), (*time, height(row))];
            chart.draw_series(std::iter::once(PathElement::new(line, RED_LINE)))?;
            let (place, style) = ((time + last * 0.004, height(row)), FONT.into_font().color(&GREY));
            chart.draw_series(std::iter::once(Text::new(what.clone(), place, style)))?;
        }
        Ok(())
    })
}

/// Milliseconds a proof of each measurement.
pub fn bars(throughput: &[Throughput]) -> anyhow::Result<String> {
    let most = throughput.iter().map(Throughput::each).fold(1.0, f64::max);
    svg(SIZE, |area| {
        let count = throughput.len().max(1);
        let rows = area.margin(12, 12, 12, 12).split_evenly((count, 1));
        for (row, measurement) in rows.iter().zip(throughput) {
            let (width, height) = row.dim_in_pixel();
            let (width, middle) = (f64::from(width), i32::try_from(height / 2)?);
            let left = 330;
            let length = (measurement.each() / most * (width - 430.0)) as i32;
            let text = FONT.into_font().color(&BLACK);
            row.draw(&Text::new(measurement.what.clone(), (0, middle - 7), text.clone()))?;
            let bar = [(left, middle - 9), (left + length, middle + 9)];
            row.draw(&Rectangle::new(bar, BLUE_BAR.filled()))?;
            let figure = format!("{:.1} ms", measurement.each());
            row.draw(&Text::new(figure, (left + length + 8, middle - 7), text))?;
        }
        Ok(())
    })
}
