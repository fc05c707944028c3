//! Maintenance tasks of quickpickle.

fn main() {}
