//! How lines and letters look.

use plotters::prelude::*;

use crate::life::Life;

pub(super) const FONT: &str = "sans-serif";
/// Sizes of letters; the plotting library divides them by 1.24 to get pixels.
pub(super) const TITLE: u32 = 17;
pub(super) const HEAD: u32 = 20;
pub(super) const TEXT: u32 = 16;

pub(super) const GREY: RGBColor = RGBColor(95, 95, 95);
pub(super) const LIGHT: RGBColor = RGBColor(190, 190, 190);
pub(super) const GRID: RGBColor = RGBColor(228, 228, 228);

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

/// The colours of nodes: a node has one in all panels.
pub(super) struct Colours<'a> {
    nodes: Vec<&'a str>,
}

impl<'a> Colours<'a> {
    /// Colours in the order in which the nodes appear.
    pub fn of(lives: impl Iterator<Item = &'a Life<'a>>) -> Self {
        let mut nodes = Vec::new();
        for life in lives {
            if !nodes.contains(&life.node) {
                nodes.push(life.node);
            }
        }
        Self { nodes }
    }

    /// The nodes, in the order of their colours.
    pub fn names(&self) -> &[&'a str] {
        &self.nodes
    }

    /// The colour of a node.
    pub fn node(&self, name: &str) -> RGBColor {
        let index = self.nodes.iter().position(|known| *known == name).unwrap_or_default();
        COLOURS[index % COLOURS.len()]
    }
}
