//! What quickpickle's tables are: the packed point, the tables' identities, their file format and their pins.

#![forbid(unsafe_code)]

mod chain;
#[cfg(feature = "files")]
mod digest;
#[cfg(feature = "files")]
mod entry;
#[cfg(feature = "files")]
mod file;
mod networks;
mod point;
#[cfg(feature = "files")]
mod replace;
mod table;

pub use chain::chain;
#[cfg(feature = "files")]
pub use digest::Digest;
#[cfg(feature = "files")]
pub use entry::TableEntry;
#[cfg(feature = "files")]
pub use file::{FileError, POINTS_OFFSET, TableHeader};
pub use networks::{NETWORK_KEYS, Network, NetworkKeyFile, NetworkProof};
pub use point::{MontgomeryForm, PackableCurve, PackedPoint, Points};
#[cfg(feature = "files")]
pub use replace::replace_file;
pub use table::{Content, PUBLIC_INPUTS, Role, TableId, UnknownTable};

/// The manifest as text, TOML: the tables that a build may embed, and the digest that pins each. `quickpickle-precompute` reads it.
pub const MANIFEST: &str = include_str!("../manifest.toml");
