//! Tables: how each is made, and the proof that one is what its name says.

mod check;
mod definition;
mod make;

pub use check::{CheckError, check};
pub use make::make;
