//! What a node gets from the binary that it is part of.

use quickpickle_runtime::pickles::proof::VerificationKey;
use quickpickle_runtime::tables::TableSource;
use quickpickle_runtime::wire::DecodeError;
use quickpickle_srs_data::{Network, NetworkProof};

/// The tables and the published keys that lie in the binary: this crate knows of no binary.
#[derive(Clone, Copy)]
pub struct Environment {
    /// The points that proofs are verified and made with.
    pub tables: &'static dyn TableSource,
    /// The key of a network's circuit; `None` where the binary was built without it.
    pub network_key: fn(Network, NetworkProof) -> Result<Option<VerificationKey>, DecodeError>,
    /// The version of the binary.
    pub version: &'static str,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("version", &self.version).finish_non_exhaustive()
    }
}
