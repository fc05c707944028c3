//! What the lines stand for.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::DrawError;
use super::style::{FONT, Styles};

/// Pixels between two lines of the legend.
const STEP: i32 = 22;
/// Where the first is, below the panels' captions.
const TOP: i32 = 44;

pub(super) fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    styles: &Styles,
) -> Result<(), DrawError>
where
    DB::ErrorType: 'static,
{
    for ((name, colour, stroke), row) in styles.legend().into_iter().zip(0..) {
        let y = TOP + STEP * row;
        let style = ShapeStyle::from(colour).stroke_width(stroke.width);
        let (dash, gap) = stroke.dash.unwrap_or((30, 1));
        let mut x = 8;
        while x < 38 {
            let end = (x + dash.cast_signed()).min(38);
            area.draw(&PathElement::new([(x, y), (end, y)], style))?;
            x = end + gap.cast_signed();
        }
        area.draw(&Text::new(name.to_owned(), (46, y - 7), (FONT, 14)))?;
    }
    Ok(())
}
