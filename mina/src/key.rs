//! Public keys.

use std::sync::OnceLock;

use quickpickle_curve::Decompressor;
use quickpickle_runtime::curve::{Affine, Fp, PallasConfig};

use crate::hash::{Input, ToInput};

/// A public key as it is written: x of a point on Pallas, and whether its y is odd. That there is such a point is not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompressedKey {
    /// The point's x.
    pub x: Fp,
    /// Whether its y is odd.
    pub is_odd: bool,
}

impl CompressedKey {
    /// The point, if there is one: whoever writes a key may write any x.
    pub fn point(&self) -> Option<Affine<PallasConfig>> {
        point(self.x, self.is_odd)
    }
}

/// The point of Pallas with this x and a y of this parity.
pub(crate) fn point(x: Fp, is_odd: bool) -> Option<Affine<PallasConfig>> {
    static POINTS: OnceLock<Decompressor<PallasConfig>> = OnceLock::new();
    POINTS.get_or_init(Decompressor::new).point(x, is_odd)
}

impl core::fmt::Display for CompressedKey {
    /// Base58check, `B62...`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&crate::formats::base58::encode_key(self))
    }
}

impl ToInput for CompressedKey {
    fn to_input(&self, input: &mut Input) {
        input.field(self.x).bit(self.is_odd);
    }
}
