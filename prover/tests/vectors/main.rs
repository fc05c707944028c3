//! Keys of circuits whose keys are known.

mod files;
mod keys;
mod tables;
