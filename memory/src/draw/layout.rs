//! Where the parts of a graph are, and the words around the panels.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::style::{Colours, FONT, GREY, HEAD, LIGHT, TEXT, TITLE};
use super::{Axes, DrawError};

/// Widths in pixels: the labels of the axis of sizes, a panel, and what is free between two of them. Three runs take 900.
pub(super) const LABELS: u32 = 54;
const PANEL: u32 = 278;
pub(super) const GAP: u32 = 12;
const RIGHT: u32 = 12;
/// Heights in pixels: title, names of runs, names of marks, a row's title and its panels, the time below, a line of the legend.
const TITLE_HEIGHT: u32 = 30;
const HEAD_HEIGHT: u32 = 46;
const MARKS_HEIGHT: u32 = 20;
const ROW_TITLE: u32 = 32;
const ROW: u32 = 190;
pub(super) const TICKS: u32 = 24;
const TIME_HEIGHT: u32 = 22;
const LEGEND_HEIGHT: u32 = 30;
/// The width of a letter of the size [`TEXT`], about.
const LETTER: f64 = 7.2;

pub(super) struct Layout {
    pub columns: usize,
    pub rows: usize,
    pub has_legend: bool,
}

type Area<DB> = DrawingArea<DB, Shift>;

impl Layout {
    /// Width and height of the whole.
    pub fn size(&self) -> (u32, u32) {
        let legend = if self.has_legend { LEGEND_HEIGHT } else { 0 };
        (self.left(self.columns) + RIGHT, self.top(self.rows) + TIME_HEIGHT + legend)
    }

    /// Where the panels of a column begin.
    fn left(&self, column: usize) -> u32 {
        LABELS.saturating_add(PANEL.saturating_mul(u32::try_from(column).unwrap_or(u32::MAX)))
    }

    /// Where a row begins, with its title.
    fn top(&self, row: usize) -> u32 {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        (TITLE_HEIGHT + HEAD_HEIGHT + MARKS_HEIGHT).saturating_add((ROW_TITLE + ROW).saturating_mul(row))
    }

    /// The area of a panel; the first of a row has the labels of the axis on its left.
    pub fn panel<DB: DrawingBackend>(&self, root: &Area<DB>, column: usize, row: usize) -> Area<DB> {
        let left = if column == 0 { 0 } else { self.left(column) };
        let right = self.left(column.saturating_add(1)) - GAP;
        root.clone().shrink((left, self.top(row) + ROW_TITLE), (right - left, ROW))
    }

    pub fn title<DB: DrawingBackend>(&self, root: &Area<DB>, title: &str) -> Result<(), DrawError>
    where
        DB::ErrorType: 'static,
    {
        write(root, title, (8, 8), TITLE, &BLACK, HPos::Left)
    }

    /// The name of a run, and what is to be known of it.
    pub fn head<DB: DrawingBackend>(
        &self,
        root: &Area<DB>,
        column: usize,
        name: &str,
        caption: &str,
    ) -> Result<(), DrawError>
    where
        DB::ErrorType: 'static,
    {
        let middle = (self.left(column) + (PANEL - GAP) / 2).cast_signed();
        let top = TITLE_HEIGHT.cast_signed();
        write(root, name, (middle, top + 2), HEAD, &BLACK, HPos::Center)?;
        write(root, caption, (middle, top + 26), TEXT, &GREY, HPos::Center)
    }

    /// The names of a run's marks, above their lines; of two that would overlap the later one.
    pub fn marks<DB: DrawingBackend>(
        &self,
        root: &Area<DB>,
        column: usize,
        marks: &[(f64, String)],
        axes: &Axes,
    ) -> Result<(), DrawError>
    where
        DB::ErrorType: 'static,
    {
        let (left, width) = (f64::from(self.left(column)), f64::from(PANEL - GAP));
        let top = (TITLE_HEIGHT + HEAD_HEIGHT).cast_signed();
        let mut free = left + width + f64::from(GAP);
        for (at, name) in marks.iter().rev() {
            let line = left + at / axes.time * width;
            let room = LETTER * (name.chars().count() + 1) as f64;
            // To the right of its line's top where there is room, otherwise to the left.
            let begin = if line + room <= free { line } else { (line - room).max(left) };
            if begin + room <= free && (begin == line || line <= free) {
                write(root, name, (begin as i32, top), TEXT, &GREY, HPos::Left)?;
                free = begin;
            }
        }
        Ok(())
    }

    pub fn row_title<DB: DrawingBackend>(
        &self,
        root: &Area<DB>,
        row: usize,
        title: &str,
    ) -> Result<(), DrawError>
    where
        DB::ErrorType: 'static,
    {
        let top = self.top(row).cast_signed();
        write(root, &format!("{title}, MB"), (8, top + 10), HEAD, &BLACK, HPos::Left)
    }

    /// What the axis of time is.
    pub fn time<DB: DrawingBackend>(&self, root: &Area<DB>) -> Result<(), DrawError>
    where
        DB::ErrorType: 'static,
    {
        let top = self.top(self.rows).cast_signed();
        for column in 0..self.columns {
            let middle = (self.left(column) + (PANEL - GAP) / 2).cast_signed();
            write(root, "seconds since the start", (middle, top), TEXT, &BLACK, HPos::Center)?;
        }
        Ok(())
    }

    /// Which colour is which node's.
    pub fn legend<DB: DrawingBackend>(&self, root: &Area<DB>, colours: &Colours<'_>) -> Result<(), DrawError>
    where
        DB::ErrorType: 'static,
    {
        if !self.has_legend {
            return Ok(());
        }
        let y = (self.top(self.rows) + TIME_HEIGHT).cast_signed() + 14;
        let mut x = 8;
        for name in colours.names() {
            let style = ShapeStyle::from(colours.node(name)).stroke_width(3);
            root.draw(&PathElement::new([(x, y), (x + 20, y)], style))?;
            write(root, name, (x + 25, y - 7), TEXT, &BLACK, HPos::Left)?;
            x += 25 + (LETTER * (name.chars().count() as f64 + 1.8)) as i32;
        }
        root.draw(&PathElement::new([(0, y - 13), (self.size().0.cast_signed(), y - 13)], LIGHT))?;
        Ok(())
    }
}

fn write<DB: DrawingBackend>(
    root: &Area<DB>,
    text: &str,
    at: (i32, i32),
    size: u32,
    colour: &RGBColor,
    anchor: HPos,
) -> Result<(), DrawError>
where
    DB::ErrorType: 'static,
{
    let style = (FONT, size).into_font().color(colour).pos(Pos::new(anchor, VPos::Top));
    root.draw(&Text::new(text.to_owned(), at, style))?;
    Ok(())
}
