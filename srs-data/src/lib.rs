//! What quickpickle's tables are: the packed point, the tables' identities, their file format and their pins.

mod point;

pub use point::{PackableCurve, PackedPoint, Points};
