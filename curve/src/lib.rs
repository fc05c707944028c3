//! Group arithmetic that build time and run time share, for curves y² = x³ + b.

mod generators;
mod group_map;

pub use generators::{blinder, generators};
pub use group_map::GroupMap;
