//! The messages and services of `proto/`.
#![allow(
    missing_docs,
    clippy::all,
    reason = "generated; the comments of proto/ come through where there are any"
)]

/// What is verified, the front door and, with the feature `network`, jobs and gossip.
pub mod v1 {
    tonic::include_proto!("quickpickle.v1");
}

/// Between the main process and its workers.
pub mod worker {
    pub use v1::*;

    mod v1 {
        tonic::include_proto!("quickpickle.worker.v1");
    }
}

/// The descriptors of all of them, for the reflection service.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
