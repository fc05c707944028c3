//! What a proof costs in batches of all sizes: on one thread and on all, with each backend.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use plotters::prelude::*;
use quickpickle::{Task, Verifier};

use super::library::{Subject, median, subjects, time};
use crate::svg::svg;

/// The sizes of batches.
const SIZES: [usize; 5] = [1, 8, 64, 512, 4096];
/// From this size on a batch is measured three times at most.
const LARGE: usize = 512;

const SIZE: (u32, u32) = (760, 400);
const FONT: &str = "sans-serif";
const TEXT: u32 = 16;
const GRID: RGBColor = RGBColor(228, 228, 228);
/// Okabe and Ito's, which most colour-blind people can tell apart.
const COLOURS: [RGBColor; 2] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];

/// A line of the graph: where it was measured, and milliseconds a proof in batches of [`SIZES`].
struct Line {
    backend: &'static str,
    threads: usize,
    times: Vec<f64>,
}

/// Measures each backend on one thread and on all, in processes of their own; prints a table and draws a graph.
pub fn run(file: &Path, runs: usize) -> anyhow::Result<()> {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let best = quickpickle_curve::backend().name();
    let mut lines = Vec::new();
    for backend in [best, "portable"] {
        for threads in [1, all] {
            eprintln!("{backend}, {threads} threads");
            lines.push(Line { backend, threads, times: measure_in(backend, threads, runs)? });
        }
    }
    print!("| proofs in a batch |");
    lines.iter().for_each(|line| print!(" {} |", line.name()));
    println!("\n| ---: |{}", " ---: |".repeat(lines.len()));
    for (at, size) in SIZES.iter().enumerate() {
        print!("| {size} |");
        lines.iter().for_each(|line| print!(" {:.2} ms |", line.times[at]));
        println!();
    }
    std::fs::write(file, draw(&lines)?).with_context(|| file.display().to_string())
}

/// The median of a proof's milliseconds in each batch, in this process.
pub fn measure(runs: usize) -> anyhow::Result<Vec<f64>> {
    let subjects = subjects()?;
    let of_size = |size: usize| {
        let tasks: Vec<Task<'_>> = subjects.iter().cycle().take(size).map(Subject::task).collect();
        let runs = if size < LARGE { runs } else { runs.min(3) };
        let samples = time(runs, || Verifier::baked().verify_batch(&tasks).iter().all(Result::is_ok))?;
        Ok(median(&samples) / size as f64)
    };
    SIZES.into_iter().map(of_size).collect()
}

fn measure_in(backend: &str, threads: usize, runs: usize) -> anyhow::Result<Vec<f64>> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bench", "--growth-here", "--runs", &runs.to_string()])
        .env("QUICKPICKLE_BACKEND", backend)
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "{backend}, {threads} threads: it ended with {}", output.status);
    let times: Vec<f64> = serde_json::from_slice(&output.stdout)?;
    ensure!(times.len() == SIZES.len(), "{} times of {} batches", times.len(), SIZES.len());
    Ok(times)
}

impl Line {
    fn name(&self) -> String {
        let threads = if self.threads == 1 { "thread" } else { "threads" };
        format!("{}, {} {threads}", self.backend, self.threads)
    }
}

/// The graph as a whole SVG file.
fn draw(lines: &[Line]) -> anyhow::Result<String> {
    svg(SIZE, |root| {
        let times = || lines.iter().flat_map(|line| &line.times).copied();
        let (least, most) = (times().fold(f64::MAX, f64::min), times().fold(0.0, f64::max));
        let mut chart = ChartBuilder::on(root)
            .margin(8)
            .x_label_area_size(44)
            .y_label_area_size(60)
            .build_cartesian_2d((1.0..4096.0).log_scale(), (least * 0.7..most * 1.4).log_scale())?;
        chart
            .configure_mesh()
            .x_desc("proofs in a batch")
            .y_desc("ms a proof")
            .label_style((FONT, TEXT))
            .x_label_formatter(&|size| format!("{size}"))
            .y_label_formatter(&|time| format!("{time}"))
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .draw()?;
        // A colour for each backend; thin on one thread.
        for line in lines {
            let colour = COLOURS[usize::from(line.backend != lines[0].backend)];
            let style = ShapeStyle::from(colour).stroke_width(if line.threads == 1 { 1 } else { 3 });
            let points: Vec<(f64, f64)> =
                SIZES.iter().zip(&line.times).map(|(size, time)| (*size as f64, *time)).collect();
            chart
                .draw_series(LineSeries::new(points, style))?
                .label(line.name())
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .label_font((FONT, TEXT))
            .background_style(WHITE.mix(0.8))
            .draw()?;
        Ok(())
    })
}
