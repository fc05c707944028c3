//! What nodes do by themselves.

mod producer;
mod snark_worker;

pub use producer::produce;
pub use snark_worker::work;
