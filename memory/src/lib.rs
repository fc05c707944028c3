//! What processes hold in memory: read from the system ([`Memory`]), and recorded over time.
//!
//! [`Writer`] writes a recording while a node runs, [`Recording`] reads it, [`Summary`] computes figures and ratios of several,
//! and `draw` makes graphs. The format is told in `docs/measurements.md`.

#![forbid(unsafe_code)]

#[cfg(feature = "draw")]
pub mod draw;
mod error;
mod life;
mod mark;
mod markdown;
mod memory;
mod recording;
mod row;
mod summary;

pub use error::{Malformed, ReadError};
pub use life::{Life, median};
pub use mark::Mark;
pub use markdown::number;
pub use memory::{Measure, Memory, kibibytes, megabytes, status};
pub use recording::{MAX_FILE, Recording, Run};
pub use row::{Event, MAX_NAME, MAX_TEXT, MAX_TIME, Row, Writer, is_name};
pub use summary::{Figures, NodeFigures, RunFigures, Summary};
