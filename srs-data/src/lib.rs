//! What quickpickle's tables are: the packed point, the tables' identities, their file format and their pins.

mod networks;
mod point;

pub use networks::{NETWORK_KEYS, Network, NetworkKeyFile, NetworkProof};
pub use point::{PackableCurve, PackedPoint, Points};
