//! Latency and batches of one node by its load.

use plotters::prelude::*;

use super::arrivals::Load;
use super::figures::Figures;
use super::outcome::{Outcome, percentile};
use super::plan::{BATCHES, farm};
use super::simulation::simulate;
use crate::svg::{Area, svg};

const SIZE: (u32, u32) = (900, 380);
const FONT: &str = "sans-serif";
const TEXT: u32 = 16;
const TITLE: u32 = 19;
const GRID: RGBColor = RGBColor(228, 228, 228);
/// Of batches of one, and of the planned ones: Okabe and Ito's, which most colour-blind people can tell apart.
const COLOURS: [RGBColor; 3] = [RGBColor(213, 94, 0), RGBColor(0, 114, 178), RGBColor(0, 158, 115)];
/// Proofs that each point is simulated with.
const PROOFS: usize = 20_000;
/// Points of a line.
const POINTS: usize = 24;

/// A line of the graph: proofs a second, and what came of them.
struct Line {
    batch: usize,
    points: Vec<(f64, Outcome)>,
}

/// One node with batches of one, of the node's own size, and larger: what came of rates up to nearly its capacity.
fn lines(figures: &Figures, seed: u64) -> Vec<Line> {
    let line = |batch| {
        let farm = farm(figures, 1, batch);
        let capacity = farm.capacity();
        let rates = (0..POINTS).map(|i| {
            // Evenly on a logarithmic axis, from one proof in two seconds.
            let (first, last) = (0.5f64, 0.95 * capacity);
            first * (last / first).powf(i as f64 / (POINTS - 1) as f64)
        });
        let run = |rate| (rate, simulate(&farm, &Load { rate, burst: 1 }, PROOFS, seed));
        Line { batch, points: rates.map(run).collect() }
    };
    [1, BATCHES[0], BATCHES[1]].map(line).into()
}

type Drawn = Result<(), DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>>;

/// The graph as a whole SVG file.
pub fn draw(figures: &Figures, seed: u64) -> anyhow::Result<String> {
    let lines = lines(figures, seed);
    svg(SIZE, |root| {
        let (left, right) = root.split_horizontally(450);
        let latency = |part: f64| move |outcome: &Outcome| percentile(&outcome.latencies(), part) * 1e3;
        panel(
            &left,
            "Latency of a node, ms: median, and 99 % (thin)",
            40.0..4000.0,
            &lines,
            &[(&latency(0.5), 3), (&latency(0.99), 1)],
        )?;
        panel(&right, "Proofs in a batch, mean", 0.9..600.0, &lines, &[(&Outcome::mean_batch, 3)])?;
        Ok(())
    })
}

/// What is drawn of an outcome, and how wide.
type Drawing<'a> = (&'a dyn Fn(&Outcome) -> f64, u32);

fn panel(
    area: &Area<'_>,
    title: &str,
    range: std::ops::Range<f64>,
    lines: &[Line],
    drawings: &[Drawing<'_>],
) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, TITLE))
        .margin(8)
        .x_label_area_size(44)
        .y_label_area_size(52)
        .build_cartesian_2d((0.5..2000.0).log_scale(), range.log_scale())?;
    chart
        .configure_mesh()
        .x_desc("proofs a second")
        .label_style((FONT, TEXT))
        .x_label_formatter(&|rate| format!("{rate}"))
        .y_label_formatter(&|value| format!("{value}"))
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .draw()?;
    // The widest batches first: where they are not needed, their line is that of the others.
    for (line, colour) in lines.iter().zip(COLOURS).rev() {
        for (of, width) in drawings {
            let points: Vec<_> = line.points.iter().map(|(rate, outcome)| (*rate, of(outcome))).collect();
            let style = ShapeStyle::from(colour).stroke_width(*width);
            let drawn = chart.draw_series(LineSeries::new(points, style))?;
            if *width > 1 {
                let name = if line.batch == 1 {
                    "one at a time".to_owned()
                } else {
                    format!("up to {}", line.batch)
                };
                drawn.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
            }
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font((FONT, TEXT))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    Ok(())
}
