//! How lines look.

use plotters::prelude::*;

use crate::life::Life;

pub(super) const FONT: &str = "sans-serif";

/// Okabe and Ito's colours, which most colour-blind people can tell apart, without their yellow, and three more.
const COLOURS: [RGBColor; 10] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(0, 0, 0),
    RGBColor(120, 60, 20),
    RGBColor(110, 80, 200),
    RGBColor(140, 140, 140),
];

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stroke {
    /// Width in pixels.
    pub width: u32,
    /// Lengths of a dash and of the gap after it, in pixels.
    pub dash: Option<(u32, u32)>,
}

/// The looks of all lines of a graph.
pub(super) struct Styles {
    /// All nodes of the runs, so that a node has one colour in all graphs of them.
    nodes: Vec<String>,
    /// Those in this graph.
    shown: Vec<String>,
    processes: Vec<String>,
}

impl Styles {
    /// Nodes and processes in the order in which they appear; of all processes those are shown for which `is_shown`.
    pub fn of<'a>(lives: impl Iterator<Item = &'a Life<'a>>, is_shown: impl Fn(&Life<'_>) -> bool) -> Self {
        let (mut nodes, mut shown, mut processes) = (Vec::new(), Vec::new(), Vec::new());
        let add = |list: &mut Vec<String>, name: &str| {
            if !list.iter().any(|known| known == name) {
                list.push(name.to_owned());
            }
        };
        for life in lives {
            add(&mut nodes, life.node);
            if is_shown(life) {
                add(&mut shown, life.node);
                add(&mut processes, life.process);
            }
        }
        Self { nodes, shown, processes }
    }

    /// The line of a process.
    pub fn line(&self, node: &str, process: &str) -> (RGBColor, Stroke) {
        let index = |names: &[String], name| names.iter().position(|known| known == name).unwrap_or_default();
        let several = self.processes.len() > 1;
        match self.nodes.len() {
            0 | 1 => (colour(index(&self.processes, process)), SOLID),
            _ => (colour(index(&self.nodes, node)), if several { stroke(process) } else { SOLID }),
        }
    }

    /// What a legend has to tell: names with the lines that stand for them.
    pub fn legend(&self) -> Vec<(&str, RGBColor, Stroke)> {
        let several = self.nodes.len() > 1;
        let coloured = if several { &self.nodes } else { &self.processes };
        let is_shown = |name: &String| !several || self.shown.contains(name);
        let entries = coloured.iter().enumerate().filter(|(_, name)| is_shown(name));
        let mut legend: Vec<_> = entries.map(|(i, name)| (name.as_str(), colour(i), SOLID)).collect();
        if several && self.processes.len() > 1 {
            let grey = RGBColor(70, 70, 70);
            legend.extend(self.processes.iter().map(|name| (name.as_str(), grey, stroke(name))));
        }
        legend
    }
}

const SOLID: Stroke = Stroke { width: 2, dash: None };

fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

fn stroke(process: &str) -> Stroke {
    match process {
        "prover" => Stroke { width: 3, dash: None },
        "verifier" => Stroke { width: 1, dash: None },
        _ => Stroke { width: 1, dash: Some((3, 3)) },
    }
}
