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
    let last = faults.answers.last().copied().unwrap_or(1.0).max(1.0).ceil();
    let mut seconds = vec![0_u32; last as usize + 1];
    for answer in &faults.answers {
        // Nothing was answered before the start.
        if let Some(count) = seconds.get_mut(answer.max(0.0) as usize) {
            *count += 1;
        }
    }
    let most = f64::from(seconds.iter().copied().max().unwrap_or(1).max(1));
    svg(SIZE, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(34)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..last, 0.0..most * 1.25)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .label_style(FONT)
            .x_desc("seconds")
            .y_desc("answers a second")
            .draw()?;
        let bars = seconds.iter().enumerate().map(|(second, count)| {
            let second = second as f64;
            Rectangle::new([(second + 0.05, 0.0), (second + 0.95, f64::from(*count))], BLUE_BAR.filled())
        });
        chart.draw_series(bars)?;
        for (i, (time, what)) in faults.marks.iter().enumerate() {
            let line = [(*time, 0.0), (*time, most * 1.22)];
            chart.draw_series(std::iter::once(PathElement::new(line, RED_LINE)))?;
            // Neighbours do not cover each other.
            let height = most * if i.is_multiple_of(2) { 1.22 } else { 1.12 };
            let style = FONT.into_font().color(&GREY);
            chart.draw_series(std::iter::once(Text::new(
                what.clone(),
                (time + last * 0.004, height),
                style,
            )))?;
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
